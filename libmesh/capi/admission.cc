#include "mesh/admission.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/document/read.h"
#include "libmesh/tenancy/admission/admission.h"

using mesh::Error;
using mesh::ErrorCode;
using mesh::Result;
using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::Options;
using mesh::capi::text;
using mesh::document::JsonWriter;
using mesh::document::Value;
using namespace mesh::tenancy;

namespace {

// One document of YAML or JSON; null when the text is blank.
Result<Value> read_one(std::string_view bytes, std::string_view what) {
  mesh::Diagnostics problems;
  auto documents = mesh::document::read_any(bytes, what, problems);
  for (const mesh::Diagnostic& problem : problems) {
    if (problem.severity != mesh::Severity::kError) continue;
    return Error{ErrorCode::kParse, std::string(what) + ": " + problem.message};
  }
  if (documents.size() > 1) {
    return Error{ErrorCode::kParse, std::string(what) + ": more than one document"};
  }
  return documents.empty() ? Value() : std::move(documents.front().root);
}

bool flag_at(const Value& value, std::string_view key) {
  const Value* member = value.find(key);
  const bool* flag = member == nullptr ? nullptr : member->if_bool();
  return flag != nullptr && *flag;
}

Result<Answer> read_answer(const Value& in) {
  if (!in.string_at("error").empty()) {
    return Answer{Answer::Kind::kFailed, std::string(in.string_at("error"))};
  }
  if (flag_at(in, "timedOut")) return Answer{Answer::Kind::kTimedOut, ""};
  const Value* allowed = in.find("allowed");
  if (allowed == nullptr || allowed->if_bool() == nullptr) {
    return Error{ErrorCode::kInvalidArgument, "\"allowed\" must be true or false"};
  }
  // As in a SubjectAccessReview: what is expressly denied is not allowed.
  const bool yes = *allowed->if_bool() && !flag_at(in, "denied");
  return Answer{yes ? Answer::Kind::kYes : Answer::Kind::kNo, ""};
}

Result<Answers> read_answers(std::string_view bytes) {
  Answers out;
  const Result<Value> root = read_one(bytes, "answers");
  if (!root) return root.error();
  if (root->is_null()) return out;
  const Value* entries = root->find("answers");
  const auto* list = entries == nullptr ? nullptr : entries->if_list();
  if (list == nullptr) {
    return Error{ErrorCode::kInvalidArgument, "answers: must be {\"answers\": […]}"};
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const Value& in = (*list)[i];
    Result<Answer> answer = read_answer(in);
    if (!answer) return answer.error().at("answers[" + std::to_string(i) + "]");
    const Question question{std::string(in.string_at("verb")), std::string(in.string_at("group")),
                            std::string(in.string_at("resource")),
                            std::string(in.string_at("namespace")),
                            std::string(in.string_at("name"))};
    out[question] = *std::move(answer);
  }
  return out;
}

Result<AdmissionOptions> read_options(std::string_view bytes) {
  AdmissionOptions out;
  Options options(bytes, "admission options");
  std::string hook = "both";
  options.read("hook", hook);
  options.read("operatorNamespace", out.operator_namespace);
  options.read("watchedNamespaces", out.watched_namespaces);
  if (auto end = options.end(); !end) return end.error();
  if (hook == "mutating") {
    out.hook = Hook::kMutating;
  } else if (hook == "validating") {
    out.hook = Hook::kValidating;
  } else if (hook != "both") {
    return Error{
        ErrorCode::kInvalidArgument,
        "admission options: \"hook\" is both, mutating or validating, not \"" + hook + "\""};
  }
  return out;
}

std::string_view outcome_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return "allowed";
    case Outcome::kDenied:
      return "denied";
    case Outcome::kNeedsAnswers:
      return "needsAnswers";
  }
  return "";
}

void write_texts(JsonWriter& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

// Complete in itself: the spec of a SubjectAccessReview, flat.
void write(JsonWriter& json, const User& user, const Question& question) {
  json.begin_object();
  json.key("user").value(user.name);
  json.key("uid").value(user.uid);
  write_texts(json.key("groups"), user.groups);
  json.key("extra").begin_object();
  for (const auto& [key, texts] : user.extra) write_texts(json.key(key), texts);
  json.end_object();
  json.key("verb").value(question.verb);
  json.key("group").value(question.group);
  json.key("resource").value(question.resource);
  json.key("namespace").value(question.ns);
  json.key("name").value(question.name);
  json.end_object();
}

std::string to_json(const Admission& admission) {
  JsonWriter json;
  json.begin_object();
  json.key("outcome").value(outcome_text(admission.outcome));
  if (admission.outcome == Outcome::kNeedsAnswers) {
    json.key("questions").begin_array();
    for (const Question& question : admission.questions) write(json, admission.user, question);
    json.end_array();
  } else {
    json.key("review").value(admission.review);
  }
  json.end_object();
  return json.take();
}

}  // namespace

extern "C" mesh_error* mesh_admission_review(const mesh_snapshot* snapshot, mesh_view review,
                                             mesh_view answers, mesh_view options,
                                             mesh_buffer** out) {
  return guard(out,
               {given(snapshot, "snapshot"), given(review, "review"), given(answers, "answers"),
                given(options, "options")},
               [&]() -> Result<mesh_buffer*> {
                 const auto request = read_one(text(review), "review");
                 if (!request) return request.error();
                 const auto said = read_answers(text(answers));
                 if (!said) return said.error();
                 const auto chosen = read_options(text(options));
                 if (!chosen) return chosen.error();
                 const auto judged =
                     mesh::tenancy::review(*snapshot->value, *request, *said, *chosen);
                 if (!judged) return judged.error();
                 return make_buffer(to_json(*judged));
               });
}
