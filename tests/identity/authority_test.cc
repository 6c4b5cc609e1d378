#include "libmesh/identity/authority.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace mesh::identity {
namespace {

constexpr int64_t kNow = 1'800'000'000;
constexpr const char* kId = "spiffe://cluster.local/ns/shop/sa/cart";

struct Free {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
};

std::unique_ptr<X509, Free> read(const std::string& pem) {
  std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return std::unique_ptr<X509, Free>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

bool verifies(const std::string& chain, const std::string& root, int64_t at) {
  auto certificate = read(chain);
  auto trusted = read(root);
  std::unique_ptr<X509_STORE, Free> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), trusted.get());
  std::unique_ptr<X509_STORE_CTX, Free> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), at);
  return X509_verify_cert(context.get()) == 1;
}

std::string uri_of(const std::string& chain) {
  auto certificate = read(chain);
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr));
  std::string out;
  if (names != nullptr && sk_GENERAL_NAME_num(names) == 1) {
    const ASN1_IA5STRING* uri = sk_GENERAL_NAME_value(names, 0)->d.uniformResourceIdentifier;
    out.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
               static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  GENERAL_NAMES_free(names);
  return out;
}

TEST(Authority, SignsAnIdentityThatItsOwnRootVerifies) {
  Authority authority({.now = kNow});
  auto issued = authority.issue({"a/mesh"}, kId);
  ASSERT_TRUE(issued.ok());
  EXPECT_EQ(uri_of((*issued)->chain), kId);
  EXPECT_TRUE(verifies((*issued)->chain, (*issued)->root, kNow));
}

TEST(Authority, ATenantsCertificateIsRefusedByAnother) {
  Authority authority({.now = kNow});
  auto a = authority.issue({"a/mesh"}, kId);
  auto b = authority.issue({"b/mesh"}, kId);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NE((*a)->root, (*b)->root);
  EXPECT_FALSE(verifies((*a)->chain, (*b)->root, kNow));
}

TEST(Authority, ACertificateEnds) {
  Authority authority({.now = kNow, .lifetime_seconds = 60});
  auto issued = authority.issue({}, kId);
  ASSERT_TRUE(issued.ok());
  EXPECT_TRUE(verifies((*issued)->chain, (*issued)->root, kNow + 59));
  EXPECT_FALSE(verifies((*issued)->chain, (*issued)->root, kNow + 61));
}

TEST(Authority, TheSameIdentityHasOneCertificate) {
  Authority authority({.now = kNow});
  EXPECT_EQ(*authority.issue({}, kId), *authority.issue({}, kId));
}

TEST(Authority, RefusesWhatIsNoSpiffeUri) {
  Authority authority({.now = kNow});
  for (const char* id : {"", "https://x", "spiffe://", "spiffe://a,DNS:b", "spiffe://a\nb"}) {
    auto issued = authority.issue({}, id);
    ASSERT_FALSE(issued.ok()) << id;
    EXPECT_EQ(issued.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Authority, SignsServersThatTheSameRootVerifies) {
  Authority authority({.now = kNow});
  auto first = authority.issue_server({"localhost", "127.0.0.1", "::1"});
  auto second = authority.issue_server({"istiod.istio-system.svc"});
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(verifies(first->chain, first->root, kNow));
  EXPECT_TRUE(verifies(second->chain, first->root, kNow));
  EXPECT_NE(first->key, second->key);
  auto certificate = read(first->chain);
  EXPECT_EQ(X509_check_host(certificate.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "other", 0, 0, nullptr), 0);
}

TEST(Authority, RefusesWhatIsNoHost) {
  Authority authority({.now = kNow});
  using Hosts = std::vector<std::string>;
  for (const Hosts& hosts : {Hosts{}, Hosts{""}, Hosts{"a", "b,IP:1.2.3.4"}, Hosts{"a b"}}) {
    auto issued = authority.issue_server(hosts);
    ASSERT_FALSE(issued.ok());
    EXPECT_EQ(issued.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(SpiffeId, DefaultsTheAccount) {
  EXPECT_EQ(spiffe_id("td", "ns", ""), "spiffe://td/ns/ns/sa/default");
}

}  // namespace
}  // namespace mesh::identity
