// Admission: what the webhooks say of a ServiceMeshControlPlane, ServiceMeshMemberRoll or
// ServiceMeshMember that someone wants to create or change.
//
// An AdmissionReview goes in and one comes out (admission.k8s.io/v1 and v1beta1). Whether the user
// may do this or that is known to the API server only, so it is asked for: review() returns the
// list of questions, the caller answers them (a SubjectAccessReview each) and calls again with the
// answers. All questions of a review are in one list, nothing waits and nothing has a time limit;
// the same answers give the same outcome, however often it is called.
//
//   auto first = review(snapshot, request, {}, options);        // kNeedsAnswers
//   auto last = review(snapshot, request, answers, options);    // kAllowed or kDenied
//
// Source of the rules and words: Maistra's operator, pkg/controller/servicemesh/webhooks.
// Deliberate differences are listed in docs/tenancy-differences.md: an object under deletion is let
// through before anything else; the right to serve the whole cluster is asked for whenever an
// update takes it, not on creation alone; a roll is compared with the effective members of other
// meshes; who holds a namespace is told to administrators only.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/index/snapshot.h"

namespace mesh::tenancy {

enum class Hook : uint8_t {
  kBoth,        // the mutating one, and the validating one over what it made of the object
  kMutating,    // /mutate-smcp, /mutate-smmr
  kValidating,  // /validate-smcp, /validate-smmr, /validate-smm
};

struct AdmissionOptions {
  Hook hook = Hook::kBoth;
  std::string operator_namespace;               // takes no mesh; empty: there is none
  std::vector<std::string> watched_namespaces;  // of control planes and rolls; empty: all
};

// Who asks, as the API server says it.
struct User {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
  bool operator==(const User&) const = default;
};

// "May the user …?": the resourceAttributes of a SubjectAccessReview. An empty namespace means all
// of them.
struct Question {
  std::string verb;
  std::string group;
  std::string resource;
  std::string ns;
  std::string name;
  auto operator<=>(const Question&) const = default;
};

struct Answer {
  enum class Kind : uint8_t {
    kNo,
    kYes,       // allowed, and not denied
    kFailed,    // the question could not be answered: `error` says why
    kTimedOut,  // the caller gave up
  };
  Kind kind = Kind::kNo;
  std::string error;
};
using Answers = std::map<Question, Answer>;

enum class Outcome : uint8_t { kAllowed, kDenied, kNeedsAnswers };

struct Admission {
  Outcome outcome = Outcome::kNeedsAnswers;
  document::Value review;  // the AdmissionReview to send back; null while answers are wanted
  User user;               // of whom the questions speak
  std::vector<Question> questions;  // not answered yet; a yes to the first may settle all
};

// An error only when the value is no AdmissionReview with a request.
Result<Admission> review(const index::Snapshot& snapshot, const document::Value& admission_review,
                         const Answers& answers, const AdmissionOptions& options);

}  // namespace mesh::tenancy
