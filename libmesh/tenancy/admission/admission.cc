#include "libmesh/tenancy/admission/admission.h"

#include <algorithm>

#include "libmesh/tenancy/admission/hooks.h"

namespace mesh::tenancy {
namespace {

enum class Subject : uint8_t { kControlPlane, kMemberRoll, kMember, kOther };

Subject subject_of(const AdmissionRequest& request) {
  if (request.group != "maistra.io") return Subject::kOther;
  if (request.kind == "ServiceMeshControlPlane") return Subject::kControlPlane;
  if (request.kind == "ServiceMeshMemberRoll") return Subject::kMemberRoll;
  if (request.kind == "ServiceMeshMember") return Subject::kMember;
  return Subject::kOther;
}

Verdict mutate(Subject subject, const HookCall& call) {
  switch (subject) {
    case Subject::kControlPlane:
      return mutate_control_plane(call);
    case Subject::kMemberRoll:
      return mutate_member_roll(call);
    case Subject::kMember:
    case Subject::kOther:
      return allowed();
  }
  return allowed();
}

std::optional<Verdict> validate(Subject subject, const HookCall& call) {
  switch (subject) {
    case Subject::kControlPlane:
      return validate_control_plane(call);
    case Subject::kMemberRoll:
      return validate_member_roll(call);
    case Subject::kMember:
      return validate_member(call);
    case Subject::kOther:
      return allowed();
  }
  return allowed();
}

// A right that could not be looked up. Maistra gives up after three seconds and says how to go on;
// who calls us and gives up says the same.
Verdict unanswered(const Answer& failure) {
  if (failure.kind == Answer::Kind::kTimedOut) {
    return errored(400,
                   "too many namespaces in ServiceMeshMemberRoll; validating webhook couldn't "
                   "perform the authorization checks for all namespaces; either try the operation "
                   "again as a cluster admin, or add fewer namespaces in a single operation");
  }
  return errored(500, failure.error.empty() ? "the access review failed" : failure.error);
}

std::optional<Verdict> judge(const index::Snapshot& snapshot, const AdmissionRequest& request,
                             const AdmissionOptions& options, Access& access) {
  const Subject subject = subject_of(request);
  if (subject == Subject::kOther) {
    return errored(400, "unknown resource type: " + kind_text(request));
  }
  // The webhooks are registered for the whole objects, created or updated.
  if (request.operation == Operation::kOther || !request.sub_resource.empty()) return allowed();
  if (!request.object.is_map()) return errored(400, "there is no content to decode");
  // First of all: what is being deleted must be able to lose its finalizer, be it valid or not.
  if (is_being_deleted(request.object)) return allowed();
  Verdict verdict;
  if (options.hook != Hook::kValidating) {
    verdict = mutate(subject, {snapshot, options, request, request.object, access});
  }
  if (options.hook == Hook::kMutating || !verdict.allowed) return verdict;
  Value object = request.object;
  apply_patch(verdict.patch, object);
  auto judged = validate(subject, {snapshot, options, request, object, access});
  if (!judged && access.failure()) judged = unanswered(*access.failure());
  if (!judged) return std::nullopt;
  judged->patch = std::move(verdict.patch);
  return judged;
}

}  // namespace

bool is_watched(const AdmissionOptions& options, std::string_view ns) {
  const auto& watched = options.watched_namespaces;
  return watched.empty() || std::find(watched.begin(), watched.end(), ns) != watched.end();
}

std::string namespace_of(const HookCall& call) {
  const Value* metadata = call.object.find("metadata");
  std::string ns(metadata == nullptr ? std::string_view() : metadata->string_at("namespace"));
  return ns.empty() ? call.request.ns : ns;
}

std::string name_of(const HookCall& call) {
  const Value* metadata = call.object.find("metadata");
  std::string name(metadata == nullptr ? std::string_view() : metadata->string_at("name"));
  return name.empty() ? call.request.name : name;
}

Question update_pods(std::string ns) { return {"update", "", "pods", std::move(ns), ""}; }

Result<Admission> review(const index::Snapshot& snapshot, const Value& admission_review,
                         const Answers& answers, const AdmissionOptions& options) {
  const Result<AdmissionRequest> request = read_request(admission_review);
  if (!request) return request.error();
  Access access(answers);
  const std::optional<Verdict> verdict = judge(snapshot, *request, options, access);
  Admission out;
  out.user = request->user;
  if (!verdict) {
    out.questions = access.questions();
    return out;
  }
  out.outcome = verdict->allowed ? Outcome::kAllowed : Outcome::kDenied;
  out.review = write_review(*request, *verdict);
  return out;
}

}  // namespace mesh::tenancy
