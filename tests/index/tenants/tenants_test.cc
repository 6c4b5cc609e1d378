// Who owns which namespace: Maistra's rules as a table.
#include "libmesh/index/tenants/tenants.h"
#include "libmesh/base/codes.h"

#include <gtest/gtest.h>

#include "tests/index/support.h"

namespace mesh::index {
namespace {

using namespace mesh::testing;

// "a=cp1 b=-": the owner's control-plane namespace of each of these namespaces.
std::string owners(const SnapshotPtr& snapshot, const std::vector<std::string>& namespaces) {
  std::string out;
  for (const std::string& ns : namespaces) {
    const Tenant* tenant = snapshot->tenants().of_namespace(ns);
    out += (out.empty() ? "" : " ") + ns + "=" + (tenant == nullptr ? "-" : tenant->ns);
  }
  return out;
}

const Member* member_of(const SnapshotPtr& snapshot, const std::string& plane,
                        const std::string& ns) {
  for (const Tenant& tenant : snapshot->tenants().list) {
    if (tenant.ns != plane) continue;
    for (const Member& member : tenant.members) {
      if (member.ns == ns) return &member;
    }
  }
  return nullptr;
}

TEST(Tenants, WhoGetsTheNamespace) {
  const std::string two = control_plane("cp1", "m") + control_plane("cp2", "m") + ns("a", "t: x") +
                          ns("b") + ns("kube-x") + ns("openshift-y") + ns("ibm-z");
  struct Row {
    const char* rule;
    std::string text;
    const char* want;
  };
  const Row rows[] = {
      {"nothing claimed", "", "a=- b=-"},
      {"literal names", roll("cp1", "members: [a]") + roll("cp2", "members: [b]"), "a=cp1 b=cp2"},
      {"a wildcard takes all", roll("cp1", "members: [\"*\"]"), "a=cp1 b=cp1"},
      {"a wildcard beside others counts for nothing", roll("cp1", "members: [\"*\", a]"),
       "a=cp1 b=-"},
      {"a selector", roll("cp1", "memberSelectors: [{matchLabels: {t: x}}]"), "a=cp1 b=-"},
      {"an expression",
       roll("cp1",
            "memberSelectors: [{matchExpressions: [{key: t, operator: "
            "DoesNotExist}]}]"),
       "a=- b=cp1"},
      {"a missing label is no empty value",
       roll("cp1", "memberSelectors: [{matchLabels: {t: \"\"}}]"), "a=- b=-"},
      {"an unknown operator selects nothing",
       roll("cp1", "memberSelectors: [{matchExpressions: [{key: t, operator: Is}]}]"), "a=- b=-"},
      {"at the same time the first by name",
       roll("cp2", "members: [a]") + roll("cp1", "members: [a]"), "a=cp1 b=-"},
      {"the older roll",
       roll("cp1", "members: [a]", "2024-02-01T00:00:00Z") +
           roll("cp2", "members: [a]", "2024-01-01T00:00:00Z"),
       "a=cp2 b=-"},
      {"the namespace's own word beats a roll",
       roll("cp1", "members: [a]") + member("a", "cp2", "m"), "a=cp2 b=-"},
      {"a word for a control plane that is not there locks",
       roll("cp1", "members: [a]") + member("a", "cp9", "m"), "a=- b=-"},
  };
  for (const Row& row : rows) {
    Store store;
    store.apply(two + row.text, "");
    EXPECT_EQ(owners(store.snapshot(), {"a", "b"}), row.want) << row.rule;
  }
}

TEST(Tenants, TheClustersOwnNamespacesAreNeverMembers) {
  Store store;
  store.apply(control_plane("cp1", "m") + control_plane("cp2", "m") +
                  roll("cp1", "members: [kube-system, openshift-monitoring, cp2, cp1, a]") +
                  ns("kube-system") + ns("openshift-monitoring"),
              "");
  SnapshotPtr snapshot = store.snapshot();
  EXPECT_EQ(owners(snapshot, {"kube-system", "openshift-monitoring", "cp1", "cp2"}),
            "kube-system=- openshift-monitoring=- cp1=cp1 cp2=cp2");
  EXPECT_EQ(member_of(snapshot, "cp1", "kube-system")->reason, "Excluded");
  EXPECT_EQ(member_of(snapshot, "cp1", "cp2")->reason, "ControlPlaneNamespace");
  EXPECT_EQ(member_of(snapshot, "cp1", "cp1"), nullptr);
  EXPECT_EQ(member_of(snapshot, "cp1", "a")->state, MemberState::kPending);
}

TEST(Tenants, AnAdministratorKeepsNamespacesOut) {
  Store store;
  store.apply(control_plane("cp1", "m") + ns("a") + ns("team-b") + ns("team-c") +
                  roll("cp1", "members: [a, team-b]") + member("team-c", "cp1", "m"),
              "");
  EXPECT_EQ(owners(store.snapshot(), {"a", "team-b", "team-c"}), "a=cp1 team-b=cp1 team-c=cp1");
  store.apply(
      "apiVersion: mesh.libmesh.dev/v1alpha1\nkind: MeshOptions\nmetadata: {name: default, "
      "namespace: cp1}\nspec: {excludedNamespaces: [\"team-*\"]}\n",
      "");
  SnapshotPtr snapshot = store.snapshot();
  EXPECT_EQ(owners(snapshot, {"a", "team-b", "team-c"}), "a=cp1 team-b=- team-c=-");
  EXPECT_EQ(member_of(snapshot, "cp1", "team-b")->reason, "Excluded");
  store.apply(roll("cp1", "members: [\"*\"]"), "");
  EXPECT_EQ(member_of(store.snapshot(), "cp1", "team-b"), nullptr);  // "*" does not mean it
}

// Maistra 2.3 says it in the technology preview.
TEST(Tenants, ClusterScopedIsClusterWide) {
  Store store;
  store.apply(
      control_plane("cp1", "m", "version: v2.3, techPreview: {controlPlaneMode: ClusterScoped}") +
          ns("b"),
      "");
  EXPECT_EQ(owners(store.snapshot(), {"b"}), "b=cp1");
}

// What a decision reads beside the rolls; the property tests hold the general rules.
TEST(Tenants, WhoHasItKeepsIt) {
  const std::string both = control_plane("cp1", "m") + control_plane("cp2", "m") +
                           roll("cp1", "members: [a]", "2024-01-01T00:00:00Z") +
                           roll("cp2", "members: [a]", "2024-02-01T00:00:00Z");
  const std::string made =
      "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, "
      "namespace: a, annotations: {maistra.io/created-by: servicemeshmemberroll-controller}";
  const std::string of_cp2 = "}\nspec: {controlPlaneRef: {namespace: cp2, name: m}}\n";
  struct Row {
    const char* rule;
    std::string text;
    const char* want;
  };
  const Row rows[] = {
      {"no trace: the older roll", ns("a"), "a=cp1"},
      {"the label", ns("a", "maistra.io/member-of: cp2"), "a=cp2"},
      {"a label of nobody is no trace", ns("a", "maistra.io/member-of: cp9"), "a=cp1"},
      {"the roll's status",
       ns("a") + roll("cp2", "members: [a]", "2024-02-01T00:00:00Z") +
           "status: {configuredMembers: [a]}\n",
       "a=cp2"},
      {"the member that a roll made", ns("a") + made + of_cp2, "a=cp2"},
      {"the made member before the label", ns("a", "maistra.io/member-of: cp1") + made + of_cp2,
       "a=cp2"},
      {"a made member whose roll is done with the namespace",
       ns("a") + roll("cp2", "members: []") + made + of_cp2, "a=cp1"},
      {"the namespace's own word before any trace",
       ns("a", "maistra.io/member-of: cp1") + member("a", "cp2", "m"), "a=cp2"},
      {"a member that is being deleted is a trace only",
       ns("a") + roll("cp2", "members: []") +
           "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, "
           "namespace: a, deletionTimestamp: \"2024-03-01T00:00:00Z\"" +
           of_cp2,
       "a=cp1"},
      {"a namespace that is being deleted is nobody's",
       "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, deletionTimestamp: "
       "\"2024-03-01T00:00:00Z\"}\n",
       "a=-"},
  };
  for (const Row& row : rows) {
    Store store;
    store.apply(both, "");
    store.apply(row.text, "");
    EXPECT_EQ(owners(store.snapshot(), {"a"}), row.want) << row.rule;
  }
}

TEST(Tenants, ARefusalDoesNotSayWhoHasIt) {
  Store store;
  store.apply(control_plane("cp1", "m") + control_plane("cp2", "m") + ns("a") +
                  roll("cp1", "members: [a]") + roll("cp2", "members: [a]"),
              "rolls.yaml");
  SnapshotPtr snapshot = store.snapshot();
  const Member* refused = member_of(snapshot, "cp2", "a");
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->state, MemberState::kRefused);
  EXPECT_EQ(refused->message, "namespace \"a\" already belongs to another mesh");
  EXPECT_EQ(refused->holder.value, "cp1/m");  // for administrators
  ASSERT_EQ(snapshot->diagnostics().size(), 1u) << text_of(snapshot->diagnostics());
  EXPECT_EQ(snapshot->diagnostics()[0].code, Code::kMemberRefused);
  EXPECT_EQ(snapshot->diagnostics()[0].message.find("cp1"), std::string::npos);
  EXPECT_GT(snapshot->diagnostics()[0].line, 0u);
}

TEST(Tenants, MistakesAreTold) {
  struct Row {
    const char* rule;
    std::string text;
    Code code;
  };
  const Row rows[] = {
      {"a second control plane", control_plane("cp1", "other"), Code::kSecondControlPlane},
      {"a roll of another name",
       "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMemberRoll\nmetadata: {name: other, "
       "namespace: cp1}\nspec: {members: [a]}\n",
       Code::kReservedName},
      {"a roll without control plane", roll("b", "members: []"), Code::kNoControlPlane},
      {"listed twice", roll("cp1", "members: [a, a]"), Code::kMemberRollInvalid},
      {"both forms", roll("cp1", "members: [a], memberSelectors: [{matchLabels: {x: z}}]"),
       Code::kMemberRollInvalid},
      {"the own namespace", roll("cp1", "members: [cp1]"), Code::kMemberRollInvalid},
      {"an unknown operator",
       roll("cp1", "memberSelectors: [{matchExpressions: [{key: t, operator: Is}]}]"),
       Code::kWrongEnum},
      {"a member without a reference",
       "---\napiVersion: maistra.io/v1\nkind: ServiceMeshMember\nmetadata: {name: default, "
       "namespace: a}\nspec: {}\n",
       Code::kMissingField},
      {"a namespace that is not there", roll("cp1", "members: [nowhere]"), Code::kMemberPending},
  };
  for (const Row& row : rows) {
    Store store;
    store.apply(control_plane("cp1", "m") + ns("a") + ns("b"), "");
    store.apply(row.text, "x.yaml");
    const Diagnostics& found = store.snapshot()->diagnostics();
    ASSERT_EQ(found.size(), 1u) << row.rule << "\n" << text_of(found);
    EXPECT_EQ(found[0].code, row.code) << row.rule;
  }
}

TEST(Tenants, OneClusterWideMeshLooksAtEverything) {
  Store store;
  store.apply(control_plane("cp1", "m", "version: v2.5, mode: ClusterWide") +
                  ns("a", "istio-injection: enabled") + ns("b") + service("b", "s", "10.0.0.1"),
              "");
  SnapshotPtr snapshot = store.snapshot();
  EXPECT_EQ(owners(snapshot, {"a", "b"}), "a=cp1 b=cp1");
  EXPECT_EQ(snapshot->tenants().list[0].members.size(), 1u);  // only the selected one is a member
}

TEST(Tenants, AControlPlaneEndsTheImplicitMesh) {
  Store store;
  store.apply(service("a", "s", "10.0.0.1"), "");
  EXPECT_TRUE(store.snapshot()->tenants().list[0].implicit);
  store.apply(control_plane("cp", "m"), "");
  EXPECT_EQ(owners(store.snapshot(), {"a"}), "a=-");
  store.erase({kube::Kind::kServiceMeshControlPlane, "cp", "m"});
  EXPECT_TRUE(store.snapshot()->tenants().list[0].implicit);
}

}  // namespace
}  // namespace mesh::index
