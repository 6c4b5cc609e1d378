// Reading documents into objects: kinds, names, lists, and what is said of mistakes.
#include "libmesh/kube/reader.h"
#include "libmesh/base/codes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libmesh/document/read.h"
#include "libmesh/kube/kinds.h"
#include "libmesh/kube/typed.h"
#include "libmesh/schema/istio.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/maistra.h"

namespace mesh::kube {
namespace {

struct Read {
  std::vector<ObjectPtr> objects;
  Diagnostics diagnostics;
};

Read read(std::string_view text) {
  Read out;
  for (document::Document& document : document::read_any(text, "f.yaml", out.diagnostics)) {
    for (ObjectPtr& object : read_objects(std::move(document), out.diagnostics)) {
      out.objects.push_back(std::move(object));
    }
  }
  return out;
}

TEST(Kinds, TheTableIsInTheOrderOfTheEnum) {
  std::set<std::string_view> names;
  for (const KindInfo& info : kinds()) {
    EXPECT_EQ(&kind_info(info.kind), &info) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(kind_by_name(info.name), info.kind);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kKindCount));
}

TEST(Reader, EveryKindInEveryVersion) {
  for (const KindInfo& info : kinds()) {
    for (std::string_view version : info.versions) {
      std::string api(info.group);
      api += (api.empty() ? "" : "/") + std::string(version);
      Read got = read("apiVersion: " + api + "\nkind: " + std::string(info.name) +
                      "\nmetadata: {name: x}\n");
      ASSERT_EQ(got.objects.size(), 1u) << api << " " << info.name;
      EXPECT_TRUE(got.diagnostics.empty()) << to_string(got.diagnostics[0]);
      EXPECT_EQ(got.objects[0]->key.kind, info.kind);
      EXPECT_EQ(got.objects[0]->key.ns, info.cluster_scoped ? "" : "default");
      EXPECT_EQ(got.objects[0]->typed != nullptr, has_typed_form(info.kind)) << info.name;
    }
  }
}

TEST(Reader, MetadataIsTakenOver) {
  Read got = read(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: a\n  uid: u\n"
      "  creationTimestamp: \"2024-01-01T00:00:00Z\"\n  labels: {l: \"1\"}\n  annotations: {x: "
      "\"2\"}\n"
      "spec: {nodeName: node}\n");
  ASSERT_EQ(got.objects.size(), 1u);
  const Object& pod = *got.objects[0];
  EXPECT_EQ(to_string(pod.key), "Pod a/p");
  EXPECT_EQ(pod.labels.at("l"), "1");
  EXPECT_EQ(pod.annotations.at("x"), "2");
  EXPECT_EQ(pod.uid, "u");
  EXPECT_EQ(pod.creation_time, 1704067200);
  EXPECT_EQ(pod.as<k8s::Pod>().spec.node_name, "node");
  EXPECT_EQ(pod.file, "f.yaml");
  EXPECT_EQ(read("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n").objects[0]->creation_time,
            kDefaultCreationTime);
}

TEST(Reader, WhatIsSaidOfMistakes) {
  struct Row {
    const char* rule;
    const char* text;
    size_t objects;
    Severity severity;
    Code code;
    const char* field;
  };
  const Row rows[] = {
      {"no name", "apiVersion: v1\nkind: Pod\nmetadata: {}\n", 0, Severity::kError,
       Code::kMissingField, "metadata.name"},
      {"no metadata", "apiVersion: v1\nkind: Pod\n", 0, Severity::kError, Code::kMissingField,
       "metadata.name"},
      {"a name that is none", "apiVersion: v1\nkind: Pod\nmetadata: {name: A_b}\n", 0,
       Severity::kError, Code::kBadFormat, "metadata.name"},
      {"a name of a number", "apiVersion: v1\nkind: Pod\nmetadata: {name: 7}\n", 0,
       Severity::kError, Code::kWrongType, "metadata.name"},
      {"a namespace that is none",
       "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b.c}\n", 0, Severity::kError,
       Code::kBadFormat, "metadata.namespace"},
      {"a label that is no text",
       "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {b: 1}}\n", 1, Severity::kError,
       Code::kWrongType, "metadata.labels.b"},
      {"unknown field of a spec",
       "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\nspec: {servrs: "
       "[]}\n",
       1, Severity::kError, Code::kUnknownField, "spec.servrs"},
      {"unknown field beside the spec",
       "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\nservers: []\n", 1,
       Severity::kError, Code::kUnknownField, "servers"},
      {"unknown field of a Kubernetes object may be newer than us",
       "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {novelty: 1}\n", 1,
       Severity::kWarning, Code::kUnknownField, "spec.novelty"},
      {"a kind nobody knows", "apiVersion: x.io/v1\nkind: Thing\nmetadata: {name: a}\n", 0,
       Severity::kWarning, Code::kUnknownKind, "kind"},
      {"a kind that never concerns a mesh",
       "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n", 0,
       Severity::kInfo, Code::kUnknownKind, "kind"},
      {"Kubernetes' own Gateway",
       "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a}\n", 0,
       Severity::kInfo, Code::kUnknownKind, "kind"},
      {"a version that is not there",
       "apiVersion: networking.istio.io/v2\nkind: Gateway\nmetadata: {name: a}\n", 0,
       Severity::kError, Code::kUnknownKind, "apiVersion"},
      {"no apiVersion", "kind: Pod\nmetadata: {name: a}\n", 0, Severity::kError, Code::kNotAnObject,
       "apiVersion"},
      {"no kind", "apiVersion: v1\nmetadata: {name: a}\n", 0, Severity::kError, Code::kNotAnObject,
       "kind"},
      {"no object", "[1, 2]\n", 0, Severity::kError, Code::kNotAnObject, "kind"},
      {"neither object nor MeshConfig", "image: x\n", 0, Severity::kWarning, Code::kNotAnObject,
       "kind"},
      {"a MeshConfig with a mistake", "accessLogFile: x\noops: 1\n", 1, Severity::kError,
       Code::kUnknownField, "oops"},
      {"items that are no list", "apiVersion: v1\nkind: List\nitems: 3\n", 0, Severity::kError,
       Code::kWrongType, "items"},
  };
  for (const Row& row : rows) {
    Read got = read(row.text);
    EXPECT_EQ(got.objects.size(), row.objects) << row.rule;
    ASSERT_EQ(got.diagnostics.size(), 1u) << row.rule;
    const Diagnostic& d = got.diagnostics[0];
    EXPECT_EQ(d.code, row.code) << row.rule << ": " << to_string(d);
    EXPECT_EQ(d.severity, row.severity) << row.rule;
    EXPECT_EQ(d.field, row.field) << row.rule;
    EXPECT_EQ(d.file, "f.yaml") << row.rule;
    EXPECT_GT(d.line, 0u) << row.rule;
  }
}

TEST(Reader, AllMistakesOfADocumentAreTold) {
  Read got = read(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: "
      "a}\n"
      "spec:\n  hosts: x\n  http:\n  - rout: []\n    timeout: soon\n");
  ASSERT_EQ(got.objects.size(), 1u);
  std::set<std::string> fields;
  for (const Diagnostic& d : got.diagnostics) {
    fields.insert(d.field);
    EXPECT_EQ(d.object, "VirtualService a/v");
  }
  EXPECT_EQ(fields,
            (std::set<std::string>{"spec.hosts", "spec.http[0].rout", "spec.http[0].timeout"}));
}

TEST(Reader, Lists) {
  Read got = read(
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n"
      "- apiVersion: v1\n  kind: ServiceList\n  items:\n  - metadata: {name: b}\n  - metadata: "
      "{name: "
      "c}\n");
  ASSERT_EQ(got.objects.size(), 3u);
  EXPECT_TRUE(got.diagnostics.empty());
  EXPECT_EQ(to_string(got.objects[2]->key), "Service default/c");
}

// Every cluster has "system:node"; a Pod cannot be called so.
TEST(Reader, NamesOfRbacAreSegmentsOfAPath) {
  struct Row {
    const char* kind;
    const char* name;
    bool good;
  };
  const Row rows[] = {{"ClusterRole", "system:node", true},
                      {"ClusterRoleBinding", "a B", true},
                      {"Role", "system::leader", true},
                      {"RoleBinding", "Upper", true},
                      {"Role", "a/b", false},
                      {"ClusterRole", "a%2f", false},
                      {"RoleBinding", "..", false}};
  for (const Row& row : rows) {
    Read got = read("apiVersion: rbac.authorization.k8s.io/v1\nkind: " + std::string(row.kind) +
                    "\nmetadata: {name: \"" + row.name + "\"}\n");
    EXPECT_EQ(got.diagnostics.empty(), row.good) << row.kind << " " << row.name;
  }
  EXPECT_EQ(read("apiVersion: v1\nkind: Pod\nmetadata: {name: \"a:b\"}\n").diagnostics.size(), 1u);
}

TEST(Reader, TheOldControlPlaneIsReadForItsVersion) {
  Read got = read(
      "apiVersion: maistra.io/v1\nkind: ServiceMeshControlPlane\nmetadata: {name: m}\n"
      "spec: {version: v1.1, istio: {global: {x: 1}}}\n");
  ASSERT_EQ(got.objects.size(), 1u);
  EXPECT_TRUE(got.diagnostics.empty());
  EXPECT_EQ(got.objects[0]->as<maistra::ControlPlaneSpec>().version, "v1.1");
}

TEST(Reader, MadeUpObjectsAreMarked) {
  document::Value value{document::Map{}};
  value.set("metadata", document::Value(document::Map{})).set("name", document::Value("x"));
  Diagnostics none;
  ObjectPtr made = make_object(Kind::kPeerAuthentication, std::move(value), none);
  ASSERT_NE(made, nullptr);
  EXPECT_TRUE(made->synthesized);
  EXPECT_EQ(made->api_version, "security.istio.io/v1");
}

}  // namespace
}  // namespace mesh::kube
