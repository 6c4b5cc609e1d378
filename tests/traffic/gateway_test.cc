// Servers of Gateways that contend for a port or a host: who wins, and what the other is told. Whole
// outputs are compared with Istio's by tests/peers.
#include <gtest/gtest.h>

#include <random>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/traffic/gateway_builder.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::traffic {
namespace {

std::string gateway(const std::string& name, const std::string& servers,
                    const std::string& metadata = "") {
  return "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: " + name +
         ", namespace: edge" + metadata + "}\nspec: {selector: {istio: gw}, servers: [" + servers +
         "]}\n";
}

std::string server(const std::string& port, const std::string& name, const std::string& protocol,
                   const std::string& host, const std::string& rest = "") {
  return "{port: {number: " + port + ", name: " + name + ", protocol: " + protocol +
         "}, hosts: [\"" + host + "\"]" + rest + "},";
}

const std::string kTls = ", tls: {mode: SIMPLE, credentialName: c}";

ProxyView view(const std::string& input) {
  index::Store store;
  for (const Diagnostic& d : store.apply(input, "input")) ADD_FAILURE() << to_string(d);
  const index::SnapshotPtr snapshot = store.snapshot();
  auto proxy = index::read_proxy(
      *snapshot, "type: gateway\nnamespace: edge\nip: [10.1.9.1]\nlabels: {istio: gw}\n", "proxy");
  EXPECT_TRUE(proxy.ok()) << proxy.error().message;
  return Traffic::make(snapshot->mesh(proxy->tenant))->view(*proxy);
}

// "8080:HTTP 443@1.2.3.4:HTTPS " of what is opened.
std::string ports(const MergedGateway& gateway) {
  std::string out;
  for (const ServerPort& port : gateway.ports) {
    out += std::to_string(port.number) + (port.bind.empty() ? "" : "@" + port.bind) + ":" +
           std::string(model::protocol_name(port.protocol)) + " ";
  }
  return out;
}

// "http.80:edge/a,edge/b " of what each route serves.
std::string routes(const MergedGateway& gateway) {
  std::string out;
  for (const GatewayRoute& route : gateway.routes) {
    EXPECT_EQ(gateway.route(route.name), &route);
    out.append(route.name);
    for (const GatewayServer* server : route.servers) {
      EXPECT_EQ(server->route_name, route.name);
      out.append(server == route.servers.front() ? ":" : ",").append(server->gateway_name);
    }
    out += " ";
  }
  EXPECT_EQ(gateway.route("none"), nullptr);
  return out;
}

TEST(Gateway, RoutesAreInOrderOfTheirNames) {
  const std::string servers =
      server("443", "x", "HTTPS", "h.com", kTls) + server("80", "http", "HTTP", "h.com");
  const std::string others = server("443", "x", "HTTPS", "i.com", kTls) +
                             server("80", "http2", "HTTP2", "i.com") +
                             server("81", "bound", "HTTP", "i.com", ", bind: 10.0.0.1");
  const std::string input =
      gateway("a", servers) + gateway("b", others, ", creationTimestamp: \"2020-01-01T00:00:00Z\"");
  EXPECT_EQ(routes(*view(input).gateway),
            "http.80:edge/b,edge/a http.81.10.0.0.1:edge/b https.443.x.a.edge:edge/a "
            "https.443.x.b.edge:edge/b ");
}

// Of random Gateways: those that a walk over all of them finds, in order.
TEST(Gateway, SelectedAreThoseWhoseSelectorMatches) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const bool by_namespace = seed % 2 == 0;
    std::string input =
        "---\ndefaultConfig: {proxyMetadata: {PILOT_SCOPE_GATEWAY_TO_NAMESPACE: \"" +
        std::string(by_namespace ? "true" : "false") + "\"}}\n";
    const char* const selectors[] = {"{istio: gw}", "{istio: gw, app: a}", "{istio: other}", "{}"};
    for (int i = 0; i < 20; ++i) {
      input += "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g" +
               std::to_string(random() % 90) +
               ", namespace: " + (random() % 3 == 0 ? "away" : "edge") +
               "}\nspec: {selector: " + selectors[random() % 4] + ", servers: [" +
               server("80", "http", "HTTP", "a") + "]}\n";
    }
    index::Store store;
    store.apply(input, "input");
    const index::MeshPtr mesh = store.snapshot()->mesh({});
    model::Proxy proxy;
    proxy.ns = "edge";
    proxy.labels = {{"istio", "gw"}, {"app", "a"}};
    std::vector<uint32_t> expected;
    for (uint32_t i = 0; i < mesh->gateways.size(); ++i) {
      const index::Gateway& one = mesh->gateways[i];
      if (by_namespace && one.ns() != proxy.ns) continue;
      if (labels_match(one.spec->selector, proxy.labels)) expected.push_back(i);
    }
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(GatewayIndex(*mesh).select(*mesh, proxy, {}).gateways, expected) << seed;
  }
}

