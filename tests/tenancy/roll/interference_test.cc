// Non-interference: whatever tenant B does with its own objects, tenant A is shown the same.
//
// What A is shown: its statuses and events, its report of members, its plan with its notes, what is
// explained to it, and the diagnostics of objects in its namespaces. B writes what it likes into its control plane, roll and namespaces, also names
// and selectors that mean A's namespaces. The same check, run over a list of leaks planted into
// what A is shown, must catch each of them: that is what makes the check worth something.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "libmesh/document/json.h"
#include "libmesh/tenancy/check.h"
#include "libmesh/tenancy/plan/explain.h"
#include "libmesh/tenancy/plan/plan.h"
#include "libmesh/tenancy/roll/status.h"
#include "tests/index/support.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using kube::Kind;

const model::TenantId kA{"cp-a/m"};

std::string labelled(const std::string& name, const std::string& mesh) {
  return ns(name, "maistra.io/member-of: " + mesh);
}

std::string world_of_a() {
  return control_plane("cp-a", "m") + labelled("a1", "cp-a") + labelled("a2", "cp-a") +
         roll("cp-a", "members: [a1, a2, a-soon, b1]", "2024-02-01T00:00:00Z");
}

// One thing that B may do. It always keeps b1, which A wants, too, and cannot get.
std::string change_of_b(std::mt19937& random) {
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  const std::string time = "2024-01-0" + std::to_string(1 + below(5)) + "T00:00:00Z";
  const std::string number = std::to_string(below(4));
  switch (below(8)) {
    case 0:
      return roll("cp-b", "members: [b1, a1, b" + number + "x]", time);
    case 1:
      return roll("cp-b", "members: [\"*\"]", time);
    case 2:
      return roll("cp-b", "memberSelectors: [{}]", time);
    case 3:
      return control_plane("cp-b", "m", "version: v2." + std::to_string(2 + below(4)), time);
    case 4:
      return ns("b" + number, "t: x" + number);
    case 5:
      return member("b2", "cp-" + std::string(below(2) == 0 ? "b" : "gone"), "m");
    case 6:
      return service("b" + number, "s", "10.0.0.1", ", unknown: field");
    default:
      return control_plane("cp-b", "second" + number);
  }
}

std::string text_of_statuses(const Statuses& all) {
  std::string out;
  for (const auto& each : all.control_planes) {
    out += to_string(each.key) + document::write_json(to_value(each)) + "\n";
  }
  for (const auto& each : all.rolls) {
    out += to_string(each.key) + document::write_json(to_value(each));
    for (const MemberSummary& summary : each.member_statuses) out += summary.holder;
    out += "\n";
  }
  for (const auto& each : all.members) {
    out += to_string(each.key) + document::write_json(to_value(each)) + "\n";
  }
  for (const Event& event : all.events) {
    out += to_string(event.object) + " " + event.reason + " " + event.message + "\n";
  }
  return out;
}

std::string text_of_report(const ControlPlaneReport& report) {
  std::string out;
  for (const auto* list : {&report.configured, &report.pending, &report.refused}) {
    for (const MemberReport& entry : *list) {
      out += entry.ns + " " + entry.via + " " + entry.reason + " " + entry.message + " " +
             entry.holder + "\n";
    }
  }
  for (const std::string& ns : report.namespaces) out += ns + " ";
  return out;
}

std::string plan_of_a(const index::Snapshot& snapshot) {
  PlanOptions options;
  options.tenant = kA;
  const Plan made = plan(snapshot, options);
  std::string out;
  for (const PlannedObject& object : made.objects) {
    out += to_string(object.key) + document::write_json(object.document()) + "\n";
  }
  for (const Step& step : made.steps) {
    out += std::string(action_name(step.action)) + " " + to_string(made.object_of(step).key) + "\n";
  }
  for (const Note& note : made.notes) {
    out += note.ns + " " + note.reason + " " + note.message + " " + note.holder + "\n";
  }
  return out;
}

std::string explained_to_a(const index::Snapshot& snapshot) {
  std::string out;
  for (const char* name : {"a1", "a-soon", "b1", "b2", "b3", "nowhere"}) {
    const auto explained = explain_member(snapshot, name, kA);
    out += explained->conclusion + (explained->exists ? " yes" : " no");
    for (const Because& link : explained->chain) out += to_string(link.object) + link.reason;
    for (const MemberClaim& claim : explained->claims) out += claim.message + claim.holder;
    out += "\n";
  }
  return out;
}

std::string shown_to_a(const index::Snapshot& snapshot) {
  return text_of_statuses(statuses_of(snapshot, kA)) +
         text_of_report(*members_of(snapshot, kA, Audience::kTenant)) +
         text_of(diagnostics_of(snapshot, *snapshot.tenants().find(kA))) + plan_of_a(snapshot) +
         explained_to_a(snapshot);
}

using Shown = std::function<std::string(const index::Snapshot&)>;

