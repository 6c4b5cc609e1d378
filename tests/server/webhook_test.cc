// The injection webhook without a network: what it answers, counts and shows.
#include "frontends/server/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include <unistd.h>

#include "frontends/server/loopback.h"
#include "frontends/server/webhook_certificate.h"
#include "mesh/mesh.hpp"

namespace mesh::server {
namespace {

using testing::HasSubstr;
using testing::Not;

// A namespace that is injected (or not), as its label says.
std::string cluster(const std::string& label) {
  return "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: " +
         label + "}}\n";
}

Handle<mesh_snapshot> snapshot_of(const std::string& objects) {
  meshpp::Store store;
  store.apply(objects);
  return Handle<mesh_snapshot>(mesh_snapshot_clone(store.snapshot().get()));
}

std::string review(const std::string& uid) {
  return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":")" +
         uid + R"(","kind":{"group":"","version":"v1","kind":"Pod"},)" +
         R"("resource":{"group":"","version":"v1","resource":"pods"},)" +
         R"("operation":"CREATE","namespace":"shop","object":{"apiVersion":"v1","kind":"Pod",)" +
         R"("metadata":{"name":"cart"},"spec":{"containers":[{"name":"cart","image":"cart"}]}}}})";
}

constexpr const char* kJson = "application/json";

std::unique_ptr<Webhook> webhook_of(const std::string& objects) {
  auto out = std::make_unique<Webhook>("");
  std::string why;
  EXPECT_NE(out->update(snapshot_of(objects).get(), why), nullptr) << why;
  return out;
}

struct RefusalCase {
  const char* name;
  const char* type;
  std::string body;
  int status;
  const char* says;
};

