// Proxies: which pods have one, and what is known of it.
#include "libmesh/index/proxies/proxies.h"

#include <gtest/gtest.h>

#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/index/proxies/proxy_metadata.h"
#include "libmesh/index/registry/targets.h"
#include "tests/index/support.h"

namespace mesh::index {
namespace {

using namespace mesh::testing;
using model::Interception;
using model::ProxyType;

TEST(Proxies, OfTheExample) {
  Store store;
  apply_folder(store, "examples/shop");
  SnapshotPtr snapshot = store.snapshot();
  std::vector<std::string> ids;
  for (const model::Proxy& proxy : proxies(*snapshot)) ids.push_back(node_id(proxy));
  EXPECT_EQ(ids.size(), 8u);
  auto gateway = proxy_of_pod(*snapshot, "shop-control-plane", "istio-ingressgateway");
  ASSERT_TRUE(gateway.ok()) << gateway.error().message;
  EXPECT_EQ(gateway->type, ProxyType::kGateway);
  auto frontend = proxy_of_pod(*snapshot, "shop-web", "frontend");
  ASSERT_TRUE(frontend.ok());
  EXPECT_EQ(frontend->type, ProxyType::kSidecar);
  EXPECT_EQ(frontend->interception, Interception::kNone);
  EXPECT_EQ(frontend->service_account, "frontend");
  EXPECT_EQ(node_id(*frontend), "sidecar~127.10.1.1~frontend.shop-web~shop-web.svc.cluster.local");
  std::vector<model::ServiceTarget> targets =
      service_targets(*snapshot->mesh(frontend->tenant), *frontend);
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].target_port, 18081u);
  EXPECT_EQ(proxy_of_pod(*snapshot, "warehouse", "stock").error().message,
            "Pod warehouse/stock is in no mesh");
  EXPECT_EQ(proxy_of_pod(*snapshot, "shop-web", "nobody").error().message,
            "there is no Pod shop-web/nobody");
}

// The port that the proxies at these addresses serve of rr.com, in the order of the addresses.
std::vector<uint32_t> served(Store& store, const std::vector<std::string>& addresses) {
  const SnapshotPtr snapshot = store.snapshot();
  const MeshPtr mesh = snapshot->mesh(model::TenantId{});
  std::vector<uint32_t> out;
  for (const std::string& address : addresses) {
    model::Proxy proxy;
    proxy.ns = "a";
    proxy.ip_addresses = {address};
    for (const model::ServiceTarget& target : service_targets(*mesh, proxy)) {
      out.push_back(target.target_port);
    }
  }
  return out;
}

TEST(Targets, OneEndpointServesAPortOfDnsRoundRobin) {
  const std::string entry =
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: rr, namespace: "
      "a}\nspec: {hosts: [rr.com], workloadSelector: {labels: {app: x}}, ports: [{number: 80, "
      "name: http, protocol: HTTP}], resolution: ";
  auto workload = [](const std::string& name, const std::string& address) {
    return "apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {name: " + name +
           ", namespace: a}\nspec: {address: " + address +
           ", labels: {app: x}, ports: {http: " + (name == "b" ? "8002" : "8003") + "}}\n";
  };
  Store store;
  store.apply(entry + "DNS_ROUND_ROBIN}\n", "e.yaml");
  store.apply(workload("b", "1.1.1.2"), "b.yaml");
  store.apply(workload("c", "1.1.1.3"), "c.yaml");
  const std::vector<std::string> all = {"1.1.1.1", "1.1.1.2", "1.1.1.3"};
  EXPECT_EQ(served(store, all), (std::vector<uint32_t>{8002}));
  store.apply(workload("a", "1.1.1.1"), "a.yaml");  // before the others, by name
  EXPECT_EQ(served(store, all), (std::vector<uint32_t>{8003}));
  store.apply(entry + "STATIC}\n", "e.yaml");
  EXPECT_EQ(served(store, all), (std::vector<uint32_t>{8003, 8002, 8003}));
}

