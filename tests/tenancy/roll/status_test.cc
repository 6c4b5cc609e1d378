// Statuses of control planes, rolls and members: every rule by name.
#include "libmesh/tenancy/roll/status.h"

#include <gtest/gtest.h>

#include "tests/index/support.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using kube::Kind;

constexpr const char* kMinimal =
    "version: v2.5, profiles: [small], addons: {prometheus: {enabled: false}, grafana: {enabled: "
    "false}, kiali: {enabled: false}}, tracing: {type: None}, gateways: {enabled: false}";

std::string plane(const std::string& ns, const std::string& status = "",
                  const std::string& metadata = "", const std::string& spec = kMinimal,
                  const std::string& name = "m") {
  return "---\napiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: " + name +
         ", namespace: " + ns + ", generation: 3" + metadata + "}\nspec: {" + spec + "}\n" +
         (status.empty() ? "" : "status: {" + status + "}\n");
}

std::string workload(const std::string& ns, const std::string& component, bool ready,
                     const std::string& kind = "Deployment", const std::string& owner = "cp") {
  std::string status =
      kind == "Deployment"
          ? std::string("replicas: 1, readyReplicas: ") + (ready ? "1" : "0") +
                ", conditions: [{type: Available, status: \"" + (ready ? "True" : "False") + "\"}]"
      : kind == "StatefulSet" ? std::string("replicas: 1, readyReplicas: ") + (ready ? "1" : "0")
                              : std::string("numberUnavailable: ") + (ready ? "0" : "1");
  return "---\napiVersion: apps/v1\nkind: " + kind + "\nmetadata: {name: " + component +
         ", namespace: " + ns + ", labels: {maistra.io/owner: " + owner +
         ", app.kubernetes.io/component: " + component +
         "}}\nspec: {selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, "
         "spec: {containers: [{name: c, image: c}]}}}\nstatus: {" +
         status + "}\n";
}

index::SnapshotPtr snapshot(const std::string& text) {
  index::Store store({"Kubernetes", "cluster.local", false, ""});
  store.apply(text, "");
  return store.snapshot();
}

std::string show(const Conditions& conditions, const std::string& type) {
  Condition c = condition_of(conditions, type);
  return c.status + " " + c.reason + ": " + c.message;
}

std::string events_of(const Statuses& all) {
  std::string out;
  for (const Event& event : all.events) {
    out += event.type + " " + event.reason + ": " + event.message + "\n";
  }
  return out;
}

const std::string kDone =
    "observedGeneration: 3, operatorVersion: 2.5.1, chartVersion: 2.5.1, conditions: [{type: "
    "Installed, status: \"True\", reason: InstallSuccessful}, {type: Reconciled, status: \"True\", "
    "reason: InstallSuccessful, message: \"Successfully installed version 2.5.1-3\"}]";

// ---- A.9 ------------------------------------------------------------------------------------

TEST(ControlPlaneStatus, WaitsForThePartsThatRun) {
  Statuses now = statuses(*snapshot(plane("cp")));
  ASSERT_EQ(now.control_planes.size(), 1u);
  const ControlPlaneStatus& status = now.control_planes[0];
  EXPECT_EQ(show(status.conditions, "Installed"),
            "False ResourceCreated: Installing mesh generation 3");
  EXPECT_EQ(show(status.conditions, "Reconciled"),
            "False PausingInstall: Paused until the following components become ready: "
            "[istio-discovery]");
  EXPECT_EQ(show(status.conditions, "Ready"), show(status.conditions, "Reconciled"));
  EXPECT_EQ(status.observed_generation, 0);
  EXPECT_FALSE(now.ready());
  EXPECT_EQ(events_of(now),
            "Normal Installing: Installing mesh generation 3\n"
            "Normal PausingInstall: Paused until the following components become ready: "
            "[istio-discovery]\n");
}

