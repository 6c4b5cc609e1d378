#include "libmesh/traffic/traffic.h"

#include <map>
#include <mutex>
#include <unordered_map>

#include "libmesh/index/targets.h"
#include "libmesh/traffic/destination_rules.h"
#include "libmesh/traffic/gateway_builder.h"
#include "libmesh/traffic/peer_authentication.h"
#include "libmesh/traffic/scope_builder.h"
#include "libmesh/traffic/security/security_index.h"
#include "libmesh/traffic/services.h"
#include "libmesh/traffic/virtual_services.h"

namespace mesh::traffic {

// Points into the objects of the mesh, which any mesh that is the same but for endpoints has as well, and nowhere else
// into a mesh.
struct Traffic::Rules {
  explicit Rules(const index::Mesh& mesh)
      : services(mesh),
        virtual_services(mesh),
        envoy_filters(mesh),
        destination_rules(mesh),
        peer_authentications(mesh),
        security(mesh),
        extensions(mesh),
        telemetry(mesh) {}

  ScopeSources sources(const index::Mesh& mesh) const {
    return {mesh, services, virtual_services, destination_rules};
  }

  const ServiceIndex services;
  const VirtualServiceIndex virtual_services;
  const EnvoyFilterIndex envoy_filters;
  const DestinationRuleIndex destination_rules;
  const PeerAuthenticationIndex peer_authentications;
  const SecurityIndex security;
  const ExtensionIndex extensions;
  const TelemetryIndex telemetry;

  std::mutex mutex;  // guards the maps below
  std::unordered_map<std::string, ScopePtr>
      scopes;  // "<sidecar ns>/<name>@<proxy ns>", "gateway@<ns>"
  std::unordered_map<std::string, std::vector<model::ServicePtr>> visible;
  std::map<GatewaySelection, MergedGatewayPtr> gateways;
  std::map<std::vector<uint32_t>, ExtensionSetPtr> extension_sets;  // by their places
};

Traffic::Traffic(index::MeshPtr mesh, std::shared_ptr<Rules> rules)
    : mesh_(std::move(mesh)), rules_(std::move(rules)) {}
Traffic::~Traffic() = default;

std::shared_ptr<const Traffic> Traffic::make(index::MeshPtr mesh, const Traffic* before) {
  const bool same = before != nullptr && mesh->same_but_endpoints(*before->mesh_);
  auto rules = same ? before->rules_ : std::make_shared<Rules>(*mesh);
  return std::shared_ptr<const Traffic>(new Traffic(std::move(mesh), std::move(rules)));
}

const index::Mesh& Traffic::mesh() const { return *mesh_; }

ScopePtr Traffic::scope(const model::Proxy& proxy) const {
  bool gateway = proxy.type != model::ProxyType::kSidecar;
  const index::Sidecar* sidecar =
      gateway ? nullptr : select_sidecar(*mesh_, proxy.ns, proxy.labels);
  std::string key =
      gateway ? "gateway@" + proxy.ns
              : (sidecar != nullptr ? sidecar->ns() + "/" + sidecar->name() : "") + "@" + proxy.ns;
  std::lock_guard<std::mutex> lock(rules_->mutex);
  ScopePtr& scope = rules_->scopes[key];
  if (scope == nullptr) {
    scope = gateway ? build_gateway_scope(rules_->sources(*mesh_), proxy.ns)
                    : build_scope(rules_->sources(*mesh_), sidecar, proxy.ns);
  }
  return scope;
}

ProxyView Traffic::view(model::Proxy proxy) const {
  ProxyView view;
  view.owner = shared_from_this();
  view.traffic = this;
  view.scope = scope(proxy);
  view.envoy_filters = rules_->envoy_filters.select(mesh_->root_namespace, proxy);
  view.targets = index::service_targets(*mesh_, proxy, &view.targets_by_endpoints);
  view.telemetry = rules_->telemetry.of(*mesh_, proxy);
  view.authorization = rules_->security.authorization(proxy);
  view.request_authn = rules_->security.request_authn(proxy);
  if (proxy.type == model::ProxyType::kGateway) {
    GatewaySelection selected = select_gateways(*mesh_, proxy, view.targets);
    std::lock_guard<std::mutex> lock(rules_->mutex);
    auto [it, fresh] = rules_->gateways.try_emplace(std::move(selected));
    if (fresh) it->second = merge_gateways(*mesh_, it->first);
    view.gateway = it->second;
  }
  if (!rules_->extensions.empty()) {
    std::vector<uint32_t> selected = rules_->extensions.select(mesh_->root_namespace, proxy);
    std::lock_guard<std::mutex> lock(rules_->mutex);
    auto [it, fresh] = rules_->extension_sets.try_emplace(std::move(selected));
    if (fresh) it->second = rules_->extensions.merge(it->first);
    view.extensions = it->second;
  }
  view.proxy = std::move(proxy);
  return view;
}

const std::vector<model::ServicePtr>& Traffic::services_visible_to(const std::string& ns) const {
  std::lock_guard<std::mutex> lock(rules_->mutex);
  auto [it, fresh] = rules_->visible.try_emplace(ns);
  if (fresh) it->second = rules_->services.visible_to(ns);
  return it->second;
}

bool Traffic::is_visible(const model::Service& service, const std::string& ns) const {
  return rules_->services.is_visible(service, ns);
}

std::vector<VirtualServicePtr> Traffic::virtual_services(const std::string& ns,
                                                         const std::string& gateway) const {
  return rules_->virtual_services.select(ns, gateway);
}

ExtensionPtr Traffic::extension(const std::string& ns, std::string_view name) const {
  return rules_->extensions.find(ns, name);
}

const Diagnostics& Traffic::extension_diagnostics() const {
  return rules_->extensions.diagnostics();
}

PeerAuthn Traffic::peer_authn(const std::string& ns, const Labels& workload_labels) const {
  return rules_->peer_authentications.for_workload(ns, workload_labels);
}

MutualTls Traffic::namespace_mutual_tls(const std::string& ns) const {
  return rules_->peer_authentications.for_namespace(ns);
}

MutualTls Traffic::service_mutual_tls(const model::Service& service, const model::Port& port,
                                      const networking::TrafficPolicy* policy) const {
  if (service.mesh_external) return MutualTls::kUnknown;
  using Simple = networking::LoadBalancerSettings_SimpleLB;
  bool passthrough = service.resolution == model::Resolution::kPassthrough ||
                     (policy != nullptr && policy->load_balancer && policy->load_balancer->simple &&
                      *policy->load_balancer->simple == Simple::PASSTHROUGH);
  if (passthrough) {
    // Straight to the pods: only if every one of them takes mTLS.
    const model::EndpointSet* set = mesh().endpoints_of(service);
    bool any = false;
    if (set != nullptr) {
      for (const model::EndpointPtr& endpoint : set->endpoints) {
        if (endpoint->service_port_name != port.name) continue;
        any = true;
        if (!endpoint->tls_mode_istio) return MutualTls::kDisable;
      }
    }
    if (!any) return MutualTls::kDisable;
  }
  MutualTls mode = namespace_mutual_tls(service.ns);
  return mode == MutualTls::kUnknown ? MutualTls::kPermissive : mode;
}

bool Traffic::endpoint_mutual_tls(const model::Endpoint& endpoint) const {
  if (!endpoint.tls_mode_istio) return false;
  if (rules_->peer_authentications.empty()) return true;
  return peer_authn(endpoint.ns, endpoint.labels).for_port(endpoint.port) != MutualTls::kDisable;
}

}  // namespace mesh::traffic