TEST(Proxies, WhoIsToBeInjected) {
  struct Row {
    const char* rule;
    const char* namespace_labels;
    const char* pod_labels;
    bool proxy;
  };
  const Row rows[] = {
      {"nothing said", "", "", false},
      {"namespace enabled", "istio-injection: enabled", "", true},
      {"pod label beats namespace", "istio-injection: enabled",
       "sidecar.istio.io/inject: \"false\"", false},
      {"namespace disabled beats pod label", "istio-injection: disabled",
       "sidecar.istio.io/inject: \"true\"", false},
      {"namespace revision", "istio.io/rev: canary", "", true},
      {"pod label alone", "", "sidecar.istio.io/inject: \"true\"", true},
      {"pod revision alone", "", "istio.io/rev: canary", true},
  };
  for (const Row& row : rows) {
    Store store;
    store.apply(ns("a", row.namespace_labels) + pod("a", "p", "app", "10.0.0.1", row.pod_labels),
                "");
    EXPECT_EQ(proxy_of_pod(*store.snapshot(), "a", "p").ok(), row.proxy) << row.rule;
  }
}

TEST(Proxies, MembersOfAControlPlaneOptIn) {
  Store store;
  store.apply(control_plane("cp", "m") + roll("cp", "members: [a]") + ns("a") + ns("b") +
                  pod("a", "in", "app", "10.0.0.1", "sidecar.istio.io/inject: \"true\"") +
                  pod("a", "out", "app", "10.0.0.2") +
                  pod("b", "stranger", "app", "10.0.0.3", "sidecar.istio.io/inject: \"true\""),
              "");
  SnapshotPtr snapshot = store.snapshot();
  EXPECT_TRUE(proxy_of_pod(*snapshot, "a", "in").ok());
  EXPECT_FALSE(proxy_of_pod(*snapshot, "a", "in")->sidecar_injected);
  EXPECT_FALSE(proxy_of_pod(*snapshot, "a", "out").ok());
  EXPECT_FALSE(proxy_of_pod(*snapshot, "b", "stranger").ok());
}

// ProxyConfig objects, weakest first; of one rank the oldest counts (EffectiveProxyConfig, pilot/pkg/model/proxy_config.go).
TEST(Proxies, MetadataOfProxyConfigs) {
  const auto config = [](const std::string& name, const std::string& ns, const std::string& port,
                         const std::string& rest = "", const std::string& day = "1") {
    return "---\napiVersion: networking.istio.io/v1beta1\nkind: ProxyConfig\nmetadata: {name: " +
           name + ", namespace: " + ns + ", creationTimestamp: \"2026-01-0" + day +
           "T00:00:00Z\"}\nspec: {environmentVariables: {ISTIO_META_HTTP_PROXY_PORT: \"" + port +
           "\"}" + rest + "}\n";
  };
  Store store;
  const auto port = [&] { return proxy_of_pod(*store.snapshot(), "a", "p")->http_proxy_port; };
  store.apply(ns("a", "istio-injection: enabled") + pod("a", "p", "app", "10.0.0.1") +
                  config("other", "b", "1") + config("root", "istio-system", "2"),
              "");
  EXPECT_EQ(port(), "2");
  store.apply(config("all", "a", "3") + config("newer", "a", "4", "", "2"), "");
  EXPECT_EQ(port(), "3");
  store.apply(config("selects", "a", "5", ", selector: {matchLabels: {app: app}}") +
                  config("others", "a", "6", ", selector: {matchLabels: {app: other}}") +
                  config("nobody", "a", "7", ", selector: {}"),
              "");
  EXPECT_EQ(port(), "5");
}

