#include "libmesh/traffic/traffic.h"

#include <map>
#include <mutex>
#include <unordered_map>

#include "libmesh/index/registry/targets.h"
#include "libmesh/model/endpoint_port.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/destination_rules.h"
#include "libmesh/traffic/gateway_builder.h"
#include "libmesh/traffic/peer_authentication.h"
#include "libmesh/traffic/scope_builder.h"
#include "libmesh/traffic/scope_change.h"
#include "libmesh/traffic/security/security_index.h"
#include "libmesh/traffic/services.h"
#include "libmesh/traffic/sidecar_index.h"
#include "libmesh/traffic/virtual_services.h"

namespace mesh::traffic {
namespace {

// A mode that Istio does not know is not "disabled": users match it with transport sockets of their own.
bool has_no_sidecar(const model::Endpoint& endpoint) {
  if (endpoint.tls_mode_istio) return false;
  static const std::string label = "security.istio.io/tlsMode";
  const auto found = endpoint.labels.find(label);
  return found == endpoint.labels.end() || found->second == "disabled";
}

}  // namespace

// Made of policies and settings alone: an index of a kind of policy belongs here, and its kind into difference.cc as
// an inbound policy, or
struct Traffic::Policies {
  explicit Policies(const index::Mesh& mesh) : peer_authentications(mesh), security(mesh) {}

  const PeerAuthenticationIndex peer_authentications;
  const SecurityIndex security;
};
// here, as an extension.
struct Traffic::Extensions {
  explicit Extensions(const index::Mesh& mesh)
      : telemetry(mesh), envoy_filters(mesh), plugins(mesh) {}

  const TelemetryIndex telemetry;
  const EnvoyFilterIndex envoy_filters;
  const ExtensionIndex plugins;
};

// Points into the objects of the mesh, which any mesh that is the same but for endpoints has as well, and nowhere else
// into a mesh.
struct Traffic::Rules {
  explicit Rules(const index::Mesh& mesh)
      : sidecars(std::make_shared<SidecarIndex>(mesh)),
        services(std::make_shared<ServiceIndex>(mesh)),
        virtual_services(std::make_shared<VirtualServiceIndex>(mesh)),
        destination_rules(std::make_shared<DestinationRuleIndex>(mesh)),
        gateway_index(std::make_shared<GatewayIndex>(mesh)),
        policies(std::make_shared<Policies>(mesh)),
        extensions(std::make_shared<Extensions>(mesh)) {}

  // Shares with `before` what the difference leaves as it was, and adds to it what is known after the merges of rules.
  Rules(const index::Mesh& mesh, Rules& before, const index::Mesh& mesh_before, Difference& change);

  ScopeSources sources(const index::Mesh& mesh) const {
    return {mesh, *services, *virtual_services, *destination_rules};
  }

  // The scope if it was asked for, or stands from the state before; else null. Under the mutex.
  ScopePtr known(const ScopeKey& key, const index::Mesh& mesh);

  std::shared_ptr<const SidecarIndex> sidecars;
  std::shared_ptr<const ServiceIndex> services;
  std::shared_ptr<const VirtualServiceIndex> virtual_services;
  std::shared_ptr<const DestinationRuleIndex> destination_rules;
  std::shared_ptr<const GatewayIndex> gateway_index;
  std::shared_ptr<const Policies> policies;
  std::shared_ptr<const Extensions> extensions;

