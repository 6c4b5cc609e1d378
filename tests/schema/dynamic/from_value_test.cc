// Values of patches: read as golang/protobuf's jsonpb reads them, merged as Istio merges.
#include "libmesh/schema/dynamic/from_value.h"

#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include "libmesh/document/read.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/dynamic/bytes.h"
#include "libmesh/schema/dynamic/merge.h"

namespace mesh::schema {
namespace {

constexpr char kListener[] = "envoy.config.listener.v3.Listener";
constexpr char kCluster[] = "envoy.config.cluster.v3.Cluster";
constexpr char kFilter[] = "envoy.config.listener.v3.Filter";

document::Value value_of(const std::string& yaml) {
  Diagnostics diagnostics;
  auto documents = document::read_any("v: " + yaml, "f", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << yaml;
  return documents.empty() ? document::Value() : *documents[0].root.find("v");
}

// As JSON, or "path: message" of the error.
std::string read(const char* type, const std::string& yaml) {
  const MessagePtr message = new_message(type);
  const ValueFaults faults = from_value(value_of(yaml), *message);
  if (faults.error) return faults.error->path + ": " + faults.error->message;
  std::string unknown;
  for (const ValueFault& fault : faults.unknown) unknown += " ?" + fault.path;
  return *to_json(type, to_bytes(*message)) + unknown;
}

struct Row {
  const char* name;
  const char* type;
  const char* yaml;
  const char* wanted;
};
class FromValue : public ::testing::TestWithParam<Row> {};

TEST_P(FromValue, Reads) {
  const Row& row = GetParam();
  EXPECT_EQ(read(row.type, row.yaml), row.wanted);
}

const Row kRows[] = {
    {"BothSpellings", kListener, "{stat_prefix: a, tcpBacklogSize: 1}",
     R"({"tcpBacklogSize":1,"statPrefix":"a"})"},
    {"TheJsonNameCounts", kListener, "{statPrefix: json, stat_prefix: proto}",
     R"({"statPrefix":"json"})"},
    {"GoDurations", kListener, "{listener_filters_timeout: 1m30s}",
     R"({"listenerFiltersTimeout":"90s"})"},
    {"DurationsAreTexts", kListener, "{listener_filters_timeout: 5}",
     R"(listener_filters_timeout: is a number, must be a duration such as "1.5s")"},
    {"NumbersInQuotes", kListener, "{tcp_backlog_size: \"7\"}", R"({"tcpBacklogSize":7})"},
    {"WholeDoubles", kListener, "{tcp_backlog_size: 7.0}", R"({"tcpBacklogSize":7})"},
    {"NoFractions", kListener, "{tcp_backlog_size: 7.5}",
     "tcp_backlog_size: is a number, must be a whole number of the field's range"},
    {"NoNegatives", kListener, "{tcp_backlog_size: -1}",
     "tcp_backlog_size: is a number, must be a whole number of the field's range"},
    {"NoTextForBool", kListener, "{transparent: \"true\"}",
     "transparent: is a string, must be true or false"},
    {"NoNumberForText", kListener, "{name: 5}", "name: is a number, must be a text"},
    {"NullIsUnset", kListener, "{name: null, address: null}", "{}"},
    {"NullInAListIsEmpty", kListener, "{filter_chains: [null]}", R"({"filterChains":[{}]})"},
    {"EnumByName", kListener, "{traffic_direction: INBOUND}", R"({"trafficDirection":"INBOUND"})"},
    {"EnumByNumber", kListener, "{traffic_direction: 2}", R"({"trafficDirection":"OUTBOUND"})"},
    {"EnumExactly", kListener, "{traffic_direction: inbound}",
     "traffic_direction: \"inbound\" is no value of envoy.config.core.v3.TrafficDirection"},
    {"UnknownFieldsAreLeftOut", kListener, "{name: nn, no_such: {a: 1}}",
     R"({"name":"nn"} ?no_such)"},
    {"OfAOneofTheLastFieldCounts", kCluster, "{cluster_type: {name: t}, type: STATIC}",
     R"({"clusterType":{"name":"t"}})"},
    {"AnysByWhatFollowsTheSlash", kFilter,
     "{typed_config: {\"@type\": x/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy}}",
     R"({"typedConfig":{"@type":"x/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"}})"},
    {"AnysNeedAType", kFilter, "{typed_config: {a: 1}}", "typed_config: has no \"@type\""},
    {"AnysOfUnknownType", kFilter, "{typed_config: {\"@type\": t/no.such.Type}}",
     "typed_config: there is no message type \"t/no.such.Type\""},
    {"AnysOfWellKnownTypes", kFilter, "{typed_config: {\"@type\": t/google.protobuf.Empty}}",
     "typed_config: has no \"value\", which t/google.protobuf.Empty must have"},
    {"Bytes", kListener, "{socket_options: [{buf_value: aGk=}]}",
     R"({"socketOptions":[{"bufValue":"aGk="}]})"},
    {"BadBytes", kListener, "{socket_options: [{buf_value: \"a\"}]}",
     "socket_options[0].buf_value: is not base64"},
    {"ListsAreLists", kListener, "{socket_options: {level: 1}}",
     "socket_options: is a mapping, must be a list"},
};
INSTANTIATE_TEST_SUITE_P(Rows, FromValue, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

std::string merged(const char* type, const std::string& into, const std::string& from,
                   ListMerge lists = ListMerge::kAppend) {
  const MessagePtr to = new_message(type);
  const MessagePtr what = new_message(type);
  EXPECT_TRUE(from_value(value_of(into), *to).ok());
  EXPECT_TRUE(from_value(value_of(from), *what).ok());
  merge(*what, *to, lists);
  return *to_json(type, to_bytes(*to));
}

TEST(Merge, ReplacesDurationsWhole) {
  EXPECT_EQ(merged(kListener, "{listener_filters_timeout: 0.5s}", "{listener_filters_timeout: 3s}"),
            R"({"listenerFiltersTimeout":"3s"})");
}

TEST(Merge, AppendsListsOrReplacesThem) {
  const std::string into = "{listener_filters: [{name: a}]}";
  const std::string from = "{listener_filters: [{name: b}]}";
  EXPECT_EQ(merged(kListener, into, from), R"({"listenerFilters":[{"name":"a"},{"name":"b"}]})");
  EXPECT_EQ(merged(kListener, into, from, ListMerge::kReplace),
            R"({"listenerFilters":[{"name":"b"}]})");
}

TEST(Merge, ReplacesEntriesOfMaps) {
  EXPECT_EQ(merged(kListener, "{metadata: {filter_metadata: {a: {x: 1}, b: {k: 2}}}}",
                   "{metadata: {filter_metadata: {a: {z: 3}}}}"),
            R"({"metadata":{"filterMetadata":{"a":{"z":3},"b":{"k":2}}}})");
}

// A wrapper of a default is set but has nothing to merge, as in Istio.
TEST(Merge, LeavesWhatTheSourceDoesNotSet) {
  EXPECT_EQ(merged(kListener, "{name: a, transparent: true}", "{name: \"\", transparent: false}"),
            R"({"name":"a","transparent":true})");
}

TEST(Merge, TurnsAOneof) {
  EXPECT_EQ(merged(kCluster, "{type: EDS}", "{cluster_type: {name: t}}"),
            R"({"clusterType":{"name":"t"}})");
}

TEST(Merge, AnysOfOneTypeOnly) {
  const auto any = [](const char* yaml) {
    MessagePtr message = new_message("google.protobuf.Any");
    EXPECT_TRUE(from_value(value_of(yaml), *message).ok()) << yaml;
    return message;
  };
  const auto tcp =
      any("{\"@type\": t/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: a}");
  const auto more =
      any("{\"@type\": t/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, cluster: b}");
  const auto other = any("{\"@type\": t/envoy.extensions.filters.network.rbac.v3.RBAC}");
  EXPECT_EQ(merge_any(*more, *tcp), AnyMerge::kMerged);
  EXPECT_EQ(
      *to_json("google.protobuf.Any", to_bytes(*tcp)),
      R"({"@type":"type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",)"
      R"("statPrefix":"a","cluster":"b"})");
  EXPECT_EQ(merge_any(*other, *tcp), AnyMerge::kTypesDiffer);
}

}  // namespace
}  // namespace mesh::schema
