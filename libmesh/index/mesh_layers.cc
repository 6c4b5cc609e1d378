#include "libmesh/index/mesh_layers.h"

#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/yaml.h"
#include "libmesh/index/repeated_providers.h"
#include "libmesh/model/istiod_variables.h"
#include "libmesh/schema/istio.h"
#include "libmesh/schema/kubernetes.h"
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

// A text: what is no YAML, and fields that MeshConfig does not have, are told.
void add_text(LayerKind kind, const std::string& text, const ObjectPtr& owner,
              std::vector<MeshLayer>& layers, Diagnostics& diagnostics) {
  Diagnostics found;
  const std::string object = owner == nullptr ? "" : to_string(owner->key);
  MeshLayer layer{kind, Value(), owner};
  for (document::Document& document : document::read_yaml(text, "", found)) {
    meshconfig::MeshConfig checked;
    schema::ReadContext context{found, "", object, "", {Severity::kError, true}};
    schema::read(document.root, context, checked);
    for (Diagnostic& each : repeated_providers(document.root)) found.push_back(std::move(each));
    layer.document = std::move(document.root);
    layers.push_back(layer);
  }
  for (Diagnostic& diagnostic : found) {
    place_in_layer(layer, diagnostic);
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

}  // namespace

void place_in_layer(const MeshLayer& layer, Diagnostic& found) {
  const std::string text = layer.kind == LayerKind::kConfigMap ? "data.mesh"
                           : layer.kind == LayerKind::kFlag    ? "mesh config"
                                                               : "";
  if (!text.empty()) found.field = found.field.empty() ? text : text + ": " + found.field;
  const bool document = layer.kind == LayerKind::kDocument;
  found.object = document                 ? std::string(kube::kind_name(Kind::kMeshConfig))
                 : layer.owner == nullptr ? ""
                                          : to_string(layer.owner->key);
  found.file = layer.owner == nullptr ? "" : layer.owner->file;
  if (document) return;
  found.line = layer.owner == nullptr ? 0 : layer.owner->document.position.line;
  found.column = layer.owner == nullptr ? 0 : layer.owner->document.position.column;
}

MeshSources mesh_sources(const Tenant& tenant, const FindObject& find, const std::string& flag) {
  MeshSources out;
  out.control_plane = tenant.control_plane;
  out.document = find({Kind::kMeshConfig, "", ""});
  const std::string ns = settings_namespace(tenant, out.document, flag);
  if (!tenant.name.empty()) out.config_map = find({Kind::kConfigMap, ns, "istio-" + tenant.name});
  if (out.config_map == nullptr) out.config_map = find({Kind::kConfigMap, ns, "istio"});
  return out;
}

std::vector<MeshLayer> mesh_layers(const Tenant& tenant, const MeshSources& sources,
                                   const std::string& flag, Diagnostics& diagnostics) {
  std::vector<MeshLayer> out;
  if (sources.control_plane != nullptr) {
    out.push_back({LayerKind::kControlPlane,
                   layer_of(*sources.control_plane, tenant.ns, diagnostics),
                   sources.control_plane});
  }
  if (sources.config_map != nullptr) {
    const auto& data = sources.config_map->as<k8s::ConfigMap>().data;
    if (auto text = data.find("mesh"); text != data.end()) {
      add_text(LayerKind::kConfigMap, text->second, sources.config_map, out, diagnostics);
    }
  }
  if (sources.document != nullptr) {
    out.push_back({LayerKind::kDocument, sources.document->document, sources.document});
    for (Diagnostic& each : repeated_providers(sources.document->document)) {
      place_in_layer(out.back(), each);
      diagnostics.push_back(std::move(each));
    }
  }
  if (!flag.empty()) add_text(LayerKind::kFlag, flag, nullptr, out, diagnostics);
  return out;
}

}  // namespace mesh::index
