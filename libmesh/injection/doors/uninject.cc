#include "libmesh/injection/doors/uninject.h"

#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/json.h"
#include "libmesh/injection/doors/documents.h"
#include "libmesh/injection/doors/places.h"
#include "libmesh/injection/doors/uninject_parts.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/overrides.h"
#include "libmesh/injection/pod/probes.h"
#include "libmesh/injection/pod/prometheus.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Value;

Value read_mapping(std::string_view text) {
  Diagnostics ignored;
  auto read = document::read_json(text, "", ignored);
  return read && read->is_map() ? *std::move(read) : Value();
}

// Whether a container has the variable by which gRPC finds its bootstrap.
bool is_grpc(const Value& pod) {
  const List* containers = spec_list(pod, kContainers);
  if (containers == nullptr) return false;
  for (const Value& container : *containers) {
    const Value* env = container.find("env");
    if (env != nullptr && find_named(env->if_list(), "GRPC_XDS_BOOTSTRAP") != nullptr) return true;
  }
  return false;
}

Traces read_traces(const Value& pod, InjectionStatus status, std::vector<Unknown>& unknown) {
  Traces out;
  out.status = std::move(status);
  for (const std::string& name : out.status.init_containers) {
    out.validates |= name == kValidationContainer;
  }
  if (auto overrides = read_overrides(pod)) {
    out.containers = std::move(overrides->containers);
    out.init_containers = std::move(overrides->init_containers);
  } else {
    unknown.push_back({"metadata.annotations[" + std::string(kOverridesAnnotation) + "]",
                       "cannot be read; what the user had written of the proxy is lost"});
  }
  out.grpc = is_grpc(pod);
  const Value* sidecar = find_container(pod, kProxyContainer);
  const Value* env = sidecar == nullptr ? nullptr : sidecar->find("env");
  if (env == nullptr || !env->is_list()) return out;
  for (const Value& variable : *env->if_list()) {
    const std::string_view name = variable.string_at("name");
    const std::string_view value = variable.string_at("value");
    if (name == kAppProbersVariable) out.probers = read_mapping(value);
    if (name == kPrometheusVariable) out.prometheus = read_mapping(value);
    if (name == "ISTIO_META_NETWORK") out.network = value;
  }
  return out;
}

Diagnostic diagnostic_of(const Unknown& unknown, const std::string& object) {
  Diagnostic out;
  out.severity = Severity::kInfo;
  out.code = Code::kInjectionUnknown;
  out.object = object;
  out.field = unknown.field;
  out.message = unknown.message;
  out.mend = "compare with the manifest that the pod came from";
  return out;
}

bool uninject_workload(Value& object, const PodPlace& place, UninjectReport& report) {
  Value pod = take_pod(place);
  Uninjected out = uninject_pod(pod);
  put_pod(place, std::move(out.pod));
  if (!out.was_injected) return false;
  ++report.uninjected;
  const std::string text = object_text(object);
  for (const Unknown& unknown : out.unknown) {
    report.diagnostics.push_back(diagnostic_of(unknown, text));
  }
  return true;
}

}  // namespace

Uninjected uninject_pod(const Value& pod) {
  Uninjected out;
  out.pod = pod;
  auto status = read_status(pod);
  if (!status) return out;
  out.was_injected = true;
  const Traces traces = read_traces(pod, *std::move(status), out.unknown);
  restore_probes(out.pod, traces, out.unknown);
  restore_containers(out.pod, traces, out.unknown);
  restore_metadata(out.pod, traces, out.unknown);
  return out;
}

bool uninject_object(Value& object, UninjectReport& report) {
  if (is_list_of_objects(object)) {
    bool changed = false;
    for (Value& item : *object.find("items")->if_list()) changed |= uninject_object(item, report);
    return changed;
  }
  const PodPlace place = place_of_pod(object);
  return place.found() && uninject_workload(object, place, report);
}

std::string uninject_manifest(std::string_view text, std::string_view file, UninjectReport& report,
                              const document::Limits& limits) {
  Diagnostics reading;
  const size_t before = report.diagnostics.size();
  std::string out = rewrite_documents(
      text, file, limits, reading, [&](Value& object) { return uninject_object(object, report); });
  for (size_t i = before; i < report.diagnostics.size(); ++i) report.diagnostics[i].file = file;
  report.diagnostics.insert(report.diagnostics.end(), reading.begin(), reading.end());
  return out;
}

}  // namespace mesh::injection
