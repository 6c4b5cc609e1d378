// Property: any interleaving of joins, leaves, deletions and restarts (a plan applied in part) ends
// in the same objects as a fresh cluster that was told only the end; the plan after it is empty; and
// a namespace that no mesh of ours has is never touched.
#include <random>
#include <set>

#include "tests/tenancy/plan/world.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using kube::Kind;

const std::vector<std::string> kNamespaces = {"n0", "n1", "n2", "n3", "n4"};

// Who has whom; disjoint, so that the end does not depend on who was first.
struct Wish {
  bool there[2] = {true, true};
  std::string version[2] = {"v2.5", "v2.5"};
  std::vector<std::string> members[2];
};

std::string mesh_name(int i) { return i == 0 ? "red" : "blue"; }

std::string list_of(const std::vector<std::string>& names) {
  std::string out = "members: [";
  for (const std::string& name : names) out += (out.back() == '[' ? "" : ", ") + name;
  return out + "]";
}

Wish random_wish(std::mt19937& random) {
  Wish out;
  for (int i = 0; i < 2; ++i) {
    out.there[i] = random() % 5 != 0;
    out.version[i] = random() % 3 == 0 ? "v2.3" : "v2.5";
  }
  for (const std::string& ns : kNamespaces) {
    auto who = random() % 3;
    if (who < 2) out.members[who].push_back(ns);
  }
  return out;
}

void tell(World& world, const Wish& wish) {
  for (int i = 0; i < 2; ++i) {
    const std::string name = mesh_name(i);
    if (wish.there[i]) {
      world.add(control_plane(name, "basic", "version: " + wish.version[i]));
    } else {
      world.remove(Kind::kServiceMeshControlPlane, name, "basic");
    }
    world.add(roll(name, list_of(wish.members[i])));
  }
}

std::string bystander() {
  return ns("alone", "team: x") +
         "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
         "istio-mesh-basic, namespace: alone}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n";
}

World fresh() {
  std::string yaml = bystander() + ns("red") + ns("blue");
  for (const std::string& name : kNamespaces) yaml += ns(name, "kept: \"yes\"");
  return World(yaml);
}

TEST(PlanProperty, EveryHistoryEndsInTheSameObjects) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    World world = fresh();
    for (int turn = 0; turn < 4; ++turn) {
      tell(world, random_wish(random));
      Plan plan = world.plan();
      if (!plan.steps.empty()) world.apply(plan, random() % plan.steps.size());  // then it stops
    }
    Wish last = random_wish(random);
    tell(world, last);
    ASSERT_TRUE(world.apply_all());
    World direct = fresh();
    tell(direct, last);
    ASSERT_TRUE(direct.apply_all());
    EXPECT_EQ(world.everything(), direct.everything());
  }
}

TEST(PlanProperty, ForeignNamespacesAreNeverTouched) {
  std::mt19937 random(7);
  World world = fresh();
  for (int turn = 0; turn < 12; ++turn) {
    tell(world, random_wish(random));
    Plan plan = world.plan();
    for (const Step& step : plan.steps) {
      const kube::ObjectKey& key = plan.object_of(step).key;
      EXPECT_NE(key.ns, "alone");
      EXPECT_NE(key.name, "alone");
    }
    if (!plan.steps.empty()) world.apply(plan, random() % plan.steps.size());
  }
}

// Planning one namespace after the other comes to what the whole plan says of them.
TEST(PlanProperty, NamespaceByNamespaceIsTheWhole) {
  std::mt19937 random(11);
  for (int turn = 0; turn < 4; ++turn) {
    World world = fresh();
    tell(world, random_wish(random));
    ASSERT_TRUE(world.apply_all());
    tell(world, random_wish(random));
    index::SnapshotPtr now = world.snapshot();
    std::multiset<std::string> one_by_one;
    for (const std::string& ns : kNamespaces) {
      Plan part = plan_namespace(*now, ns);
      for (const Step& step : part.steps) {
        one_by_one.insert(std::string(action_name(step.action)) +
                          kube::to_string(part.object_of(step).key));
      }
    }
    std::multiset<std::string> whole;
    Plan all = world.plan();
    for (const Step& step : all.steps) {
      const kube::ObjectKey& key = all.object_of(step).key;
      const std::string& where = kube::is_cluster_scoped(key.kind) ? key.name : key.ns;
      if (std::find(kNamespaces.begin(), kNamespaces.end(), where) == kNamespaces.end()) continue;
      whole.insert(std::string(action_name(step.action)) + kube::to_string(key));
    }
    EXPECT_EQ(one_by_one, whole);
  }
}

}  // namespace
}  // namespace mesh::tenancy