// The first of B's changes that A can tell, or nothing.
std::string told(const Shown& shown, uint32_t seeds) {
  for (uint32_t seed = 1; seed <= seeds; ++seed) {
    std::mt19937 random(seed);
    index::Store store({"Kubernetes", "cluster.local", false, ""});
    store.apply(world_of_a() + control_plane("cp-b", "m") + labelled("b1", "cp-b") +
                    roll("cp-b", "members: [b1]", "2024-01-01T00:00:00Z"),
                "");
    const std::string before = shown(*store.snapshot());
    if (before.find("cp-b") != std::string::npos) return "says cp-b at once";
    for (int step = 0; step < 12; ++step) {
      const std::string change = change_of_b(random);
      store.apply(change, "");
      const std::string after = shown(*store.snapshot());
      if (after != before) return "seed " + std::to_string(seed) + ":\n" + change + after;
    }
  }
  return {};
}

TEST(NonInterference, WhatBDoesIsNotShownToA) { EXPECT_EQ(told(shown_to_a, 12), ""); }

// Property: every leak that is planted is caught by the same check.
TEST(NonInterference, PlantedLeaksAreCaught) {
  using S = const index::Snapshot&;
  const auto& all = [](S s) { return statuses(s); };
  struct Leak {
    const char* what;
    Shown adds;
  };
  const Leak leaks[] = {
      {"the administrator's report of members",
       [](S s) { return text_of_report(*members_of(s, kA, Audience::kAdministrator)); }},
      {"who holds a namespace, in the roll's status",
       [&](S s) {
         std::string out;
         for (const auto& roll : all(s).rolls) {
           if (roll.tenant != kA) continue;
           for (const auto& member : roll.member_statuses) out += member.holder;
         }
         return out;
       }},
      {"all statuses", [&](S s) { return text_of_statuses(all(s)); }},
      {"whether everybody is ready, and how many there are",
       [&](S s) { return std::to_string(all(s).rolls.size() + all(s).members.size()); }},
      {"how many control planes there are",
       [](S s) { return std::to_string(s.objects(Kind::kServiceMeshControlPlane).size()); }},
      {"how many namespaces there are",
       [](S s) { return std::to_string(s.objects(Kind::kNamespace).size()); }},
      {"how many namespaces are in a mesh",
       [](S s) { return std::to_string(s.tenants().by_namespace.size()); }},
      {"how many members all rolls have",
       [&](S s) {
         size_t count = 0;
         for (const auto& roll : all(s).rolls) count += roll.members.size();
         return std::to_string(count);
       }},
      {"how many diagnostics there are",
       [](S s) { return std::to_string(s.diagnostics().size()); }},
      {"the worst diagnostic of all",
       [](S s) {
         Severity worst = Severity::kInfo;
         for (const auto& each : s.diagnostics()) worst = std::max(worst, each.severity);
         return std::string(severity_text(worst));
       }},
      {"diagnostics of other objects", [](S s) { return text_of(s.diagnostics()); }},
      {"the revision of the cluster", [](S s) { return std::to_string(s.revision()); }},
      {"what changed in the cluster",
       [](S s) {
         std::string out;
         for (const auto& key : s.changed()) out += to_string(key);
         return out;
       }},
      {"other tenants' events",
       [&](S s) {
         std::string out;
         for (const Event& event : all(s).events) out += event.message;
         return out;
       }},
      {"versions of other meshes",
       [](S s) {
         std::string out;
         for (const auto& tenant : s.tenants().list) out += tenant.version;
         return out;
       }},
      {"that somebody else wants a1",
       [](S s) {
         const index::Tenant* b = s.tenants().find({"cp-b/m"});
         return std::string(b != nullptr && b->members.contains("a1") ? "yes" : "no");
       }},
      {"the age of the roll that has b1",
       [](S s) {
         return std::to_string(
             s.find({Kind::kServiceMeshMemberRoll, "cp-b", "default"})->creation_time);
       }},
      {"what made b1 a member elsewhere",
       [](S s) {
         const index::Tenant* b = s.tenants().find({"cp-b/m"});
         const index::Member* b1 = b == nullptr ? nullptr : b->members.get("b1");
         return b1 == nullptr ? std::string() : b1->via;
       }},
      {"the labels of a namespace that A does not have",
       [](S s) {
         kube::ObjectPtr b = s.find({Kind::kNamespace, "", "b1"});
         return document::write_json(b->document) +
                std::to_string(s.find({Kind::kNamespace, "", "b2"}) != nullptr);
       }},
      {"which namespaces nobody has",
       [](S s) {
         std::string out;
         for (const auto& [key, ns] : s.objects(Kind::kNamespace)) {
           if (s.tenants().of_namespace(key.name) == nullptr) out += key.name;
         }
         return out;
       }},
  };
  EXPECT_EQ(std::size(leaks), 20u);
  for (const Leak& leak : leaks) {
    Shown leaky = [&](S snapshot) { return shown_to_a(snapshot) + leak.adds(snapshot); };
    EXPECT_NE(told(leaky, 12), "") << leak.what;
  }
}

}  // namespace
}  // namespace mesh::tenancy