  std::mutex mutex;  // guards the maps below
  std::unordered_map<std::string, ScopePtr>
      scopes;  // "<sidecar ns>/<name>@<proxy ns>", "gateway@<ns>"
  std::unordered_map<std::string, ScopePtr> scopes_before;  // until asked for
  DifferencePtr
      change;  // from the state of scopes_before; Traffics that differ in endpoints alone share it
  std::unordered_map<std::string, std::vector<model::ServicePtr>> visible;
  std::map<GatewaySelection, MergedGatewayPtr> gateways;
  std::map<std::vector<uint32_t>, ExtensionSetPtr> extension_sets;  // by their places
};

Traffic::Rules::Rules(const index::Mesh& mesh, Rules& before, const index::Mesh& mesh_before,
                      Difference& change)
    : sidecars(before.sidecars),
      services(before.services),
      virtual_services(before.virtual_services),
      destination_rules(before.destination_rules),
      gateway_index(before.gateway_index),
      policies(before.policies),
      extensions(before.extensions) {
  if (change.gateways) gateway_index = std::make_shared<GatewayIndex>(mesh);
  if (change.inbound_policies) policies = std::make_shared<Policies>(mesh);
  if (change.extensions) extensions = std::make_shared<Extensions>(mesh);
  if (!mesh.sidecars.same(mesh_before.sidecars)) sidecars = std::make_shared<SidecarIndex>(mesh);
  if (!mesh.services.same(mesh_before.services)) services = std::make_shared<ServiceIndex>(mesh);
  if (!mesh.virtual_services.same(mesh_before.virtual_services)) {
    virtual_services = std::make_shared<VirtualServiceIndex>(mesh, *before.virtual_services,
                                                             change.virtual_services);
  }
  if (!mesh.destination_rules.same(mesh_before.destination_rules)) {
    destination_rules =
        std::make_shared<DestinationRuleIndex>(mesh, before.destination_rules.get());
    each_apart(before.destination_rules->all(), destination_rules->all(),
               [&](const auto& rule) { change.destination_rules.push_back(rule); });
  }
  std::lock_guard<std::mutex> lock(before.mutex);
  scopes_before = before.scopes;
  if (!change.gateways) gateways = before.gateways;
  if (!change.extensions) extension_sets = before.extension_sets;
}

Traffic::Traffic(index::MeshPtr mesh, std::shared_ptr<Rules> rules, DifferencePtr change)
    : mesh_(std::move(mesh)), rules_(std::move(rules)), change_(std::move(change)) {}
Traffic::~Traffic() = default;

std::shared_ptr<const Traffic> Traffic::make(index::MeshPtr mesh, const Traffic* before) {
  auto change = std::make_shared<Difference>();
  if (before != nullptr) *change = traffic::difference(*before->mesh_, *mesh);
  std::shared_ptr<Rules> rules;
  if (change->everything) {
    rules = std::make_shared<Rules>(*mesh);
  } else if (mesh->same_but_endpoints(*before->mesh_)) {
    rules = before->rules_;
  } else {
    rules = std::make_shared<Rules>(*mesh, *before->rules_, *before->mesh_, *change);
    rules->change = change;
  }
  return std::shared_ptr<const Traffic>(
      new Traffic(std::move(mesh), std::move(rules), std::move(change)));
}

const index::Mesh& Traffic::mesh() const { return *mesh_; }

struct Traffic::ScopeKey {
  std::string text;
  const index::Sidecar* sidecar = nullptr;
  bool gateway = false;
};

Traffic::ScopeKey Traffic::scope_key(const model::Proxy& proxy) const {
  if (proxy.type != model::ProxyType::kSidecar) return {"gateway@" + proxy.ns, nullptr, true};
  const index::Sidecar* sidecar = rules_->sidecars->select(proxy.ns, proxy.labels);
  std::string text = sidecar == nullptr ? "" : sidecar->ns() + "/" + sidecar->name();
  return {std::move(text) + "@" + proxy.ns, sidecar, false};
}

ScopePtr Traffic::Rules::known(const ScopeKey& key, const index::Mesh& mesh) {
  if (const auto found = scopes.find(key.text); found != scopes.end()) return found->second;
  const auto before = scopes_before.find(key.text);
  if (before == scopes_before.end()) return nullptr;
  const ScopePtr last = std::move(before->second);
  scopes_before.erase(before);
  if (!scope_stands(*last, sources(mesh), key.sidecar, *change)) return nullptr;
  return scopes[key.text] = last;
}

ScopePtr Traffic::known_scope(const model::Proxy& proxy) const {
  const ScopeKey key = scope_key(proxy);
  std::lock_guard<std::mutex> lock(rules_->mutex);
  return rules_->known(key, *mesh_);
}

ScopePtr Traffic::scope(const model::Proxy& proxy) const {
  const ScopeKey key = scope_key(proxy);
  std::lock_guard<std::mutex> lock(rules_->mutex);
  if (ScopePtr known = rules_->known(key, *mesh_)) return known;
  const ScopeSources sources = rules_->sources(*mesh_);
  return rules_->scopes[key.text] = key.gateway ? build_gateway_scope(sources, proxy.ns)
                                                : build_scope(sources, key.sidecar, proxy.ns);
}

ProxyView Traffic::view(model::Proxy proxy) const {
  ProxyView view;
  view.owner = shared_from_this();
  view.traffic = this;
  view.scope = scope(proxy);
  view.envoy_filters = rules_->extensions->envoy_filters.select(mesh_->root_namespace, proxy);
  view.targets = index::service_targets(*mesh_, proxy, &view.targets_by_endpoints);
  view.telemetry = rules_->extensions->telemetry.of(*mesh_, proxy);
  view.authorization = rules_->policies->security.authorization(proxy);
  view.request_authn = rules_->policies->security.request_authn(proxy);
  if (proxy.type == model::ProxyType::kGateway) {
    GatewaySelection selected = rules_->gateway_index->select(*mesh_, proxy, view.targets);
    std::lock_guard<std::mutex> lock(rules_->mutex);
    auto [it, fresh] = rules_->gateways.try_emplace(std::move(selected));
    if (fresh) it->second = merge_gateways(*mesh_, it->first);
    view.gateway = it->second;
  }
  if (!rules_->extensions->plugins.empty()) {
    std::vector<uint32_t> selected =
        rules_->extensions->plugins.select(mesh_->root_namespace, proxy);
    std::lock_guard<std::mutex> lock(rules_->mutex);
    auto [it, fresh] = rules_->extension_sets.try_emplace(std::move(selected));
    if (fresh) it->second = rules_->extensions->plugins.merge(it->first);
    view.extensions = it->second;
  }
  view.proxy = std::move(proxy);
  return view;
}

const std::vector<model::ServicePtr>& Traffic::services_visible_to(const std::string& ns) const {
  std::lock_guard<std::mutex> lock(rules_->mutex);
  auto [it, fresh] = rules_->visible.try_emplace(ns);
  if (fresh) it->second = rules_->services->visible_to(ns);
  return it->second;
}

bool Traffic::is_visible(const model::Service& service, const std::string& ns) const {
  return rules_->services->is_visible(service, ns);
}

RuleLists Traffic::virtual_services(const std::string& ns, std::string_view gateway) const {
  return rules_->virtual_services->select(ns, gateway);
}

std::unordered_set<std::string> Traffic::gateways_leading_to(
    const std::unordered_set<std::string>& hosts) const {
  std::unordered_set<std::string> out;
  for (const std::string& host : hosts) {
    rules_->virtual_services->each_leading_to(host, [&](const VirtualServicePtr& rule) {
      const auto& gateways = rule->spec->gateways;
      if (gateways.empty() || (gateways.size() == 1 && gateways[0] == model::kMeshGateway)) return;
      bool leads = false;
      each_http_destination(*rule->spec, [&](const networking::Destination& to) {
        leads = leads || hosts.contains(to.host);
      });
      if (leads) out.insert(gateways.begin(), gateways.end());
    });
  }
  return out;
}

ExtensionPtr Traffic::extension(const std::string& ns, std::string_view name) const {
  return rules_->extensions->plugins.find(ns, name);
}

const Diagnostics& Traffic::extension_diagnostics() const {
  return rules_->extensions->plugins.diagnostics();
}

PeerAuthn Traffic::peer_authn(const std::string& ns, const Labels& workload_labels) const {
  return rules_->policies->peer_authentications.for_workload(ns, workload_labels);
}

MutualTls Traffic::namespace_mutual_tls(const std::string& ns) const {
  return rules_->policies->peer_authentications.for_namespace(ns);
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
        if (!model::serves(*endpoint, service, port)) continue;
        any = true;
        if (has_no_sidecar(*endpoint)) return MutualTls::kDisable;
      }
    }
    if (!any) return MutualTls::kDisable;
  }
  MutualTls mode = namespace_mutual_tls(service.ns);
  return mode == MutualTls::kUnknown ? MutualTls::kPermissive : mode;
}

bool Traffic::endpoint_mutual_tls(const model::Endpoint& endpoint) const {
  if (!endpoint.tls_mode_istio) return false;
  if (rules_->policies->peer_authentications.empty()) return true;
  return peer_authn(endpoint.ns, endpoint.labels).for_port(endpoint.port) != MutualTls::kDisable;
}

}  // namespace mesh::traffic