TEST(Gateway, WhatIsLeftOutHasNoHost) {
  const std::string input = gateway("a", server("443", "x", "HTTPS", "h.com", kTls)) +
                            gateway("b", server("443", "x", "HTTPS", "free.com\", \"h.com", kTls)) +
                            gateway("c", server("443", "x", "HTTPS", "free.com", kTls));
  const MergedGatewayPtr merged = view(input).gateway;
  ASSERT_EQ(merged->diagnostics.size(), 1u);
  EXPECT_EQ(merged->diagnostics[0].object, "Gateway edge/b");
  EXPECT_EQ(routes(*merged), "https.443.x.a.edge:edge/a https.443.x.c.edge:edge/c ");
}

TEST(Gateway, Conflicts) {
  struct Row {
    const char* rule;
    std::string input;
    const char* ports;
    const char* object;  // "" when nothing is left out
    const char* field;
    const char* message;
  };
  const Row rows[] = {
      {"plain HTTP shares a port",
       gateway("a", server("80", "http", "HTTP", "a") + server("80", "http2", "HTTP2", "b")),
       "80:HTTP ", "", "", ""},
      {"TCP does not, the first of a Gateway wins",
       gateway("a", server("80", "http", "HTTP", "a") + server("80", "tcp", "TCP", "b")),
       "80:HTTP ", "Gateway edge/a", "spec.servers[1]",
       "port 80 serves HTTP for the earlier spec.servers[0]; this server is left out"},
      {"the older Gateway wins",
       gateway("a", server("80", "tcp", "TCP", "*")) +
           gateway("b", server("80", "http", "HTTP", "b"),
                   ", creationTimestamp: \"2020-01-01T00:00:00Z\""),
       "80:HTTP ", "Gateway edge/a", "spec.servers[0]",
       "port 80 serves HTTP for Gateway edge/b spec.servers[0], which is older; this server is "
       "left out"},
      {"of two as old the first by name",
       gateway("a", server("443", "x", "HTTPS", "h.com", kTls)) +
           gateway("b", server("443", "z", "HTTPS", "h.com", kTls)),
       "443:HTTPS ", "Gateway edge/b", "spec.servers[0]",
       "host \"h.com\" is on port 443 already served with TLS by Gateway edge/a spec.servers[0], "
       "which comes first by name; this server is left out"},
      {"another address is another listener",
       gateway("a", server("443", "x", "HTTPS", "h.com", kTls)) +
           gateway("b", server("443", "z", "HTTPS", "h.com", ", bind: 10.0.0.1" + kTls)),
       "443:HTTPS 443@10.0.0.1:HTTPS ", "", "", ""},
      {"two HTTPS ports of one Gateway with one name",
       gateway("a", server("443", "x", "HTTPS", "a.com", kTls) +
                        server("443", "x", "HTTPS", "b.com", kTls)),
       "443:HTTPS ", "Gateway edge/a", "spec.servers[1]",
       "port name \"x\" is already that of the earlier spec.servers[0]; this server is left out"},
  };
  for (const Row& row : rows) {
    const MergedGatewayPtr merged = view(row.input).gateway;
    ASSERT_NE(merged, nullptr) << row.rule;
    EXPECT_EQ(ports(*merged), row.ports) << row.rule;
    if (*row.object == '\0') {
      EXPECT_TRUE(merged->diagnostics.empty()) << row.rule;
      continue;
    }
    ASSERT_EQ(merged->diagnostics.size(), 1u) << row.rule;
    EXPECT_EQ(merged->diagnostics[0].object, row.object) << row.rule;
    EXPECT_EQ(merged->diagnostics[0].field, row.field) << row.rule;
    EXPECT_EQ(merged->diagnostics[0].message, row.message) << row.rule;
  }
}

