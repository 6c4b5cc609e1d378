// Which virtual host and which filter chain: Envoy's orders.
#include "libmesh/testing/walk/listener.h"
#include "tests/testing/walk/message.h"

namespace mesh::testing {
namespace {

TEST(RouteTable, TheMostSpecificDomainWins) {
  const Held held = message("envoy.config.route.v3.RouteConfiguration", R"({
    "name": "80", "ignorePortInHostMatching": true, "virtualHosts": [
      {"name": "any", "domains": ["*"]}, {"name": "exact", "domains": ["a.example.com"]},
      {"name": "short suffix", "domains": ["*.com"]}, {"name": "long suffix", "domains": ["*.example.com"]},
      {"name": "prefix", "domains": ["a.*"]}, {"name": "capitals", "domains": ["UP.test"]}]})");
  const RouteTable table(held.view());
  const std::pair<const char*, const char*> rows[] = {
      {"a.example.com", "exact"},       {"A.Example.COM:8080", "exact"},
      {"b.example.com", "long suffix"}, {"x.y.example.com", "long suffix"},
      {".example.com", "short suffix"}, {"a.test", "prefix"},
      {"a.com", "short suffix"},        {"other", "any"},
      {"up.test", "capitals"},          {"", "any"}};
  for (const auto& [host, wanted] : rows) EXPECT_EQ(table.find(host).host->name(), wanted) << host;
}

TEST(RouteTable, APortCountsUnlessItIsIgnored) {
  const Held held = message("envoy.config.route.v3.RouteConfiguration", R"({
    "virtualHosts": [{"name": "plain", "domains": ["a"]}, {"name": "port", "domains": ["a:80"]}]})");
  const RouteTable table(held.view());
  EXPECT_EQ(table.find("a:80").host->name(), "port");
  EXPECT_EQ(table.find("a").host->name(), "plain");
  EXPECT_EQ(table.find("a:81").host, nullptr);
}

constexpr const char* kListener = R"({
  "name": "l", "address": {"socketAddress": {"address": "0.0.0.0", "portValue": 15006}},
  "listenerFilters": [
    {"name": "tls", "typedConfig": {"@type":
      "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"}},
    {"name": "http", "filterDisabled": {"destinationPortRange": {"start": 9000, "end": 9001}}, "typedConfig": {"@type":
      "type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"}}],
  "filterChains": [
    {"name": "tls", "filterChainMatch": {"transportProtocol": "tls"}},
    {"name": "tls of istio", "filterChainMatch": {"transportProtocol": "tls", "applicationProtocols": ["istio"]}},
    {"name": "port", "filterChainMatch": {"destinationPort": 8080, "transportProtocol": "tls"}},
    {"name": "named", "filterChainMatch": {"serverNames": ["a.test"]}},
    {"name": "named by end", "filterChainMatch": {"serverNames": ["*.test"]}},
    {"name": "http", "filterChainMatch": {"applicationProtocols": ["http/1.1", "h2c"]}},
    {"name": "wide", "filterChainMatch": {"prefixRanges": [{"addressPrefix": "10.0.0.0", "prefixLen": 8}]}},
    {"name": "narrow", "filterChainMatch": {"prefixRanges": [{"addressPrefix": "10.1.0.0", "prefixLen": 16}]}},
    {"name": "near", "filterChainMatch": {"sourceType": "SAME_IP_OR_LOOPBACK", "destinationPort": 7}}],
  "defaultFilterChain": {"name": "default"}})";

struct ChainRow {
  const char* rule;
  const char* address;
  uint32_t port;
  Tls tls;
  const char* sni;
  std::vector<std::string> alpn;
  Protocol protocol;
  const char* chain;
};

TEST(Listener, ChainsAreChosenStepByStep) {
  const Held held = message("envoy.config.listener.v3.Listener", kListener);
  const Listener listener(held.view());
  const ChainRow rows[] = {
      {"transport", "1.1.1.1", 1, Tls::kTls, "", {}, Protocol::kTcp, "tls"},
      {"the application protocol is more",
       "1.1.1.1",
       1,
       Tls::kMutual,
       "",
       {"x", "istio"},
       Protocol::kTcp,
       "tls of istio"},
      {"a port is before all else",
       "1.1.1.1",
       8080,
       Tls::kTls,
       "a.test",
       {"istio"},
       Protocol::kTcp,
       "port"},
      {"no other chain once the port is one's own",
       "1.1.1.1",
       8080,
       Tls::kNone,
       "",
       {},
       Protocol::kHttp1,
       "default"},
      {"a name is before the transport",
       "1.1.1.1",
       1,
       Tls::kTls,
       "A.test",
       {"istio"},
       Protocol::kTcp,
       "named"},
      {"of an end", "1.1.1.1", 1, Tls::kTls, "b.c.test", {}, Protocol::kTcp, "named by end"},
      {"HTTP is seen", "1.1.1.1", 1, Tls::kNone, "", {}, Protocol::kHttp1, "http"},
      {"of both versions", "1.1.1.1", 1, Tls::kNone, "", {}, Protocol::kHttp2, "http"},
      {"but where nobody looks", "1.1.1.1", 9000, Tls::kNone, "", {}, Protocol::kHttp1, "default"},
      {"other bytes are not", "1.1.1.1", 1, Tls::kNone, "", {}, Protocol::kTcp, "default"},
      {"the longer prefix", "10.1.2.3", 1, Tls::kNone, "", {}, Protocol::kHttp1, "narrow"},
      {"the shorter one", "10.2.2.3", 1, Tls::kTls, "a.test", {}, Protocol::kTcp, "wide"},
      {"a source from elsewhere", "1.1.1.1", 7, Tls::kNone, "", {}, Protocol::kTcp, "default"},
  };
  for (const ChainRow& row : rows) {
    Connection connection;
    connection.destination = parse_ip(row.address);
    connection.destination_port = row.port;
    connection.source = parse_ip("2.2.2.2");
    connection.tls = row.tls;
    connection.sni = row.sni;
    connection.alpn = row.alpn;
    Request request;
    request.protocol = row.protocol;
    listener.inspect(request, connection);
    EXPECT_EQ(listener.choose(connection)->name(), row.chain) << row.rule;
  }
  EXPECT_EQ(listener.refusal(), "");
}

TEST(Listener, EnvoyTakesNoTwins) {
  const Held held = message("envoy.config.listener.v3.Listener", R"({
  "name": "edge", "filter_chains": [
    {"name": "one", "filter_chain_match": {"server_names": ["a.test", "c.test"]}},
    {"name": "other", "filter_chain_match": {"server_names": ["b.test"]}},
    {"name": "secure", "filter_chain_match": {"server_names": ["a.test"], "transport_protocol": "tls"}},
    {"name": "again", "filter_chain_match": {"server_names": ["A.test"]}}]})");
  const Listener listener(held.view());
  EXPECT_EQ(listener.refusal(), "two of its filter chains are for SNI A.test");
}

}  // namespace
}  // namespace mesh::testing
