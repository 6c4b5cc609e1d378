#include "libmesh/injection/settings.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/read.h"
#include "libmesh/injection/canonical.h"
#include "libmesh/injection/default_values.h"
#include "libmesh/injection/forms/prepared.h"
#include "libmesh/injection/injector_config.h"
#include "libmesh/injection/settings_builder.h"
#include "libmesh/model/mesh_config.h"
#include "libmesh/schema/istio.h"

namespace mesh::injection {
namespace {

using document::Map;
using document::Value;

Result<Value> read_mapping(std::string_view text, std::string_view failed,
                           Diagnostics& diagnostics) {
  Diagnostics found;
  std::vector<document::Document> documents = document::read_any(text, "", found);
  const bool broken = std::any_of(found.begin(), found.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.code == Code::kSyntax;
  });
  if (broken) return Error{ErrorCode::kParse, found.front().message}.at(failed);
  diagnostics.insert(diagnostics.end(), found.begin(), found.end());
  if (documents.empty() || documents.front().root.is_null()) return Value(Map{});
  if (!documents.front().root.is_map()) {
    return Error{ErrorCode::kParse, std::string(failed) + ": is no mapping"};
  }
  return std::move(documents.front().root);
}

bool is_true(const Value* value) {
  return value != nullptr && value->if_bool() != nullptr && *value->if_bool();
}

std::string text_at(const Value& values, std::string_view path) {
  const Value* found = value_at(values, path);
  const std::string* text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : *text;
}

void read_values_ahead(Settings& settings) {
  const Value& values = settings.values;
  settings.rewrite_probes = is_true(value_at(values, "sidecarInjectorWebhook.rewriteAppHTTPProbe"));
  settings.hold_application =
      is_true(value_at(values, "global.proxy.holdApplicationUntilProxyStarts"));
  settings.cluster = text_at(values, "global.multiCluster.clusterName");
  settings.network = text_at(values, "global.network");
  settings.istio_namespace = text_at(values, "global.istioNamespace");
}

void read_mesh_config_ahead(Settings& settings) {
  const Value& mesh = settings.mesh_config;
  const Value* merge = mesh.find("enablePrometheusMerge");
  settings.prometheus_merge = merge == nullptr || is_true(merge);
  settings.root_namespace = mesh.string_at("rootNamespace");
  if (text_at(mesh, "inboundTrafficPolicy.mode") == "LOCALHOST") {
    settings.inbound_traffic_policy_mode = "localhost";
  }
  settings.status_port = settings.proxy_configs.mesh_default()->status_port;
  settings.status_port_text = std::to_string(settings.status_port);
}

// The minor version of "v1.33.0", "v1.33.0-gke.1", "1.29"; -1 when there is none.
int minor_version(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  const size_t dot = version.find('.');
  const std::string_view major = version.substr(0, dot);
  const bool digits = !major.empty() && std::all_of(major.begin(), major.end(),
                                                    [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return -1;
  if (dot == std::string_view::npos) return 0;
  int minor = 0;
  const char* first = version.data() + dot + 1;
  const char* last = version.data() + version.size();
  return std::from_chars(first, last, minor).ec == std::errc() ? minor : -1;
}

// Where the feature is stable (kubernetes/enhancements 753).
constexpr int kNativeSidecarsSince = 33;

}  // namespace

Settings::Settings() = default;
Settings::Settings(Settings&&) noexcept = default;
Settings& Settings::operator=(Settings&&) noexcept = default;
Settings::~Settings() = default;

const Value* value_at(const Value& values, std::string_view path) {
  const Value* at = &values;
  while (at != nullptr && !path.empty()) {
    const size_t dot = path.find('.');
    at = at->find(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

bool native_sidecars_on(const Settings& settings, std::string_view node) {
  const Options& options = settings.options;
  if (options.native_sidecars != NativeSidecars::kAuto) {
    return options.native_sidecars == NativeSidecars::kEnabled;
  }
  if (!node.empty()) {
    const auto found = options.kubelet_versions.find(node);
    if (found != options.kubelet_versions.end()) {
      return minor_version(found->second) >= kNativeSidecarsSince;
    }
  }
  return std::all_of(
      options.kubelet_versions.begin(), options.kubelet_versions.end(),
      [](const auto& entry) { return minor_version(entry.second) >= kNativeSidecarsSince; });
}

Result<Value> merged_mesh_config(const std::vector<const Value*>& layers) {
  Value merged = model::default_mesh_config();
  for (const Value* layer : layers) model::apply_mesh_config(merged, *layer);
  Result<Value> read =
      canonical_message(merged, schema_table(static_cast<const meshconfig::MeshConfig*>(nullptr)));
  if (!read) return read.error().at("failed to convert to proto.");
  return read;
}

SettingsPtr make_settings(SettingsParts parts) {
  auto out = std::make_shared<Settings>();
  out->tenant = std::move(parts.identity.tenant);
  out->revision = std::move(parts.identity.revision);
  out->maistra = std::move(parts.identity.maistra);
  out->options = std::move(parts.options);
  out->config = std::move(parts.config);
  out->values = std::move(parts.values);
  out->mesh_config = std::move(parts.mesh_config);
  const Value* proxy = out->mesh_config.find("defaultConfig");
  out->proxy_configs =
      ProxyConfigs(proxy == nullptr ? Value(Map{}) : *proxy,
                   std::string(out->mesh_config.string_at("rootNamespace")), parts.proxy_configs);
  read_values_ahead(*out);
  read_mesh_config_ahead(*out);
  out->native_sidecars = native_sidecars_on(*out, "");
  out->prepared = forms::prepare(*out);
  return out;
}

Result<SettingsPtr> read_settings(const SettingsTexts& texts, const Options& options,
                                  SettingsIdentity identity,
                                  const std::vector<ProxyConfigObject>& proxy_configs,
                                  Diagnostics& diagnostics) {
  SettingsParts parts;
  parts.options = options;
  parts.identity = std::move(identity);
  parts.proxy_configs = proxy_configs;
  parts.values = default_values();
  if (!texts.values.empty()) {
    Result<Value> read =
        read_mapping(texts.values, "could not parse configuration values", diagnostics);
    if (!read) return read.error();
    parts.values = std::move(*read);
  }
  Value layer{Map{}};
  if (!texts.mesh_config.empty()) {
    Result<Value> read =
        read_mapping(texts.mesh_config, "could not parse mesh config", diagnostics);
    if (!read) return read.error();
    layer = std::move(*read);
  }
  Result<Value> mesh = merged_mesh_config({&layer});
  if (!mesh) return mesh.error();
  parts.mesh_config = std::move(*mesh);
  parts.config = default_injector_config();
  if (!texts.injector_config.empty()) {
    Result<InjectorConfig> config = read_injector_config(texts.injector_config, diagnostics);
    if (!config) return config.error();
    parts.config = std::move(*config);
  }
  return make_settings(std::move(parts));
}

}  // namespace mesh::injection
