// Typed writers against dynamic messages of the same descriptors: what a writer appends must parse
// to the same message as JSON made of the same values.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/gen/envoy/cluster.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/discovery.h"
#include "libmesh/schema/gen/envoy/endpoint.h"
#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/jwt_authn.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/matcher.h"
#include "libmesh/schema/gen/envoy/metrics.h"
#include "libmesh/schema/gen/envoy/nds.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/schema/gen/envoy/tls.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/schema/gen/envoy/upstream_http.h"

namespace mesh::schema {
extern const char kDescriptorBytes[];
extern const size_t kDescriptorSize;
}  // namespace mesh::schema

namespace mesh::envoy {
namespace {

std::string json_of(std::string_view type, const std::string& bytes) {
  auto json = schema::to_json(type, bytes);
  EXPECT_TRUE(json) << json.error().message;
  return json ? *json : std::string();
}

TEST(Writers, AClusterReadsAsItsJson) {
  std::string out;
  cluster::Cluster c(out);
  c.name("outbound|80||cart.shop.svc.cluster.local");
  c.type(cluster::Cluster::EDS);
  c.connect_timeout(schema::Duration{10, 0});
  c.eds_cluster_config([&](auto e) {
    e.eds_config([&](auto s) {
      s.ads();
      s.initial_fetch_timeout([&](auto d) { d.nanos(500'000'000); });
      s.resource_api_version(core::V3);
    });
    e.service_name("cart");
  });
  c.circuit_breakers([&](auto b) {
    b.thresholds([&](auto t) {
      t.priority(core::HIGH);
      t.max_retries(4294967295u);
      t.max_requests(0u);
      t.track_remaining(true);
    });
  });
  c.lb_policy(cluster::Cluster::LEAST_REQUEST);
  c.metadata([&](auto m) {
    m.filter_metadata("istio", [&](auto s) {
      s.list("services", [&](auto l) {
        l.structure([&](auto i) { i.string("host", "cart"); });
        l.string("x");
        l.null();
      });
      s.number("n", 1.5);
      s.boolean("b", false);
      s.structure("empty", [](auto) {});
      s.null("nothing");
    });
  });
  c.transport_socket([&](auto t) {
    t.name("envoy.transport_sockets.tls");
    t.template typed_config<tls::UpstreamTlsContext>([&](auto m) {
      m.common_tls_context([&](auto common) { common.alpn_protocols("istio"); });
      m.sni("cart.shop");
    });
  });
  c.typed_extension_protocol_options<upstream_http::HttpProtocolOptions>(
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      [&](auto o) { o.explicit_http_config([&](auto e) { e.http2_protocol_options(); }); });
  EXPECT_EQ(json_of(cluster::Cluster::kFullName, out),
            R"({"name":"outbound|80||cart.shop.svc.cluster.local","type":"EDS",)"
            R"("edsClusterConfig":{"edsConfig":{"ads":{},"initialFetchTimeout":"0.500s",)"
            R"("resourceApiVersion":"V3"},"serviceName":"cart"},)"
            R"("connectTimeout":"10s","lbPolicy":"LEAST_REQUEST",)"
            R"("circuitBreakers":{"thresholds":[{"priority":"HIGH","maxRequests":0,)"
            R"("maxRetries":4294967295,"trackRemaining":true}]},)"
            R"("transportSocket":{"name":"envoy.transport_sockets.tls","typedConfig":{)"
            R"("@type":"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.)"
            R"(UpstreamTlsContext","commonTlsContext":{"alpnProtocols":["istio"]},)"
            R"("sni":"cart.shop"}},)"
            R"("metadata":{"filterMetadata":{"istio":{"b":false,"empty":{},"n":1.5,)"
            R"("nothing":null,"services":[{"host":"cart"},"x",null]}}},)"
            R"("typedExtensionProtocolOptions":{)"
            R"("envoy.extensions.upstreams.http.v3.HttpProtocolOptions":{)"
            R"("@type":"type.googleapis.com/envoy.extensions.upstreams.http.v3.)"
            R"(HttpProtocolOptions","explicitHttpConfig":{"http2ProtocolOptions":{}}}}})");
}

TEST(Writers, DefaultsAreLeftOutOnlyWhereTheFieldHasNoPresence) {
  std::string out;
  core::SocketAddress address(out);
  address.address("");
  address.ipv4_compat(false);
  address.protocol(core::SocketAddress::TCP);
  EXPECT_EQ(out, "");
  address.port_value(0);  // one of port_specifier
  EXPECT_EQ(json_of(core::SocketAddress::kFullName, out), R"({"portValue":0})");

  out.clear();
  matcher::StringMatcher text(out);
  text.exact("");
  EXPECT_EQ(json_of(matcher::StringMatcher::kFullName, out), R"({"exact":""})");

  out.clear();
  type::Percent percent(out);
  percent.value(-0.0);  // not the default: its bits differ
  EXPECT_EQ(out.size(), 9u);
}

TEST(Writers, RawBytesStandForMessagesAndFields) {
  std::string inner;
  core::Address(inner).pipe([](auto p) { p.path("/a"); });
  std::string fields;
  listener::Listener(fields).stat_prefix("merged");

  std::string out;
  listener::Listener l(out);
  l.name("l");
  l.address(Raw{inner});
  l.append_raw(fields);
  EXPECT_EQ(json_of(listener::Listener::kFullName, out),
            R"({"name":"l","address":{"pipe":{"path":"/a"}},"statPrefix":"merged"})");
}

