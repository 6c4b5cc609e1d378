#include "libmesh/index/injection.h"

#include <optional>
#include <string>

#include "libmesh/schema/maistra.h"

namespace mesh::index {
namespace {

std::optional<std::string> value_of(const Labels& labels, const char* key) {
  auto found = labels.find(key);
  if (found == labels.end()) return std::nullopt;
  return found->second;
}

// Ignored by the injector whatever they say (IgnoredNamespaces in pkg/kube/inject).
bool is_ignored(const std::string& ns) {
  return ns == "kube-system" || ns == "kube-public" || ns == "kube-node-lease" ||
         ns == "local-path-storage";
}

// The label before the annotation; empty is undecided, everything but the four words is no.
std::optional<bool> said_by_pod(const InjectionSubject& pod) {
  auto said = value_of(pod.labels, "sidecar.istio.io/inject");
  if (!said) said = value_of(pod.annotations, "sidecar.istio.io/inject");
  if (!said || said->empty()) return std::nullopt;
  return *said == "y" || *said == "yes" || *said == "true" || *said == "on";
}

bool maistra_default(const Tenant& tenant) {
  const auto& spec = tenant.control_plane->as<maistra::ControlPlaneSpec>();
  return spec.proxy && spec.proxy->injection && spec.proxy->injection->auto_inject.value_or(false);
}

// A cluster-wide control plane looks at more namespaces than its members, but injects only these.
bool is_member(const Tenant& tenant, const std::string& ns) {
  if (ns == tenant.ns) return true;
  const Member* member = tenant.members.get(ns);
  return member != nullptr && member->state == MemberState::kConfigured;
}

}  // namespace

bool is_to_be_injected(const Tenant& tenant, const std::string& ns, const Labels& namespace_labels,
                       const InjectionSubject& pod) {
  if (pod.host_network || is_ignored(ns)) return false;
  auto injection = value_of(namespace_labels, "istio-injection");
  std::optional<bool> said = said_by_pod(pod);
  if (!tenant.implicit) {
    if (!is_member(tenant, ns)) return false;
    if (injection == "disabled") return false;
    return said.value_or(maistra_default(tenant));
  }
  // Istio's four webhooks: the namespace by istio-injection, else by revision; else the pod itself.
  if (injection) return *injection == "enabled" && said.value_or(true);
  if (namespace_labels.contains("istio.io/rev")) return said.value_or(true);
  if (pod.labels.contains("istio.io/rev")) return said.value_or(true);
  // Without any label on the namespace only the pod's own label (not its annotation) selects it.
  return pod.labels.contains("sidecar.istio.io/inject") && said.value_or(false);
}

}  // namespace mesh::index
