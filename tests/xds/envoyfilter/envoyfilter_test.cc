// EnvoyFilters: what is said of them, who shares what, and that without them nothing is looked at. What patches do is
// compared with Istio's by tests/peers on tests/goldens/xds/envoyfilter-*.
#include <gtest/gtest.h>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/xds/check/check.h"
#include "libmesh/xds/generator.h"
#include "tests/xds/fixtures.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

std::string filter(const std::string& name, const std::string& patch,
                   const std::string& extra = "") {
  return "---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: " +
         name + ", namespace: app}\nspec:\n" + extra + "  configPatches:\n  - " + patch + "\n";
}

std::string input(const std::string& filters) {
  // Another pod of web, which has its proxy.
  return kNamespace + web_service("http") + R"(---
apiVersion: v1
kind: Pod
metadata: {name: web-9, namespace: app, labels: {app: web}}
spec: {containers: [{name: app, image: app}, {name: istio-proxy, image: proxy}]}
status: {phase: Running, podIP: 10.1.0.9, podIPs: [{ip: 10.1.0.9}]}
)" + filters;
}

// The codes and fields of what is said, one a line.
std::string said(const std::string& filters) {
  index::Store store;
  EXPECT_TRUE(store.apply(input(filters), "f").empty());
  std::string out;
  for (const Diagnostic& d : check(store.snapshot())) {
    EXPECT_FALSE(d.message.empty());
    EXPECT_FALSE(d.mend.empty());
    out += std::string(code_text(d.code)) + " " + d.field + "\n";
  }
  return out;
}

struct Row {
  const char* name;
  const char* patch;
  const char* wanted;
};
class EnvoyFilterCheck : public ::testing::TestWithParam<Row> {};

TEST_P(EnvoyFilterCheck, Says) {
  EXPECT_EQ(said(filter("f", GetParam().patch)), GetParam().wanted);
}