// By namespace, name and cluster, the config cluster first; where a namespace is nobody's, its pods are no proxies.
TEST(Proxies, OfAllClusters) {
  const std::string shop = ns("shop", "istio-injection: enabled");
  const auto web = [](const std::string& name, const std::string& ip) {
    return pod("shop", name, "web", ip);
  };
  Store store;
  store.apply(shop + web("web-1", "10.1.0.1") + web("web-3", "10.1.0.3"), "");
  store.apply(shop + web("web-1", "10.3.0.1") + web("web-2", "10.3.0.2"), "", "west");
  store.apply(shop + web("web-1", "10.2.0.1"), "", "east");
  const SnapshotPtr snapshot = store.snapshot();
  std::vector<std::string> found;
  for (const model::Proxy& proxy : proxies(*snapshot)) {
    EXPECT_EQ(proxy.cluster_id, proxy.remote ? pod_text(proxy).substr(0, 4) : "Kubernetes");
    found.push_back(pod_text(proxy) + " " + proxy.ip_addresses.front());
  }
  const std::vector<std::string> wanted = {"shop/web-1 10.1.0.1", "east=shop/web-1 10.2.0.1",
                                           "west=shop/web-1 10.3.0.1", "west=shop/web-2 10.3.0.2",
                                           "shop/web-3 10.1.0.3"};
  EXPECT_EQ(found, wanted);
}

TEST(Proxies, OfARemoteNamespaceThatNobodyOwns) {
  Store store;
  const std::string injected = "sidecar.istio.io/inject: \"true\"";
  store.apply(control_plane("cp", "m") + roll("cp", "members: [a]") + ns("a"), "");
  store.apply(ns("a") + ns("b") + pod("a", "in", "app", "10.0.0.1", injected) +
                  pod("b", "stranger", "app", "10.0.0.3", injected),
              "", "east");
  const SnapshotPtr snapshot = store.snapshot();
  const auto found = proxies(*snapshot);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(pod_text(found.front()), "east=a/in");
  EXPECT_EQ(proxy_of_pod(*snapshot, PodName{"east", "b", "stranger"}).error().message,
            "Pod b/stranger in cluster \"east\" is in no mesh");
}

TEST(Proxies, MetadataOfPods) {
  Store store;
  store.apply(
      "defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}, interceptionMode: "
      "TPROXY}\n"
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a, annotations: "
      "{mesh.libmesh.dev/flavour: envoy}}\n"
      "spec:\n  containers:\n  - name: istio-proxy\n    image: auto\n    args: [proxy, sidecar]\n"
      "    env:\n    - {name: ISTIO_META_CLUSTER_ID, value: Kubernetes}\n"
      "    - {name: ISTIO_METAJSON_STATIC, value: '{\"a\": [1]}'}\n"
      "    - {name: ISTIO_META_HTTP10, value: \"1\"}\n"
      "status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: \"fd00::1\"}]}\n",
      "");
  auto proxy = proxy_of_pod(*store.snapshot(), "a", "p");
  ASSERT_TRUE(proxy.ok()) << proxy.error().message;
  EXPECT_TRUE(proxy->dns_capture);
  EXPECT_TRUE(proxy->http10);
  EXPECT_EQ(proxy->interception, Interception::kTproxy);
  EXPECT_EQ(proxy->flavour, model::Flavour::kEnvoy);
  EXPECT_EQ(proxy->ip_addresses, (std::vector<std::string>{"10.0.0.1", "fd00::1"}));
  EXPECT_NE(proxy->metadata.find("STATIC")->find("a"), nullptr);
  EXPECT_EQ(proxy->service_account, "default");
}

