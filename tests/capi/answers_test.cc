// From objects to what a client is sent, through the C functions alone; who owns what; threads.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/capi/support.h"

namespace mesh::testing {
namespace {

using meshpp::Authority;
using meshpp::Proxy;
using meshpp::Snapshot;
using meshpp::Store;
using meshpp::Xds;

bool has(const meshpp::Buffer& buffer, std::string_view word) {
  return buffer.text().find(word) != std::string_view::npos;
}

TEST(Answers, AProxyIsSentTheServicesOfItsMesh) {
  Store store;
  EXPECT_EQ(store.apply(kShop, "shop.yaml").text(), "[]");
  const Snapshot now = store.snapshot();
  EXPECT_EQ(now.diagnostics().text(), "[]");
  EXPECT_TRUE(has(now.members(), R"("implicit":true)"));
  const Proxy proxy = Proxy::of_pod(now, "shop", "web");
  const Xds xds(now);
  EXPECT_TRUE(has(xds.resources_json(proxy, "clusters"), kCartCluster));
  EXPECT_TRUE(has(xds.resources(proxy, "endpoints"), kCartCluster));
  EXPECT_TRUE(has(xds.resources_json(proxy, "endpoints"), "10.0.0.2"));
  EXPECT_TRUE(has(xds.bootstrap(proxy), "sidecar~10.0.0.1~web.shop~shop.svc.cluster.local"));
  EXPECT_THROW(xds.resources(proxy, "cluster"), meshpp::Error);
  EXPECT_EQ(
      has(xds.resources_json(proxy.with_flavour("envoy"), "listeners"), "istio.metadata_exchange"),
      false);
}

// A handle of a cluster is the same store, and keeps it alive.
TEST(Answers, ARemoteClusterAddsItsEndpoints) {
  constexpr std::string_view kEast = R"(
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.9.0.1, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.9.0.2], conditions: {ready: true}}]
)";
  auto store = std::make_unique<Store>();
  store->apply(kShop, "shop.yaml");
  Store east = store->cluster("east");
  EXPECT_EQ(east.replace_file(kEast, "shop.yaml").text(), "[]");
  const auto endpoints = [](const Snapshot& now) {
    const Proxy proxy = Proxy::of_pod(now, "shop", "web");
    return std::string(Xds(now).resources_json(proxy, "endpoints").text());
  };
  const std::string both = endpoints(store->snapshot());
  EXPECT_NE(both.find("10.0.0.2"), std::string::npos);
  EXPECT_NE(both.find("10.9.0.2"), std::string::npos);
  EXPECT_THROW(store->erase("Service", "shop", "nothing"), meshpp::Error);
  east.erase("EndpointSlice", "shop", "cart-1");  // the own cluster's of that name stays
  const std::string own = endpoints(east.snapshot());
  EXPECT_NE(own.find("10.0.0.2"), std::string::npos);
  EXPECT_EQ(own.find("10.9.0.2"), std::string::npos);
  Store again = store->cluster("east");
  store.reset();
  EXPECT_EQ(again.replace_file("", "shop.yaml").text(), "[]");  // the file is that of the cluster
  EXPECT_EQ(east.snapshot().revision(), again.snapshot().revision());
  EXPECT_EQ(endpoints(again.snapshot()).find("10.9.0.2"), std::string::npos);
}

TEST(Answers, AResourceIsExplainedByTheObjectsThatMakeIt) {
  Store store;
  store.apply(kShop, "shop.yaml");
  const Snapshot now = store.snapshot();
  const Proxy proxy = Proxy::of_pod(now, "shop", "web");
  const auto cluster = meshpp::explain_resource(now, proxy, "clusters", "cart");
  EXPECT_TRUE(has(cluster, R"("object":{"kind":"Service","namespace":"shop","name":"cart"})"));
  const auto service = meshpp::explain_policy(now, proxy, "Service/shop/cart");
  EXPECT_TRUE(has(service, R"("effect":"makes")"));
  EXPECT_THROW(meshpp::explain_resource(now, proxy, "cluster", "cart"), meshpp::Error);
  EXPECT_THROW(meshpp::explain_resource(now, proxy, "clusters", "nobody"), meshpp::Error);
  EXPECT_THROW(meshpp::explain_policy(now, proxy, "nobody"), meshpp::Error);
}

TEST(Answers, StatusesSayWhyAndWhatFailed) {
  Store store;
  store.apply(
      "apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: m, namespace: "
      "cp}\nspec: {version: v2.5}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: "
      "a}\n---\napiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\nmetadata: {name: default, "
      "namespace: cp}\nspec: {members: [a]}\n");
  const Snapshot now = store.snapshot();
  EXPECT_TRUE(has(now.status(), R"("reason":"PausingInstall")"));
  EXPECT_TRUE(has(now.status("cp/m"), R"("configuredMembers":["a"])"));
  const auto failed = now.status(
      {}, R"({"failures": {"list": [{"kind": "RoleBinding", "namespace": "a", "name": "x",
              "message": "forbidden"}]}, "full": true})");
  EXPECT_TRUE(has(failed, R"("reason":"ErrorConfiguringNamespace")"));
  EXPECT_TRUE(has(failed, R"("appliedValues")"));
}