const Row kRows[] = {
    {"NothingOfAGoodOne",
     "{applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, value: "
     "{connect_timeout: 1s}}}",
     ""},
    {"WhatMatchesNothing",
     "{applyTo: CLUSTER, match: {cluster: {service: not.there}}, patch: {operation: MERGE, value: "
     "{connect_timeout: 1s}}}",
     "patch-unmatched spec.configPatches[0]\n"},
    {"AContextThatNoSelectedProxyHas",
     "{applyTo: CLUSTER, match: {context: GATEWAY}, patch: {operation: ADD, value: {name: c}}}",
     "patch-unmatched spec.configPatches[0]\n"},
    {"AFilterThatIsNotThere",
     "{applyTo: HTTP_FILTER, match: {listener: {filterChain: {filter: {name: "
     "envoy.filters.network.http_connection_manager, subFilter: {name: absent}}}}}, patch: "
     "{operation: REMOVE}}",
     "patch-unmatched spec.configPatches[0]\n"},
    {"WaypointsAreForOthers",
     "{applyTo: CLUSTER, match: {context: WAYPOINT, waypoint: {}}, patch: {operation: ADD, value: "
     "{name: "
     "c}}}",
     ""},
    {"WaypointsAreMatchedAsWaypoints",
     "{applyTo: CLUSTER, match: {context: WAYPOINT}, patch: {operation: ADD, value: {name: c}}}",
     "patch-invalid spec.configPatches[0].match.context\n"},
    {"OthersAreNot",
     "{applyTo: CLUSTER, match: {context: GATEWAY, waypoint: {}}, patch: {operation: ADD, value: "
     "{name: c}}}",
     "patch-invalid spec.configPatches[0].match.waypoint\n"},
    {"WaypointsHavePorts",
     "{applyTo: CLUSTER, match: {context: WAYPOINT, waypoint: {portNumber: 65536}}, patch: "
     "{operation: ADD, value: {name: c}}}",
     "patch-invalid spec.configPatches[0].match.waypoint.portNumber\n"},
    {"AValueThatCannotBeRead",
     "{applyTo: CLUSTER, patch: {operation: MERGE, value: {connect_timeout: soon}}}",
     "patch-invalid spec.configPatches[0].patch.value.connect_timeout\n"},
    {"AnUnknownField",
     "{applyTo: CLUSTER, patch: {operation: MERGE, value: {no_such: 1, connect_timeout: 1s}}}",
     "patch-invalid spec.configPatches[0].patch.value.no_such\n"},
    {"NoValue", "{applyTo: CLUSTER, patch: {operation: MERGE}}",
     "patch-invalid spec.configPatches[0].patch.value\n"},
    {"NoApplyTo", "{patch: {operation: MERGE, value: {}}}",
     "patch-invalid spec.configPatches[0].applyTo\n"},
    {"NoPatch", "{applyTo: CLUSTER}", "patch-invalid spec.configPatches[0].patch\n"},
    {"ABadVersion",
     "{applyTo: CLUSTER, match: {proxy: {proxyVersion: \"((\"}}, patch: {operation: MERGE, value: "
     "{connect_timeout: 1s}}}",
     "patch-invalid spec.configPatches[0].match.proxy.proxyVersion\n"},
    {"AMatchOfAnotherKind",
     "{applyTo: CLUSTER, match: {listener: {portNumber: 1}}, patch: {operation: MERGE, value: "
     "{connect_timeout: 1s}}}",
     "patch-invalid spec.configPatches[0].match\n"},
    {"ASubFilterElsewhere",
     "{applyTo: NETWORK_FILTER, match: {listener: {filterChain: {filter: {name: a, subFilter: "
     "{name: b}}}}}, patch: {operation: REMOVE}}",
     "patch-invalid spec.configPatches[0].match.listener.filterChain.filter.subFilter\n"},
    {"TypesThatDiffer",
     "{applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: MERGE, value: "
     "{typed_config: {\"@type\": "
     "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}}}}",
     "patch-failed spec.configPatches[0].patch.value\n"},
    {"AFilterByNameAlone",
     "{applyTo: HTTP_FILTER, patch: {operation: INSERT_FIRST, value: {name: envoy.lua}}}",
     "patch-invalid spec.configPatches[0].patch.value\n"},
    {"Bootstrap", "{applyTo: BOOTSTRAP, patch: {operation: MERGE, value: {admin: {}}}}",
     "patch-invalid spec.configPatches[0].applyTo\n"},
};
INSTANTIATE_TEST_SUITE_P(Rows, EnvoyFilterCheck, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(EnvoyFilter, NobodyHasAnythingWithoutOne) {
  EXPECT_EQ(Seen(input(""), kSidecar).view().envoy_filters, nullptr);
  const std::string other = "  workloadSelector: {labels: {app: other}}\n";
  const std::string patch = "{applyTo: CLUSTER, patch: {operation: ADD, value: {name: c}}}";
  EXPECT_EQ(Seen(input(filter("f", patch, other)), kSidecar).view().envoy_filters, nullptr);
}

TEST(EnvoyFilter, ListsAreApartByDirection) {
  const auto lists = [](const char* context) {
    const Seen seen(
        input(filter("f", std::string("{applyTo: CLUSTER, match: {context: ") + context +
                              "}, patch: {operation: ADD, value: {name: c}}}")),
        kSidecar);
    const auto& filters = *seen.view().envoy_filters;
    return std::pair(filters.outbound != nullptr, filters.inbound != nullptr);
  };
  EXPECT_EQ(lists("ANY"), std::pair(true, true));
  EXPECT_EQ(lists("SIDECAR_OUTBOUND"), std::pair(true, false));
  EXPECT_EQ(lists("SIDECAR_INBOUND"), std::pair(false, true));
  EXPECT_EQ(lists("GATEWAY"), std::pair(false, false));
}

// What is inbound only makes no outbound resources of its own.
TEST(EnvoyFilter, OutboundResourcesAreSharedAcrossInboundPatches) {
  index::Store store;
  const std::string one = "  workloadSelector: {labels: {version: v1}}\n";
  ASSERT_TRUE(
      store
          .apply(input(filter("f",
                              "{applyTo: CLUSTER, match: {context: SIDECAR_INBOUND}, patch: "
                              "{operation: MERGE, value: {connect_timeout: 1s}}}",
                              one)),
                 "f")
          .empty());
  Generator generator;
  generator.update(store.snapshot());
  const auto config = [&](const char* version) {
    auto proxy = index::read_proxy(*store.snapshot(),
                                   "{type: sidecar, id: web-0.app, namespace: app, ip: [10.1.0.1], "
                                   "labels: {app: web, version: " +
                                       std::string(version) + "}}",
                                   "p");
    EXPECT_TRUE(proxy.ok());
    return generator.config(*proxy);
  };
  const auto first = config("v1");
  const auto second = config("v2");
  EXPECT_EQ(&first->shared(), &second->shared());
  EXPECT_NE(first->own(), second->own());
  const auto timeout = [](const ProxyConfigPtr& of) {
    return at(json_of(*of->find(Type::kCluster, "inbound|8080||"), Type::kCluster),
              "connectTimeout");
  };
  EXPECT_EQ(timeout(first), "\"1s\"");
  EXPECT_NE(timeout(second), "\"1s\"");
}

}  // namespace
}  // namespace mesh::xds::testing
