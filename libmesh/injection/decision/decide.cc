#include "libmesh/injection/decision/decide.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/base/strings.h"
#include "libmesh/injection/decision/asked.h"
#include "libmesh/injection/pod/access.h"

namespace mesh::injection {
namespace {

using document::Value;
using index::InjectionPlace;
using index::InjectionVerdict;
using index::InjectorCall;

// Of a webhook that the operator or a chart would install.
std::string configuration_of(const InjectorCall& call, const index::Tenants& tenants) {
  if (call.webhook == nullptr || !call.webhook->configuration.empty()) {
    return call.webhook == nullptr ? std::string() : call.webhook->configuration;
  }
  if (const index::Tenant* tenant = tenants.find(call.tenant);
      tenant != nullptr && !tenant->implicit) {
    if (tenant->version == "v1.1") return "istio-sidecar-injector-" + tenant->ns;
    return "istiod-" + tenant->name + "-" + tenant->ns;
  }
  return "istio-sidecar-injector" + (call.revision == "default" ? "" : "-" + call.revision);
}

std::string plane_text(const std::string& ns, const std::string& revision) {
  return "revision \"" + revision + "\"" + (ns.empty() ? "" : " of " + ns);
}

void tell_values(const InjectionVerdict& verdict, Decision& out) {
  if (!verdict.said_nothing) return;
  std::set<std::pair<std::string, std::string>> told;
  for (const Because& because : out.because) {
    if (because.field.find("sidecar.istio.io/inject") == std::string::npos ||
        because.text.find("counts") == std::string::npos ||
        !told.emplace(because.field, because.text).second) {
      continue;
    }
    out.diagnostics.push_back({Severity::kWarning, Code::kInjectionValue, because.object,
                               because.field, "\"" + because.value + "\" " + because.text,
                               "write \"true\" or \"false\"", "", 0, 0});
  }
}

void tell_conflict(const InjectionVerdict& verdict, const Subject& subject, Decision& out) {
  std::vector<std::pair<std::string, std::string>> planes;
  for (const InjectorCall& call : verdict.calls) {
    if (!call.injects || call.called != Answer::kYes) continue;
    std::pair plane{call.ns, call.revision};
    if (std::find(planes.begin(), planes.end(), plane) == planes.end()) planes.push_back(plane);
  }
  if (planes.size() < 2) return;
  std::string text;
  for (size_t i = 0; i < planes.size(); ++i) {
    text += (i == 0 ? "" : " and ") + plane_text(planes[i].first, planes[i].second);
  }
  out.diagnostics.push_back(
      {Severity::kWarning, Code::kInjectionConflict, std::string(subject.object),
       "metadata.namespace",
       text + " would all inject; the one that is called last, " +
           plane_text(out.plane_ns, out.revision) + ", leaves its proxy",
       "leave the labels of one control plane on the namespace; maistra.io/ignore-namespace "
       "switches that of a ServiceMeshControlPlane off",
       "", 0, 0});
}

}  // namespace

std::string Decision::text() const {
  std::string out(answer_text(answer));
  out += " (" + std::string(reason_text(reason)) + ")";
  if (because.empty()) return out;
  const Because& last = because.back();
  out += ": " + last.object;
  if (!last.field.empty()) out += (last.object.empty() ? "" : " ") + last.field;
  if (!last.value.empty()) out += " \"" + last.value + "\"";
  return out + ": " + last.text;
}

Subject subject_of(const Value& pod, std::string_view ns, std::string_view object) {
  Subject out;
  out.ns = ns;
  out.labels = index::LabelView(metadata_map(pod, "labels"));
  out.annotations = index::LabelView(metadata_map(pod, "annotations"));
  out.host_network = in_host_network(pod);
  out.object = object;
  return out;
}

InjectionPlace place_of(const index::Snapshot& snapshot, std::string_view ns) {
  const std::string name(ns);
  const kube::ObjectPtr* object =
      snapshot.objects(kube::Kind::kNamespace).get({kube::Kind::kNamespace, "", name});
  const index::Tenants& tenants = snapshot.tenants();
  InjectionPlace out{snapshot.injection_rules(), tenants};
  out.tenant = tenants.of_namespace(name);
  // Objects live as long as the snapshot.
  if (object != nullptr) out.labels = &(*object)->labels;
  return out;
}

Decision decide(const index::Snapshot& snapshot, const Subject& subject) {
  const InjectionPlace place = place_of(snapshot, subject.ns);
  Decision out;
  InjectionVerdict verdict = decide_injection(place, subject, &out.because);
  out.answer = verdict.answer;
  out.reason = verdict.reason;
  out.presumed = verdict.presumed;
  const InjectorCall& decided = verdict.decided;
  out.tenant = decided.tenant;
  out.plane_ns = decided.ns;
  out.revision = decided.revision;
  out.configuration = configuration_of(decided, place.tenants);
  if (decided.webhook != nullptr) {
    out.tag = decided.webhook->tag;
    out.webhook = decided.webhook->name;
    out.stated = decided.webhook->stated;
  }
  tell_values(verdict, out);
  tell_conflict(verdict, subject, out);
  tell_unanswered(place, subject, out);
  return out;
}

}  // namespace mesh::injection
