#include "libmesh/traffic/attachment.h"

#include <algorithm>

namespace mesh::traffic {
namespace {

constexpr const char* kGatewayLabel = "gateway.networking.k8s.io/gateway-name";
constexpr std::string_view kGatewayGroup = "gateway.networking.k8s.io";
constexpr std::string_view kWaypointClass = "istio-waypoint";

bool is_kind(const TargetReference& target, std::string_view group, std::string_view kind) {
  // Kubernetes' own group has no name; some write "core".
  const std::string_view named = target.group.empty() ? "core" : std::string_view(target.group);
  return named == group && target.kind == kind;
}

}  // namespace

PolicyMatcher::PolicyMatcher(const std::string& root_namespace, const model::Proxy& proxy,
                             std::span<const model::ServicePtr> services)
    : root_(root_namespace),
      proxy_(proxy),
      services_(services),
      waypoint_(proxy.type == model::ProxyType::kWaypoint) {
  const auto label = proxy.labels.find(kGatewayLabel);
  if (label != proxy.labels.end()) gateway_ = &label->second;
}

bool PolicyMatcher::is_service(std::string_view policy_ns, std::string_view name,
                               model::Registry registry) const {
  return std::any_of(services_.begin(), services_.end(), [&](const model::ServicePtr& service) {
    const std::string& own = service->object_name.empty() ? service->name : service->object_name;
    return own == name && service->ns == policy_ns && service->registry == registry;
  });
}

bool PolicyMatcher::is_target(std::string_view policy_ns, const TargetReference& target) const {
  if (waypoint_) {
    if (is_kind(target, "core", "Service") &&
        is_service(policy_ns, target.name, model::Registry::kKubernetes)) {
      return true;
    }
    if (is_kind(target, "networking.istio.io", "ServiceEntry") &&
        is_service(policy_ns, target.name, model::Registry::kExternal)) {
      return true;
    }
    if (policy_ns == root_ && is_kind(target, kGatewayGroup, "GatewayClass") &&
        target.name == kWaypointClass) {
      return true;
    }
  }
  // A reference to another namespace is not supported: it never applies.
  if (policy_ns != proxy_.ns) return false;
  if (!target.namespace_.empty() && target.namespace_ != proxy_.ns) return false;
  return is_kind(target, kGatewayGroup, "Gateway") && target.name == *gateway_;
}

bool PolicyMatcher::selects(std::string_view policy_ns, const Attachment& attachment) const {
  if (attachment.targets.empty()) {
    // Waypoints never go by labels; other gateways do (ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY).
    if (gateway_ != nullptr && waypoint_) return false;
    return attachment.selector == nullptr || labels_match(*attachment.selector, proxy_.labels);
  }
  if (gateway_ == nullptr) return false;
  return std::any_of(attachment.targets.begin(), attachment.targets.end(),
                     [&](const TargetReference& target) { return is_target(policy_ns, target); });
}

}  // namespace mesh::traffic
