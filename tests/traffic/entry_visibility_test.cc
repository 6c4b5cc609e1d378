// serviceEntryVisibility: what is left of who sees a ServiceEntry, by the labels of its namespace (the
// peer's in-memory registry knows no namespaces, so only its default is compared with Istio's answer).
#include "libmesh/traffic/entry_visibility.h"

#include <gtest/gtest.h>

namespace mesh::traffic {
namespace {

using Setting = meshconfig::ServiceEntryVisibility_Visibility;

meshconfig::ServiceEntryVisibility_Policy policy(Setting visibility,
                                                 const std::vector<const char*>& kinds) {
  meshconfig::ServiceEntryVisibility_Policy out;
  out.visibility = visibility;
  for (const char* kind : kinds) {
    auto& rule = out.matching_rules.emplace_back();
    if (kind != nullptr) rule.namespace_selector.ensure().matchLabels["kind"] = kind;
  }
  return out;
}

// Namespaces a and b, of these kinds; everything else is visible in its own namespace at most.
index::Mesh mesh_of(bool sidecars) {
  index::Mesh out;
  out.namespaces = std::vector<std::string>{"a", "b", "c", "d"};
  std::map<std::string, Labels> labels;
  labels["a"] = {{"kind", "open"}};
  labels["b"] = {{"kind", "closed"}};
  labels["d"] = {{"kind", "odd"}};
  out.namespace_labels = std::move(labels);
  auto& settings = out.config.edit().service_entry_visibility.ensure();
  settings.apply_to_sidecars = sidecars;
  settings.default_visibility = Setting::NAMESPACE;
  settings.policies = {policy(Setting::PUBLIC, {"open"}),
                       policy(Setting::NONE, {"closed", "closed"}),
                       policy(Setting::PUBLIC, {"odd", nullptr})};
  return out;
}

struct Row {
  const char* rule;
  bool sidecars;
  const char* ns;
  model::Registry registry;
  Visibility said;
  bool everybody, own, other;
};

TEST(EntryVisibility, OnlyNarrows) {
  constexpr auto kEntry = model::Registry::kExternal;
  const Visibility all{.all = true, .none = false, .namespaces = {}};
  const Visibility to_other{.all = false, .none = false, .namespaces = {"x"}};
  const Visibility nobody{.all = false, .none = true, .namespaces = {}};
  const Row rows[] = {
      {"sidecars go by exportTo unless it is for them", false, "b", kEntry, all, true, true, true},
      {"the first policy that matches: public", true, "a", kEntry, all, true, true, true},
      {"public widens nothing", true, "a", kEntry, to_other, false, false, true},
      {"all rules of a policy must match: none", true, "b", kEntry, all, false, false, false},
      {"no policy: the default", true, "c", kEntry, all, false, true, false},
      {"a rule without a matcher matches nothing", true, "d", kEntry, all, false, true, false},
      {"an entry for another namespace alone is for nobody then", true, "c", kEntry, to_other,
       false, false, false},
      {"nobody stays nobody", true, "c", kEntry, nobody, false, false, false},
      {"Services of Kubernetes are not entries", true, "b", model::Registry::kKubernetes, all, true,
       true, true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.rule);
    model::Service service;
    service.ns = row.ns;
    service.registry = row.registry;
    const Visibility found = EntryVisibility(mesh_of(row.sidecars)).narrowed(service, row.said);
    EXPECT_EQ(found.all, row.everybody);
    EXPECT_EQ(found.sees(row.ns), row.own);
    EXPECT_EQ(found.sees("x"), row.other);
  }
}

}  // namespace
}  // namespace mesh::traffic
