// Which policies apply to which proxies: one rule a row.
#include "libmesh/traffic/attachment.h"

#include <gtest/gtest.h>

namespace mesh::traffic {
namespace {

const char* const kGatewayGroup = "gateway.networking.k8s.io";

model::Proxy proxy(Labels labels, model::ProxyType type = model::ProxyType::kSidecar) {
  model::Proxy out;
  out.type = type;
  out.ns = "app";
  out.labels = std::move(labels);
  return out;
}
model::Proxy sidecar() { return proxy({{"app", "web"}}); }
model::Proxy gateway() {
  return proxy({{"app", "web"}, {"gateway.networking.k8s.io/gateway-name", "edge"}},
               model::ProxyType::kGateway);
}
model::Proxy waypoint() {
  model::Proxy out = gateway();
  out.type = model::ProxyType::kWaypoint;
  return out;
}

security::AuthorizationPolicy for_all() { return {}; }
security::AuthorizationPolicy labelled(const char* key, const char* value) {
  security::AuthorizationPolicy out;
  out.selector.ensure().match_labels = {{key, value}};
  return out;
}
security::AuthorizationPolicy targeted(std::vector<TargetReference> targets) {
  security::AuthorizationPolicy out;
  out.targetRefs = std::move(targets);
  return out;
}
security::AuthorizationPolicy targeted_once(TargetReference target) {
  security::AuthorizationPolicy out;
  out.targetRef.ensure() = std::move(target);
  return out;
}
TargetReference to_gateway(const char* name, const char* ns = "") {
  return {kGatewayGroup, "Gateway", name, ns};
}

struct Row {
  const char* name;
  model::Proxy proxy;
  security::AuthorizationPolicy policy;
  const char* policy_ns;
  bool applies;
};

class Attaches : public ::testing::TestWithParam<Row> {};

TEST_P(Attaches, Or) {
  const std::string root = "istio-system";
  auto service = std::make_shared<model::Service>();
  service->name = "cart";
  service->ns = "shop";
  const std::vector<model::ServicePtr> services = {service};
  const PolicyMatcher matcher(root, GetParam().proxy, services);
  EXPECT_EQ(matcher.selects(GetParam().policy_ns, attachment_of(GetParam().policy)),
            GetParam().applies);
}

const Row kRows[] = {
    {"OneForAllApplies", sidecar(), for_all(), "app", true},
    {"OneWithTheLabelsApplies", sidecar(), labelled("app", "web"), "app", true},
    {"OneWithOtherLabelsDoesNot", sidecar(), labelled("app", "db"), "app", false},
    {"ATargetIsNeverASidecar", sidecar(), targeted({to_gateway("edge")}), "app", false},
    {"ATargetIsAGatewayByName", gateway(), targeted({to_gateway("edge")}), "app", true},
    {"OneOfSeveralTargetsIsEnough", gateway(), targeted({to_gateway("x"), to_gateway("edge")}),
     "app", true},
    {"AnotherGatewayIsNot", gateway(), targeted({to_gateway("other")}), "app", false},
    {"TheOlderFieldCountsAlone", gateway(), targeted_once(to_gateway("edge")), "app", true},
    {"AnotherNamespacesPolicyIsNot", gateway(), targeted({to_gateway("edge")}), "istio-system",
     false},
    {"ATargetInAnotherNamespaceIsNone", gateway(), targeted({to_gateway("edge", "shop")}), "app",
     false},
    {"ATargetInTheSameNamespaceIs", gateway(), targeted({to_gateway("edge", "app")}), "app", true},
    {"AServiceIsNoTargetOfAGateway", gateway(), targeted({{"", "Service", "cart", ""}}), "shop",
     false},
    {"AGatewayStillGoesByLabels", gateway(), labelled("app", "web"), "app", true},
    {"AWaypointDoesNot", waypoint(), labelled("app", "web"), "app", false},
    {"AWaypointTakesItsServices", waypoint(), targeted({{"", "Service", "cart", ""}}), "shop",
     true},
    {"TheCoreGroupHasTwoNames", waypoint(), targeted({{"core", "Service", "cart", ""}}), "shop",
     true},
    {"AServiceOfAnotherNamespaceIsNot", waypoint(), targeted({{"", "Service", "cart", ""}}), "app",
     false},
    {"AServiceIsNoServiceEntry", waypoint(),
     targeted({{"networking.istio.io", "ServiceEntry", "cart", ""}}), "shop", false},
    {"TheRootNamespaceSpeaksOfTheClass", waypoint(),
     targeted({{kGatewayGroup, "GatewayClass", "istio-waypoint", ""}}), "istio-system", true},
    {"OthersDoNot", waypoint(), targeted({{kGatewayGroup, "GatewayClass", "istio-waypoint", ""}}),
     "app", false},
};
INSTANTIATE_TEST_SUITE_P(Rules, Attaches, ::testing::ValuesIn(kRows),
                         [](const auto& info) { return info.param.name; });

TEST(PolicyIndex, ReadsTheRootNamespaceFirstOrLast) {
  std::vector<index::AuthorizationPolicy> list;
  const security::AuthorizationPolicy spec;
  for (const char* ns : {"app", "other", "istio-system", "app"}) {
    auto object = std::make_shared<kube::Object>();
    object->key.ns = ns;
    list.push_back({object, &spec});
  }
  const PolicyIndex<index::AuthorizationPolicy> index(list);
  const std::string root = "istio-system";
  const model::Proxy web = sidecar();
  const PolicyMatcher matcher(root, web);
  using Places = std::vector<uint32_t>;
  EXPECT_EQ(index.select(matcher, NamespaceOrder::kRootFirst), (Places{2, 0, 3}));
  EXPECT_EQ(index.select(matcher, NamespaceOrder::kOwnFirst), (Places{0, 3, 2}));
  model::Proxy at_root = web;
  at_root.ns = root;
  EXPECT_EQ(index.select(PolicyMatcher(root, at_root), NamespaceOrder::kRootFirst), (Places{2}))
      << "the root namespace's own proxies read it once";
}

}  // namespace
}  // namespace mesh::traffic