TEST(ControlPlaneStatus, InstalledWhenTheyRun) {
  Statuses now = statuses(*snapshot(plane("cp") + workload("cp", "istio-discovery", true)));
  const ControlPlaneStatus& status = now.control_planes[0];
  EXPECT_EQ(show(status.conditions, "Installed"),
            "True InstallSuccessful: Successfully installed all mesh components");
  EXPECT_EQ(show(status.conditions, "Reconciled"),
            "True InstallSuccessful: Successfully installed version 2.5.1-3");
  EXPECT_EQ(show(status.conditions, "Ready"),
            "True ComponentsReady: All component deployments are Available");
  EXPECT_EQ(status.reconciled_version(), "2.5.1-3");
  EXPECT_EQ(status.annotations.at("alwaysReadyComponents"), "mesh-config,telemetry-common");
  EXPECT_EQ(status.annotations.at("readyComponentCount"), "3/3");
  EXPECT_EQ(status.ready_components,
            (std::vector<std::string>{"istio-discovery", "mesh-config", "telemetry-common"}));
  EXPECT_NE(events_of(now).find("Normal Installed: Successfully installed version 2.5.1-3"),
            std::string::npos);
  EXPECT_TRUE(now.ready());
}

TEST(ControlPlaneStatus, Transitions) {
  const std::string old_generation =
      "observedGeneration: 2, operatorVersion: 2.5.1, conditions: [{type: Installed, status: "
      "\"True\"}, {type: Reconciled, status: \"True\"}]";
  const std::string old_operator =
      "observedGeneration: 3, operatorVersion: 2.4.0, conditions: [{type: Installed, status: "
      "\"True\"}, {type: Reconciled, status: \"True\"}]";
  const std::string running = workload("cp", "istio-discovery", true);
  struct Row {
    const char* rule;
    std::string text;
    const char* reconciled;
    const char* event;
  };
  const Row rows[] = {
      {"another generation", plane("cp", old_generation) + running,
       "True UpdateSuccessful: Successfully updated from version 2.5.1-2 to version 2.5.1-3",
       "Normal Updating: Updating mesh from generation 2 to generation 3"},
      {"another operator", plane("cp", old_operator) + running,
       "True UpdateSuccessful: Successfully updated from version 2.4.0-3 to version 2.5.1-3",
       "Normal Updating: Updating mesh due to operator version change (2.4.0 to 2.5.1)"},
      {"an update waits, too", plane("cp", old_generation),
       "False PausingUpdate: Paused until the following components become ready: "
       "[istio-discovery]",
       "Normal PausingUpdate: Paused until"},
      {"once done it stays so", plane("cp", kDone),
       "True InstallSuccessful: Successfully installed version 2.5.1-3", ""},
      {"a field that the version refuses",
       plane("cp", "", "", "version: v2.5, techPreview: {controlPlaneMode: ClusterScoped}"),
       "False ValidationError: Spec is invalid: error: the spec.techPreview.controlPlaneMode field "
       "is not supported in version 2.4+; use spec.mode",
       "Warning Installing: Spec is invalid"},
      {"a version that is none", plane("cp", "", "", "version: v9"),
       "False ValidationError: Spec is invalid: error: invalid version: v9",
       "Warning Installing: Spec is invalid"},
      {"a conversion that failed",
       plane("cp", "", "", "version: v2.5, techPreview: {errored: {message: broken}}"),
       "False ValidationError: Reconciliation skipped due to presence of a conversion error: "
       "error: conversion error: broken",
       "Warning Installing: Reconciliation skipped"},
      {"a profile that is not there", plane("cp", "", "", "version: v2.5, profiles: [nowhere]"),
       "False ReconcileError: Error rendering helm charts: error: ",
       "Warning Installing: Error rendering helm charts"},
      {"going", plane("cp", kDone, ", deletionTimestamp: \"2024-01-01T00:00:00Z\""),
       "False Deleting: Deleting service mesh", "Normal Deleting: Deleting service mesh"},
  };
  for (const Row& row : rows) {
    Statuses now = statuses(*snapshot(row.text));
    const ControlPlaneStatus& status = now.control_planes.at(0);
    EXPECT_EQ(show(status.conditions, "Reconciled").substr(0, std::string(row.reconciled).size()),
              row.reconciled)
        << row.rule;
    EXPECT_NE(events_of(now).find(row.event), std::string::npos) << row.rule << events_of(now);
    if (!condition_of(status.conditions, "Reconciled").is_true()) {
      EXPECT_EQ(show(status.conditions, "Ready"), show(status.conditions, "Reconciled"))
          << row.rule;
    }
  }
}

