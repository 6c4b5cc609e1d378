#include "libmesh/injection/doors/review.h"

#include <optional>
#include <utility>

#include "libmesh/document/json.h"
#include "libmesh/document/json_patch.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/injection/doors/base64.h"
#include "libmesh/injection/doors/places.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/inject.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Value;

constexpr std::string_view kV1 = "admission.k8s.io/v1";
constexpr std::string_view kV1beta1 = "admission.k8s.io/v1beta1";

// What is answered, in the order in which it is written.
class Writer {
 public:
  Writer(std::string_view api_version, std::string_view uid, bool allowed) {
    out_ = R"({"kind":"AdmissionReview","apiVersion":)";
    document::append_json_string(out_, api_version);
    out_ += R"(,"response":{"uid":)";
    document::append_json_string(out_, uid);
    out_ += allowed ? R"(,"allowed":true)" : R"(,"allowed":false)";
  }
  void status(int code, std::string_view reason, std::string_view message) {
    out_ += R"(,"status":{"metadata":{},"status":"Failure","message":)";
    document::append_json_string(out_, message);
    out_ += R"(,"reason":)";
    document::append_json_string(out_, reason);
    out_ += ",\"code\":" + std::to_string(code) + "}";
  }
  void patch(std::string_view json) {
    out_.reserve(out_.size() + json.size() * 4 / 3 + 256);
    out_ += R"(,"patch":")";
    append_base64(out_, json);
    out_ += R"(","patchType":"JSONPatch")";
  }
  void warnings(const std::vector<std::string>& warnings) {
    if (warnings.empty()) return;
    char separator = '[';
    out_ += ",\"warnings\":";
    for (const std::string& warning : warnings) {
      out_ += separator;
      document::append_json_string(out_, warning);
      separator = ',';
    }
    out_ += ']';
  }
  std::string take() { return std::move(out_.append("}}")); }

 private:
  std::string out_;
};

ReviewAnswer malformed(std::string_view api_version, std::string_view uid, std::string message) {
  Writer writer(api_version, uid, false);
  writer.status(400, "BadRequest", message);
  return {400, writer.take(), ReviewOutcome::kMalformed, std::move(message)};
}

class Review {
 public:
  // `env_unread`: some lists of variables were passed over in reading.
  Review(Value& request, std::string_view api_version, const Chooser& chooser,
         const ReviewOptions& options, bool env_unread)
      : request_(request),
        api_version_(api_version),
        chooser_(chooser),
        options_(options),
        env_unread_(env_unread) {}

  // Nothing: what was passed over is needed.
  std::optional<ReviewAnswer> run() {
    if (!creates_pod()) return left_alone("the request does not create a pod");
    Value* pod = request_.find("object");
    if (pod == nullptr || !pod->is_map()) return refused("the request has no object");
    if (const auto fault = fault_of_pod(*pod)) return refused("Pod: " + *fault);
    return inject(*pod);
  }

 private:
  std::string_view uid() const { return request_.string_at("uid"); }

  bool creates_pod() const {
    const Value* operation = request_.find("operation");
    if (operation != nullptr && request_.string_at("operation") != "CREATE") return false;
    if (!request_.string_at("subResource").empty()) return false;
    const Value* kind = request_.find("kind");
    if (kind != nullptr && kind->is_map()) {
      return kind->string_at("kind") == "Pod" && kind->string_at("group").empty();
    }
    const Value* object = request_.find("object");
    const std::string_view own = object == nullptr ? std::string_view() : object->string_at("kind");
    return own.empty() || own == "Pod";
  }

