// The server's logic with threads and without a network.
#include "frontends/server/hub.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "frontends/server/debug_pages.h"
#include "frontends/server/loopback.h"

namespace mesh::server {
namespace {

// Requests are made by hand: the library has no protobuf to share. Texts are shorter than 128 bytes.
std::string field(int number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(bytes.size())) + bytes;
}

constexpr const char* kClusters = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

// A DeltaDiscoveryRequest for all clusters; `metadata` is a serialized Struct.
std::string delta_request(const std::string& node_id, const std::string& metadata = "") {
  return field(1, field(1, node_id) + (metadata.empty() ? "" : field(3, metadata))) +
         field(2, kClusters);
}
std::string refusal(const std::string& nonce) {
  return field(2, kClusters) + field(6, nonce) + field(7, field(2, "no"));
}
std::string entry(const std::string& key, const std::string& value) {
  return field(1, field(1, key) + field(2, field(3, value)));
}

std::string service(const std::string& name, int port) {
  return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         ", namespace: app}\nspec: {clusterIP: 10.0.0.1, ports: [{name: http, port: " +
         std::to_string(port) + "}]}\n";
}

// Takes every message at once, as a fast network would.
struct FastClient {
  explicit FastClient(Hub& hub, bool slow = false) {
    client = hub.add_client(true, {[this, slow](Handle<mesh_message> m) {
                                     messages.fetch_add(1);
                                     if (slow) kept = std::move(m);
                                     pending.store(true);
                                   },
                                   [this] { reads.fetch_add(1); },
                                   [this](mesh_code, const std::string&) { ended.store(true); }});
  }
  void pump() {
    while (pending.exchange(false)) client->sent();
  }
  std::shared_ptr<Client> client;
  std::atomic<int> messages{0};
  std::atomic<int> reads{0};
  std::atomic<bool> pending{false};
  std::atomic<bool> ended{false};
  Handle<mesh_message> kept;
};

std::unique_ptr<Hub> make_hub() {
  std::string why;
  auto hub = Hub::make({"{}", 1'800'000'000, 2}, why);
  EXPECT_NE(hub, nullptr) << why;
  return hub;
}

// With a service of port 80.
std::unique_ptr<Hub> published_hub() {
  auto hub = make_hub();
  hub->replace_file("a.yaml", service("api", 80));
  hub->publish();
  return hub;
}

template <typename F>
bool eventually(F&& holds) {
  for (int i = 0; i < 500; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

constexpr const char* kNode = "sidecar~10.1.0.9~web.app~app.svc.cluster.local";

TEST(Hub, IsReadyOnceAFileWasRead) {
  auto hub = make_hub();
  EXPECT_FALSE(hub->ready());
  hub->replace_file("a.yaml", service("api", 80));
  hub->publish();
  EXPECT_TRUE(hub->ready());
}

TEST(Hub, AChangeReachesAClient) {
  auto hub = published_hub();
  FastClient client(*hub);
  client.client->received(delta_request(kNode));
  client.pump();
  EXPECT_EQ(client.messages.load(), 1);
  hub->replace_file("a.yaml", service("api", 81));
  hub->publish();
  EXPECT_TRUE(eventually([&] { return client.messages.load() == 2; }));
  client.pump();
  hub->remove_client(client.client);
}

// Without this each change would leave a whole configuration in the queue of a client that hangs.
TEST(Hub, AClientThatDoesNotReadIsSentTheNewestOnce) {
  auto hub = published_hub();
  FastClient client(*hub);
  client.client->received(delta_request(kNode));
  for (int port = 81; port < 91; ++port) {
    hub->replace_file("a.yaml", service("api", port));
    hub->publish();
    client.client->changed();
  }
  EXPECT_EQ(client.messages.load(), 1);
  client.pump();
  EXPECT_EQ(client.messages.load(), 2) << "ten changes, one message";
  hub->remove_client(client.client);
}

TEST(Hub, ARequestIsAskedForWhenTheOneBeforeIsAnswered) {
  auto hub = published_hub();
  FastClient client(*hub);
  client.client->received(delta_request(kNode));
  EXPECT_EQ(client.messages.load(), 1);
  EXPECT_EQ(client.reads.load(), 0) << "its answer is on its way";
  client.pump();
  EXPECT_EQ(client.reads.load(), 1);
  client.client->changed();
  EXPECT_EQ(client.reads.load(), 1) << "once a request";
  hub->remove_client(client.client);
}

TEST(Hub, NothingIsPushedWhenNothingChanged) {
  auto hub = published_hub();
  uint64_t before = hub->pushes();
  hub->replace_file("a.yaml", service("api", 80));
  hub->publish();
  EXPECT_EQ(hub->pushes(), before);
}

TEST(Hub, ABrokenFileKeepsTheLastGoodObjects) {
  auto hub = published_hub();
  uint64_t before = hub->pushes();
  std::string diagnostics = hub->replace_file("a.yaml", "kind: [unclosed\n");
  hub->publish();
  EXPECT_NE(diagnostics.find("syntax"), std::string::npos) << diagnostics;
  FastClient client(*hub);
  client.client->received(delta_request(kNode));
  EXPECT_EQ(client.messages.load(), 1);
  EXPECT_LE(hub->pushes(), before + 1);
  hub->remove_client(client.client);
}

TEST(Hub, ARequestThatIsNoneEndsTheStream) {
  auto hub = published_hub();
  FastClient client(*hub);
  client.client->received("\xff\xff");
  EXPECT_TRUE(client.ended.load());
  hub->remove_client(client.client);
}

TEST(Hub, AHealthReportBeforeTheNodeIsLeftOut) {
  auto hub = published_hub();
  FastClient client(*hub);
  client.client->received(field(2, "type.googleapis.com/istio.v1.HealthInformation"));
  EXPECT_FALSE(client.ended.load());
  EXPECT_EQ(client.reads.load(), 1) << "and the next request is read";
  client.client->received(delta_request(kNode));
  EXPECT_EQ(client.messages.load(), 1);
  hub->remove_client(client.client);
}

TEST(Pages, ListClientsThatSaidWhoTheyAreByProxy) {
  auto hub = published_hub();
  FastClient silent(*hub);
  EXPECT_EQ(syncz(*hub), "[]\n");
  EXPECT_NE(metrics(*hub).find("\npilot_xds 0\n"), std::string::npos);
  FastClient web(*hub);
  FastClient api(*hub);
  web.client->received(delta_request(kNode, entry("ISTIO_VERSION", "1.29.0")));
  api.client->received(delta_request("router~10.1.0.8~api.app~app.svc.cluster.local"));
  const std::string page = syncz(*hub);
  EXPECT_LT(page.find("api.app"), page.find("web.app")) << page;
  EXPECT_NE(page.find(R"("proxy_type":"router")"), std::string::npos) << page;
  EXPECT_NE(page.find(R"("proxy_type":"sidecar","istio_version":"1.29.0")"), std::string::npos)
      << page;
  EXPECT_NE(metrics(*hub).find("\npilot_xds 2\n"), std::string::npos);
  for (auto* client : {&silent, &web, &api}) hub->remove_client(client->client);
}

constexpr const char* kPod =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: app}\nspec: {containers: [{name: "
    "istio-proxy, image: x}]}\nstatus: {podIP: 10.1.0.9}\n";

TEST(Pages, ADumpIsOfTheFlavourThatTheClientSays) {
  auto hub = make_hub();
  hub->replace_file("a.yaml", service("api", 80) + "---\n" + kPod);
  hub->publish();
  std::string why;
  const std::string of_pod = config_dump(*hub, "web.app", why);
  EXPECT_NE(of_pod.find("istio.metadata_exchange"), std::string::npos) << why;
  FastClient client(*hub);
  client.client->received(delta_request(kNode, entry("MESH_FLAVOUR", "envoy")));
  const std::string of_client = config_dump(*hub, "web.app", why);
  EXPECT_NE(of_client.find("outbound|80||api.app"), std::string::npos) << why;
  EXPECT_EQ(of_client.find("istio.metadata_exchange"), std::string::npos);
  hub->remove_client(client.client);
}

TEST(Pages, AClientWithoutAPodHasADump) {
  auto hub = published_hub();
  std::string why;
  EXPECT_EQ(config_dump(*hub, "web.app", why), "");
  EXPECT_NE(why, "");
  FastClient client(*hub);
  client.client->received(delta_request(kNode, entry("SERVICE_ACCOUNT", "web")));
  EXPECT_NE(config_dump(*hub, "web.app", why).find("outbound|80||api.app"), std::string::npos)
      << why;
  hub->remove_client(client.client);
  EXPECT_EQ(config_dump(*hub, "web.app", why), "");
}

TEST(Pages, RejectsAreCountedOnWhenTheirClientLeaves) {
  auto hub = published_hub();
  FastClient client(*hub);
  client.client->received(delta_request(kNode));
  client.pump();
  client.client->received(refusal("1"));
  EXPECT_NE(metrics(*hub).find("\npilot_total_xds_rejects 1\n"), std::string::npos);
  hub->remove_client(client.client);
  hub->remove_client(client.client);
  EXPECT_NE(metrics(*hub).find("\npilot_total_xds_rejects 1\n"), std::string::npos);
}

// For TSan: clients come, ask and go while files change and pages are read.
TEST(Hub, ManyThreads) {
  auto hub = published_hub();
  std::atomic<bool> stop{false};
  std::thread pages([&] {
    while (!stop.load()) {
      EXPECT_FALSE(metrics(*hub).empty());
      EXPECT_FALSE(syncz(*hub).empty());
    }
  });
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      for (int round = 0; round < 15; ++round) {
        FastClient client(*hub);
        client.client->received(delta_request(kNode));
        for (int k = 0; k < 20; ++k) client.pump();
        hub->remove_client(client.client);
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    hub->replace_file("a.yaml", service("api", 80 + i));
    hub->publish();
  }
  for (std::thread& t : clients) t.join();
  stop.store(true);
  pages.join();
}

TEST(Address, OnlyLoopback) {
  Address address;
  std::string why;
  for (const char* good : {"127.0.0.1:15010", "127.9.9.9:1", "[::1]:15010", "localhost:0"}) {
    EXPECT_TRUE(parse_address(good, address, why)) << good << ": " << why;
  }
  for (const char* bad : {"0.0.0.0:15010", "[::]:15010", "10.0.0.1:80", "example.org:80"}) {
    EXPECT_FALSE(parse_address(bad, address, why)) << bad;
    EXPECT_NE(why.find("loopback"), std::string::npos) << why;
  }
  for (const char* bad : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ""}) {
    EXPECT_FALSE(parse_address(bad, address, why)) << bad;
  }
}

}  // namespace
}  // namespace mesh::server
