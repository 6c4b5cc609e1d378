// Any bytes as an AdmissionReview, judged beside two meshes.
//
// Holds besides not crashing: the same call gives the same outcome; once all questions are answered
// there is a verdict, with the uid of the request; and somebody who may do nothing is never told
// who has a namespace that is not his.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libmesh/document/json.h"
#include "libmesh/document/read.h"
#include "libmesh/index/store.h"
#include "libmesh/smcp/path.h"
#include "libmesh/tenancy/admission/admission.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mesh;
using document::Value;
using fuzz::check;
using tenancy::Answer;
using tenancy::Answers;
using tenancy::Outcome;

constexpr std::string_view kSecret = "zq7-holder";  // of the other mesh: no input guesses it
constexpr std::string_view kCluster = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: b}}
---
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {team: b}}
---
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: basic, namespace: mesh}
spec: {version: v2.5}
---
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: zq7-holder, namespace: zq7-holder}
spec: {version: v2.5}
---
apiVersion: maistra.io/v1
kind: ServiceMeshMemberRoll
metadata: {name: default, namespace: zq7-holder}
spec: {memberSelectors: [{matchLabels: {team: b}}]}
)";

const index::Snapshot& cluster() {
  static const index::SnapshotPtr snapshot = [] {
    index::Store store;
    check(store.apply(kCluster, "cluster").empty(), "the cluster has no mistake");
    return store.snapshot();
  }();
  return *snapshot;
}

// Answers every question the same way until there is a verdict.
tenancy::Admission judged(const Value& review, Answer::Kind kind, const std::string& text) {
  tenancy::AdmissionOptions options;
  options.operator_namespace = "operators";
  Answers answers;
  for (int round = 0; round < 4; ++round) {
    auto found = tenancy::review(cluster(), review, answers, options);
    auto again = tenancy::review(cluster(), review, answers, options);
    check(found.ok() && again.ok() && found->outcome == again->outcome &&
              found->review == again->review && found->questions == again->questions,
          "the same call has the same outcome", text);
    if (found->outcome != Outcome::kNeedsAnswers) {
      check(found->questions.empty(), "a verdict asks nothing", text);
      return *found;
    }
    check(!found->questions.empty(), "what is missing is asked for", text);
    for (const tenancy::Question& question : found->questions) {
      check(answers.emplace(question, Answer{kind, ""}).second, "nothing is asked twice", text);
    }
  }
  check(false, "answers lead to a verdict", text);
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Diagnostics problems;
  const auto documents = document::read_any(text, "review", problems);
  for (const document::Document& document : documents) {
    const auto first = tenancy::review(cluster(), document.root, {}, {});
    if (!first) continue;  // no AdmissionReview
    for (Answer::Kind kind : {Answer::Kind::kNo, Answer::Kind::kYes, Answer::Kind::kTimedOut}) {
      const tenancy::Admission found = judged(document.root, kind, text);
      check(smcp::text_at(found.review, "response.uid") ==
                smcp::text_at(document.root, "request.uid"),
            "the uid is kept", text);
      if (kind != Answer::Kind::kNo || text.find(kSecret) != std::string::npos) continue;
      check(document::write_json(found.review).find(kSecret) == std::string::npos,
            "a tenant is not told who has a namespace", text);
    }
  }
  return 0;
}