TEST(Answers, WhatIsNotThereIsNotFound) {
  Store store;
  store.apply(kShop);
  const Snapshot now = store.snapshot();
  mesh_proxy* proxy = nullptr;
  EXPECT_EQ(code_of(mesh_proxy_of_pod(now.get(), view("shop"), view("db"), &proxy)),
            MESH_NOT_FOUND);
  EXPECT_EQ(code_of(mesh_store_delete_object(store.get(), view("Pod"), view("shop"), view("db"))),
            MESH_NOT_FOUND);
  EXPECT_EQ(code_of(mesh_store_delete_object(store.get(), view("Pot"), view("shop"), view("db"))),
            MESH_INVALID_ARGUMENT);
  mesh_buffer* status = nullptr;
  EXPECT_EQ(code_of(mesh_snapshot_status(now.get(), view("a/b"), view(""), &status)),
            MESH_NOT_FOUND);
  EXPECT_EQ(code_of(mesh_snapshot_status(now.get(), view(""), view("{\"nwo\": \"x\"}"), &status)),
            MESH_INVALID_ARGUMENT);
  mesh_buffer* members = nullptr;
  EXPECT_EQ(code_of(mesh_snapshot_members(now.get(), view("a/b"), &members)), MESH_NOT_FOUND);
  EXPECT_EQ(code_of(mesh_snapshot_tenant_diagnostics(now.get(), view("a/b"), &members)),
            MESH_NOT_FOUND);
}

// A neighbour's mistakes are not shown, whatever they are; one's own are.
TEST(Answers, ATenantsDiagnosticsAreOfItsOwnObjects) {
  Store store;
  store.apply(R"(
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: red, namespace: red-mesh}
spec: {version: v2.5, mode: Sideways}
---
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: blue, namespace: blue-mesh}
spec: {version: v2.5}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: blue-mesh}
spec: {prots: []}
)");
  const Snapshot now = store.snapshot();
  EXPECT_TRUE(has(now.diagnostics(), "spec.mode must be either MultiTenant or ClusterWide"));
  EXPECT_TRUE(has(now.diagnostics_of("red-mesh/red"), "\"control-plane-invalid\""));
  EXPECT_FALSE(has(now.diagnostics_of("red-mesh/red"), "blue"));
  EXPECT_TRUE(has(now.diagnostics_of("blue-mesh/blue"), "prots"));
  EXPECT_FALSE(has(now.diagnostics_of("blue-mesh/blue"), "red"));
}

TEST(Answers, SnapshotsOutliveTheirStoreAndTheirHandles) {
  auto store = std::make_unique<Store>();
  store->apply(kShop);
  Snapshot first = store->snapshot();
  const Snapshot copy = first;
  store->erase("Service", "shop", "cart");
  const Snapshot second = store->snapshot();
  store.reset();
  first = second;
  EXPECT_LT(copy.revision(), second.revision());
  EXPECT_TRUE(has(second.changed(), R"({"kind":"Service","namespace":"shop","name":"cart"})"));
  EXPECT_TRUE(
      has(Xds(copy).resources_json(Proxy::of_pod(copy, "shop", "web"), "clusters"), kCartCluster));
  EXPECT_FALSE(has(Xds(first).resources_json(Proxy::of_pod(first, "shop", "web"), "clusters"),
                   kCartCluster));
  const meshpp::Buffer diff = copy.diff(second);
  EXPECT_TRUE(has(diff, R"("removed":["outbound|80||cart.shop.svc.cluster.local"])"));
}

