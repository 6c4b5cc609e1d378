// Which services and rules a proxy sees. Whole outputs are compared with Istio's by tests/peers; here
// stands each rule alone.
#include <gtest/gtest.h>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::traffic {
namespace {

std::string service(const std::string& ns, const std::string& name,
                    const std::string& annotations = "") {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: " + ns +
         ", annotations: {" + annotations +
         "}}\nspec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80, targetPort: 8080}]}\n";
}

std::string config(const std::string& group, const std::string& kind, const std::string& ns,
                   const std::string& name, const std::string& spec) {
  return "---\napiVersion: " + group + ".istio.io/v1\nkind: " + kind +
         "\nmetadata: {name: " + name + ", namespace: " + ns + "}\nspec: " + spec + "\n";
}

std::string networking(const std::string& kind, const std::string& ns, const std::string& name,
                       const std::string& spec) {
  return config("networking", kind, ns, name, spec);
}

class ScopeTest : public ::testing::Test {
 protected:
  ProxyView view(const std::string& input, const std::string& ns = "a",
                 const std::string& extra = "") {
    index::Store store;
    Diagnostics mistakes = store.apply(input, "input");
    for (const Diagnostic& d : mistakes) ADD_FAILURE() << to_string(d);
    snapshot_ = store.snapshot();
    auto proxy = index::read_proxy(
        *snapshot_, "type: sidecar\nnamespace: " + ns + "\nlabels: {app: web}\n" + extra, "proxy");
    EXPECT_TRUE(proxy.ok()) << proxy.error().message;
    traffic_ = Traffic::make(snapshot_->mesh(proxy->tenant));
    return traffic_->view(*proxy);
  }
  static std::string hosts(const ProxyView& view) {
    std::set<std::string> names;
    for (const auto& service : view.scope->services) names.insert(service->hostname);
    std::string out;
    for (const std::string& name : names) out += name.substr(0, name.find(".svc")) + " ";
    return out;
  }

