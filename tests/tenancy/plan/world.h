// A world in which plans are applied: a store of objects and the little that a cluster does with them.
//
//   World world(control_plane("mesh", "basic") + ns("shop") + roll("mesh", "members: [shop]"));
//   world.apply_all();                     // until there is nothing to do
//   EXPECT_EQ(world.plan().steps.size(), 0u);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/index/store.h"
#include "libmesh/kube/kinds.h"
#include "libmesh/tenancy/plan/plan.h"
#include "tests/index/support.h"

namespace mesh::testing {

class World {
 public:
  explicit World(const std::string& yaml = {}, tenancy::PlanOptions options = {})
      : planner_(options), options_(std::move(options)) {
    add(yaml);
  }

  void add(const std::string& yaml) { store_.apply(yaml, ""); }
  void remove(kube::Kind kind, const std::string& ns, const std::string& name) {
    store_.erase({kind, ns, name});
  }

  index::SnapshotPtr snapshot() { return store_.snapshot(); }
  // By a planner that keeps what it knows, compared with one that knows nothing.
  tenancy::Plan plan() {
    index::SnapshotPtr now = snapshot();
    tenancy::Plan kept = planner_.plan(*now);
    tenancy::Plan fresh = tenancy::plan(*now, options_);
    EXPECT_EQ(text(kept), text(fresh)) << "a kept planner plans something else";
    return kept;
  }

  // The API server and, for NetNamespaces, the SDN.
  void apply(const tenancy::Plan& plan, const tenancy::Step& step) {
    const kube::ObjectKey& key = plan.object_of(step).key;
    if (step.action == tenancy::Action::kDelete) {
      store_.erase(key);
      return;
    }
    store_.apply(document::write_yaml(plan.document_of(step)), "");
  }
  // The first `count` steps only, as if the process stopped there.
  void apply(const tenancy::Plan& plan, size_t count) {
    for (size_t i = 0; i < std::min(count, plan.steps.size()); ++i) apply(plan, plan.steps[i]);
  }
  // False when it does not come to rest.
  bool apply_all() {
    for (int round = 0; round < 8; ++round) {
      tenancy::Plan next = plan();
      if (next.steps.empty()) return true;
      apply(next, next.steps.size());
    }
    return false;
  }

  kube::ObjectPtr find(kube::Kind kind, const std::string& ns, const std::string& name) {
    return snapshot()->find({kind, ns, name});
  }
  std::string label(const std::string& ns, const std::string& key = "maistra.io/member-of") {
    kube::ObjectPtr object = find(kube::Kind::kNamespace, "", ns);
    if (object == nullptr) return "(none)";
    auto at = object->labels.find(key);
    return at == object->labels.end() ? "" : at->second;
  }
  std::vector<std::string> names(kube::Kind kind, const std::string& ns) {
    std::vector<std::string> out;
    index::SnapshotPtr now = snapshot();
    for (const auto& [key, object] : now->objects(kind).in_namespace(ns)) out.push_back(key.name);
    return out;
  }
  // Everything there is, as text: two worlds are the same when these are.
  std::string everything() {
    std::string out;
    index::SnapshotPtr now = snapshot();
    for (int i = 0; i < kube::kKindCount; ++i) {
      for (const auto& [key, object] : now->objects(static_cast<kube::Kind>(i))) {
        if (!object->synthesized) out += sorted(object->document) + "\n";
      }
    }
    return out;
  }

  static std::string text(const tenancy::Plan& plan) {
    std::string out;
    for (const tenancy::Step& step : plan.steps) {
      out += std::string(tenancy::action_name(step.action)) + " " +
             kube::to_string(plan.object_of(step).key) + "\n";
    }
    return out;
  }

 private:
  static std::string sorted(const document::Value& value) {
    if (const document::Map* map = value.if_map()) {
      std::vector<std::string> parts;
      for (const document::Member& member : *map) {
        // Empty mappings come and go with the last label.
        std::string text = sorted(member.value);
        if (text != "{}" || member.key == "spec") parts.push_back(member.key + ": " + text);
      }
      std::sort(parts.begin(), parts.end());
      std::string out;
      for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
      return "{" + out + "}";
    }
    return document::write_json(value);
  }

  index::Store store_;
  tenancy::Planner planner_;
  tenancy::PlanOptions options_;
};

}  // namespace mesh::testing
