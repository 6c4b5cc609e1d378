// The ServiceMeshMembers and ServiceMeshMemberRolls that are made and taken away: B.8 as a table.
#include "libmesh/tenancy/roll/records.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "libmesh/document/json.h"
#include "libmesh/tenancy/plan/plan.h"
#include "libmesh/tenancy/roll/lists.h"
#include "tests/index/support.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using kube::Kind;

std::string made_member(const std::string& ns, const std::string& plane) {
  return "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, "
         "namespace: " +
         ns +
         ", annotations: {maistra.io/created-by: servicemeshmemberroll-controller}}\nspec: "
         "{controlPlaneRef: {namespace: " +
         plane + ", name: m}}\n";
}

std::string made_roll(const std::string& plane, const std::string& spec) {
  return "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\nmetadata: {name: default, "
         "namespace: " +
         plane + ", annotations: {maistra.io/created-by: servicemeshmember-controller}}\nspec: {" +
         spec + "}\n";
}

index::SnapshotPtr snapshot(const std::string& text) {
  index::Store store({"Kubernetes", "cluster.local", false, ""});
  store.apply(text, "");
  return store.snapshot();
}

// "+SMM a cp SMMR cp -SMM b": what is wanted and what must go.
std::string records(const std::string& text) {
  std::vector<PlannedObject> objects;
  index::SnapshotPtr now = snapshot(text);
  plan_records(*now, nullptr, objects);
  std::vector<std::string> words;
  for (const PlannedObject& object : objects) {
    std::string word = object.ownership == Ownership::kAbsent ? "-" : "+";
    word += object.key.kind == Kind::kServiceMeshMember ? "SMM " : "SMMR ";
    word += object.key.ns;
    if (object.key.kind == Kind::kServiceMeshMember && object.ownership != Ownership::kAbsent) {
      const document::Value document = object.document();
      const document::Value* spec = document.find("spec");
      if (spec == nullptr) {
        word += " released";
      } else {
        word += " of " + std::string(spec->find("controlPlaneRef")->string_at("namespace"));
      }
    }
    words.push_back(word);
    EXPECT_FALSE(object.because.empty()) << word;
  }
  std::sort(words.begin(), words.end());
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

TEST(Records, LifeCycle) {
  const std::string cp = control_plane("cp", "m") + ns("a") + ns("b");
  struct Row {
    const char* rule;
    std::string text;
    const char* want;
  };
  const Row rows[] = {
      {"a roll makes members", cp + roll("cp", "members: [a]"), "+SMM a of cp"},
      {"not where there is no namespace", cp + roll("cp", "members: [nowhere]"), ""},
      {"not in the cluster's own namespaces",
       cp + ns("kube-system") + roll("cp", "members: [kube-system]"), ""},
      {"a user's member stays the user's", cp + roll("cp", "members: [a]") + member("a", "cp", "m"),
       ""},
      {"a namespace that comes",
       cp + roll("cp", "memberSelectors: [{matchLabels: {t: x}}]") + ns("c", "t: x"),
       "+SMM c of cp"},
      {"a label that goes",
       cp + roll("cp", "memberSelectors: [{matchLabels: {t: x}}]") + made_member("a", "cp"),
       "-SMM a"},
      {"a name that goes", cp + roll("cp", "members: [b]") + made_member("a", "cp"),
       "+SMM b of cp, -SMM a"},
      {"a member makes the roll", cp + member("a", "cp", "m"), "+SMMR cp"},
      {"the roll goes: its members go, the users' make it again",
       cp + made_member("a", "cp") + member("b", "cp", "m"), "+SMMR cp, -SMM a"},
      {"the control plane goes: the roll's members go",
       ns("a") + ns("b") + roll("cp", "members: [a]") + made_member("a", "cp") +
           member("b", "cp", "m"),
       "-SMM a"},
      {"the last member goes, and the roll that a member made", cp + made_roll("cp", ""),
       "-SMMR cp"},
      {"but not with names in it", cp + made_roll("cp", "members: [a]"), "+SMM a of cp"},
      {"nor with selectors (Maistra deletes it)",
       cp + made_roll("cp", "memberSelectors: [{matchLabels: {t: x}}]"), ""},
      {"nor while a member is there", cp + made_roll("cp", "") + member("a", "cp", "m"), ""},
      {"a roll of a user stays", cp + roll("cp", "members: []"), ""},
      {"a cluster-wide control plane makes its roll",
       control_plane("cp", "m", "version: v2.5, mode: ClusterWide") +
           ns("a", "istio-injection: enabled") + ns("b"),
       "+SMM a of cp, +SMMR cp"},
      {"who changes the mesh gets another member",
       cp + control_plane("cp2", "m") + roll("cp", "members: []") + roll("cp2", "members: [a]") +
           made_member("a", "cp"),
       "+SMM a of cp2"},
      {"Maistra's finalizer is taken from what is going",
       cp + "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, "
            "namespace: a, finalizers: [maistra.io/istio-operator], deletionTimestamp: "
            "\"2024-01-01T00:00:00Z\"}\nspec: {controlPlaneRef: {namespace: cp, name: m}}\n",
       "+SMM a released"},
  };
  for (const Row& row : rows) EXPECT_EQ(records(row.text), row.want) << row.rule;
}

TEST(Records, WhatTheyAreMadeOf) {
  std::vector<PlannedObject> objects;
  plan_records(*snapshot(control_plane("cp", "m", "version: v2.5, mode: ClusterWide") +
                         ns("a", "istio-injection: enabled")),
               nullptr, objects);
  ASSERT_EQ(objects.size(), 2u);
  const document::Value roll = objects[0].document();
  EXPECT_EQ(objects[0].ownership, Ownership::kExistence);
  const document::Value* selectors = roll.find("spec")->find("memberSelectors");
  EXPECT_EQ(selectors->if_list()->at(0).find("matchLabels")->string_at("istio-injection"),
            "enabled");
  const document::Value member = objects[1].document();
  EXPECT_EQ(member.find("metadata")->find("annotations")->string_at("maistra.io/created-by"),
            "servicemeshmemberroll-controller");
  EXPECT_EQ(member.find("spec")->find("controlPlaneRef")->string_at("name"), "m");
}

// Property: a plan with its records, applied and planned again, is empty; whoever had a namespace
// has it still, also when another roll is edited afterwards.
TEST(Records, AppliedTheyHold) {
  index::Store store({"Kubernetes", "cluster.local", false, ""});
  store.apply(control_plane("cp1", "m") + control_plane("cp2", "m") + ns("a") + ns("b") +
                  roll("cp1", "members: [b]", "2024-01-01T00:00:00Z") +
                  roll("cp2", "members: [a]", "2024-02-01T00:00:00Z"),
              "");
  auto apply_plan = [&] {
    index::SnapshotPtr now = store.snapshot();
    Plan plan = mesh::tenancy::plan(*now);
    for (const Step& step : plan.steps) {
      const PlannedObject& object = plan.object_of(step);
      if (step.action == Action::kDelete) {
        store.erase(object.key);
      } else {
        store.apply(document::write_json(plan.document_of(step)), "");
      }
    }
    return plan.steps.size();
  };
  EXPECT_GT(apply_plan(), 0u);
  EXPECT_EQ(apply_plan(), 0u);
  store.apply(roll("cp1", "members: [a, b]", "2024-01-01T00:00:00Z"), "");
  EXPECT_EQ(store.snapshot()->tenants().of_namespace("a")->ns, "cp2");
  store.apply(roll("cp2", "members: []", "2024-02-01T00:00:00Z"), "");
  EXPECT_EQ(store.snapshot()->tenants().of_namespace("a")->ns, "cp1");
  EXPECT_GT(apply_plan(), 0u);
  EXPECT_EQ(apply_plan(), 0u);
  kube::ObjectPtr member = store.snapshot()->find({Kind::kServiceMeshMember, "a", "default"});
  ASSERT_NE(member, nullptr);
  EXPECT_EQ(member->document.find("spec")->find("controlPlaneRef")->string_at("namespace"), "cp1");
}

TEST(Lists, PrometheusScrapesMembersButNotForPilot) {
  const std::string text =
      "scrape_configs:\n- job_name: pilot\n  kubernetes_sd_configs: [{namespaces: {names: [cp]}}]\n"
      "- job_name: pods\n  kubernetes_sd_configs: [{role: pod}, {role: node, namespaces: {names: "
      "[x]}}]\n- job_name: static\n";
  auto written = with_scraped(text, {"a", "cp"});
  ASSERT_TRUE(written.ok());
  EXPECT_NE(*written, text);
  EXPECT_EQ(*with_scraped(*written, {"a", "cp"}), *written);  // nothing to do again
  size_t count = 0;
  for (size_t at = written->find("\"a\""); at != std::string::npos;
       at = written->find("\"a\"", at + 1)) {
    ++count;
  }
  EXPECT_EQ(count, 2u) << *written;
  EXPECT_EQ(written->find("\"x\""), std::string::npos);
  EXPECT_FALSE(with_scraped("nothing: here", {"a"}).ok());
}

TEST(Lists, KialiSeesMembersOrAllButTheClusters) {
  const std::string kiali =
      "---\napiVersion: kiali.io/v1alpha1\nkind: Kiali\nmetadata: {name: kiali, namespace: cp}\n";
  auto planned_kiali = [&](const std::string& text) {
    Plan plan = mesh::tenancy::plan(*snapshot(text + kiali));
    for (const PlannedObject& object : plan.objects) {
      if (object.key.kind == Kind::kKiali) return document::write_json(object.document());
    }
    return std::string();
  };
  const std::string own = planned_kiali(control_plane("cp", "m") + ns("a") + ns("b") +
                                        roll("cp", "members: [b, a, nowhere]"));
  EXPECT_NE(own.find(R"("accessible_namespaces":["a","b","nowhere"])"), std::string::npos) << own;
  EXPECT_NE(own.find(R"("exclude":[])"), std::string::npos);
  const std::string wide =
      planned_kiali(control_plane("cp", "m", "version: v2.5, mode: ClusterWide") + ns("a"));
  EXPECT_NE(wide.find(R"("accessible_namespaces":["**"])"), std::string::npos) << wide;
  EXPECT_NE(wide.find(R"("^kube-.*")"), std::string::npos);
}

}  // namespace
}  // namespace mesh::tenancy
