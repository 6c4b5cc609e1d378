// MeshOptions and MemberOptions: what they mean together, and every mistake in them.
#include "libmesh/tenancy/beyond/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libmesh/index/tenants/exclusions.h"
#include "tests/index/support.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using own::ExposeRoute;
using own::MutualTls;

std::string options(const std::string& kind, const std::string& ns, const std::string& spec,
                    const std::string& name = "default") {
  return "---\napiVersion: mesh.libmesh.dev/v1alpha1\nkind: " + kind +
         "\nmetadata: {name: " + name + ", namespace: " + ns + "}\nspec: {" + spec + "}\n";
}

index::SnapshotPtr snapshot(const std::string& mesh, const std::string& member) {
  index::Store store;
  store.apply(control_plane("cp", "basic") + ns("cp") + ns("shop") + roll("cp", "members: [shop]") +
                  (mesh.empty() ? "" : options("MeshOptions", "cp", mesh)) +
                  (member.empty() ? "" : options("MemberOptions", "shop", member)),
              "o.yaml");
  return store.snapshot();
}

struct Row {
  const char* name;
  const char* mesh;
  const char* member;
  ExposeRoute mode;
  size_t ports;
  bool manage;
  std::optional<MutualTls> mutual_tls;
  size_t refused;
};

TEST(Options, MeshAndMemberTogether) {
  const Row rows[] = {
      {"nothing said: as Maistra does", "", "", ExposeRoute::Labelled, 0, true, {}, 0},
      {"the mesh speaks for its members",
       "networkPolicy: {exposeRoute: Always, exposePorts: [80]}",
       "",
       ExposeRoute::Always,
       1,
       true,
       {},
       0},
      {"the member goes before the mesh",
       "networkPolicy: {exposeRoute: Never}",
       "networkPolicy: {exposeRoute: Always, exposePorts: [http, 8443]}",
       ExposeRoute::Always,
       2,
       true,
       {},
       0},
      {"a member may narrow the ports alone",
       "networkPolicy: {exposeRoute: Always}",
       "networkPolicy: {exposePorts: [https]}",
       ExposeRoute::Always,
       1,
       true,
       {},
       0},
      {"policies of its own",
       "",
       "manageNetworkPolicy: false",
       ExposeRoute::Labelled,
       0,
       false,
       {},
       0},
      {"mutual TLS of one namespace", "", "mutualTLS: Strict", ExposeRoute::Labelled, 0, true,
       MutualTls::Strict, 0},
      {"what the mesh says already is no difference",
       "mutualTLS: Strict",
       "mutualTLS: Strict",
       ExposeRoute::Labelled,
       0,
       true,
       {},
       0},
      {"the preset keeps the router out",
       "preset: SecureByDefault",
       "",
       ExposeRoute::Never,
       0,
       true,
       {},
       0},
      {"the preset lets no member open anything",
       "preset: SecureByDefault",
       "manageNetworkPolicy: false, networkPolicy: {exposeRoute: Labelled}, mutualTLS: Permissive",
       ExposeRoute::Never,
       0,
       true,
       {},
       3},
      {"an explicit field goes before the preset",
       "preset: SecureByDefault, memberOverrides: Any, networkPolicy: {exposeRoute: Labelled}",
       "manageNetworkPolicy: false",
       ExposeRoute::Labelled,
       0,
       false,
       {},
       0},
      {"stricter members are let through",
       "memberOverrides: Stricter, networkPolicy: {exposeRoute: Always, exposePorts: [80, 443]}",
       "networkPolicy: {exposeRoute: Labelled, exposePorts: [443]}",
       ExposeRoute::Labelled,
       1,
       true,
       {},
       0},
      {"other ports are not stricter",
       "memberOverrides: Stricter, networkPolicy: {exposeRoute: Always, exposePorts: [80, 443]}",
       "networkPolicy: {exposePorts: [8080]}",
       ExposeRoute::Always,
       2,
       true,
       {},
       1},
      {"no member chooses",
       "memberOverrides: None",
       "networkPolicy: {exposeRoute: Never}",
       ExposeRoute::Labelled,
       0,
       true,
       {},
       1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    index::SnapshotPtr now = snapshot(row.mesh, row.member);
    EXPECT_EQ(text_of(now->diagnostics()), "");
    MemberOptions got = member_options(*now, "shop");
    EXPECT_EQ(got.expose_route.mode, row.mode);
    EXPECT_EQ(got.expose_route.ports.size(), row.ports);
    EXPECT_EQ(got.manage_network_policy, row.manage);
    EXPECT_EQ(got.mutual_tls, row.mutual_tls);
    EXPECT_EQ(got.refused.size(), row.refused);
    EXPECT_EQ(check_options(*now).size(), row.refused);
  }
}

TEST(Options, PresetAsksForMutualTls) {
  index::SnapshotPtr now = snapshot("preset: SecureByDefault", "");
  MeshOptions got = mesh_options(*now, now->tenants().list.front());
  EXPECT_EQ(got.mutual_tls, MutualTls::Strict);
  ASSERT_NE(got.mutual_tls_because, nullptr);
  EXPECT_EQ(got.mutual_tls_because->field, "spec.preset");
}

TEST(Options, StrictReading) {
  index::SnapshotPtr now = snapshot("networkPolicy: {exposeRoute: Sometimes}, exposeRoutes: Never",
                                    "manageNetworkPolicy: \"no\"");
  std::string text = text_of(now->diagnostics());
  EXPECT_NE(text.find("error[wrong-enum] MeshOptions cp/default: spec.networkPolicy.exposeRoute"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("error[unknown-field] MeshOptions cp/default: spec.exposeRoutes"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("error[wrong-type] MemberOptions shop/default: spec.manageNetworkPolicy"),
            std::string::npos)
      << text;
}

TEST(Options, EveryMistakeIsTold) {
  index::Store store;
  store.apply(
      control_plane("cp", "basic") + ns("cp") + ns("shop") + ns("alone") +
          roll("cp", "members: [shop]") + options("MeshOptions", "cp", "", "other") +
          options("MeshOptions", "shop", "") +
          options("MeshOptions", "cp",
                  "excludedNamespaces: [team-a, tmp-*, '*', 'a*b', UP], networkPolicy: "
                  "{exposeRoute: Never, exposePorts: [0, 70000, https, Bad_Name, 'a--b']}") +
          options("MemberOptions", "cp", "") + options("MemberOptions", "alone", ""),
      "o.yaml");
  std::vector<std::string> got;
  for (const Diagnostic& d : check_options(*store.snapshot())) {
    got.push_back(std::string(code_text(d.code)) + " " + d.object + " " + d.field);
    EXPECT_GT(d.line, 0u) << to_string(d);
  }
  EXPECT_THAT(got, ::testing::UnorderedElementsAre(
                       "reserved-name MeshOptions cp/other metadata.name",
                       "no-control-plane MeshOptions shop/default metadata.namespace",
                       "bad-format MeshOptions cp/default spec.excludedNamespaces[2]",
                       "bad-format MeshOptions cp/default spec.excludedNamespaces[3]",
                       "bad-format MeshOptions cp/default spec.excludedNamespaces[4]",
                       "out-of-range MeshOptions cp/default spec.networkPolicy.exposePorts[0]",
                       "out-of-range MeshOptions cp/default spec.networkPolicy.exposePorts[1]",
                       "bad-format MeshOptions cp/default spec.networkPolicy.exposePorts[3]",
                       "bad-format MeshOptions cp/default spec.networkPolicy.exposePorts[4]",
                       "options-ignored MeshOptions cp/default spec.networkPolicy.exposePorts",
                       "options-ignored MemberOptions cp/default metadata.namespace",
                       "options-ignored MemberOptions alone/default metadata.namespace"));
}

TEST(Options, Exclusions) {
  index::SnapshotPtr now = snapshot("excludedNamespaces: [team-a, tmp-*]", "");
  MeshOptions got = mesh_options(*now, now->tenants().list.front());
  EXPECT_TRUE(is_excluded(got, "team-a"));
  EXPECT_TRUE(is_excluded(got, "tmp-1"));
  EXPECT_FALSE(is_excluded(got, "team-ab"));
  EXPECT_FALSE(is_excluded(got, "tmp"));
  EXPECT_EQ(index::excluded_namespaces(now->objects(kube::Kind::kMeshOptions), "cp").size(), 2u);
  EXPECT_TRUE(index::excluded_namespaces(now->objects(kube::Kind::kMeshOptions), "shop").empty());
}

}  // namespace
}  // namespace mesh::tenancy
