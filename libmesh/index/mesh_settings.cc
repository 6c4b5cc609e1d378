#include "libmesh/index/mesh_settings.h"

#include <algorithm>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/yaml.h"
#include "libmesh/index/repeated_providers.h"
#include "libmesh/index/selector.h"
#include "libmesh/kube/reader.h"
#include "libmesh/model/istiod_variables.h"
#include "libmesh/model/mesh_config.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/maistra.h"
#include "libmesh/schema/reader.h"
#include "libmesh/smcp/conversion.h"
#include "libmesh/smcp/mesh_layer.h"
#include "libmesh/smcp/versions.h"

namespace mesh::index {
namespace {

using document::Value;
using kube::Kind;
using kube::ObjectPtr;

Value& in(Value& parent, std::string_view key) {
  Value* found = parent.find(key);
  return found == nullptr ? parent.set(key, Value(document::Map{})) : *found;
}

// The values of a control plane, as its operator would make them of the spec alone (no profiles).
Result<Value> values_of(const kube::Object& control_plane, std::string_view ns) {
  const Value* spec = control_plane.document.find("spec");
  Value given = spec == nullptr || !spec->is_map() ? Value(document::Map{}) : *spec;
  if (control_plane.document.string_at("apiVersion").ends_with("/v1")) {
    const Value* values = given.find("istio");
    return values == nullptr ? Value(document::Map{}) : *values;
  }
  if (given.string_at("version").empty()) {
    given.set("version", Value(smcp::version_text(smcp::kDefaultV2)));
  }
  Result<Value> converted = smcp::spec_to_v1(given, ns);
  if (!converted) return converted;
  const Value* values = converted->find("istio");
  return values == nullptr ? Value(document::Map{}) : *values;
}

// Variables of istiod's stand in the environment of the pilot, values `pilot.env`.
void add_environment(const Value& values, Value& layer) {
  const Value* pilot = values.find("pilot");
  const Value* environment = pilot == nullptr ? nullptr : pilot->find("env");
  if (environment == nullptr || !environment->is_map()) return;
  for (const char* name : model::kIstiodVariables) {
    const Value* said = environment->find(name);
    if (said == nullptr) continue;
    Value& metadata = in(in(layer, "defaultConfig"), "proxyMetadata");
    if (metadata.find(name) != nullptr) continue;
    const bool* flag = said->if_bool();
    metadata.set(name, flag == nullptr ? *said : Value(*flag ? "true" : "false"));
  }
}

// What a control plane says of MeshConfig, by way of its values.
Value layer_of(const kube::Object& control_plane, std::string_view ns, Diagnostics& diagnostics) {
  const Result<Value> values = values_of(control_plane, ns);
  if (!values) {
    Diagnostic found;
    found.code = Code::kConversion;
    found.object = to_string(control_plane.key);
    const Value* spec = control_plane.document.find("spec");
    const std::string_view written = spec == nullptr ? "" : spec->string_at("version");
    found.field = written.empty() || smcp::parse_version(written) ? "spec" : "spec.version";
    found.message = values.error().message;
    found.mend = "mend the field that it names";
    found.file = control_plane.file;
    found.line = control_plane.document.position.line;
    found.column = control_plane.document.position.column;
    diagnostics.push_back(std::move(found));
    return Value(document::Map{});
  }
  const Value* spec = control_plane.document.find("spec");
  const Result<smcp::Version> version =
      smcp::parse_version(spec == nullptr ? std::string_view() : spec->string_at("version"));
  Value layer = smcp::mesh_layer(*values, version ? *version : smcp::kDefaultV2);
  add_environment(*values, layer);
  return layer;
}

ObjectPtr strict_everywhere(const Tenant& tenant) {
  if (tenant.control_plane == nullptr) return nullptr;
  const auto& spec = tenant.control_plane->as<maistra::ControlPlaneSpec>();
  if (!spec.security || !spec.security->data_plane) return nullptr;
  if (!spec.security->data_plane->mtls.value_or(false)) return nullptr;
  Value object{document::Map{}};
  in(object, "metadata").set("name", Value("default"));
  in(object, "metadata").set("namespace", Value(tenant.ns));
  in(in(object, "spec"), "mtls").set("mode", Value("STRICT"));
  Diagnostics none;
  return kube::make_object(Kind::kPeerAuthentication, std::move(object), none);
}

ObjectPtr config_map_of(const Tenant& tenant, const std::string& ns, const Objects& objects) {
  const ObjectPtr* found = nullptr;
  if (!tenant.name.empty()) found = objects.get({Kind::kConfigMap, ns, "istio-" + tenant.name});
  if (found == nullptr) found = objects.get({Kind::kConfigMap, ns, "istio"});
  return found == nullptr ? nullptr : *found;
}

// A layer given as text. Mistakes are told with the place of the text, since its lines are not the
// file's.
void apply_text(Value& merged, const std::string& text, const std::string& object,
                const std::string& field, const ObjectPtr& owner, Diagnostics& diagnostics) {
  Diagnostics found;
  std::vector<document::Document> documents = document::read_yaml(text, "", found);
  for (const document::Document& document : documents) {
    meshconfig::MeshConfig checked;
    schema::ReadContext context{found, "", object, "", {Severity::kError, true}};
    schema::read(document.root, context, checked);
    for (Diagnostic& each : repeated_providers(document.root)) found.push_back(std::move(each));
    model::apply_mesh_config(merged, document.root);
  }
  for (Diagnostic& diagnostic : found) {
    diagnostic.object = object;
    diagnostic.field = diagnostic.field.empty() ? field : field + ": " + diagnostic.field;
    diagnostic.file = owner == nullptr ? "" : owner->file;
    diagnostic.line = owner == nullptr ? 0 : owner->document.position.line;
    diagnostic.column = owner == nullptr ? 0 : owner->document.position.column;
    diagnostics.push_back(std::move(diagnostic));
  }
}

// The namespace whose ConfigMap counts: that of the control plane; without one, the root namespace
// as the layers above the ConfigMap say.
std::string settings_namespace(const Tenant& tenant, const ObjectPtr& document,
                               const std::string& flag) {
  if (!tenant.implicit) return tenant.ns;
  std::string ns = "istio-system";
  auto look = [&](const Value& layer) {
    for (const char* key : {"rootNamespace", "root_namespace"}) {
      std::string_view said = layer.string_at(key);
      if (!said.empty()) ns = said;
    }
  };
  if (document != nullptr) look(document->document);
  if (flag.empty()) return ns;
  Diagnostics ignored;  // reported where the flag is applied
  for (const auto& layer : document::read_yaml(flag, "", ignored)) look(layer.root);
  return ns;
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

}  // namespace

namespace {

// ConfigMap `istio`, key `meshNetworks`; later documents of the text go over earlier ones.
std::shared_ptr<const model::MeshNetworks> networks_of(const kube::ObjectPtr& config_map,
                                                       Diagnostics& diagnostics) {
  if (config_map == nullptr) return nullptr;
  const auto& data = config_map->as<k8s::ConfigMap>().data;
  auto text = data.find("meshNetworks");
  if (text == data.end()) return nullptr;
  Diagnostics found;
  model::MeshNetworks networks;
  for (const document::Document& document : document::read_yaml(text->second, "", found)) {
    networks = model::read_mesh_networks(document.root, to_string(config_map->key), found);
  }
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
  const ObjectPtr* found = objects.get({Kind::kMeshConfig, "", ""});
  ObjectPtr document = found == nullptr ? nullptr : *found;
  std::string ns = settings_namespace(tenant, document, flag);
  ObjectPtr config_map = config_map_of(tenant, ns, objects);
  if (last != nullptr && last->control_plane == tenant.control_plane &&
      last->config_map == config_map && last->document == document) {
    return last;
  }
  if (tenant.control_plane == nullptr && config_map == nullptr && document == nullptr &&
      flag.empty() && tenant.implicit) {
    return default_settings();
  }

  auto out = std::make_shared<MeshSettings>();
  out->control_plane = tenant.control_plane;
  out->config_map = config_map;
  out->document = document;
  out->peer_authentication = strict_everywhere(tenant);
  Value merged = model::default_mesh_config();
  if (tenant.control_plane != nullptr) {
    model::apply_mesh_config(merged, layer_of(*tenant.control_plane, tenant.ns, out->diagnostics));
  }
  if (config_map != nullptr) {
    const auto& data = config_map->as<k8s::ConfigMap>().data;
    if (auto text = data.find("mesh"); text != data.end()) {
      apply_text(merged, text->second, to_string(config_map->key), "data.mesh", config_map,
                 out->diagnostics);
    }
  }
  out->networks = networks_of(config_map, out->diagnostics);
  if (document != nullptr) {
    for (Diagnostic& each : repeated_providers(document->document)) {
      each.object = "MeshConfig";
      each.file = document->file;
      out->diagnostics.push_back(std::move(each));
    }
    model::apply_mesh_config(merged, document->document);
  }
  if (!flag.empty()) apply_text(merged, flag, "", "mesh config", nullptr, out->diagnostics);
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

}  // namespace mesh::index
