#include "libmesh/injection/tenant_settings.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/read.h"
#include "libmesh/injection/default_values.h"
#include "libmesh/injection/injector_config.h"
#include "libmesh/injection/settings_builder.h"
#include "libmesh/injection/values_config.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/smcp/mesh_layer.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/profiles.h"
#include "libmesh/smcp/release.h"

namespace mesh::injection {
namespace {

using document::Map;
using document::Value;
using kube::Kind;
using kube::ObjectPtr;

// Istio may stand in any namespace; where it does is known by its ConfigMap.
constexpr std::string_view kInjectorMap = "istio-sidecar-injector";

std::string named(std::string_view name, const std::string& suffix) {
  return suffix.empty() ? std::string(name) : std::string(name) + "-" + suffix;
}

std::string namespace_of_istio(const index::Snapshot& snapshot, const std::string& revision) {
  std::string ns = "istio-system";
  if (const ObjectPtr document = snapshot.find({Kind::kMeshConfig, "", ""})) {
    const std::string_view said = document->document.string_at("rootNamespace");
    if (!said.empty()) ns = said;
  }
  const std::string name = named(kInjectorMap, revision);
  if (snapshot.find({Kind::kConfigMap, ns, name}) != nullptr) return ns;
  for (const auto& [key, object] : snapshot.objects(Kind::kConfigMap)) {
    if (key.name == name) return key.ns;
  }
  return ns;
}

const std::string* data_of(const ObjectPtr& map, const std::string& key) {
  if (map == nullptr) return nullptr;
  const auto& data = map->as<k8s::ConfigMap>().data;
  const auto found = data.find(key);
  return found == data.end() ? nullptr : &found->second;
}

// A text inside of a ConfigMap, told with the object's place: its lines are not the file's.
Value read_text(const ObjectPtr& map, const std::string& key, const std::string& text,
                Diagnostics& diagnostics) {
  Diagnostics found;
  std::vector<document::Document> documents = document::read_any(text, "", found);
  for (Diagnostic& diagnostic : found) {
    diagnostic.object = to_string(map->key);
    diagnostic.field = "data." + key;
    diagnostic.file = map->file;
    diagnostic.line = map->document.position.line;
    diagnostic.column = map->document.position.column;
    diagnostics.push_back(std::move(diagnostic));
  }
  if (documents.empty() || !documents.front().root.is_map()) return Value(Map{});
  return std::move(documents.front().root);
}

void report(const kube::Object& object, Code code, std::string field, std::string message,
            std::string mend, Diagnostics& diagnostics) {
  Diagnostic found;
  found.code = code;
  found.object = to_string(object.key);
  found.field = std::move(field);
  found.message = std::move(message);
  found.mend = std::move(mend);
  found.file = object.file;
  found.line = object.document.position.line;
  found.column = object.document.position.column;
  diagnostics.push_back(std::move(found));
}

struct FromCharts {
  Value values;
  Value mesh_layer;
  std::string version;  // of Maistra, or empty
};

// What the charts make of the values for MeshConfig (istio-discovery, templates/configmap.yaml).
Value chart_mesh_layer(const Value& values, const std::string& ns, const std::string& revision) {
  Value layer{Map{}};
  smcp::put(layer, "rootNamespace", Value(ns));
  const std::string service = revision.empty() ? "istiod" : "istiod-" + revision;
  smcp::put(layer, "defaultConfig.discoveryAddress", Value(service + "." + ns + ".svc:15012"));
  const auto text = [&](std::string_view path) { return std::string(smcp::text_at(values, path)); };
  if (const std::string id = text("global.meshID"); !id.empty()) {
    smcp::put(layer, "defaultConfig.meshId", Value(id));
  }
  std::string variant = text("global.proxy.variant");
  if (variant.empty()) variant = text("global.variant");
  if (!variant.empty()) smcp::put(layer, "defaultConfig.image.imageType", Value(variant));
  return layer;
}

FromCharts charts_of_istio(const SettingsInputs& inputs) {
  FromCharts out;
  out.values = default_values();
  smcp::put(out.values, "global.istioNamespace", Value(inputs.ns));
  smcp::put(out.values, "revision", Value(inputs.revision));
  out.mesh_layer = chart_mesh_layer(out.values, inputs.ns, inputs.revision);
  return out;
}

FromCharts charts_of_maistra(const SettingsInputs& inputs, Diagnostics& diagnostics) {
  const kube::Object& object = *inputs.control_plane;
  const Result<smcp::Rendering> rendered = smcp::render(object.document, {}, {});
  if (!rendered) {
    report(object, Code::kConversion, "spec", rendered.error().message,
           "mend the field that it names; until then pods get Istio's own settings", diagnostics);
    FromCharts out = charts_of_istio(inputs);
    out.version = smcp::version_text(smcp::kDefaultV2);
    return out;
  }
  FromCharts out;
  out.version = smcp::version_text(rendered->effective.version);
  const Value* istio = rendered->effective.values.find("istio");
  out.values = istio == nullptr ? Value(Map{}) : *istio;
  out.mesh_layer = chart_mesh_layer(out.values, inputs.ns, inputs.name);
  const Value said = smcp::mesh_layer(out.values, rendered->effective.version);
  smcp::merge_values(out.values, default_values());
  Value both = said;
  smcp::merge_values(both, out.mesh_layer);
  out.mesh_layer = std::move(both);
  return out;
}

// Those of a tenant's namespaces, or all (null); oldest first, as selectors are asked in that order.
std::vector<ObjectPtr> proxy_config_objects(const index::Snapshot& snapshot,
                                            const index::Tenant* tenant) {
  std::vector<ObjectPtr> out;
  for (const auto& [key, object] : snapshot.objects(Kind::kProxyConfig)) {
    if (tenant == nullptr || tenant->namespaces.get(key.ns) != nullptr) out.push_back(object);
  }
  std::stable_sort(out.begin(), out.end(), [](const ObjectPtr& a, const ObjectPtr& b) {
    return std::tie(a->creation_time, a->key.name, a->key.ns) <
           std::tie(b->creation_time, b->key.name, b->key.ns);
  });
  return out;
}

std::vector<ProxyConfigObject> specs_of(const std::vector<ObjectPtr>& objects) {
  std::vector<ProxyConfigObject> out;
  for (const ObjectPtr& object : objects) {
    const Value* spec = object->document.find("spec");
    out.push_back({object->key.ns, spec == nullptr ? Value(Map{}) : *spec});
  }
  return out;
}

Result<InjectorConfig> config_of(const SettingsInputs& inputs, const Value& values,
                                 Diagnostics& diagnostics) {
  const std::string* text = data_of(inputs.injector, "config");
  if (text == nullptr) return config_of_values(values, diagnostics);
  Diagnostics found;
  Result<InjectorConfig> read = read_injector_config(*text, found);
  for (Diagnostic& diagnostic : found) {
    if (diagnostic.object.empty()) diagnostic.object = to_string(inputs.injector->key);
    if (diagnostic.file.empty()) diagnostic.file = inputs.injector->file;
    diagnostics.push_back(std::move(diagnostic));
  }
  if (read) return read;
  report(*inputs.injector, Code::kTemplateInvalid, "data.config", read.error().message,
         "mend the ConfigMap; until then nothing is injected", diagnostics);
  return read.error().at(to_string(inputs.injector->key) + ": data.config");
}

}  // namespace

SettingsInputs settings_inputs(const index::Snapshot& snapshot, const index::Tenant& tenant,
                               std::string_view revision) {
  SettingsInputs out;
  out.name = tenant.name;
  out.revision = revision == "default" ? std::string_view() : revision;
  out.ns = tenant.implicit ? namespace_of_istio(snapshot, out.revision) : tenant.ns;
  out.control_plane = tenant.control_plane;
  const std::string& suffix = tenant.name.empty() ? out.revision : tenant.name;
  out.injector = snapshot.find({Kind::kConfigMap, out.ns, named(kInjectorMap, suffix)});
  out.mesh = snapshot.find({Kind::kConfigMap, out.ns, named("istio", suffix)});
  out.document = snapshot.find({Kind::kMeshConfig, "", ""});
  out.proxy_configs = proxy_config_objects(snapshot, tenant.implicit ? nullptr : &tenant);
  return out;
}

std::vector<ProxyConfigObject> proxy_configs_of(const index::Snapshot& snapshot) {
  return specs_of(proxy_config_objects(snapshot, nullptr));
}

Result<SettingsPtr> read_settings(const SettingsInputs& inputs, const Options& options,
                                  Diagnostics& diagnostics) {
  FromCharts charts = inputs.control_plane == nullptr ? charts_of_istio(inputs)
                                                      : charts_of_maistra(inputs, diagnostics);
  if (const std::string* text = data_of(inputs.injector, "values")) {
    charts.values = read_text(inputs.injector, "values", *text, diagnostics);
  }
  Value mesh_map{Map{}};
  if (const std::string* text = data_of(inputs.mesh, "mesh")) {
    mesh_map = read_text(inputs.mesh, "mesh", *text, diagnostics);
  }
  std::vector<const Value*> layers = {&charts.mesh_layer, &mesh_map};
  if (inputs.document != nullptr) layers.push_back(&inputs.document->document);
  Result<Value> mesh = merged_mesh_config(layers);
  if (!mesh) return mesh.error();
  if (inputs.control_plane != nullptr) mesh->set("rootNamespace", Value(inputs.ns));
  Result<InjectorConfig> config = config_of(inputs, charts.values, diagnostics);
  if (!config) return config.error();

  SettingsParts parts;
  parts.identity.tenant = inputs.name.empty() ? std::string() : inputs.ns + "/" + inputs.name;
  parts.identity.revision = inputs.name.empty() ? inputs.revision : inputs.name;
  parts.identity.maistra = maistra_flavour(charts.version, charts.values);
  parts.options = options;
  parts.config = std::move(*config);
  parts.values = std::move(charts.values);
  parts.mesh_config = std::move(*mesh);
  parts.proxy_configs = specs_of(inputs.proxy_configs);
  return make_settings(std::move(parts));
}

Options with_nodes(Options options, const index::Snapshot& snapshot) {
  if (!options.kubelet_versions.empty()) return options;
  for (const auto& [key, node] : snapshot.objects(Kind::kNode)) {
    const Value* version = value_at(node->document, "status.nodeInfo.kubeletVersion");
    if (version == nullptr || !version->is_string()) continue;
    options.kubelet_versions.emplace(key.name, *version->if_string());
  }
  return options;
}

}  // namespace mesh::injection
