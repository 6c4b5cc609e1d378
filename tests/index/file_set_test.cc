// Files as the only source of their objects.
#include "libmesh/index/file_set.h"
#include "libmesh/base/codes.h"
#include "libmesh/schema/istio.h"
#include "libmesh/schema/kubernetes.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::index {
namespace {

using kube::Kind;
using kube::ObjectKey;

std::string service(const std::string& name, int port) {
  return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name +
         ", namespace: shop}\nspec: {ports: [{port: " + std::to_string(port) + "}]}\n---\n";
}

ObjectKey key(const std::string& name) { return {Kind::kService, "shop", name}; }

// The file that the store's object came from, or "" when there is none.
std::string source(Store& store, const std::string& name) {
  auto object = store.snapshot()->find(key(name));
  return object == nullptr ? "" : object->file;
}

bool says(const Diagnostics& diagnostics, Code code) {
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.code == code) return true;
  }
  return false;
}

TEST(FileSet, WhatATextNoLongerBringsGoes) {
  Store store;
  FileSet files(store);
  EXPECT_TRUE(files.replace("a.yaml", service("one", 80) + service("two", 80)).empty());
  files.replace("a.yaml", service("two", 81));
  EXPECT_EQ(source(store, "one"), "");
  EXPECT_EQ(source(store, "two"), "a.yaml");
  files.replace("a.yaml", "");
  EXPECT_EQ(source(store, "two"), "");
}

std::string policy(const std::string& version, const std::string& spec) {
  return "apiVersion: security.istio.io/" + version +
         "\nkind: AuthorizationPolicy\nmetadata: {name: admin, namespace: shop}\nspec: {" + spec +
         "}\n---\n";
}

const security::AuthorizationPolicy* policy_of(Store& store) {
  const auto object =
      store.snapshot()->find(ObjectKey{Kind::kAuthorizationPolicy, "shop", "admin"});
  return object == nullptr ? nullptr : &object->as<security::AuthorizationPolicy>();
}

// Half of a DENY is an ALLOW: as an API server would, the update is refused.
TEST(FileSet, AnObjectWithErrorsGivesWayToItsLastGoodVersion) {
  for (const std::string& bad :
       {policy("v1", "action: DENNY"), policy("v1", "acton: DENY"), policy("v9", "action: DENY")}) {
    Store store;
    FileSet files(store);
    files.replace("a.yaml", policy("v1", "action: DENY") + service("one", 80));
    const Diagnostics said = files.replace("a.yaml", bad + service("one", 81));
    EXPECT_FALSE(said.empty()) << bad;
    ASSERT_NE(policy_of(store), nullptr) << bad;
    EXPECT_EQ(policy_of(store)->action, security::AuthorizationPolicy_Action::DENY) << bad;
    EXPECT_FALSE(store.snapshot()->diagnostics().empty()) << bad;
    // The rest of the text counts.
    EXPECT_EQ(store.snapshot()->find(key("one"))->as<k8s::Service>().spec.ports.at(0).port, 81);
    // Still good after a second mistake; mended, the new one counts; taken away, it goes.
    files.replace("a.yaml", bad);
    EXPECT_EQ(policy_of(store)->action, security::AuthorizationPolicy_Action::DENY) << bad;
    EXPECT_TRUE(files.replace("a.yaml", policy("v1", "action: AUDIT")).empty());
    EXPECT_EQ(policy_of(store)->action, security::AuthorizationPolicy_Action::AUDIT);
    EXPECT_TRUE(store.snapshot()->diagnostics().empty());
    files.replace("a.yaml", service("one", 81));
    EXPECT_EQ(policy_of(store), nullptr);
  }
}

// With nothing to fall back to it is taken as far as it can be read, as everywhere.
TEST(FileSet, AnObjectThatWasNeverGoodCounts) {
  Store store;
  FileSet files(store);
  files.replace("a.yaml", policy("v1", "acton: DENY"));
  EXPECT_NE(policy_of(store), nullptr);
  files.replace("a.yaml", policy("v1", "action: DENNY"));
  EXPECT_NE(policy_of(store), nullptr);
}

TEST(FileSet, ABrokenTextChangesNothingButTheDiagnostics) {
  Store store;
  FileSet files(store);
  files.replace("a.yaml", service("one", 80) + service("two", 80));
  const SnapshotPtr before = store.snapshot();
  const Diagnostics said = files.replace("a.yaml", service("one", 81) + "kind: [\n");
  EXPECT_TRUE(says(said, Code::kSyntax));
  const SnapshotPtr after = store.snapshot();
  EXPECT_TRUE(after->changed().empty());
  EXPECT_TRUE(says(after->diagnostics(), Code::kSyntax));
  EXPECT_EQ(after->find(key("one")), before->find(key("one")));
  files.replace("a.yaml", service("one", 80));
  EXPECT_TRUE(store.snapshot()->diagnostics().empty());
  EXPECT_EQ(source(store, "two"), "");
}

// Property: the content depends on the files, not on the order of edits.
TEST(FileSet, TheLastFileInOrderOfNamesHasTheObject) {
  Store store;
  FileSet files(store);
  files.replace("b.yaml", service("one", 82));
  files.replace("a.yaml", service("one", 81));
  EXPECT_EQ(source(store, "one"), "b.yaml");
  EXPECT_TRUE(says(store.snapshot()->diagnostics(), Code::kDuplicateObject));
  files.replace("b.yaml", "");
  EXPECT_EQ(source(store, "one"), "a.yaml");
  EXPECT_TRUE(store.snapshot()->diagnostics().empty());
}

TEST(FileSet, TwiceInOneTextIsToldAndTheLastCounts) {
  Store store;
  FileSet files(store);
  EXPECT_TRUE(says(files.replace("a.yaml", service("one", 80) + service("one", 81)),
                   Code::kDuplicateObject));
  auto object = store.snapshot()->find(key("one"));
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(*object->document.find("spec")->find("ports")->if_list()->at(0).find("port")->if_int(),
            81);
}

}  // namespace
}  // namespace mesh::index