TEST(ControlPlaneStatus, ReadinessComesFromTheWorkloads) {
  struct Row {
    const char* rule;
    std::string text;
    const char* ready;
  };
  const char* not_ready =
      "False ComponentsNotReady: The following components are not fully available: "
      "[istio-discovery]";
  const char* ready = "True ComponentsReady: All component deployments are Available";
  const Row rows[] = {
      {"a Deployment that is not available", workload("cp", "istio-discovery", false), not_ready},
      {"a Deployment", workload("cp", "istio-discovery", true), ready},
      {"a StatefulSet", workload("cp", "istio-discovery", false, "StatefulSet"), not_ready},
      {"a StatefulSet that runs", workload("cp", "istio-discovery", true, "StatefulSet"), ready},
      {"a DaemonSet", workload("cp", "istio-discovery", false, "DaemonSet"), not_ready},
      {"all of a component's workloads count",
       workload("cp", "istio-discovery", true) +
           workload("cp", "istio-discovery", false, "StatefulSet"),
       not_ready},
      {"another mesh's do not", workload("cp", "istio-discovery", false, "Deployment", "x"), ready},
      {"those of other namespaces do not", workload("elsewhere", "istio-discovery", false), ready},
  };
  for (const Row& row : rows) {
    Statuses now = statuses(*snapshot(plane("cp", kDone) + row.text));
    EXPECT_EQ(show(now.control_planes.at(0).conditions, "Ready"), row.ready) << row.rule;
  }
}

TEST(ControlPlaneStatus, TheOldestOfANamespaceCounts) {
  Statuses now = statuses(*snapshot(
      plane("cp", "", ", creationTimestamp: \"2024-01-01T00:00:00Z\"", kMinimal, "second") +
      plane("cp", "", ", creationTimestamp: \"2023-01-01T00:00:00Z\"", kMinimal, "young") +
      workload("cp", "istio-discovery", true)));
  ASSERT_EQ(now.control_planes.size(), 2u);
  EXPECT_EQ(show(now.control_planes[0].conditions, "Reconciled"),
            "False ErrMultipleSMCPs: reconciliation skipped: error: multiple "
            "ServiceMeshControlPlane resources exist in the namespace");
  EXPECT_TRUE(now.control_planes[1].ready());
}

TEST(ControlPlaneStatus, WhatCouldNotBeDone) {
  StatusOptions options;
  options.failures[{Kind::kHelmRelease, "cp", "m-istio-discovery"}] = "no quota";
  Statuses now = statuses(*snapshot(plane("cp")), options);
  EXPECT_EQ(show(now.control_planes[0].conditions, "Reconciled"),
            "False ReconcileError: Error processing component istio-discovery: error: no quota");
  // J.15: Maistra lets the control plane go all the same.
  const std::string left =
      "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, namespace: cp, labels: "
      "{maistra.io/owner: cp, maistra.io/owner-name: m}}\n";
  options.failures = {{{Kind::kServiceAccount, "cp", "x"}, "forbidden"}};
  now = statuses(
      *snapshot(plane("cp", kDone, ", deletionTimestamp: \"2024-01-01T00:00:00Z\"") + left),
      options);
  EXPECT_EQ(show(now.control_planes[0].conditions, "Reconciled"),
            "False DeletionError: Error deleting service mesh: forbidden");
  EXPECT_EQ(events_of(now),
            "Warning FailedDeletingResources: Error deleting service mesh resources: forbidden\n");
}

TEST(ControlPlaneStatus, ADependencyThatIsMissing) {
  const std::string crd =
      "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: "
      "others.example.com}\n";
  Statuses now = statuses(
      *snapshot(plane("cp", "", "",
                      "version: v2.5, tracing: {type: None}, addons: {prometheus: {enabled: "
                      "true}, kiali: {enabled: true, name: kiali}}") +
                crd));
  EXPECT_EQ(show(now.control_planes[0].conditions, "Reconciled")
                .find("False DependencyMissingError: Dependency \"Kiali CRD\" is missing"),
            0u);
}

// ---- B.3, B.4 -------------------------------------------------------------------------------