  std::optional<ReviewAnswer> inject(Value& pod) {
    const std::string ns = complete(pod);
    Choice choice = chooser_.choose(pod, ns);
    if (!choice.fault.empty()) return refused(std::move(choice.fault), choice.warnings);
    if (choice.settings == nullptr) return left_alone(std::move(choice.because), choice.warnings);
    if (env_unread_ && minds_unread_env(pod, *choice.settings)) return std::nullopt;
    ProxyEnv of_url;
    if (!options_.path.empty()) of_url = parse_webhook_path(options_.path);
    const PodContext context{.owner = owner_of(pod, ns),
                             .ns_facts = choice.ns_facts.get(),
                             .proxy_env = options_.path.empty() ? nullptr : &of_url};
    auto injected = inject_pod(pod, context, *choice.settings);
    if (!injected) return refused(injected.error().message, choice.warnings);
    std::string patch;
    document::append_json_patch(patch, pod, injected->pod);
    Writer writer(api_version_, uid(), true);
    if (!patch.empty()) writer.patch(patch);
    std::vector<std::string> warnings = std::move(choice.warnings);
    warnings.insert(warnings.end(), injected->warnings.begin(), injected->warnings.end());
    writer.warnings(warnings);
    return ReviewAnswer{200, writer.take(), ReviewOutcome::kInjected, {}};
  }

  // The pod as templates are to see it, which the patch says nothing of: with its namespace, and
  // without its managed fields, which are large and matter to nobody here.
  std::string complete(Value& pod) const {
    Value* metadata = pod.find("metadata");
    if (metadata == nullptr || !metadata->is_map())
      return std::string(request_.string_at("namespace"));
    metadata->erase("managedFields");
    std::string ns(metadata->string_at("namespace"));
    if (!ns.empty()) return ns;
    ns = request_.string_at("namespace");
    if (!ns.empty()) metadata->set("namespace", Value(ns));
    return ns;
  }

  ReviewAnswer left_alone(std::string because,
                          const std::vector<std::string>& warnings = {}) const {
    Writer writer(api_version_, uid(), true);
    writer.warnings(warnings);
    return {200, writer.take(), ReviewOutcome::kLeftAlone, std::move(because)};
  }

  ReviewAnswer refused(std::string message, const std::vector<std::string>& warnings = {}) const {
    Writer writer(api_version_, uid(), false);
    writer.status(422, "Invalid", message);
    writer.warnings(warnings);
    return {200, writer.take(), ReviewOutcome::kRefused, std::move(message)};
  }

  Value& request_;
  const std::string_view api_version_;
  const Chooser& chooser_;
  const ReviewOptions& options_;
  const bool env_unread_;
};

// A pod's many variables cost more than all the rest of it, and the mesh's own templates have no
// use for them: lists of this size are left unread (request.object.spec.containers[i].env).
constexpr size_t kLargeEnv = 4096;
constexpr size_t kEnvDepth = 6;

std::optional<ReviewAnswer> answer(std::string_view body, const Chooser& chooser,
                                   const ReviewOptions& options, bool whole) {
  Diagnostics problems;
  document::PassOver large_env{.key = "env", .depth = kEnvDepth, .bytes = kLargeEnv};
  auto read = whole ? document::read_json(body, "", problems, options.limits)
                    : document::read_json(body, "", problems, options.limits, large_env);
  if (!read) return malformed(kV1, "", "the body is no AdmissionReview: " + read.error().message);
  const std::string_view api_version = read->string_at("apiVersion");
  if (read->string_at("kind") != "AdmissionReview" ||
      (api_version != kV1 && api_version != kV1beta1)) {
    return malformed(kV1, "", "the body is no AdmissionReview of admission.k8s.io/v1 or v1beta1");
  }
  Value* request = read->find("request");
  if (request == nullptr || !request->is_map()) {
    return malformed(api_version, "", "the AdmissionReview has no request");
  }
  return Review(*request, api_version, chooser, options, large_env.happened).run();
}

}  // namespace

ReviewAnswer review(std::string_view body, const Chooser& chooser, const ReviewOptions& options) {
  if (body.size() > kLargeEnv) {
    if (auto quick = answer(body, chooser, options, false)) return *std::move(quick);
  }
  return *answer(body, chooser, options, true);
}

}  // namespace mesh::injection
