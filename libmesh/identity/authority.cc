#include "libmesh/identity/authority.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "libmesh/base/net.h"
#include "libmesh/model/workload.h"

namespace mesh::identity {
namespace {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* p) const {
    kFree(p);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, Deleter<X509_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

Error openssl_error(std::string_view what) {
  char text[256] = "no reason given";
  if (unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  return Error{ErrorCode::kInternal, std::string(what) + ": " + text};
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

Result<std::string> pem(X509* cert) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), cert) != 1)
    return openssl_error("writing a certificate");
  return text_of(bio.get());
}

Result<std::string> pem(EVP_PKEY* key) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return openssl_error("writing a key");
  }
  return text_of(bio.get());
}

bool add_extension(X509* cert, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(cert, extension.get(), -1) == 1;
}

bool set_random_serial(X509* cert) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] &= 0x7f;  // positive
  std::unique_ptr<BIGNUM, Deleter<BN_free>> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(cert)) != nullptr;
}

// A certificate without extensions. Valid from a minute before `now`: clocks differ.
CertPtr blank(EVP_PKEY* key, int64_t now, int64_t seconds) {
  CertPtr cert(X509_new());
  if (!cert || X509_set_version(cert.get(), 2) != 1 || !set_random_serial(cert.get()) ||
      X509_set_pubkey(cert.get(), key) != 1) {
    return nullptr;
  }
  ASN1_TIME_set(X509_getm_notBefore(cert.get()), now - 60);
  ASN1_TIME_set(X509_getm_notAfter(cert.get()), now + seconds);
  return cert;
}

bool set_name(X509* cert, const std::string& organization) {
  X509_NAME* name = X509_get_subject_name(cert);
  return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(organization.c_str()),
                                    -1, -1, 0) == 1;
}

// OpenSSL's extension syntax gives commas and line ends a meaning.
bool is_spiffe_uri(std::string_view id) {
  return id.substr(0, 9) == "spiffe://" && id.size() > 9 &&
         id.find_first_of(",;\n\r\\\"") == std::string_view::npos;
}

// "DNS:shop.example,IP:127.0.0.1"; empty when one of the hosts is neither.
std::string alternative_names(const std::vector<std::string>& hosts) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  std::string out;
  for (const std::string& host : hosts) {
    const bool is_address = is_ip_address(host);
    if (host.empty() || (!is_address && host.find_first_not_of(kLetters) != std::string::npos)) {
      return "";
    }
    out += (out.empty() ? "" : ",") + std::string(is_address ? "IP:" : "DNS:") + host;
  }
  return out;
}

}  // namespace

struct Authority::Root {
  KeyPtr key;
  CertPtr cert;
  std::string pem;
};

std::string spiffe_id(std::string_view trust_domain, std::string_view ns,
                      std::string_view account) {
  return model::spiffe_id(trust_domain, ns, account.empty() ? "default" : account);
}

Authority::Authority(AuthorityOptions options) : options_(options) {}
Authority::~Authority() = default;

Result<std::shared_ptr<Authority::Root>> Authority::root_of(const model::TenantId& tenant) {
  std::shared_ptr<Root>& root = roots_[tenant];
  if (root != nullptr) return root;
  auto made = std::make_shared<Root>();
  made->key.reset(EVP_EC_gen("P-256"));
  if (!made->key) return openssl_error("making a key");
  made->cert = blank(made->key.get(), options_.now, options_.lifetime_seconds * 10);
  X509* cert = made->cert.get();
  std::string name = "libmesh development CA";
  if (!tenant.value.empty()) name += " of " + tenant.value;
  if (name.size() > 64) name.resize(64);  // the limit of an organization's name
  bool good = cert != nullptr && set_name(cert, name) &&
              X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
              add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE") &&
              add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
              add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
              X509_sign(cert, made->key.get(), EVP_sha256()) != 0;
  if (!good) return openssl_error("making a root certificate");
  auto text = pem(cert);
  if (!text) return text.error();
  made->pem = std::move(*text);
  root = std::move(made);
  return root;
}

Result<std::shared_ptr<const Issued>> Authority::issue(const model::TenantId& tenant,
                                                       std::string_view id) {
  if (!is_spiffe_uri(id)) {
    return Error{ErrorCode::kInvalidArgument, "\"" + std::string(id) + "\" is no SPIFFE URI"};
  }
  std::lock_guard<std::mutex> lock(mutex_);
  auto& slot = issued_[{tenant, std::string(id)}];
  if (slot != nullptr) return slot;
  auto root = root_of(tenant);
  if (!root) return root.error();
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error("making a key");
  CertPtr cert = blank(key.get(), options_.now, options_.lifetime_seconds);
  X509* issuer = (*root)->cert.get();
  // No subject: the SPIFFE standard then wants the alternative name to be critical.
  bool good =
      cert && X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer)) == 1 &&
      add_extension(cert.get(), issuer, NID_key_usage, "critical,digitalSignature") &&
      add_extension(cert.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
      add_extension(cert.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(cert.get(), issuer, NID_authority_key_identifier, "keyid") &&
      add_extension(cert.get(), issuer, NID_subject_alt_name, "critical,URI:" + std::string(id)) &&
      X509_sign(cert.get(), (*root)->key.get(), EVP_sha256()) != 0;
  if (!good) return openssl_error("making a workload certificate");
  auto chain = pem(cert.get());
  auto key_text = pem(key.get());
  if (!chain) return chain.error();
  if (!key_text) return key_text.error();
  slot =
      std::make_shared<const Issued>(Issued{std::move(*chain), std::move(*key_text), (*root)->pem});
  return slot;
}

Result<Issued> Authority::issue_server(const std::vector<std::string>& hosts) {
  const std::string names = alternative_names(hosts);
  if (names.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "a server certificate needs host names or addresses, and nothing else"};
  }
  std::lock_guard<std::mutex> lock(mutex_);
  auto root = root_of({});
  if (!root) return root.error();
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error("making a key");
  CertPtr cert = blank(key.get(), options_.now, options_.lifetime_seconds);
  X509* issuer = (*root)->cert.get();
  const bool good = cert && set_name(cert.get(), "libmesh development server") &&
                    X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer)) == 1 &&
                    add_extension(cert.get(), issuer, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(cert.get(), issuer, NID_ext_key_usage, "serverAuth") &&
                    add_extension(cert.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(cert.get(), issuer, NID_authority_key_identifier, "keyid") &&
                    add_extension(cert.get(), issuer, NID_subject_alt_name, names) &&
                    X509_sign(cert.get(), (*root)->key.get(), EVP_sha256()) != 0;
  if (!good) return openssl_error("making a server certificate");
  auto chain = pem(cert.get());
  auto key_text = pem(key.get());
  if (!chain) return chain.error();
  if (!key_text) return key_text.error();
  return Issued{std::move(*chain), std::move(*key_text), (*root)->pem};
}

}  // namespace mesh::identity