TEST(RollStatus, EveryStateOfAMember) {
  const std::string text =
      plane("cp", kDone) + plane("other", kDone, "", kMinimal, "o") +
      workload("cp", "istio-discovery", true) + ns("a") + ns("taken") +
      roll("other", "members: [taken]", "2020-01-01T00:00:00Z") +
      roll("cp", "members: [a, nowhere, taken, kube-system]") +
      "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, "
      "namespace: going, deletionTimestamp: \"2024-01-01T00:00:00Z\"}\nspec: {controlPlaneRef: "
      "{namespace: cp, name: m}}\n";
  Statuses now = statuses(*snapshot(text));
  ASSERT_EQ(now.rolls.size(), 2u);
  const RollStatus& roll = now.rolls[0];
  using List = std::vector<std::string>;
  EXPECT_EQ(roll.members, (List{"a", "going", "kube-system", "nowhere", "taken"}));
  EXPECT_EQ(roll.configured_members, (List{"a"}));
  EXPECT_EQ(roll.pending_members, (List{"kube-system", "nowhere", "taken"}));
  EXPECT_EQ(roll.terminating_members, (List{"going"}));
  EXPECT_EQ(roll.annotations.at("configuredMemberCount"), "1/5");
  EXPECT_EQ(show(roll.conditions, "Ready"),
            "False ReconcileError: The following namespaces are not yet configured: [kube-system "
            "nowhere taken]");
  EXPECT_EQ(roll.mesh_reconciled_version, "2.5.1-3");
  auto member = [&](size_t i) { return show(roll.member_statuses.at(i).conditions, "Reconciled"); };
  EXPECT_EQ(member(0), "True : ");
  EXPECT_EQ(member(2).find("False Excluded: "), 0u);
  EXPECT_EQ(member(3), "False NamespaceNotExists: Namespace nowhere does not exist");
  EXPECT_EQ(member(4),
            "False ReferencesDifferentControlPlane: Namespace taken belongs to another "
            "ServiceMeshControlPlane");
  EXPECT_EQ(roll.member_statuses[4].holder, "other/o");  // for administrators
  for (const RollStatus& mine : statuses_of(*snapshot(text), {"cp/m"}).rolls) {
    for (const MemberSummary& each : mine.member_statuses) EXPECT_EQ(each.holder, "");
  }
}

TEST(RollStatus, Reasons) {
  struct Row {
    const char* rule;
    std::string text;
    const char* ready;
  };
  const Row rows[] = {
      {"all are configured", plane("cp") + ns("a") + roll("cp", "members: [a]"),
       "True Configured: All namespaces have been configured successfully"},
      {"nobody is named", plane("cp") + roll("cp", "members: []"),
       "True Configured: All namespaces have been configured successfully"},
      {"no control plane", ns("a") + roll("cp", "members: [a]"),
       "False ErrSMCPMissing: No ServiceMeshControlPlane exists in the namespace"},
      {"another name",
       plane("cp") +
           "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\nmetadata: {name: x, "
           "namespace: cp}\nspec: {members: []}\n",
       "False ErrInvalidName: the ServiceMeshMemberRoll name is invalid; must be \"default\""},
      {"two control planes: the oldest goes on",
       plane("cp") + plane("cp", "", "", kMinimal, "n") + roll("cp", "members: []"),
       "True Configured: All namespaces have been configured successfully"},
  };
  for (const Row& row : rows) {
    Statuses now = statuses(*snapshot(row.text));
    ASSERT_EQ(now.rolls.size(), 1u) << row.rule;
    EXPECT_EQ(show(now.rolls[0].conditions, "Ready"), row.ready) << row.rule;
  }
}

TEST(RollStatus, AddOnsThatCouldNotBeTold) {
  const std::string text =
      plane("cp", "", "", "version: v2.5") + ns("a") + roll("cp", "members: [a]");
  StatusOptions options;
  options.failures[{Kind::kKiali, "cp", "kiali"}] = "gone";
  EXPECT_EQ(show(statuses(*snapshot(text), options).rolls[0].conditions, "Ready"),
            "False ReconcileError: Kiali could not be configured: gone");
  options.failures = {{{Kind::kConfigMap, "cp", "prometheus"}, "gone"}};
  Statuses now = statuses(*snapshot(text), options);
  EXPECT_EQ(now.rolls[0].annotations.at("kialiName"), "kiali");
  EXPECT_EQ(now.rolls[0].annotations.at("PrometheusScrapingMemebers"), "a");
}