TEST(Proxies, Descriptions) {
  Store store;
  SnapshotPtr snapshot = store.snapshot();
  auto plain = read_proxy(*snapshot, "{}", "p.yaml");
  ASSERT_TRUE(plain.ok()) << plain.error().message;
  EXPECT_EQ(plain->id, "v0.default");
  EXPECT_EQ(plain->ip_addresses, std::vector<std::string>{"1.1.1.1"});
  EXPECT_EQ(plain->dns_domain, "default.svc.cluster.local");
  EXPECT_EQ(plain->istio_version, (model::Version{1, 32, 0}));
  EXPECT_EQ(plain->cluster_id, "Kubernetes");
  auto full =
      read_proxy(*snapshot,
                 "type: gateway\nid: g.x\nnamespace: x\nip: [10.0.0.9]\nlabels: {a: b}\n"
                 "serviceAccount: sa\nlocality: r/z/s\nistioVersion: 1.26.0\nflavour: envoy\n"
                 "metadata: {INTERCEPTION_MODE: NONE, DNS_CAPTURE: true}\n",
                 "p.yaml");
  ASSERT_TRUE(full.ok()) << full.error().message;
  EXPECT_EQ(full->type, ProxyType::kGateway);
  EXPECT_EQ(full->interception, Interception::kNone);
  EXPECT_TRUE(full->dns_capture);
  EXPECT_EQ(full->istio_version, (model::Version{1, 26, 0}));
  EXPECT_EQ(full->locality, (model::Locality{"r", "z", "s"}));
  EXPECT_EQ(full->flavour, model::Flavour::kEnvoy);
  EXPECT_EQ(read_proxy(*snapshot, "typ: sidecar", "p.yaml").error().message,
            "p.yaml: unknown key \"typ\"");
  EXPECT_FALSE(read_proxy(*snapshot, "type: other", "p.yaml").ok());
  EXPECT_FALSE(read_proxy(*snapshot, "ip: [not]", "p.yaml").ok());
}

TEST(Proxies, ADescriptionBelongsToTheOwnerOfItsNamespace) {
  Store store;
  store.apply(control_plane("cp", "m") + roll("cp", "members: [a]") + ns("a") + ns("b"), "");
  SnapshotPtr snapshot = store.snapshot();
  EXPECT_EQ(read_proxy(*snapshot, "namespace: a", "")->tenant.value, "cp/m");
  EXPECT_EQ(read_proxy(*snapshot, "namespace: b", "").error().code, ErrorCode::kNotFound);
}

TEST(Proxies, Nodes) {
  Store store;
  store.apply(ns("a") + pod("a", "p", "app", "10.0.0.1", "sidecar.istio.io/inject: \"true\""), "");
  SnapshotPtr snapshot = store.snapshot();
  document::Value metadata{document::Map{}};
  metadata.set("INTERCEPTION_MODE", document::Value("NONE"));
  metadata.set("MESH_FLAVOUR", document::Value("envoy"));
  auto proxy = proxy_of_node(*snapshot, "sidecar~10.0.0.1~p.a~a.svc.cluster.local", metadata);
  ASSERT_TRUE(proxy.ok()) << proxy.error().message;
  EXPECT_EQ(proxy->labels.at("app"), "app");
  EXPECT_EQ(proxy->service_account, "app");
  EXPECT_EQ(proxy->interception, Interception::kNone);
  EXPECT_EQ(proxy->flavour, model::Flavour::kEnvoy);
  auto unknown = proxy_of_node(*snapshot, "router~10.0.0.7~x.b~b.svc.cluster.local", metadata);
  ASSERT_TRUE(unknown.ok());
  EXPECT_EQ(unknown->ns, "b");
  EXPECT_EQ(unknown->type, ProxyType::kGateway);
  for (const char* id : {"", "sidecar~10.0.0.1~p.a", "robot~10.0.0.1~p.a~d", "sidecar~x~p.a~d"}) {
    EXPECT_EQ(proxy_of_node(*snapshot, id, metadata).error().code, ErrorCode::kInvalidArgument)
        << id;
  }
}

TEST(Version, Text) {
  EXPECT_EQ(parse_version("1.26.0"), (model::Version{1, 26, 0}));
  EXPECT_EQ(parse_version("release-1.26-20260101"), (model::Version{1, 26, 65535}));
  EXPECT_EQ(parse_version("1.26.2-alpha"), (model::Version{1, 26, 2}));
  EXPECT_EQ(parse_version("latest"), (model::Version{65535, 65535, 65535}));
}

}  // namespace
}  // namespace mesh::index