TEST(Answers, KeysAreAskedForByUrl) {
  Store store;
  store.apply(
      "{apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: t, "
      "namespace: app}, spec: {jwtRules: [{issuer: i, jwksUri: http://x/keys}]}}");
  const meshpp::Buffer wanted = store.snapshot().wanted_texts();
  EXPECT_TRUE(has(wanted, R"({"url":"http://x/keys","timeout":5)"));
  EXPECT_TRUE(has(wanted, R"("known":false,"objects":["RequestAuthentication app/t"]})"));
  store.give_text("http://x/keys", "{}");
  EXPECT_TRUE(has(store.snapshot().wanted_texts(), R"("known":true)"));
  EXPECT_EQ(code_of(mesh_store_give_text(store.get(), {}, {})), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_store_give_text(nullptr, {}, {})), MESH_INVALID_ARGUMENT);
}

TEST(Answers, AFileIsTheOnlySourceOfItsObjects) {
  Store store;
  store.replace_file(kShop, "shop.yaml");
  EXPECT_TRUE(has(store.snapshot().proxies(), "\"web\""));
  // Broken: the last good objects stay, and it is told.
  EXPECT_TRUE(has(store.replace_file("kind: [", "shop.yaml"), "\"syntax\""));
  EXPECT_TRUE(has(store.snapshot().proxies(), "\"web\""));
  EXPECT_TRUE(has(store.snapshot().diagnostics(), "\"syntax\""));
  // Another file has the pod as well: when the first is gone, the pod is not.
  const std::string_view pod = kShop.substr(kShop.find("apiVersion: v1\nkind: Pod"));
  store.replace_file(pod.substr(0, pod.find("---")), "pod.yaml");
  store.replace_file("", "shop.yaml");
  EXPECT_TRUE(has(store.snapshot().proxies(), "\"web\""));
  store.replace_file("", "pod.yaml");
  EXPECT_EQ(store.snapshot().proxies().text(), R"({"proxies":[]})");
  EXPECT_EQ(store.snapshot().diagnostics().text(), "[]");
  mesh_buffer* out = nullptr;
  EXPECT_EQ(code_of(mesh_store_replace_file(store.get(), {}, {}, &out)), MESH_INVALID_ARGUMENT);
}

TEST(Answers, CertificatesOfAProxy) {
  Store store;
  store.apply(kShop);
  const Snapshot now = store.snapshot();
  const Authority authority(R"({"now": 1700000000})");
  const Proxy proxy = Proxy::of_pod(now, "shop", "web");
  const meshpp::Buffer issued = authority.issue(now, proxy);
  EXPECT_TRUE(has(issued, "-----BEGIN CERTIFICATE-----"));
  EXPECT_EQ(authority.issue(now, proxy).text(), issued.text()) << "the same one again";
  const std::string options = R"({"static": true, "identity": )" + issued.to_string() + "}";
  EXPECT_TRUE(has(Xds(now).bootstrap(proxy.with_flavour("envoy"), options), "ROOTCA"));
}

// A DiscoveryRequest for clusters: node {id}, type_url.
std::string request(std::string_view type) {
  auto field = [](char tag, const std::string& bytes) {
    return std::string(1, tag) + static_cast<char>(bytes.size()) + bytes;
  };
  const std::string node = field(0x0A, "sidecar~10.0.0.1~web.shop~shop.svc.cluster.local");
  return field(0x12, node) + field(0x22, "type.googleapis.com/" + std::string(type));
}

TEST(Answers, ASessionAnswersAndPushesWhatChanged) {
  Store store;
  store.apply(kShop);
  Xds xds(store.snapshot());
  meshpp::Session session(xds);
  mesh_proxy* nobody = nullptr;
  EXPECT_EQ(code_of(mesh_session_proxy(session.get(), &nobody)), MESH_NOT_FOUND);
  session.receive(request("envoy.config.cluster.v3.Cluster"));
  EXPECT_TRUE(has(session.proxy().describe(), R"("name":"web")"));
  const meshpp::Message first = session.next();
  ASSERT_TRUE(first);
  std::string joined;
  for (size_t i = 0; i < first.slice_count(); ++i) joined += first.slice(i);
  EXPECT_EQ(joined, first.bytes().text());
  EXPECT_NE(joined.find(kCartCluster), std::string::npos);
  EXPECT_EQ(first.slice(first.slice_count()).size(), 0U);
  EXPECT_FALSE(session.next());
  EXPECT_TRUE(has(session.describe(), R"("proxy":"web.shop")"));
  store.erase("Service", "shop", "cart");
  xds.update(store.snapshot());
  session.update();
  const meshpp::Message second = session.next();
  ASSERT_TRUE(second);
  EXPECT_FALSE(has(second.bytes(), kCartCluster));
  EXPECT_EQ(code_of(mesh_session_receive(session.get(), view("\xff\xff"))), MESH_PARSE);
}

TEST(Answers, SnapshotsAndXdsAreSharedByThreads) {
  Store store;
  store.apply(kShop);
  meshpp::Watch watch;
  Xds xds(store.snapshot());
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      uint64_t seen = 0;
      try {
        while (true) {
          const Snapshot now = watch.wait(seen, 60'000);
          if (now.revision() <= seen) ++wrong;
          seen = now.revision();
          const Proxy proxy = Proxy::of_pod(now, "shop", "web");
          if (xds.resources(proxy, "clusters").text().empty()) ++wrong;
          if (now.diagnostics().text() != "[]") ++wrong;
        }
      } catch (const meshpp::Error& end) {
        if (end.code() != MESH_CONFLICT) ++wrong;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    store.apply("apiVersion: v1\nkind: Service\nmetadata: {name: s" + std::to_string(i) +
                ", namespace: shop}\nspec: {clusterIP: 10.2.0." + std::to_string(i + 1) +
                ", ports: [{name: http, port: 80}]}\n");
    const Snapshot next = store.snapshot();
    xds.update(next);
    watch.publish(next);
  }
  watch.close();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Answers, TheLibraryIsTheOneOfTheHeaders) {
  EXPECT_EQ(mesh_abi_version(), static_cast<uint32_t>(MESH_ABI_VERSION));
  EXPECT_NE(meshpp::version().find("\"version\":\"0.1.0\""), std::string_view::npos);
  EXPECT_NE(meshpp::diagnostic_codes().find("\"unknown-field\""), std::string_view::npos);
}

}  // namespace
}  // namespace mesh::testing
