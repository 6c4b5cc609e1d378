#include "libmesh/index/mesh_settings.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libmesh/document/yaml.h"
#include "libmesh/index/mesh_layers.h"
#include "libmesh/index/selector.h"
#include "libmesh/kube/reader.h"
#include "libmesh/model/mesh_config.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/maistra.h"
#include "libmesh/schema/reader.h"

namespace mesh::index {
namespace {

using document::Value;
using kube::Kind;
using kube::ObjectPtr;

ObjectPtr strict_everywhere(const Tenant& tenant) {
  if (tenant.control_plane == nullptr) return nullptr;
  const auto& spec = tenant.control_plane->as<maistra::ControlPlaneSpec>();
  if (!spec.security || !spec.security->data_plane) return nullptr;
  if (!spec.security->data_plane->mtls.value_or(false)) return nullptr;
  Value object{document::Map{}};
  Value& metadata = object.set("metadata", Value(document::Map{}));
  metadata.set("name", Value("default"));
  metadata.set("namespace", Value(tenant.ns));
  Value& spec_of = object.set("spec", Value(document::Map{}));
  spec_of.set("mtls", Value(document::Map{})).set("mode", Value("STRICT"));
  Diagnostics none;
  return kube::make_object(Kind::kPeerAuthentication, std::move(object), none);
}

void read_settings(const Value& merged, MeshSettings& out) {
  Diagnostics repeated;  // every layer has been read strictly by itself
  schema::ReadContext context{repeated, "", "", "", {Severity::kError, true}};
  schema::read(merged, context, out.config.edit());
  out.root_namespace = out.config->root_namespace;
  out.allocation = model::allocation_options(out.config, out.diagnostics);
}

// Of a mesh for which nobody says anything: one for all of them.
const MeshSettingsPtr& default_settings() {
  static const MeshSettingsPtr kDefault = [] {
    auto out = std::make_shared<MeshSettings>();
    read_settings(model::default_mesh_config(), *out);
    return out;
  }();
  return kDefault;
}

// What the strict reader has told of texts of networks, but for what has been told of the same field.
void add_unread(Diagnostics strict, Diagnostics& found) {
  std::set<std::string> told;
  for (const Diagnostic& each : found) told.insert(each.field);
  for (Diagnostic& each : strict) {
    each.field = "data.meshNetworks: " + each.field;
    if (!told.contains(each.field)) found.push_back(std::move(each));
  }
}

// ConfigMap `istio`, key `meshNetworks`; later documents of the text go over earlier ones.
std::shared_ptr<const model::MeshNetworks> networks_of(const kube::ObjectPtr& config_map,
                                                       Diagnostics& diagnostics) {
  if (config_map == nullptr) return nullptr;
  const auto& data = config_map->as<k8s::ConfigMap>().data;
  auto text = data.find("meshNetworks");
  if (text == data.end()) return nullptr;
  Diagnostics found;
  Diagnostics strict;
  model::MeshNetworks networks;
  for (const document::Document& document : document::read_yaml(text->second, "", found)) {
    networks = model::read_mesh_networks(document.root, to_string(config_map->key), found);
    meshconfig::MeshNetworks checked;
    schema::ReadContext context{
        strict, "", to_string(config_map->key), "", {Severity::kError, true}};
    schema::read(document.root, context, checked);
  }
  add_unread(std::move(strict), found);
  for (Diagnostic& diagnostic : found) {
    if (diagnostic.object.empty()) {
      diagnostic.object = to_string(config_map->key);
      diagnostic.field = "data.meshNetworks";
    }
    diagnostic.file = config_map->file;
    diagnostic.line = config_map->document.position.line;
    diagnostic.column = config_map->document.position.column;
    diagnostics.push_back(std::move(diagnostic));
  }
  if (networks.empty()) return nullptr;
  return std::make_shared<model::MeshNetworks>(std::move(networks));
}

}  // namespace

MeshSettingsPtr mesh_settings(const Tenant& tenant, const Objects& objects, const std::string& flag,
                              const MeshSettingsPtr& last) {
  const FindObject find = [&](const kube::ObjectKey& key) {
    const ObjectPtr* found = objects.get(key);
    return found == nullptr ? nullptr : *found;
  };
  const MeshSources sources = mesh_sources(tenant, find, flag);
  if (last != nullptr && last->control_plane == sources.control_plane &&
      last->config_map == sources.config_map && last->document == sources.document) {
    return last;
  }
  if (sources.control_plane == nullptr && sources.config_map == nullptr &&
      sources.document == nullptr && flag.empty() && tenant.implicit) {
    return default_settings();
  }

  auto out = std::make_shared<MeshSettings>();
  out->control_plane = sources.control_plane;
  out->config_map = sources.config_map;
  out->document = sources.document;
  out->peer_authentication = strict_everywhere(tenant);
  Value merged = model::default_mesh_config();
  for (const MeshLayer& layer : mesh_layers(tenant, sources, flag, out->diagnostics)) {
    model::apply_mesh_config(merged, layer.document);
  }
  out->networks = networks_of(out->config_map, out->diagnostics);
  if (!tenant.implicit) merged.set("rootNamespace", Value(tenant.ns));

  read_settings(merged, *out);
  return out;
}

bool is_discovered(const meshconfig::MeshConfig& config, const Labels& namespace_labels) {
  const auto& selectors = config.discovery_selectors;
  if (selectors.empty()) return true;
  return std::any_of(selectors.begin(), selectors.end(), [&](const auto& selector) {
    if (!labels_match(selector.matchLabels, namespace_labels)) return false;
    return std::all_of(selector.matchExpressions.begin(), selector.matchExpressions.end(),
                       [&](const auto& requirement) {
                         const std::string* first = requirement.values.data();
                         return requirement_matches(requirement.key, requirement.operator_, first,
                                                    first + requirement.values.size(),
                                                    namespace_labels);
                       });
  });
}

bool goes_by_namespace_labels(const meshconfig::MeshConfig& config) {
  return config.service_entry_visibility && config.service_entry_visibility->apply_to_sidecars;
}

}  // namespace mesh::index
