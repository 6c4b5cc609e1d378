#include "libmesh/index/mesh_builder.h"

#include <algorithm>

#include "libmesh/index/configs.h"
#include "libmesh/index/ingress.h"
#include "libmesh/index/jwks.h"
#include "libmesh/model/istiod_variables.h"

namespace mesh::index {
namespace {

using kube::Kind;
using kube::ObjectPtr;

// Takes the new value only when it is another one, so that the same stays shared.
template <typename T>
void assign(Shared<T>& shared, T value) {
  if (!(shared.get() == value)) shared = std::move(value);
}

Secrets secrets_of(const Objects& objects, const std::vector<std::string>& namespaces) {
  Secrets out;
  each_in(objects.of(Kind::kSecret), namespaces,
          [&](const ObjectPtr& object) { out.emplace_hint(out.end(), object->key, object); });
  return out;
}

}  // namespace

std::vector<std::string> MeshBuilder::discovered(const Tenant& tenant,
                                                 const Objects& objects) const {
  if (settings_->config->discovery_selectors.empty()) {
    return {tenant.namespaces.begin(), tenant.namespaces.end()};
  }
  static const Labels kNone;
  std::vector<std::string> out;
  for (const std::string& ns : tenant.namespaces) {
    const ObjectPtr* object = objects.get({Kind::kNamespace, "", ns});
    if (is_discovered(settings_->config, object == nullptr ? kNone : (*object)->labels)) {
      out.push_back(ns);
    }
  }
  return out;
}

// As the settings say; before there are any, as they are by default.
model::RegistryOptions MeshBuilder::registry_options(const Objects& objects,
                                                     const std::string& cluster) const {
  model::RegistryOptions out;
  out.cluster_id = cluster;
  out.cluster_domain = options_.cluster_domain;
  if (settings_ == nullptr) return out;
  out.trust_domain = settings_->config->trust_domain;
  out.networks = settings_->networks;
  out.dual_stack = model::uses_dual_stack(settings_->config);
  out.allocation = settings_->allocation;
  const ObjectPtr* root = objects.get({Kind::kNamespace, "", settings_->root_namespace});
  if (root == nullptr) return out;
  auto label = (*root)->labels.find("topology.istio.io/network");
  if (label != (*root)->labels.end()) out.network = label->second;
  return out;
}

void MeshBuilder::take(const Objects& objects, const kube::ObjectKey& key, const ObjectPtr& now,
                       bool first) {
  std::lock_guard lock(mutex_);
  if (!first && !registry_.has(key.kind == Kind::kNamespace ? key.name : key.ns)) return;
  registry_.take(objects, key, now, registry_options(objects, options_.cluster_id));
}

bool MeshBuilder::add_configuration(const Objects& objects, bool anew, Mesh& mesh) {
  bool moved = anew || last_ == nullptr || !mesh.namespaces.same(last_->namespaces);
  const IngressState::Changes ingress = ingress_.update(
      objects, seen_, moved, {mesh.namespaces, settings_->config, options_.cluster_domain});
  if (anew || ingress.diagnostics) {
    const Diagnostics& more = ingress_.configs().diagnostics;
    mesh.diagnostics = settings_->diagnostics;
    mesh.diagnostics.insert(mesh.diagnostics.end(), more.begin(), more.end());
  }
  static const std::vector<std::string> kNone;
  const NamespaceChange namespaces(last_ == nullptr ? kNone : last_->namespaces.get(),
                                   mesh.namespaces);
  // `made`: those that Ingresses mean, beside the user's.
  auto update_with = [&]<typename T>(Kind kind, const std::vector<ObjectPtr>& made, bool made_anew,
                                     Shared<std::vector<Config<T>>>& list) {
    if (list.empty() && made.empty() && objects.of(kind).empty()) return;
    if (made_anew || anew || last_ == nullptr) {
      assign(list, configs<T>(objects.of(kind), mesh.namespaces, made));
    } else if (moved || !seen_.same(kind, objects)) {
      assign(list, configs_after<T>(list, seen_.of(kind), objects.of(kind), namespaces));
    }
  };
  auto update = [&](Kind kind, auto& list) { update_with(kind, {}, false, list); };
  update_with(Kind::kVirtualService, ingress_.configs().virtual_services, ingress.virtual_services,
              mesh.virtual_services);
  update(Kind::kDestinationRule, mesh.destination_rules);
  update_with(Kind::kGateway, ingress_.configs().gateways, ingress.gateways, mesh.gateways);
  update(Kind::kSidecar, mesh.sidecars);
  const bool adds_one = settings_->peer_authentication != nullptr;  // below, behind all others
  update_with(Kind::kPeerAuthentication, {},
              adds_one && (moved || !seen_.same(Kind::kPeerAuthentication, objects)),
              mesh.peer_authentications);
  update(Kind::kRequestAuthentication, mesh.request_authentications);
  const bool no_texts = mesh.fetched_texts.empty() && objects.fetched_texts.empty();
  if (!no_texts && (moved || !seen_.same(Kind::kRequestAuthentication, objects) ||
                    !seen_.fetched_texts.same(objects.fetched_texts))) {
    assign(mesh.fetched_texts,
           texts_wanted_of(mesh.request_authentications, objects.fetched_texts));
  }
  update(Kind::kAuthorizationPolicy, mesh.authorization_policies);
  update(Kind::kTelemetry, mesh.telemetries);
  update(Kind::kEnvoyFilter, mesh.envoy_filters);
  update(Kind::kWasmPlugin, mesh.wasm_plugins);
  update(Kind::kTrafficExtension, mesh.traffic_extensions);
  if (settings_->peer_authentication != nullptr) {
    // What the control plane itself says goes where a user's object of that name does not stand.
    const ObjectPtr& object = settings_->peer_authentication;
    if (objects.get(object->key) == nullptr) {
      std::vector<PeerAuthentication> list = mesh.peer_authentications;
      if (std::none_of(list.begin(), list.end(),
                       [&](const PeerAuthentication& c) { return c.object == object; })) {
        list.push_back({object, &object->as<security::PeerAuthentication>()});
        mesh.peer_authentications = std::move(list);
      }
    }
  }
  if (!goes_by_namespace_labels(settings_->config)) {
    assign(mesh.namespace_labels, {});
  } else if (moved || !seen_.same(Kind::kNamespace, objects)) {
    std::map<std::string, Labels> labels;
    for (const std::string& ns : mesh.namespaces) {
      const ObjectPtr* object = objects.get({Kind::kNamespace, "", ns});
      if (object != nullptr) labels.emplace_hint(labels.end(), ns, (*object)->labels);
    }
    assign(mesh.namespace_labels, std::move(labels));
  }
  const bool no_secrets = mesh.secrets.empty() && objects.of(Kind::kSecret).empty();
  if (!no_secrets && (moved || !seen_.same(Kind::kSecret, objects))) {
    assign(mesh.secrets, secrets_of(objects, mesh.namespaces));
  }
  return ingress.diagnostics;
}

void MeshBuilder::add_remote_secrets(const Tenant& tenant, const Objects& objects,
                                     Mesh& mesh) const {
  if (objects.remotes().empty() && mesh.remote_secrets.empty()) return;
  std::map<std::string, Secrets> found;
  for (const auto& [id, remote] : objects.remotes()) {
    if (remote.of(Kind::kSecret).empty()) continue;
    Secrets of_cluster = secrets_of(remote, discovered(tenant, remote));
    if (!of_cluster.empty()) found.emplace(id, std::move(of_cluster));
  }
  assign(mesh.remote_secrets, std::move(found));
}

// Services, endpoints and pods. True when any differ.
bool MeshBuilder::update_registries(const Tenant& tenant, const Objects& objects, Mesh& mesh) {
  const RegistryInput input{objects, mesh.namespaces,
                            registry_options(objects, options_.cluster_id),
                            settings_->config->trust_domain_aliases};
  if (objects.remotes().empty() && clusters_.empty()) return registry_.update(input, mesh);
  std::map<std::string, Clusters::Remote> remotes;
  for (const auto& [id, remote] : objects.remotes()) {
    Clusters::Remote given{&remote, discovered(tenant, remote), registry_options(remote, id)};
    if (Clusters::has_any(remote, given.namespaces)) remotes.emplace(id, std::move(given));
  }
  return clusters_.update(registry_, input, remotes, mesh);
}

MeshPtr MeshBuilder::build(const Tenant& tenant, const Objects& objects) {
  std::lock_guard lock(mutex_);
  MeshSettingsPtr settings = mesh_settings(tenant, objects, options_.mesh_config, settings_);
  bool configured_anew = settings != settings_;
  settings_ = std::move(settings);

  auto mesh = std::make_shared<Mesh>();
  if (last_ != nullptr) *mesh = *last_;  // shares everything
  mesh->tenant = tenant.id;
  mesh->root_namespace = settings_->root_namespace;
  mesh->trust_domain = settings_->config->trust_domain;
  mesh->cluster_id = options_.cluster_id;
  mesh->cluster_domain = options_.cluster_domain;
  if (configured_anew) {
    mesh->config = settings_->config;
    mesh->mesh_networks = settings_->networks;
  }
  assign(mesh->namespaces, discovered(tenant, objects));
  const bool said_anew = add_configuration(objects, configured_anew, *mesh);
  add_remote_secrets(tenant, objects, *mesh);
  const bool changed = update_registries(tenant, objects, *mesh);
  seen_ = objects;
  if (last_ != nullptr && !changed && !configured_anew && !said_anew &&
      mesh->same_but_endpoints(*last_)) {
    return last_;
  }
  last_ = std::move(mesh);
  return last_;
}

}  // namespace mesh::index
