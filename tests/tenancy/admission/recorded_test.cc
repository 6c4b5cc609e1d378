// Recorded verdicts of the operator's own webhook, compared with ours.
//
// The recordings (validation.yaml) are not part of the project; without them the test is skipped.
// Each difference must be one of kDeliberate, which says why and what ours is instead.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>

#include "libmesh/document/json.h"
#include "libmesh/document/read.h"
#include "libmesh/index/store.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/validation.h"
#include "libmesh/tenancy/admission/admission.h"
#include "tests/support/paths.h"

namespace mesh::tenancy {
namespace {

using document::List;
using document::Map;
using document::Value;
using smcp::at;
using smcp::text_at;

std::string recordings() {
  const char* folder = std::getenv("MESH_MAISTRA_DATA");
  const std::string path =
      folder != nullptr ? folder : testing::source_path("../shared/data/maistra");
  std::ifstream file(std::filesystem::path(path) / "validation.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool given(const Value& value, std::string_view path) { return at(value, path) != nullptr; }
bool flag(const Value& value, std::string_view path) {
  const bool* flag = smcp::bool_at(value, path);
  return flag != nullptr && *flag;
}

Value object(std::string_view api, std::string_view kind, std::string_view ns,
             std::string_view name) {
  Value out;
  out.set("apiVersion", Value(api));
  out.set("kind", Value(kind));
  smcp::put(out, "metadata.namespace", Value(ns));
  smcp::put(out, "metadata.name", Value(name));
  return out;
}

// One line of `existing`: a control plane, an extension, or the roll of the mesh in question.
Value existing_object(const Value& line, std::string_view mesh_ns) {
  if (flag(line, "sme")) {
    return object("maistra.io/v1", "ServiceMeshExtension", line.string_at("ns"),
                  line.string_at("name"));
  }
  if (const Value* members = line.find("smmr")) {
    Value roll = object("maistra.io/v1", "ServiceMeshMemberRoll", mesh_ns, "default");
    smcp::put(roll, "spec.members", *members);
    smcp::put(roll, "status.configuredMembers", *members);
    return roll;
  }
  Value plane = object("maistra.io/v2", "ServiceMeshControlPlane", line.string_at("ns"),
                       line.string_at("name"));
  smcp::put(plane, "spec.version", Value(line.string_at("version")));
  if (given(line, "mode")) smcp::put(plane, "spec.mode", *line.find("mode"));
  return plane;
}

index::SnapshotPtr snapshot_of(const Value& recorded) {
  index::Store store;
  if (given(recorded, "existing")) {
    for (const Value& line : *recorded.find("existing")->if_list()) {
      const Value made = existing_object(line, text_at(recorded, "smcp.metadata.namespace"));
      store.apply(document::write_json(made), "existing");
    }
  }
  return store.snapshot();
}

Value review_of(const Value& recorded) {
  const Value& smcp = *recorded.find("smcp");
  const std::string_view api = smcp.string_at("apiVersion");
  Value request;
  request.set("uid", Value("r1"));
  smcp::put(request, "kind.group", Value("maistra.io"));
  smcp::put(request, "kind.version", Value(api.substr(api.find('/') + 1)));
  smcp::put(request, "kind.kind", Value("ServiceMeshControlPlane"));
  request.set("namespace", Value(text_at(smcp, "metadata.namespace")));
  request.set("name", Value(text_at(smcp, "metadata.name")));
  request.set("operation", Value(recorded.string_at("operation")));
  smcp::put(request, "userInfo.username", Value("someone"));
  request.set("object", smcp);
  if (given(recorded, "old")) request.set("oldObject", *recorded.find("old"));
  Value review;
  review.set("apiVersion", Value("admission.k8s.io/v1"));
  review.set("kind", Value("AdmissionReview"));
  review.set("request", std::move(request));
  return review;
}

// What is compared: allowed, code, reason, message, the question asked, and the full check.
using Facts = std::map<std::string, std::string>;

std::string question_text(std::string_view verb, std::string_view group,
                          std::string_view resource) {
  return std::string(verb) + " " + std::string(group) + "/" + std::string(resource);
}

Facts expected(const Value& recorded) {
  Facts out;
  out["allowed"] = flag(recorded, "allowed") ? "true" : "false";
  if (given(recorded, "code")) out["code"] = std::to_string(smcp::int_at(recorded, "code"));
  for (const char* key : {"reason", "message", "full_check", "panic", "full_check_panic"}) {
    if (given(recorded, key)) out[key] = recorded.string_at(key);
  }
  if (given(recorded, "access_review")) {
    out["access_review"] = question_text(text_at(recorded, "access_review.verb"),
                                         text_at(recorded, "access_review.group"),
                                         text_at(recorded, "access_review.resource"));
  }
  return out;
}

// The recordings have the full check only where it is made on its own: on creation, of an object of
// the v2 API that can be read, is not being deleted, and is of a version that has one.
void add_full_check(const Value& recorded, const index::Snapshot& snapshot, Facts& out) {
  const Value& smcp = *recorded.find("smcp");
  const auto version = smcp::parse_version(text_at(smcp, "spec.version"));
  if (given(recorded, "old") || !version || *version == smcp::Version::kV1_1) return;
  if (smcp.string_at("apiVersion") != "maistra.io/v2") return;
  if (given(smcp, "metadata.deletionTimestamp")) return;
  if (out["reason"].empty() && out["code"] == "400") return;
  smcp::Neighbours neighbours;
  for (const auto& [key, other] : snapshot.objects(kube::Kind::kServiceMeshControlPlane)) {
    neighbours.control_planes.push_back(&other->document);
  }
  const std::string message = smcp::join(smcp::validate_full(smcp, *version, neighbours));
  if (!message.empty()) out["full_check"] = message;
}

Facts ours(const Value& recorded) {
  const index::SnapshotPtr snapshot = snapshot_of(recorded);
  AdmissionOptions options;
  options.hook = Hook::kValidating;
  options.operator_namespace = "istio-operator";
  const Value review = review_of(recorded);
  auto result = tenancy::review(*snapshot, review, {}, options);
  Facts out;
  if (result->outcome == Outcome::kNeedsAnswers) {
    Answers answers;
    for (const Question& q : result->questions) {
      out["access_review"] += question_text(q.verb, q.group, q.resource);
      const bool may = flag(recorded, "user_may_create_smcp_anywhere");
      answers[q] = {may ? Answer::Kind::kYes : Answer::Kind::kNo, ""};
    }
    result = tenancy::review(*snapshot, review, answers, options);
  }
  out["allowed"] = result->outcome == Outcome::kAllowed ? "true" : "false";
  out["code"] = std::to_string(smcp::int_at(result->review, "response.status.code"));
  for (const char* key : {"reason", "message"}) {
    const auto text = text_at(result->review, std::string("response.status.") + key);
    if (!text.empty()) out[key] = text;
  }
  add_full_check(recorded, *snapshot, out);
  if (out["reason"].empty()) out.erase("reason");
  return out;
}

struct Deliberate {
  const char* why;  // as docs/tenancy-differences.md has it
  std::function<bool(const Value& recorded, const Facts& theirs, const Facts& ours)> is;
};

std::string fact(const Facts& facts, const char* key) {
  auto at = facts.find(key);
  return at == facts.end() ? "" : at->second;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const Deliberate kDeliberate[] = {
    {"a null gateway, component or extension provider is refused by name; the operator falls over "
     "it",
     [](const Value&, const Facts& theirs, const Facts& ours) {
       const bool webhook = theirs.contains("panic");
       const bool full = theirs.contains("full_check_panic");
       if (webhook) {
         return fact(ours, "allowed") == "false" && fact(ours, "code") == "400" &&
                fact(ours, "reason") == "BadRequest" &&
                contains(fact(ours, "message"), "must not be null");
       }
       return full && fact(ours, "message") == fact(theirs, "message") &&
              contains(fact(ours, "full_check"), "must not be null");
     }},
    {"a value of the wrong type is named by its field; the operator prints its JSON reader's state",
     [](const Value&, const Facts& theirs, const Facts& ours) {
       return contains(fact(theirs, "message"), "error found in #") &&
              fact(ours, "allowed") == "false" && fact(ours, "code") == "400" &&
              fact(ours, "reason").empty() && contains(fact(ours, "message"), ": must be a ") &&
              fact(ours, "message").starts_with("spec.");
     }},
    {"an update that makes a mesh cluster-wide needs the right to do so",
     [](const Value& recorded, const Facts& theirs, const Facts& ours) {
       return recorded.string_at("operation") == "UPDATE" && fact(theirs, "allowed") == "true" &&
              text_at(recorded, "smcp.spec.mode") == "ClusterWide" &&
              text_at(recorded, "old.spec.mode") != "ClusterWide" &&
              fact(ours, "access_review") == "create maistra.io/servicemeshcontrolplanes" &&
              fact(ours, "allowed") ==
                  (flag(recorded, "user_may_create_smcp_anywhere") ? "true" : "false");
     }},
    {"an object under deletion is let through before anything else",
     [](const Value& recorded, const Facts& theirs, const Facts& ours) {
       return given(recorded, "smcp.metadata.deletionTimestamp") &&
              fact(theirs, "allowed") == "false" && fact(ours, "allowed") == "true";
     }},
};

std::string text_of(const Facts& facts) {
  std::string out;
  for (const auto& [key, value] : facts) out.append("\n    ").append(key + ": " + value);
  return out;
}

TEST(RecordedVerdicts, AreOurs) {
  const std::string text = recordings();
  if (text.empty()) GTEST_SKIP() << "no recorded verdicts: set MESH_MAISTRA_DATA";
  Diagnostics problems;
  const auto documents = document::read_any(text, "validation.yaml", problems);
  ASSERT_TRUE(problems.empty()) << problems.front().message;
  const List& cases = *documents.at(0).root.if_list();
  std::map<std::string, size_t> deliberate;
  size_t same = 0;
  for (const Value& recorded : cases) {
    const Facts theirs = expected(recorded);
    const Facts mine = ours(recorded);
    if (theirs == mine) {
      ++same;
      continue;
    }
    const Deliberate* known = nullptr;
    for (const Deliberate& each : kDeliberate) {
      if (each.is(recorded, theirs, mine)) known = &each;
    }
    if (known != nullptr) ++deliberate[known->why];
    EXPECT_NE(known, nullptr) << recorded.string_at("name") << "\n  theirs" << text_of(theirs)
                              << "\n  ours" << text_of(mine);
  }
  std::cout << "recorded verdicts: " << same << " of " << cases.size() << " the same\n";
  for (const auto& [why, count] : deliberate)
    std::cout << "  " << count << " on purpose: " << why << "\n";
}

}  // namespace
}  // namespace mesh::tenancy