class Refusals : public testing::TestWithParam<RefusalCase> {};
TEST_P(Refusals, AreIstiods) {
  auto webhook = webhook_of(cluster("enabled"));
  const WebhookReply reply = webhook->inject("/inject", GetParam().type, GetParam().body);
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_THAT(reply.body, HasSubstr(GetParam().says));
  EXPECT_THAT(webhook->metrics(), HasSubstr("sidecar_injection_failure_total 1\n"));
}
INSTANTIATE_TEST_SUITE_P(
    Webhook, Refusals,
    testing::Values(RefusalCase{"NoBody", kJson, "", 400, "no body found"},
                    RefusalCase{"AnotherType", "application/yaml", "{}", 415,
                                "invalid Content-Type"},
                    RefusalCase{"NoType", "", "{}", 415, "want `application/json`"},
                    RefusalCase{"TooLarge", kJson, std::string(Webhook::kLimit + 1, ' '), 400,
                                "limit is 6291456"},
                    RefusalCase{"NoReview", kJson, "{}", 200, "\"allowed\":false"},
                    RefusalCase{"NoJson", kJson, "}{", 200, "\"allowed\":false"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Webhook, IsReadyWithItsFirstSnapshot) {
  Webhook webhook("");
  EXPECT_FALSE(webhook.ready());
  EXPECT_EQ(webhook.inject("/inject", kJson, review("1")).status, 503);
  std::string why;
  ASSERT_NE(webhook.update(snapshot_of(cluster("enabled")).get(), why), nullptr) << why;
  EXPECT_TRUE(webhook.ready());
}

TEST(Webhook, InjectsWhatItsSnapshotSays) {
  auto webhook = webhook_of(cluster("enabled"));
  const WebhookReply injected = webhook->inject("/inject", kJson, review("a-1"));
  EXPECT_EQ(injected.status, 200);
  EXPECT_EQ(injected.type, "application/json");
  EXPECT_THAT(injected.body, HasSubstr("\"uid\":\"a-1\""));
  EXPECT_THAT(injected.body, HasSubstr("\"patch\":"));
  std::string why;
  ASSERT_NE(webhook->update(snapshot_of(cluster("disabled")).get(), why), nullptr) << why;
  EXPECT_THAT(webhook->inject("/inject", kJson, review("a-2")).body, Not(HasSubstr("\"patch\":")));
  const std::string metrics = webhook->metrics();
  EXPECT_THAT(metrics, HasSubstr("sidecar_injection_requests_total 2\n"));
  EXPECT_THAT(metrics, HasSubstr("sidecar_injection_success_total 2\n"));
  EXPECT_THAT(metrics, HasSubstr("sidecar_injection_skip_total 1\n"));
  EXPECT_THAT(metrics, HasSubstr("sidecar_injection_failure_total 0\n"));
  EXPECT_THAT(metrics, HasSubstr("sidecar_injection_time_seconds_count 2\n"));
}

TEST(Webhook, ReadsThePath) {
  auto webhook = webhook_of(cluster("enabled"));
  const std::string plain = webhook->inject("/inject", kJson, review("1")).body;
  const std::string named =
      webhook->inject("/inject/cluster/east/net/blue", kJson, review("1")).body;
  EXPECT_NE(plain, named);
}

TEST(Webhook, AUidCannotPassForAPatch) {
  auto webhook = webhook_of(cluster("disabled"));
  webhook->inject("/inject", kJson, review(R"(\"patch\":\"x\")"));
  EXPECT_THAT(webhook->metrics(), HasSubstr("sidecar_injection_skip_total 1\n"));
}

TEST(Webhook, RefusesUnknownOptionsAndKeepsWhatItHas) {
  Webhook webhook(R"({"nativeSidecar": "auto"})");
  std::string why;
  EXPECT_EQ(webhook.update(nullptr, why), nullptr);
  EXPECT_THAT(why, HasSubstr("nativeSidecar"));
  EXPECT_FALSE(webhook.ready());
}

// For TSan: requests from many threads while the snapshot is exchanged.
TEST(Webhook, AnswersWhileItsSnapshotChanges) {
  auto webhook = webhook_of(cluster("enabled"));
  const auto enabled = snapshot_of(cluster("enabled"));
  const auto disabled = snapshot_of(cluster("disabled"));
  std::atomic<bool> done{false};
  std::atomic<int> bad{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!done.load()) {
        if (webhook->inject("/inject", kJson, review("1")).status != 200) bad.fetch_add(1);
        webhook->metrics();
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    std::string why;
    webhook->update((i % 2 == 0 ? disabled : enabled).get(), why);
  }
  done.store(true);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(bad.load(), 0);
}

TEST(Webhook, ListensOnLoopbackOnly) {
  Address address;
  std::string why;
  EXPECT_FALSE(parse_address("0.0.0.0:9443", address, why));
  EXPECT_THAT(why, HasSubstr("callers are not authenticated"));
}

// ---- certificates -----------------------------------------------------------------------------

struct Pems {
  std::string chain;
  std::string key;
};

Pems issue(const meshpp::Authority& authority) {
  const std::string json = authority.issue_server(R"({"hosts":["localhost"]})").to_string();
  auto member = [&json](const std::string& key) {
    const size_t begin = json.find("\"" + key + "\":\"") + key.size() + 4;
    std::string out = json.substr(begin, json.find('"', begin) - begin);
    for (size_t at = 0; (at = out.find("\\n", at)) != std::string::npos;) out.replace(at, 2, "\n");
    return out;
  };
  return {member("certificateChain"), member("privateKey")};
}

struct Files {
  std::string folder = [] {
    char name[] = "/tmp/webhook_test.XXXXXX";
    return std::string(mkdtemp(name));
  }();
  std::string chain = folder + "/tls.crt";
  std::string key = folder + "/tls.key";
  void write(const Pems& pems) const {
    std::ofstream(chain, std::ios::binary) << pems.chain;
    std::ofstream(key, std::ios::binary) << pems.key;
  }
};

// The serial number of what a handshake is shown.
std::string shown(const WebhookCertificate& certificate) {
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  SSL* ssl = SSL_new(context);
  std::string out;
  if (certificate.show(ssl)) {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(SSL_get_certificate(ssl));
    out.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
               static_cast<size_t>(ASN1_STRING_length(serial)));
  }
  SSL_free(ssl);
  SSL_CTX_free(context);
  return out;
}

TEST(WebhookCertificate, IsReadAgainWhenItsFilesChange) {
  const meshpp::Authority authority(R"({"now": 1700000000})");
  const Files files;
  WebhookCertificate certificate;
  std::string why;
  EXPECT_EQ(shown(certificate), "") << "none yet";
  EXPECT_FALSE(certificate.load(files.chain, files.key, why));
  EXPECT_THAT(why, HasSubstr("tls.crt: cannot be read"));
  files.write(issue(authority));
  ASSERT_TRUE(certificate.load(files.chain, files.key, why)) << why;
  const std::string first = shown(certificate);
  EXPECT_NE(first, "");
  bool news = true;
  why.clear();
  certificate.follow(news, why);
  EXPECT_FALSE(news) << "nothing changed";
  files.write(issue(authority));
  certificate.follow(news, why);
  EXPECT_TRUE(news);
  EXPECT_EQ(why, "");
  EXPECT_NE(shown(certificate), first);
}

TEST(WebhookCertificate, StaysWhenTheNewPairCannotBeUsed) {
  const meshpp::Authority authority(R"({"now": 1700000000})");
  const Files files;
  WebhookCertificate certificate;
  std::string why;
  const Pems good = issue(authority);
  files.write(good);
  ASSERT_TRUE(certificate.load(files.chain, files.key, why)) << why;
  const std::string first = shown(certificate);
  const struct {
    Pems pems;
    const char* says;
  } kBad[] = {{{good.chain, issue(authority).key}, "the key is not that of the certificate"},
              {{"", good.key}, "the certificate is no PEM certificate"},
              {{good.chain, "-----BEGIN"}, "the key is no PEM key"}};
  for (const auto& bad : kBad) {
    files.write(bad.pems);
    bool news = false;
    why.clear();
    certificate.follow(news, why);
    EXPECT_TRUE(news);
    EXPECT_THAT(why, HasSubstr(bad.says));
    EXPECT_EQ(shown(certificate), first);
  }
}

}  // namespace
}  // namespace mesh::server
