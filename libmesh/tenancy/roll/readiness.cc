#include "libmesh/tenancy/roll/readiness.h"

#include <array>
#include <set>

#include "libmesh/smcp/path.h"
#include "libmesh/tenancy/plan/names.h"
#include "libmesh/tenancy/roll/condition.h"

namespace mesh::tenancy {

using document::Value;
using kube::Kind;

namespace {

bool is_deployment_ready(const Value& object) {
  if (number_at(object, "status", "readyReplicas") < number_at(object, "status", "replicas")) {
    return false;
  }
  if (number_at(object, "status", "observedGeneration") <
      number_at(object, "metadata", "generation")) {
    return false;
  }
  return condition_of(read_conditions(object.find("status")), "Available").is_true();
}

// Where the control plane has workloads: its own namespace, and its gateways' as far as they are
// members.
std::set<std::string> namespaces_of(const index::Tenant& tenant, const Value& spec) {
  std::set<std::string> out{tenant.ns};
  auto add = [&](const Value& gateway) {
    std::string ns(gateway.string_at("namespace"));
    const index::Member* member = tenant.members.get(ns);
    if (member != nullptr && member->state == index::MemberState::kConfigured) out.insert(ns);
  };
  const Value* gateways = spec.find("gateways");
  if (gateways == nullptr) return out;
  for (const char* one : {"ingress", "egress"}) {
    if (const Value* gateway = gateways->find(one)) add(*gateway);
  }
  for (const char* more : {"additionalIngress", "additionalEgress"}) {
    const Value* all = gateways->find(more);
    if (all == nullptr || !all->is_map()) continue;
    for (const document::Member& gateway : *all->if_map()) add(gateway.value);
  }
  return out;
}

}  // namespace

bool is_workload_ready(const kube::Object& workload) {
  const Value& object = workload.document;
  if (workload.key.kind == Kind::kDeployment) return is_deployment_ready(object);
  if (workload.key.kind == Kind::kStatefulSet) {
    return number_at(object, "status", "readyReplicas") >= number_at(object, "status", "replicas");
  }
  return number_at(object, "status", "numberUnavailable") == 0;
}

std::map<std::string, bool> component_readiness(const index::Snapshot& snapshot,
                                                const index::Tenant& tenant, const Value& spec) {
  std::map<std::string, bool> out;
  for (const std::string& ns : namespaces_of(tenant, spec)) {
    for (Kind kind : {Kind::kDeployment, Kind::kStatefulSet, Kind::kDaemonSet}) {
      for (const auto& [key, object] : snapshot.objects(kind).in_namespace(ns)) {
        auto owner = object->labels.find(names::kOwner);
        auto component = object->labels.find(names::kAppComponent);
        if (owner == object->labels.end() || owner->second != tenant.ns) continue;
        if (component == object->labels.end()) continue;
        auto [at, fresh] = out.try_emplace(component->second, true);
        at->second = at->second && is_workload_ready(*object);
      }
    }
  }
  return out;
}

bool has_workloads(std::string_view chart) {
  // Kiali and Jaeger are run by operators of their own; the other charts are configuration.
  static constexpr std::array<std::string_view, 16> kWith = {"istio-discovery",
                                                             "istio-ingress",
                                                             "istio-egress",
                                                             "prometheus",
                                                             "grafana",
                                                             "rls",
                                                             "mixer",
                                                             "wasm-extensions",
                                                             "maistra-threescale",
                                                             "galley",
                                                             "pilot",
                                                             "security",
                                                             "gateways",
                                                             "sidecarInjectorWebhook",
                                                             "istio-policy",
                                                             "mixer-telemetry"};
  for (std::string_view with : kWith) {
    if (with == chart) return true;
  }
  return false;
}

}  // namespace mesh::tenancy
