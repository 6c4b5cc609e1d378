// An AdmissionReview through the C function: questions, answers, and what is not understood.
#include "tests/capi/support.h"

namespace mesh::testing {
namespace {

using meshpp::Error;
using meshpp::Snapshot;
using meshpp::Store;

constexpr std::string_view kReview = R"({
  "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
  "request": {"uid": "r1", "operation": "CREATE", "namespace": "mesh", "name": "default",
    "kind": {"group": "maistra.io", "version": "v1", "kind": "ServiceMeshMemberRoll"},
    "userInfo": {"username": "alice", "groups": ["dev"]},
    "object": {"apiVersion": "maistra.io/v1", "kind": "ServiceMeshMemberRoll",
      "metadata": {"name": "default", "namespace": "mesh"}, "spec": {"members": ["shop"]}}}})";

std::string judged(const Snapshot& now, std::string_view answers, std::string_view options = "") {
  return std::string(now.admission_review(kReview, answers, options).text());
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Admission, QuestionsAreAnsweredAndLeadToAReview) {
  Store store;
  store.apply(kShop);
  const Snapshot now = store.snapshot();
  const std::string open = judged(now, "");
  EXPECT_TRUE(has(open, R"("outcome":"needsAnswers")")) << open;
  EXPECT_TRUE(has(open, R"({"user":"alice","uid":"","groups":["dev"],"extra":{},"verb":"update",)"
                        R"("group":"","resource":"pods","namespace":"shop","name":""})"))
      << open;
  const std::string allowed =
      judged(now, "answers: [{verb: update, resource: pods, allowed: true}]");
  EXPECT_EQ(allowed, R"({"outcome":"allowed","review":{"apiVersion":"admission.k8s.io/v1",)"
                     R"("kind":"AdmissionReview","response":{"uid":"r1","allowed":true,)"
                     R"("status":{"code":200}}}})");
  const std::string denied = judged(
      now,
      R"({"answers": [{"verb": "update", "resource": "pods", "allowed": true, "denied": true},
          {"verb": "update", "resource": "pods", "namespace": "shop", "allowed": false}]})");
  EXPECT_TRUE(has(denied, "user 'alice' does not have permission to access namespace(s): [shop]"))
      << denied;
  EXPECT_TRUE(has(judged(now, "answers: [{verb: update, resource: pods, error: down}]"),
                  R"("status":{"code":500,"message":"down"})"));
}

TEST(Admission, OptionsChooseTheHook) {
  Store store;
  const Snapshot now = store.snapshot();
  EXPECT_TRUE(has(judged(now, "", R"({"hook": "mutating"})"), R"("allowed":true)"));
  EXPECT_TRUE(has(judged(now, "", R"({"watchedNamespaces": ["a"]})"), R"("allowed":true)"));
  EXPECT_TRUE(has(judged(now, "", R"({"operatorNamespace": "mesh"})"), "as the operator"));
}

TEST(Admission, WhatIsNotUnderstoodIsRefused) {
  Store store;
  const Snapshot now = store.snapshot();
  const auto code = [&](std::string_view review, std::string_view answers,
                        std::string_view options) {
    mesh_buffer* out = nullptr;
    return code_of(
        mesh_admission_review(now.get(), view(review), view(answers), view(options), &out));
  };
  EXPECT_EQ(code("", "", ""), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code("{", "", ""), MESH_PARSE);
  EXPECT_EQ(code("{}\n---\n{}", "", ""), MESH_PARSE);
  EXPECT_EQ(code("kind: Pod", "", ""), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code(kReview, "[]", ""), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code(kReview, "answers: [{}]", ""), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code(kReview, "", R"({"hook": "x"})"), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code(kReview, "", R"({"hooks": "both"})"), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code(kReview, "", R"({"watchedNamespaces": "a"})"), MESH_INVALID_ARGUMENT);
  mesh_buffer* out = nullptr;
  EXPECT_EQ(code_of(mesh_admission_review(nullptr, {}, {}, {}, &out)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_admission_review(now.get(), {}, {}, {}, nullptr)), MESH_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace mesh::testing
