#include "libmesh/traffic/traffic.h"

#include <map>
#include <mutex>
#include <unordered_map>

#include "libmesh/index/targets.h"
#include "libmesh/traffic/destination_rules.h"
#include "libmesh/traffic/gateway_builder.h"
#include "libmesh/traffic/peer_authentication.h"
#include "libmesh/traffic/scope_builder.h"
#include "libmesh/traffic/services.h"
#include "libmesh/traffic/virtual_services.h"

namespace mesh::traffic {

struct Traffic::State {
  explicit State(index::MeshPtr m)
      : mesh(std::move(m)),
        services(*mesh),
        virtual_services(*mesh),
        destination_rules(*mesh),
        peer_authentications(*mesh) {}

  ScopeSources sources() const { return {*mesh, services, virtual_services, destination_rules}; }

  const index::MeshPtr mesh;
  const ServiceIndex services;
  const VirtualServiceIndex virtual_services;
  const DestinationRuleIndex destination_rules;
  const PeerAuthenticationIndex peer_authentications;

  std::mutex mutex;  // guards the maps below
  std::unordered_map<std::string, ScopePtr>
      scopes;  // "<sidecar ns>/<name>@<proxy ns>", "gateway@<ns>"
  std::unordered_map<std::string, std::vector<model::ServicePtr>> visible;
  std::map<GatewaySelection, MergedGatewayPtr> gateways;
};

Traffic::Traffic(index::MeshPtr mesh) : state_(std::make_unique<State>(std::move(mesh))) {}
Traffic::~Traffic() = default;

std::shared_ptr<const Traffic> Traffic::make(index::MeshPtr mesh) {
  return std::shared_ptr<const Traffic>(new Traffic(std::move(mesh)));
}

const index::Mesh& Traffic::mesh() const { return *state_->mesh; }

ScopePtr Traffic::scope(const model::Proxy& proxy) const {
  bool gateway = proxy.type != model::ProxyType::kSidecar;
  const index::Sidecar* sidecar =
      gateway ? nullptr : select_sidecar(*state_->mesh, proxy.ns, proxy.labels);
  std::string key =
      gateway ? "gateway@" + proxy.ns
              : (sidecar != nullptr ? sidecar->ns() + "/" + sidecar->name() : "") + "@" + proxy.ns;
  std::lock_guard<std::mutex> lock(state_->mutex);
  ScopePtr& scope = state_->scopes[key];
  if (scope == nullptr) {
    scope = gateway ? build_gateway_scope(state_->sources(), proxy.ns)
                    : build_scope(state_->sources(), sidecar, proxy.ns);
  }
  return scope;
}

ProxyView Traffic::view(model::Proxy proxy) const {
  ProxyView view;
  view.owner = shared_from_this();
  view.traffic = this;
  view.scope = scope(proxy);
  view.targets = index::service_targets(*state_->mesh, proxy);
  if (proxy.type == model::ProxyType::kGateway) {
    GatewaySelection selected = select_gateways(*state_->mesh, proxy, view.targets);
    std::lock_guard<std::mutex> lock(state_->mutex);
    auto [it, fresh] = state_->gateways.try_emplace(std::move(selected));
    if (fresh) it->second = merge_gateways(*state_->mesh, it->first);
    view.gateway = it->second;
  }
  view.proxy = std::move(proxy);
  return view;
}

const std::vector<model::ServicePtr>& Traffic::services_visible_to(const std::string& ns) const {
  std::lock_guard<std::mutex> lock(state_->mutex);
  auto [it, fresh] = state_->visible.try_emplace(ns);
  if (fresh) it->second = state_->services.visible_to(ns);
  return it->second;
}

bool Traffic::is_visible(const model::Service& service, const std::string& ns) const {
  return state_->services.is_visible(service, ns);
}

std::vector<VirtualServicePtr> Traffic::virtual_services(const std::string& ns,
                                                         const std::string& gateway) const {
  return state_->virtual_services.select(ns, gateway);
}

PeerAuthn Traffic::peer_authn(const std::string& ns, const Labels& workload_labels) const {
  return state_->peer_authentications.for_workload(ns, workload_labels);
}

MutualTls Traffic::namespace_mutual_tls(const std::string& ns) const {
  return state_->peer_authentications.for_namespace(ns);
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
  if (state_->peer_authentications.empty()) return true;
  return peer_authn(endpoint.ns, endpoint.labels).for_port(endpoint.port) != MutualTls::kDisable;
}

}  // namespace mesh::traffic
