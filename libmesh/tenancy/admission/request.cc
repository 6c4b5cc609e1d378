#include "libmesh/tenancy/admission/request.h"

#include <algorithm>
#include <string_view>

#include "libmesh/document/json.h"

namespace mesh::tenancy {
namespace {

std::string text(const Value* value, std::string_view key) {
  return value == nullptr ? std::string() : std::string(value->string_at(key));
}

std::vector<std::string> texts(const Value* value) {
  std::vector<std::string> out;
  const List* list = value == nullptr ? nullptr : value->if_list();
  if (list == nullptr) return out;
  for (const Value& element : *list) {
    if (const std::string* text = element.if_string()) out.push_back(*text);
  }
  return out;
}

User read_user(const Value* info) {
  User user{text(info, "username"), text(info, "uid"), {}, {}};
  if (info == nullptr) return user;
  user.groups = texts(info->find("groups"));
  const Value* extra = info->find("extra");
  if (const Map* map = extra == nullptr ? nullptr : extra->if_map()) {
    for (const document::Member& member : *map) user.extra[member.key] = texts(&member.value);
  }
  return user;
}

Operation read_operation(std::string_view text) {
  if (text == "CREATE") return Operation::kCreate;
  if (text == "UPDATE") return Operation::kUpdate;
  return Operation::kOther;
}

std::string encode_base64(std::string_view bytes) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits <<= 8;
      if (i + k < bytes.size()) bits |= static_cast<unsigned char>(bytes[i + k]);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k > bytes.size() ? '=' : kAlphabet[(bits >> (18 - 6 * k)) & 63];
    }
  }
  return out;
}

// "/spec/version": members only; no name of ours has a character that a pointer escapes.
void apply_operation(const Value& operation, Value& object) {
  std::string_view path = operation.string_at("path");
  Value* node = &object;
  for (;;) {
    path.remove_prefix(1);
    const size_t end = path.find('/');
    const std::string_view key = path.substr(0, end);
    if (end == std::string_view::npos) {
      if (operation.string_at("op") == "remove") {
        node->erase(key);
      } else {
        node->set(key, *operation.find("value"));
      }
      return;
    }
    Value* next = node->find(key);
    node = next != nullptr && next->is_map() ? next : &node->set(key, Value(Map{}));
    path.remove_prefix(end);
  }
}

}  // namespace

Result<AdmissionRequest> read_request(const Value& admission_review) {
  const std::string_view version = admission_review.string_at("apiVersion");
  if (admission_review.string_at("kind") != "AdmissionReview" ||
      (version != "admission.k8s.io/v1" && version != "admission.k8s.io/v1beta1")) {
    return Error{ErrorCode::kInvalidArgument,
                 "not an AdmissionReview of admission.k8s.io/v1 or v1beta1"};
  }
  const Value* in = admission_review.find("request");
  if (in == nullptr || !in->is_map()) {
    return Error{ErrorCode::kInvalidArgument, "the AdmissionReview has no request"};
  }
  AdmissionRequest out;
  out.api_version = version;
  out.uid = text(in, "uid");
  const Value* kind = in->find("kind");
  out.group = text(kind, "group");
  out.version = text(kind, "version");
  out.kind = text(kind, "kind");
  out.ns = text(in, "namespace");
  out.name = text(in, "name");
  out.sub_resource = text(in, "subResource");
  out.operation = read_operation(in->string_at("operation"));
  out.user = read_user(in->find("userInfo"));
  if (const Value* object = in->find("object")) out.object = *object;
  if (const Value* object = in->find("oldObject")) out.old_object = *object;
  return out;
}

std::string kind_text(const AdmissionRequest& request) {
  return request.group + "/" + request.version + ", Kind=" + request.kind;
}

Verdict allowed() { return {}; }

Verdict bad_request(std::string message) {
  return {false, 400, "BadRequest", std::move(message), {}, {}};
}

Verdict forbidden(std::string message) {
  return {false, 403, "Forbidden", std::move(message), {}, {}};
}

Verdict errored(int code, std::string message) {
  return {false, code, "", std::move(message), {}, {}};
}

Verdict refused(std::string reason) { return {false, 403, std::move(reason), "", {}, {}}; }

Value write_review(const AdmissionRequest& request, const Verdict& verdict) {
  Value response;
  response.set("uid", Value(request.uid));
  response.set("allowed", Value(verdict.allowed));
  Value& status = response.set("status", Value(Map{}));
  status.set("code", Value(static_cast<int64_t>(verdict.code)));
  if (!verdict.message.empty()) status.set("message", Value(verdict.message));
  if (!verdict.reason.empty()) status.set("reason", Value(verdict.reason));
  if (verdict.allowed && !verdict.patch.empty()) {
    response.set("patch", Value(encode_base64(document::write_json(Value(verdict.patch)))));
    response.set("patchType", Value("JSONPatch"));
  }
  if (!verdict.warnings.empty()) {
    List warnings;
    for (const std::string& warning : verdict.warnings) warnings.emplace_back(warning);
    response.set("warnings", Value(std::move(warnings)));
  }
  Value out;
  out.set("apiVersion", Value(request.api_version));
  out.set("kind", Value("AdmissionReview"));
  out.set("response", std::move(response));
  return out;
}

void apply_patch(const List& patch, Value& object) {
  for (const Value& operation : patch) apply_operation(operation, object);
}

bool is_being_deleted(const Value& object) {
  const Value* metadata = object.find("metadata");
  const Value* time = metadata == nullptr ? nullptr : metadata->find("deletionTimestamp");
  return time != nullptr && !time->is_null();
}

std::optional<bool> Access::may(const Question& question) {
  auto answer = answers_.find(question);
  if (answer == answers_.end()) {
    if (std::find(questions_.begin(), questions_.end(), question) == questions_.end()) {
      questions_.push_back(question);
    }
    return std::nullopt;
  }
  switch (answer->second.kind) {
    case Answer::Kind::kNo:
      return false;
    case Answer::Kind::kYes:
      return true;
    case Answer::Kind::kFailed:
    case Answer::Kind::kTimedOut:
      if (!failure_) failure_ = answer->second;
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace mesh::tenancy
