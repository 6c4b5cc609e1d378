// The webhooks' rules by goldens: one file of tests/goldens/admission proves one rule and says it.
#include <gtest/gtest.h>

#include <filesystem>

#include "libmesh/document/json.h"
#include "libmesh/document/read.h"
#include "libmesh/index/store.h"
#include "libmesh/schema/formats.h"
#include "libmesh/smcp/path.h"
#include "libmesh/tenancy/admission/admission.h"
#include "tests/support/paths.h"

namespace mesh::tenancy {
namespace {

using document::List;
using document::Map;
using document::Value;
using smcp::text_at;

// "use servicemeshcontrolplanes.maistra.io "basic" in mesh"
std::string question_text(const Question& q) {
  std::string out = q.verb + " " + q.resource;
  if (!q.group.empty()) out += "." + q.group;
  if (!q.name.empty()) out += " \"" + q.name + "\"";
  return out + (q.ns.empty() ? " everywhere" : " in " + q.ns);
}

index::SnapshotPtr snapshot_of(const Value& golden) {
  index::Store store;
  if (const Value* cluster = golden.find("cluster")) {
    for (const Value& object : *cluster->if_list()) {
      store.apply(document::write_json(object), "cluster");
    }
  }
  return store.snapshot();
}

Value review_of(const Value& golden, std::string_view version) {
  const Value& in = *golden.find("request");
  const Value& object = *in.find("object");
  const std::string_view api = object.string_at("apiVersion");
  Value request;
  request.set("uid", Value("r1"));
  smcp::put(request, "kind.group", Value(api.substr(0, api.find('/'))));
  smcp::put(request, "kind.version", Value(api.substr(api.find('/') + 1)));
  smcp::put(request, "kind.kind", Value(object.string_at("kind")));
  request.set("name", Value(text_at(object, "metadata.name")));
  request.set("namespace", Value(text_at(object, "metadata.namespace")));
  request.set("operation", Value(in.string_at("operation")));
  smcp::put(request, "userInfo.username", Value("alice"));
  request.set("object", object);
  if (const Value* old = in.find("oldObject")) request.set("oldObject", *old);
  Value out;
  out.set("apiVersion", Value("admission.k8s.io/" + std::string(version)));
  out.set("kind", Value("AdmissionReview"));
  out.set("request", std::move(request));
  return out;
}

AdmissionOptions options_of(const Value& golden) {
  AdmissionOptions out;
  const std::string_view hook = golden.string_at("hook");
  out.hook = hook == "mutating"     ? Hook::kMutating
             : hook == "validating" ? Hook::kValidating
                                    : Hook::kBoth;
  out.operator_namespace = golden.string_at("operatorNamespace");
  if (const Value* watched = golden.find("watchedNamespaces")) {
    for (const Value& ns : *watched->if_list()) out.watched_namespaces.push_back(*ns.if_string());
  }
  return out;
}

Question read_question(std::string text) {
  Question out;
  const auto cut = [&](const std::string& separator) {
    const size_t at = text.rfind(separator);
    if (at == std::string::npos) return std::string();
    std::string tail = text.substr(at + separator.size());
    text.resize(at);
    return tail;
  };
  if (text.ends_with(" everywhere")) {
    cut(" everywhere");
  } else {
    out.ns = cut(" in ");
  }
  if (text.ends_with("\"")) {
    text.pop_back();
    out.name = cut(" \"");
  }
  const size_t space = text.find(' ');
  out.verb = text.substr(0, space);
  out.resource = text.substr(space + 1);
  if (const size_t dot = out.resource.find('.'); dot != std::string::npos) {
    out.group = out.resource.substr(dot + 1);
    out.resource.resize(dot);
  }
  return out;
}

Answers answers_of(const Value& golden) {
  Answers out;
  const Value* answers = golden.find("answers");
  if (answers == nullptr) return out;
  for (const document::Member& entry : *answers->if_map()) {
    const std::string& said = *entry.value.if_string();
    Answer answer;
    if (said == "yes") answer.kind = Answer::Kind::kYes;
    if (said == "timed out") answer.kind = Answer::Kind::kTimedOut;
    if (said.starts_with("error: ")) answer = {Answer::Kind::kFailed, said.substr(7)};
    out[read_question(entry.key)] = answer;
  }
  return out;
}

// The outcome in the form of `expect`.
Value shown(const Admission& admission) {
  Value out;
  if (admission.outcome == Outcome::kNeedsAnswers) {
    out.set("outcome", Value("needsAnswers"));
    List questions;
    for (const Question& q : admission.questions) questions.emplace_back(question_text(q));
    out.set("questions", Value(std::move(questions)));
    return out;
  }
  out.set("outcome", Value(admission.outcome == Outcome::kAllowed ? "allowed" : "denied"));
  const Value& response = *admission.review.find("response");
  for (const document::Member& member : *response.find("status")->if_map()) {
    out.set(member.key, member.value);
  }
  if (const Value* patch = response.find("patch")) {
    Diagnostics problems;
    const auto text = schema::decode_base64(*patch->if_string(), false);
    EXPECT_EQ(response.string_at("patchType"), "JSONPatch");
    if (text) out.set("patch", *document::read_json(*text, "", problems));
  }
  if (const Value* warnings = response.find("warnings")) out.set("warnings", *warnings);
  return out;
}

void hold_against(const std::string& file, const Value& golden) {
  const index::SnapshotPtr snapshot = snapshot_of(golden);
  for (const char* version : {"v1", "v1beta1"}) {
    const Value request = review_of(golden, version);
    const auto found = review(*snapshot, request, answers_of(golden), options_of(golden));
    ASSERT_TRUE(found.ok()) << file << ": " << found.error().message;
    const Value mine = shown(*found);
    EXPECT_TRUE(mine == *golden.find("expect"))
        << file << ": " << golden.string_at("proves") << "\n  is       "
        << document::write_json(mine) << "\n  expected "
        << document::write_json(*golden.find("expect"));
    if (found->outcome == Outcome::kNeedsAnswers) continue;
    EXPECT_EQ(found->review.string_at("apiVersion"), "admission.k8s.io/" + std::string(version));
    EXPECT_EQ(text_at(found->review, "response.uid"), "r1");
  }
}

TEST(Admission, Goldens) {
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(testing::source_path("tests/goldens/admission"))) {
    const std::string name = entry.path().filename().string();
    Diagnostics problems;
    const auto documents = document::read_any(
        testing::read_source_file("tests/goldens/admission/" + name), name, problems);
    ASSERT_TRUE(problems.empty() && documents.size() == 1) << name;
    if (documents.front().root.find("expect") == nullptr) continue;  // of smcp's test
    hold_against(name, documents.front().root);
    ++count;
  }
  EXPECT_GT(count, 90u);
}

// ---- What a golden cannot say -----------------------------------------------------------------

Value roll_review(const std::string& members) {
  Diagnostics problems;
  return *document::read_json(
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",
          "kind":{"group":"maistra.io","version":"v1","kind":"ServiceMeshMemberRoll"},
          "namespace":"mesh","name":"default","operation":"CREATE",
          "userInfo":{"username":"bob","uid":"7","groups":["dev"],"extra":{"scopes":["a","b"]}},
          "object":{"apiVersion":"maistra.io/v1","kind":"ServiceMeshMemberRoll",
            "metadata":{"name":"default","namespace":"mesh"},"spec":{"members":)" +
          members + "}}}}",
      "", problems);
}

TEST(Admission, WhoAsksIsKeptWhole) {
  index::Store store;
  const auto found = review(*store.snapshot(), roll_review(R"(["a"])"), {}, {});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->user, (User{"bob", "7", {"dev"}, {{"scopes", {"a", "b"}}}}));
}

TEST(Admission, AThousandNewMembersAreOneListOfQuestions) {
  index::Store store;
  std::string members;
  for (int i = 0; i < 1000; ++i) {
    members += (i == 0 ? "[\"n" : ",\"n") + std::to_string(i) + "\"";
  }
  const Value request = roll_review(members + "]");
  auto found = review(*store.snapshot(), request, {}, {});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->questions.size(), 1001u);
  Answers answers;
  for (const Question& question : found->questions) {
    answers[question].kind = question.ns.empty() ? Answer::Kind::kNo : Answer::Kind::kYes;
  }
  // The same answers, the same outcome.
  for (int i = 0; i < 2; ++i) {
    found = review(*store.snapshot(), request, answers, {});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->outcome, Outcome::kAllowed);
  }
}

TEST(Admission, WhatIsNoReviewIsAnError) {
  index::Store store;
  const auto snapshot = store.snapshot();
  for (const char* text : {"{}", "[]", "null", R"({"kind":"AdmissionReview"})",
                           R"({"apiVersion":"admission.k8s.io/v2","kind":"AdmissionReview"})",
                           R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"})",
                           R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",
                               "request":5})"}) {
    Diagnostics problems;
    const auto value = document::read_json(text, "", problems);
    ASSERT_TRUE(value.ok()) << text;
    const auto found = review(*snapshot, *value, {}, {});
    ASSERT_FALSE(found.ok()) << text;
    EXPECT_EQ(found.error().code, ErrorCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace mesh::tenancy