TEST(Gateway, ThatNamesServices) {
  const std::string services =
      "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\n"
      "metadata: {name: s, namespace: edge}\nspec: {hosts: [gw.edge], resolution: STATIC, ports: "
      "[{number: 80, targetPort: 8080, name: http, protocol: HTTP}], endpoints: [{address: "
      "10.1.9.1, labels: {istio: gw}}]}\n";
  const auto naming = [](const std::string& hosts) {
    return ", annotations: {internal.istio.io/gateway-service: \"" + hosts + "\"}";
  };
  const std::string servers =
      server("80", "http", "HTTP", "a") + server("81", "other", "HTTP", "b");
  const MergedGatewayPtr named =
      view(services + gateway("a", servers, naming("x.edge,gw.edge"))).gateway;
  ASSERT_NE(named, nullptr);
  EXPECT_EQ(ports(*named), "8080:HTTP ") << "only ports of the service";
  EXPECT_EQ(view(services + gateway("a", servers, naming("x.edge"))).gateway, nullptr)
      << "no such service in front of the proxy";
  EXPECT_EQ(ports(*view(services + gateway("a", servers)).gateway), "8080:HTTP 81:HTTP ");
}

TEST(Gateway, ConflictsOfIngressesAreToldOfThese) {
  const auto ingress = [](const std::string& name) {
    return "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: " + name +
           ", namespace: edge, annotations: {kubernetes.io/ingress.class: istio}}\n"
           "spec: {tls: [{hosts: [h.com], secretName: s}]}\n";
  };
  const MergedGatewayPtr merged =
      view("---\ningressSelector: gw\n" + ingress("a") + ingress("b")).gateway;
  ASSERT_NE(merged, nullptr);
  EXPECT_EQ(ports(*merged), "443:HTTPS 80:HTTP ");
  ASSERT_EQ(merged->diagnostics.size(), 1u);
  EXPECT_EQ(merged->diagnostics[0].object, "Ingress edge/b");
  EXPECT_EQ(merged->diagnostics[0].field, "spec.tls[0]");
  EXPECT_EQ(merged->diagnostics[0].message,
            "host \"h.com\" is on port 443 already served with TLS by Ingress edge/a spec.tls[0], "
            "which comes first by name; this server is left out");
}

TEST(Gateway, FeaturesOfTheMesh) {
  const auto with = [](const std::string& name, const std::string& value) {
    return "---\ndefaultConfig: {proxyMetadata: {" + name + ": \"" + value + "\"}}\n";
  };
  const std::string services =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: gw, namespace: edge}\n"
      "spec: {clusterIP: 10.0.0.1, selector: {istio: gw}, ports: [{name: tls, port: 443}, "
      "{name: tls2, port: 444}, {name: quic, port: 444, protocol: UDP}]}\n";
  const std::string servers = server("443", "x", "HTTPS", "a.com", kTls) +
                              server("444", "z", "HTTPS", "b.com", kTls) +
                              server("444", "p", "TLS", "c.com", ", tls: {mode: PASSTHROUGH}");
  const std::string quic = "PILOT_ENABLE_QUIC_LISTENERS";
  const auto asked = view(with(quic, "true") + services + gateway("a", servers)).gateway;
  ASSERT_EQ(asked->quic.size(), 1u) << "only where the service has the port for UDP";
  EXPECT_EQ(asked->quic.begin()->first.number, 444u);
  EXPECT_EQ(asked->quic.begin()->second.size(), 1u) << "and TLS ends";
  EXPECT_EQ(asked->http3_routes, (std::set<std::string_view>{"https.444.z.a.edge"}));
  EXPECT_TRUE(view(with(quic, "false") + services + gateway("a", servers)).gateway->quic.empty());

  const std::string scope = with("PILOT_SCOPE_GATEWAY_TO_NAMESPACE", "1");
  const std::string elsewhere =
      "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: o, namespace: "
      "other}\nspec: {selector: {istio: gw}, servers: [" +
      server("80", "http", "HTTP", "o") + "]}\n";
  EXPECT_NE(view(elsewhere).gateway, nullptr);
  EXPECT_EQ(view(scope + elsewhere).gateway, nullptr);
}

}  // namespace
}  // namespace mesh::traffic
