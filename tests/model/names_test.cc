// Protocols, hosts, localities and names: tables of what Istio makes of them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libmesh/base/net.h"
#include "libmesh/model/host.h"
#include "libmesh/model/protocol.h"
#include "libmesh/model/proxy.h"
#include "libmesh/model/service.h"

namespace mesh::model {
namespace {

TEST(Protocol, OfKubernetesPorts) {
  struct Row {
    const char* rule;
    uint32_t number;
    const char* name;
    const char* transport;
    const char* app_protocol;
    Protocol want;
  };
  const Row rows[] = {
      {"prefix of the name", 80, "http-web", "TCP", "", Protocol::kHttp},
      {"whole name", 80, "grpc", "TCP", "", Protocol::kGrpc},
      {"case does not count", 80, "HTTP2-x", "TCP", "", Protocol::kHttp2},
      {"grpc-web has a hyphen of its own", 80, "grpc-web-x", "TCP", "", Protocol::kGrpcWeb},
      {"no prefix: sniffed", 80, "web", "TCP", "", Protocol::kUnsupported},
      {"a prefix without hyphen is none", 80, "httpweb", "TCP", "", Protocol::kUnsupported},
      {"no name: sniffed", 8080, "", "TCP", "", Protocol::kUnsupported},
      {"UDP whatever it is called", 80, "http", "UDP", "http", Protocol::kUdp},
      {"appProtocol before the name", 80, "tcp", "TCP", "http2", Protocol::kHttp2},
      {"appProtocol h2c", 80, "tcp", "TCP", "kubernetes.io/h2c", Protocol::kHttp2},
      {"appProtocol ws", 80, "tcp", "TCP", "kubernetes.io/ws", Protocol::kHttp},
      {"appProtocol wss", 80, "tcp", "TCP", "kubernetes.io/wss", Protocol::kHttps},
      {"unknown appProtocol hides the name", 80, "http", "TCP", "x.io/y", Protocol::kUnsupported},
      {"well-known MySQL", 3306, "db", "TCP", "", Protocol::kTcp},
      {"well-known DNS", 53, "", "TCP", "", Protocol::kTcp},
      {"well-known with declared name", 3306, "http", "TCP", "", Protocol::kHttp},
      {"SCTP is sniffed as TCP is", 80, "x", "SCTP", "", Protocol::kUnsupported},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(kubernetes_protocol(row.number, row.name, row.transport, row.app_protocol), row.want)
        << row.rule;
  }
}

TEST(Protocol, OfServiceEntryPortsIsTheWholeText) {
  EXPECT_EQ(parse_protocol("HTTP"), Protocol::kHttp);
  EXPECT_EQ(parse_protocol("gRPC-Web"), Protocol::kGrpcWeb);
  EXPECT_EQ(parse_protocol("http-web"), Protocol::kUnsupported);
  EXPECT_EQ(parse_protocol("DoubleHBONE"), Protocol::kUnsupported);
  EXPECT_EQ(protocol_name(Protocol::kUnsupported), "UnsupportedProtocol");
}

TEST(Host, Matches) {
  struct Row {
    const char* a;
    const char* b;
    bool matches;
    bool a_subset_of_b;
  };
  const Row rows[] = {
      {"foo.com", "foo.com", true, true},
      {"foo.com", "bar.com", false, false},
      {"foo.com", "*.com", true, true},
      {"*.com", "foo.com", true, false},
      {"*.foo.com", "foo.com", false, false},
      {"*", "foo.com", true, false},
      {"foo.com", "*", true, true},
      {"*.foo.com", "*.com", true, true},
      {"*.com", "*.foo.com", true, false},
      {"*", "*", true, true},
      {"*.foo.bar.baz", "baz", false, false},
      {"", "*", true, true},
      {"a.facebook.com", "*.facebook.COM", false, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(host_matches(row.a, row.b), row.matches) << row.a << " " << row.b;
    EXPECT_EQ(host_matches(row.b, row.a), row.matches) << row.b << " " << row.a;
    EXPECT_EQ(host_subset_of(row.a, row.b), row.a_subset_of_b) << row.a << " " << row.b;
  }
}

TEST(Host, ExactBeforeWildcardAndLongerFirst) {
  std::vector<std::string> hosts = {"*", "*.com", "b.com", "*.foo.com", "a.com", "long.foo.com"};
  std::sort(hosts.begin(), hosts.end(),
            [](const auto& a, const auto& b) { return host_more_specific(a, b); });
  EXPECT_EQ(hosts, (std::vector<std::string>{"long.foo.com", "a.com", "b.com", "*.foo.com", "*.com",
                                             "*"}));
}

TEST(Host, ShortNamesAreOfTheConfigsNamespace) {
  EXPECT_EQ(resolve_short_host("cart", "shop", "cluster.local"), "cart.shop.svc.cluster.local");
  EXPECT_EQ(resolve_short_host("cart.other", "shop", "cluster.local"), "cart.other");
  EXPECT_EQ(resolve_short_host("*", "shop", "cluster.local"), "*");
  EXPECT_EQ(resolve_short_host("1.2.3.4", "shop", "cluster.local"), "1.2.3.4");
  EXPECT_EQ(resolve_short_host("::1", "shop", "cluster.local"), "::1");
  EXPECT_EQ(resolve_short_host("", "shop", "cluster.local"), "");
}

TEST(Locality, Text) {
  EXPECT_EQ(parse_locality("r/z/s"), (Locality{"r", "z", "s"}));
  EXPECT_EQ(parse_locality("r/z"), (Locality{"r", "z", ""}));
  EXPECT_EQ(parse_locality("r"), (Locality{"r", "", ""}));
  EXPECT_EQ(parse_locality("r/z/s/more"), (Locality{"r", "z", "s"}));
  EXPECT_EQ(parse_locality(""), Locality());
  EXPECT_EQ(parse_locality("r//s").to_string(), "r//s");
  EXPECT_EQ(parse_locality("r/").to_string(), "r");
}

TEST(Names, OfClusters) {
  EXPECT_EQ(outbound_cluster_name(80, "v1", "a.b"), "outbound|80|v1|a.b");
  EXPECT_EQ(inbound_cluster_name(8080), "inbound|8080||");
  EXPECT_EQ(sni_name(80, "", "a.b"), "outbound_.80_._.a.b");
}

TEST(Net, AddressesAndPrefixes) {
  EXPECT_EQ(address_family("10.0.0.1"), AddressFamily::kIpv4);
  EXPECT_EQ(address_family("fd00::1"), AddressFamily::kIpv6);
  for (const char* text : {"", "a.b", "10.0.0", "10.0.0.1/8", "010.0.0.1", "1.2.3.4:80", "[::1]"}) {
    EXPECT_EQ(address_family(text), AddressFamily::kNone) << text;
  }
  EXPECT_EQ(parse_cidr("10.0.0.0/8")->bits, 8);
  EXPECT_TRUE(parse_cidr("10.0.0.1/32")->is_single());
  EXPECT_TRUE(parse_cidr("::1/128")->is_single());
  for (const char* text :
       {"10.0.0.1", "10.0.0.0/33", "10.0.0.0/", "a/8", "10.0.0.0/-1", "10.0.0.0/08"}) {
    EXPECT_FALSE(parse_cidr(text)) << text;
  }
  EXPECT_EQ(canonical_address("0:0:0::1"), "::1");
}

TEST(Proxy, AddressFamilyDecidesTheWildcard) {
  Proxy proxy;
  proxy.ip_addresses = {"10.0.0.1"};
  EXPECT_EQ(proxy.wildcard_address(), "0.0.0.0");
  EXPECT_FALSE(proxy.supports_ipv6());
  proxy.ip_addresses = {"fd00::1"};
  EXPECT_EQ(proxy.wildcard_address(), "::");
  EXPECT_EQ(proxy.localhost_address(), "::1");
  EXPECT_FALSE(proxy.supports_ipv4());
  proxy.ip_addresses = {"fd00::1", "10.0.0.1"};
  EXPECT_EQ(proxy.wildcard_address(), "0.0.0.0");
  EXPECT_TRUE(proxy.supports_ipv6());
}

}  // namespace
}  // namespace mesh::model