  index::SnapshotPtr snapshot_;
  std::shared_ptr<const Traffic> traffic_;
};

const std::string kThree = service("a", "one") + service("b", "two") + service("c", "three");

struct Row {
  const char* rule;
  std::string input;
  const char* seen;
};

TEST_F(ScopeTest, Services) {
  const Row rows[] = {
      {"without a Sidecar everything is seen", kThree, "one.a three.c two.b "},
      {"exportTo . is for the own namespace",
       kThree + service("b", "mine", "networking.istio.io/exportTo: ."), "one.a three.c two.b "},
      {"exportTo a namespace is for that one",
       kThree + service("b", "yours", "networking.istio.io/exportTo: a"),
       "one.a three.c two.b yours.b "},
      {"exportTo ~ is for nobody",
       kThree + service("a", "hidden", "networking.istio.io/exportTo: '~'"),
       "one.a three.c two.b "},
      {"./* is the own namespace",
       kThree + networking("Sidecar", "a", "default", "{egress: [{hosts: ['./*']}]}"), "one.a "},
      {"ns/* is that namespace",
       kThree + networking("Sidecar", "a", "default", "{egress: [{hosts: ['b/*']}]}"), "two.b "},
      {"a full name is that service",
       kThree + networking("Sidecar", "a", "default",
                           "{egress: [{hosts: ['*/three.c.svc.cluster.local']}]}"),
       "three.c "},
      {"~ns/* leaves that namespace out",
       kThree + networking("Sidecar", "a", "default", "{egress: [{hosts: ['*/*', '~b/*']}]}"),
       "one.a three.c "},
      {"a Sidecar for other workloads does not count",
       kThree +
           networking("Sidecar", "a", "other",
                      "{workloadSelector: {labels: {app: other}}, egress: [{hosts: ['./*']}]}"),
       "one.a three.c two.b "},
      {"a Sidecar for this workload goes before the namespace's",
       kThree + networking("Sidecar", "a", "default", "{egress: [{hosts: ['b/*']}]}") +
           networking("Sidecar", "a", "web",
                      "{workloadSelector: {labels: {app: web}}, egress: [{hosts: ['c/*']}]}"),
       "three.c "},
      {"the root namespace's Sidecar is for those without one",
       kThree + networking("Sidecar", "istio-system", "default", "{egress: [{hosts: ['./*']}]}"),
       "one.a "},
      {"destinations of imported rules are seen too",
       kThree + networking("Sidecar", "a", "default", "{egress: [{hosts: ['./*']}]}") +
           networking("VirtualService", "a", "one",
                      "{hosts: [one], http: [{route: [{destination: {host: "
                      "two.b.svc.cluster.local}}]}]}"),
       "one.a two.b "},
  };
  for (const Row& row : rows) EXPECT_EQ(hosts(view(row.input)), row.seen) << row.rule;
}

std::string rule(const std::string& ns, const std::string& name, const std::string& rest) {
  return networking("DestinationRule", ns, name, "{host: two.b.svc.cluster.local, " + rest + "}");
}

TEST_F(ScopeTest, DestinationRules) {
  const Row rows[] = {
      {"none", kThree, ""},
      {"the service's own namespace", kThree + rule("b", "owner", "subsets: [{name: v1}]"),
       "b/owner "},
      {"the proxy's namespace goes before the owner's",
       kThree + rule("b", "owner", "subsets: []") + rule("a", "client", "subsets: []"),
       "a/client "},
      {"the root namespace's is the last", kThree + rule("istio-system", "root", "subsets: []"),
       "istio-system/root "},
      {"one that is not exported is not seen", kThree + rule("b", "owner", "exportTo: ['.']"), ""},
      {"two of one host are merged, the older first",
       kThree + rule("b", "a-first", "subsets: [{name: v1}]") +
           rule("b", "b-second", "subsets: [{name: v2}]"),
       "b/a-first b/b-second "},
      {"one for workloads goes before the one for all",
       kThree + rule("a", "all", "subsets: []") +
           rule("a", "web", "workloadSelector: {matchLabels: {app: web}}"),
       "a/web "},
  };
  for (const Row& row : rows) {
    ProxyView v = view(row.input);
    auto found = v.scope->destination_rule(v.proxy.labels, "two.b.svc.cluster.local");
    std::string from;
    if (found != nullptr) {
      for (const auto& name : found->from) from += name.to_string() + " ";
    }
    EXPECT_EQ(from, row.seen) << row.rule;
  }
}

TEST_F(ScopeTest, MergedSubsetsKeepTheFirstOfAName) {
  ProxyView v = view(kThree + rule("b", "a-first", "subsets: [{name: v1, labels: {v: one}}]") +
                     rule("b", "b-second",
                          "subsets: [{name: v1, labels: {v: other}}, {name: v2}], trafficPolicy: "
                          "{tls: {mode: DISABLE}}"));
  auto found = v.scope->destination_rule({}, "two.b.svc.cluster.local");
  ASSERT_NE(found, nullptr);
  ASSERT_EQ(found->spec->subsets.size(), 2u);
  EXPECT_EQ(found->spec->subsets[0].labels.at("v"), "one");
  EXPECT_TRUE(found->spec->traffic_policy);
}

TEST_F(ScopeTest, PeerAuthentication) {
  auto policy = [](const std::string& ns, const std::string& name, const std::string& spec) {
    return config("security", "PeerAuthentication", ns, name, spec);
  };
  struct Mode {
    const char* rule;
    std::string input;
    MutualTls at_8080;
    MutualTls of_namespace;
  };
  const std::string strict = policy("istio-system", "default", "{mtls: {mode: STRICT}}");
  const Mode rows[] = {
      {"nothing said", kThree, MutualTls::kPermissive, MutualTls::kUnknown},
      {"the mesh's", kThree + strict, MutualTls::kStrict, MutualTls::kStrict},
      {"the namespace's goes before the mesh's",
       kThree + strict + policy("a", "default", "{mtls: {mode: DISABLE}}"), MutualTls::kDisable,
       MutualTls::kDisable},
      {"UNSET inherits", kThree + strict + policy("a", "default", "{mtls: {mode: UNSET}}"),
       MutualTls::kStrict, MutualTls::kStrict},
      {"the workload's goes before the namespace's",
       kThree + policy("a", "default", "{mtls: {mode: STRICT}}") +
           policy("a", "web", "{selector: {matchLabels: {app: web}}, mtls: {mode: PERMISSIVE}}"),
       MutualTls::kPermissive, MutualTls::kStrict},
      {"a port's goes before the workload's",
       kThree + policy("a", "web",
                       "{selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}, portLevelMtls: "
                       "{8080: {mode: DISABLE}}}"),
       MutualTls::kDisable, MutualTls::kUnknown},
      {"one for other workloads does not count",
       kThree + policy("a", "x", "{selector: {matchLabels: {app: x}}, mtls: {mode: STRICT}}"),
       MutualTls::kPermissive, MutualTls::kUnknown},
      {"a selector in the root namespace selects nothing",
       kThree + policy("istio-system", "x",
                       "{selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}}"),
       MutualTls::kPermissive, MutualTls::kUnknown},
  };
  for (const Mode& row : rows) {
    view(row.input);
    EXPECT_EQ(traffic_->peer_authn("a", {{"app", "web"}}).for_port(8080), row.at_8080) << row.rule;
    EXPECT_EQ(traffic_->namespace_mutual_tls("a"), row.of_namespace) << row.rule;
  }
}

TEST_F(ScopeTest, GatewayServers) {
  auto gateway = [](const std::string& name, const std::string& servers) {
    return networking("Gateway", "a", name, "{selector: {app: web}, servers: [" + servers + "]}");
  };
  const std::string http =
      "{port: {number: 80, name: http, protocol: HTTP}, hosts: ['one.example']}";
  struct Merge {
    const char* rule;
    std::string input;
    size_t ports;
    size_t conflicts;
  };
  const std::string tls =
      "{port: {number: 443, name: https, protocol: HTTPS}, hosts: ['one.example'], tls: {mode: "
      "SIMPLE, "
      "credentialName: one}}";
  const Merge rows[] = {
      {"one server", gateway("one", http), 1, 0},
      {"two HTTP servers share a port", gateway("one", http) + gateway("two", http), 1, 0},
      {"TCP beside HTTP on one port is left out",
       gateway("one", http) +
           gateway("two", "{port: {number: 80, name: tcp, protocol: TCP}, hosts: ['*']}"),
       1, 1},
      {"one TLS host twice on a port is left out", gateway("one", tls) + gateway("two", tls), 1, 1},
  };
  for (const Merge& row : rows) {
    ProxyView v = view(kThree + row.input, "a", "");
    v.proxy.type = model::ProxyType::kGateway;
    v = traffic_->view(v.proxy);
    ASSERT_NE(v.gateway, nullptr) << row.rule;
    EXPECT_EQ(v.gateway->ports.size(), row.ports) << row.rule;
    EXPECT_EQ(v.gateway->diagnostics.size(), row.conflicts) << row.rule;
  }
}

TEST(ResolveGatewayName, Forms) {
  EXPECT_EQ(model::resolve_gateway_name("gw", "a"), "a/gw");
  EXPECT_EQ(model::resolve_gateway_name("./gw", "a"), "a/gw");
  EXPECT_EQ(model::resolve_gateway_name("b/gw", "a"), "b/gw");
  EXPECT_EQ(model::resolve_gateway_name("gw.b.svc.cluster.local", "a"), "b/gw");
  EXPECT_EQ(model::resolve_gateway_name("gw.b", "a"), "b/gw");
  EXPECT_EQ(model::resolve_gateway_name("mesh", "a"), "mesh");
}

TEST_F(ScopeTest, DelegatesTakeTheirRootsPlace) {
  ProxyView v = view(
      kThree +
      networking("VirtualService", "a", "root",
                 "{hosts: [one], http: [{match: [{uri: {prefix: /x}}], delegate: {name: leaf}}, "
                 "{match: [{uri: {exact: /y}}], delegate: {name: leaf}}]}") +
      networking("VirtualService", "a", "leaf",
                 "{http: [{match: [{uri: {prefix: /x/deep}}], route: [{destination: {host: "
                 "two.b.svc.cluster.local}}]}]}"));
  std::vector<VirtualServicePtr> rules;
  for (const auto& list : v.traffic->virtual_services("a", "mesh")) {
    rules.insert(rules.end(), list.begin(), list.end());
  }
  ASSERT_EQ(rules.size(), 1u) << "a delegate is no rule of its own";
  const auto& http = rules[0]->spec->http;
  ASSERT_EQ(http.size(), 1u) << "a delegate that does not narrow its root is left out";
  EXPECT_EQ(*http[0].match[0].uri->prefix, "/x/deep");
}

}  // namespace
}  // namespace mesh::traffic