TEST(Writers, AnysInEveryForm) {
  std::string value;
  type::Percent(value).value(1);
  std::string any;
  pb::Any whole(any);
  whole.type_url(type::Percent::kTypeUrl);
  whole.value(value);

  std::string out;
  discovery::DiscoveryResponse r(out);
  r.resources<type::Percent>([](auto p) { p.value(1); });
  r.resources<type::Percent>(Raw{value});
  r.resources_raw(any);
  r.resources_packed(type::Percent::kTypeUrl, value);
  r.resources<type::Percent>();
  r.resources<type::Percent>([](auto) {});  // no field written: the same as empty
  const std::string one = R"({"@type":"type.googleapis.com/envoy.type.v3.Percent","value":1})";
  const std::string none = R"({"@type":"type.googleapis.com/envoy.type.v3.Percent"})";
  EXPECT_EQ(json_of(discovery::DiscoveryResponse::kFullName, out),
            "{\"resources\":[" + one + "," + one + "," + one + "," + one + "," + none + "," + none +
                "]}");
}

TEST(Writers, PackedListsAndMaps) {
  std::string out;
  metrics::HistogramBucketSettings buckets(out);
  buckets.buckets({0.5, 1, 2.5});
  EXPECT_EQ(json_of(metrics::HistogramBucketSettings::kFullName, out),
            R"({"buckets":[0.5,1,2.5]})");

  out.clear();
  route::RetryPolicy retry(out);
  retry.retriable_status_codes({503, 504});
  retry.num_retries(2);
  EXPECT_EQ(json_of(route::RetryPolicy::kFullName, out),
            R"({"numRetries":2,"retriableStatusCodes":[503,504]})");

  out.clear();
  nds::NameTable names(out);
  names.table("a.b", [](auto info) {
    info.ips("10.0.0.1");
    info.namespace_("b");
  });
  EXPECT_EQ(json_of(nds::NameTable::kFullName, out),
            R"({"table":{"a.b":{"ips":["10.0.0.1"],"namespace":"b"}}})");
}

TEST(Descriptors, JsonThereAndBackAgain) {
  const std::string json =
      R"({"name":"r","virtualHosts":[{"name":"v","domains":["*"],"routes":[{"match":{"prefix":"/"},)"
      R"("route":{"weightedClusters":{"clusters":[{"name":"a","weight":90},{"name":"b",)"
      R"("weight":10}]},"timeout":"0s"}}]}],"validateClusters":false})";
  auto bytes = schema::from_json(route::RouteConfiguration::kFullName, json);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(json_of(route::RouteConfiguration::kFullName, *bytes), json);
}

TEST(Descriptors, MistakesAreErrorsThatNameTheType) {
  const auto unknown = schema::to_json("envoy.No", "");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(unknown.error().message, "no message type \"envoy.No\"");
  const auto broken = schema::to_json("envoy.type.v3.Percent", "\x09x");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kParse);
  const auto field = schema::from_json("envoy.type.v3.Percent", R"({"valeu":1})");
  ASSERT_FALSE(field);
  EXPECT_EQ(field.error().code, ErrorCode::kParse);
  EXPECT_NE(field.error().message.find("valeu"), std::string::npos) << field.error().message;
}

TEST(Descriptors, EveryEmbeddedFileLinks) {
  size_t files = 0;
  wire::Reader set(std::string_view(schema::kDescriptorBytes, schema::kDescriptorSize));
  while (const wire::Field* file = set.next()) {
    wire::Reader fields(file->bytes);
    const wire::Field* name = fields.next();  // field 1, always first
    ASSERT_NE(name, nullptr);
    ASSERT_EQ(name->number, 1u);
    EXPECT_NE(schema::envoy_pool().FindFileByName(std::string(name->bytes)), nullptr)
        << name->bytes;
    ++files;
  }
  EXPECT_TRUE(set.ok());
  EXPECT_GT(files, 400u);
}

TEST(Descriptors, ExtensionsWithoutWritersCanBeReadAndPrinted) {
  for (const char* type : {"envoy.extensions.filters.network.thrift_proxy.v3.ThriftProxy",
                           "envoy.extensions.filters.http.golang.v3alpha.Config",
                           "io.istio.http.peer_metadata.Config", "stats.PluginConfig"}) {
    EXPECT_NE(schema::envoy_prototype(type), nullptr) << type;
  }
  const std::string json =
      R"({"@type":"type.googleapis.com/envoy.extensions.filters.http.gcp_authn.v3.Audience",)"
      R"("url":"https://a"})";
  auto any = schema::from_json("google.protobuf.Any", json);
  ASSERT_TRUE(any) << any.error().message;
  EXPECT_EQ(json_of("google.protobuf.Any", *any), json);
}

TEST(Descriptors, NothingIsRegisteredInTheGlobalPool) {
  ASSERT_NE(schema::envoy_prototype("envoy.config.cluster.v3.Cluster"), nullptr);
  EXPECT_EQ(google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
                "envoy.config.cluster.v3.Cluster"),
            nullptr);
  EXPECT_EQ(schema::envoy_prototype("envoy.No"), nullptr);
}

TEST(Descriptors, DynamicMessagesParseWhatWritersWrite) {
  std::string out;
  endpoint::ClusterLoadAssignment(out).cluster_name("c");
  const std::unique_ptr<google::protobuf::Message> message(
      schema::envoy_prototype(endpoint::ClusterLoadAssignment::kFullName)->New());
  ASSERT_TRUE(message->ParseFromString(out));
  EXPECT_EQ(message->ShortDebugString(), "cluster_name: \"c\"");
}

}  // namespace
}  // namespace mesh::envoy