TEST(MemberStatus, Reasons) {
  struct Row {
    const char* rule;
    std::string text;
    const char* reconciled;
  };
  const Row rows[] = {
      {"configured", plane("cp", kDone) + ns("a") + member("a", "cp", "m"), "True : "},
      {"no control plane", ns("a") + member("a", "cp", "m"),
       "False ErrorControlPlaneMissing: the referenced ServiceMeshControlPlane object does not "
       "exist"},
      {"another name",
       plane("cp") + ns("a") +
           "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: x, "
           "namespace: a}\nspec: {controlPlaneRef: {namespace: cp, name: m}}\n",
       "False InvalidName: the ServiceMeshMember name is invalid; must be \"default\""},
      {"a namespace that is going",
       plane("cp") + member("a", "cp", "m") +
           "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, deletionTimestamp: "
           "\"2024-01-01T00:00:00Z\"}\n",
       "False ErrorConfiguringNamespace: namespace is terminating"},
  };
  for (const Row& row : rows) {
    Statuses now = statuses(*snapshot(row.text));
    ASSERT_EQ(now.members.size(), 1u) << row.rule;
    EXPECT_EQ(show(now.members[0].conditions, "Reconciled"), row.reconciled) << row.rule;
    EXPECT_EQ(show(now.members[0].conditions, "Ready"), row.reconciled) << row.rule;
  }
  StatusOptions options;
  options.failures[{Kind::kRoleBinding, "a", "x"}] = "forbidden";
  Statuses now = statuses(*snapshot(rows[0].text), options);
  EXPECT_EQ(show(now.members[0].conditions, "Ready"), "False ErrorConfiguringNamespace: forbidden");
  EXPECT_NE(events_of(now).find("Warning FailedReconcile: forbidden"), std::string::npos);
  EXPECT_EQ(now.rolls.at(0).pending_members, (std::vector<std::string>{"a"}));
}

// The first member of a mesh without a roll makes one, and says so once.
TEST(MemberStatus, TellsOfTheRollThatItMakes) {
  const std::string text =
      plane("cp", kDone) + ns("a") + ns("b") + member("a", "cp", "m") + member("b", "cp", "m");
  const std::string event = "Normal Reconciled: Successfully created ServiceMeshMemberRoll";
  const std::string said = events_of(statuses(*snapshot(text)));
  EXPECT_NE(said.find(event), std::string::npos) << said;
  EXPECT_EQ(said.find(event), said.rfind(event)) << said;
  EXPECT_EQ(events_of(statuses(*snapshot(text + roll("cp", "members: []")))).find(event),
            std::string::npos);
}

// Property: a status that is written and asked for again is the same, and says nothing new.
TEST(Statuses, AreAFixedPoint) {
  const std::vector<std::string> worlds = {
      plane("cp"), plane("cp") + workload("cp", "istio-discovery", true),
      plane("cp", "", "", "version: v9"),
      plane("cp", "", ", deletionTimestamp: \"2024-01-01T00:00:00Z\"")};
  for (const std::string& world : worlds) {
    index::Store store({"Kubernetes", "cluster.local", false, ""});
    store.apply(world + ns("a") + roll("cp", "members: [a, b]"), "");
    StatusOptions options;
    options.now = "2024-06-01T00:00:00Z";
    auto write = [&] {
      Statuses now = statuses(*store.snapshot(), options);
      std::string out;
      auto put = [&](const kube::ObjectKey& key, const document::Value& status) {
        kube::ObjectPtr object = store.snapshot()->find(key);
        if (object == nullptr) return;
        auto next = std::make_shared<kube::Object>(*object);
        next->document.set("status", status);
        store.apply(std::move(next));
      };
      for (const auto& each : now.control_planes) put(each.key, to_value(each));
      for (const auto& each : now.rolls) put(each.key, to_value(each));
      return now.events.size();
    };
    write();
    const uint64_t before = store.snapshot()->revision();
    options.now = "2024-07-01T00:00:00Z";
    EXPECT_EQ(write(), 0u) << world;
    EXPECT_EQ(store.snapshot()->revision(), before) << world;
  }
}

}  // namespace
}  // namespace mesh::tenancy
