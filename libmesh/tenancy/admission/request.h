// The request of an AdmissionReview, read; and the words of an answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libmesh/tenancy/admission/admission.h"

namespace mesh::tenancy {

using document::List;
using document::Map;
using document::Value;

enum class Operation : uint8_t { kCreate, kUpdate, kOther };

struct AdmissionRequest {
  std::string api_version;  // of the review
  std::string uid;
  std::string group;  // of the object
  std::string version;
  std::string kind;
  std::string ns;
  std::string name;
  std::string sub_resource;
  Operation operation = Operation::kOther;
  User user;
  Value object;      // null when there is none
  Value old_object;  // null when there is none
};
Result<AdmissionRequest> read_request(const Value& admission_review);

// "maistra.io/v2, Kind=ServiceMeshControlPlane"
std::string kind_text(const AdmissionRequest& request);

struct Verdict {
  bool allowed = true;
  int code = 200;
  std::string reason;
  std::string message;
  std::vector<std::string> warnings;
  List patch;  // JSON patch operations
};
Verdict allowed();
Verdict bad_request(std::string message);  // 400 BadRequest
Verdict forbidden(std::string message);    // 403 Forbidden
// The operator's forms for what is no judgement of the object: a message without a reason, and, from
// its versions' own checks of rights, a reason without a message.
Verdict errored(int code, std::string message);
Verdict refused(std::string reason);

Value write_review(const AdmissionRequest& request, const Verdict& verdict);

// Changes the object as the patch says: only members of mappings, as our hooks write them.
void apply_patch(const List& patch, Value& object);

bool is_being_deleted(const Value& object);

// The answers that are there, and the questions that are not answered.
class Access {
 public:
  explicit Access(const Answers& answers) : answers_(answers) {}

  // Nothing when it is not known (yet): then `questions` or `failure` says why.
  std::optional<bool> may(const Question& question);

  const std::vector<Question>& questions() const { return questions_; }
  const std::optional<Answer>& failure() const { return failure_; }

 private:
  const Answers& answers_;
  std::vector<Question> questions_;
  std::optional<Answer> failure_;  // the first
};

}  // namespace mesh::tenancy
