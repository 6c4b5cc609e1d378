#include "libmesh/injection/doors/manifest.h"

#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/injection/doors/documents.h"
#include "libmesh/injection/doors/places.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/go_json.h"
#include "libmesh/injection/pod/inject.h"

namespace mesh::injection {
namespace {

using document::Map;
using document::Value;

std::string_view text_at(const Value& object, std::string_view key) {
  const Value* metadata = object.find("metadata");
  return metadata == nullptr ? std::string_view() : metadata->string_at(key);
}

// Where an object of the kind has its pod.
std::string template_field(std::string_view kind) {
  if (kind == "Pod") return "spec";
  return kind == "CronJob" ? "spec.jobTemplate.spec.template" : "spec.template";
}

// One object that holds a pod, while the pod is taken out of it.
class Workload {
 public:
  Workload(Value& object, const PodPlace& place, const ManifestOptions& options)
      : place_(place), kind_(object.string_at("kind")) {
    owner_ = {std::string(text_at(object, "name")), std::string(text_at(object, "namespace")),
              std::string(object.string_at("apiVersion")), kind_};
    if (owner_.ns.empty()) owner_.ns = options.ns;
    pod_ = take_pod(place);
    if (kind_ == "Pod") owner_ = owner_of(pod_, options.ns);
  }
  ~Workload() { put_pod(place_, std::move(pod_)); }
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  bool inject(const Chooser& chooser, ManifestReport& report) {
    if (const auto fault = fault_of_pod(pod_)) {
      return fail(Error{ErrorCode::kInvalidArgument, *fault}, report);
    }
    if (in_host_network(pod_)) return skip("has host networking enabled", {}, report);
    const std::string_view own = text_at(pod_, "namespace");
    const std::string ns(own.empty() ? std::string_view(owner_.ns) : own);
    Choice choice = chooser.choose(pod_, ns);
    add_messages(choice.warnings, report);
    if (!choice.fault.empty()) return fail(Error{ErrorCode::kParse, choice.fault}, report);
    if (choice.settings == nullptr) {
      return skip("has sidecar injection disabled", choice.because, report);
    }
    const PodContext context{.owner = owner_, .ns_facts = choice.ns_facts.get(), .manifest = true};
    auto injected = inject_pod(pod_, context, *choice.settings);
    if (!injected) return fail(injected.error(), report);
    pod_ = std::move(injected->pod);
    add_messages(injected->warnings, report);
    ++report.injected;
    return true;
  }

 private:
  // The name in Istio's messages: the template's own, else the object's.
  std::string full_name() const {
    const std::string_view own = text_at(pod_, "name");
    const std::string name(own.empty() ? std::string_view(owner_.name) : own);
    return owner_.ns.empty() ? name : owner_.ns + "/" + name;
  }

  bool skip(std::string_view fact, const std::string& because, ManifestReport& report) const {
    std::string message = "===> Skipping injection because " + kind_ + " ";
    append_go_string(message, full_name());
    message.append(" ").append(fact);
    if (!because.empty()) message += ": " + because;
    report.messages.push_back(std::move(message));
    return false;
  }

  bool fail(const Error& error, ManifestReport& report) const {
    Diagnostic diagnostic;
    diagnostic.code = Code::kInjectionRefused;
    diagnostic.object = kind_ + " " + full_name();
    diagnostic.field = template_field(kind_);
    diagnostic.message = error.message;
    diagnostic.mend = "mend what it names, or label the pod sidecar.istio.io/inject: \"false\"";
    report.diagnostics.push_back(std::move(diagnostic));
    return false;
  }

  void add_messages(const std::vector<std::string>& warnings, ManifestReport& report) const {
    for (const std::string& warning : warnings) {
      report.messages.push_back(kind_ + " " + full_name() + ": " + warning);
    }
  }

  const PodPlace place_;
  const std::string kind_;
  Owner owner_;
  Value pod_;
};

bool is_whole(const Value& object, const PodPlace& place, ManifestReport& report) {
  if (place.found()) return true;
  Diagnostic diagnostic;
  diagnostic.code = Code::kMissingField;
  diagnostic.object = object_text(object);
  diagnostic.field = template_field(object.string_at("kind"));
  diagnostic.message = "is required";
  diagnostic.mend = "write the spec of the pod";
  report.diagnostics.push_back(std::move(diagnostic));
  return false;
}

}  // namespace

bool inject_object(Value& object, const Chooser& chooser, const ManifestOptions& options,
                   ManifestReport& report) {
  if (is_list_of_objects(object)) {
    bool changed = false;
    for (Value& item : *object.find("items")->if_list()) {
      changed |= inject_object(item, chooser, options, report);
    }
    return changed;
  }
  if (!holds_pod(object)) return false;
  const PodPlace place = place_of_pod(object);
  if (!is_whole(object, place, report)) return false;
  return Workload(object, place, options).inject(chooser, report);
}

std::string inject_manifest(std::string_view text, std::string_view file, const Chooser& chooser,
                            const ManifestOptions& options, ManifestReport& report) {
  const size_t before = report.diagnostics.size();
  Diagnostics reading;
  std::string out = rewrite_documents(text, file, options.limits, reading, [&](Value& object) {
    return inject_object(object, chooser, options, report);
  });
  for (size_t i = before; i < report.diagnostics.size(); ++i) report.diagnostics[i].file = file;
  report.diagnostics.insert(report.diagnostics.end(), reading.begin(), reading.end());
  return out;
}

}  // namespace mesh::injection
