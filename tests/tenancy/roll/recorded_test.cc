// Recorded answers of the operator's own IsMember, compared with ours.
//
// The recordings (members.yaml) are not part of the project; without them the test is skipped.
// The one deliberate difference (docs/tenancy-differences.md): selectors are Kubernetes'. A row may
// differ from ours only for namespaces about which Maistra's own evaluation, written down here,
// gives what was recorded and Kubernetes' gives something else.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "libmesh/document/read.h"
#include "libmesh/index/tenants/membership.h"
#include "libmesh/kube/reader.h"
#include "libmesh/schema/kubernetes.h"
#include "tests/support/paths.h"

namespace mesh::index {
namespace {

using document::Value;

std::string recordings() {
  const char* folder = std::getenv("MESH_MAISTRA_DATA");
  const std::string path =
      folder != nullptr ? folder : testing::source_path("../shared/data/maistra");
  std::ifstream file(std::filesystem::path(path) / "members.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The namespaces of every row stand in the comment at the head of the file.
std::map<std::string, Labels> namespaces_of(const std::string& text) {
  std::map<std::string, Labels> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
    size_t at = line.find('{');
    if (at == std::string::npos) continue;
    Diagnostics wrong;
    auto read = document::read_any(line.substr(at), "head", wrong);
    if (read.size() != 1) continue;
    Labels& labels = out[std::string(read[0].root.string_at("name"))];
    const Value* given = read[0].root.find("labels");
    if (given == nullptr || !given->is_map()) continue;
    for (const document::Member& label : *given->if_map())
      labels[label.key] = *label.value.if_string();
  }
  return out;
}

kube::ObjectPtr roll_of(const Value& spec) {
  Value object;
  object.set("apiVersion", Value("maistra.io/v1"));
  object.set("kind", Value("ServiceMeshMemberRoll"));
  Value metadata;
  metadata.set("name", Value("default"));
  metadata.set("namespace", Value("istio-system"));
  object.set("metadata", metadata);
  object.set("spec", spec);
  Diagnostics wrong;
  auto read = kube::read_documents_objects(document::Document{object, "case"}, wrong);
  return read.empty() ? nullptr : read[0].object;
}

// As Maistra evaluates selectors: a missing label is an empty text, an unknown operator nothing.
bool maistra_matches(const k8s::LabelSelector& selector, const Labels& labels) {
  auto value = [&](const std::string& key) {
    auto found = labels.find(key);
    return found == labels.end() ? std::string() : found->second;
  };
  for (const auto& [key, wanted] : selector.match_labels) {
    if (value(key) != wanted) return false;
  }
  for (const auto& each : selector.match_expressions) {
    const bool listed =
        std::find(each.values.begin(), each.values.end(), value(each.key)) != each.values.end();
    const bool there = labels.contains(each.key);
    if (each.operator_ == "In" && !listed) return false;
    if (each.operator_ == "NotIn" && listed) return false;
    if (each.operator_ == "Exists" && !there) return false;
    if (each.operator_ == "DoesNotExist" && there) return false;
  }
  return true;
}

bool maistra_is_member(const maistra::MemberRollSpec& spec, const std::string& ns,
                       const Labels& labels) {
  if (is_excluded("istio-system", ns)) return false;
  if (is_wildcard(spec)) return true;
  if (std::find(spec.members.begin(), spec.members.end(), ns) != spec.members.end()) return true;
  return std::any_of(spec.member_selectors.begin(), spec.member_selectors.end(),
                     [&](const auto& selector) { return maistra_matches(selector, labels); });
}

TEST(RecordedMembership, AsMaistraOrAsKubernetesSelects) {
  const std::string text = recordings();
  if (text.empty()) GTEST_SKIP() << "no recordings (MESH_MAISTRA_DATA)";
  const std::map<std::string, Labels> namespaces = namespaces_of(text);
  ASSERT_GE(namespaces.size(), 10u);
  Diagnostics wrong;
  auto read = document::read_any(text, "members.yaml", wrong);
  ASSERT_EQ(read.size(), 1u);
  size_t rows = 0, same = 0, deliberate = 0;
  for (const Value& row : *read[0].root.if_list()) {
    ++rows;
    const std::string name(row.string_at("name"));
    kube::ObjectPtr roll = roll_of(*row.find("smmr_spec"));
    ASSERT_NE(roll, nullptr) << name;
    const auto& spec = roll->as<maistra::MemberRollSpec>();
    EXPECT_EQ(matches_dynamically(spec), *row.find("dynamic")->if_bool()) << name;
    bool differs = false;
    for (const char* list : {"members", "not_members"}) {
      const bool recorded = list == std::string_view("members");
      for (const Value& each : *row.find(list)->if_list()) {
        const std::string& ns = *each.if_string();
        ASSERT_TRUE(namespaces.contains(ns)) << name << " " << ns;
        const Labels& labels = namespaces.at(ns);
        if (is_member(spec, "istio-system", ns, labels) == recorded) continue;
        differs = true;
        EXPECT_EQ(maistra_is_member(spec, ns, labels), recorded)
            << name << ": " << ns << " differs for no known reason";
      }
    }
    (differs ? deliberate : same) += 1;
    if (differs) std::cout << name << ": a deliberate difference (Kubernetes' selectors)\n";
  }
  std::cout << same << " of " << rows << " as recorded, " << deliberate
            << " deliberately otherwise\n";
  EXPECT_EQ(same + deliberate, rows);
}

// What the differences are, by name: Kubernetes' answer to each kind of selector.
TEST(Membership, SelectorsAreKubernetes) {
  struct Row {
    const char* rule;
    const char* selector;
    Labels labels;
    bool want;
  };
  const Row rows[] = {
      {"a missing label is no empty text", "matchLabels: {mesh: \"\"}", {}, false},
      {"an empty text is", "matchLabels: {mesh: \"\"}", {{"mesh", ""}}, true},
      {"In does not take a missing label",
       "matchExpressions: [{key: mesh, operator: In, values: [\"\"]}]",
       {},
       false},
      {"NotIn does, also when the empty text is listed",
       "matchExpressions: [{key: mesh, operator: NotIn, values: [\"\"]}]",
       {},
       true},
      {"an unknown operator selects nothing",
       "matchExpressions: [{key: mesh, operator: in, values: [\"on\"]}]",
       {{"mesh", "on"}},
       false},
      {"In without values selects nothing",
       "matchExpressions: [{key: mesh, operator: In, values: []}]",
       {{"mesh", "on"}},
       false},
      {"NotIn without values neither",
       "matchExpressions: [{key: mesh, operator: NotIn, values: []}]",
       {{"mesh", "on"}},
       false},
      {"Exists takes no values",
       "matchExpressions: [{key: mesh, operator: Exists, values: [\"on\"]}]",
       {{"mesh", "on"}},
       false},
      {"a value that no label can have makes the selector void",
       "matchExpressions: [{key: mesh, operator: NotIn, values: [\"a b\"]}]",
       {{"mesh", "on"}},
       false},
      {"the empty selector takes all", "matchLabels: {}", {}, true},
  };
  for (const Row& row : rows) {
    Diagnostics wrong;
    auto read =
        document::read_any("memberSelectors: [{" + std::string(row.selector) + "}]", "", wrong);
    kube::ObjectPtr roll = roll_of(read.at(0).root);
    ASSERT_NE(roll, nullptr) << row.rule;
    EXPECT_EQ(is_member(roll->as<maistra::MemberRollSpec>(), "istio-system", "a", row.labels),
              row.want)
        << row.rule;
  }
}

}  // namespace
}  // namespace mesh::index
