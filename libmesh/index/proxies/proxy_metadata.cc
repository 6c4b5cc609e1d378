#include "libmesh/index/proxies/proxy_metadata.h"

#include <cctype>
#include <charconv>
#include <optional>

#include "libmesh/base/parse_bool.h"
#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using document::Value;

constexpr std::string_view kMeta = "ISTIO_META_";
constexpr std::string_view kMetaJson = "ISTIO_METAJSON_";

// One variable of the agent's environment.
void apply_variable(const std::string& name, const std::string& text, Value& metadata) {
  Diagnostics ignored;
  if (name.starts_with(kMeta)) {
    metadata.set(name.substr(kMeta.size()), Value(text));
  } else if (name.starts_with(kMetaJson)) {
    if (auto value = document::read_json(text, "", ignored)) {
      metadata.set(name.substr(kMetaJson.size()), *value);
    }
  } else if (name == "PROXY_CONFIG") {
    for (auto& config : document::read_yaml(text, "", ignored)) {
      if (config.root.is_map()) metadata.set("PROXY_CONFIG", std::move(config.root));
    }
  }
}

void apply_variables(const Value* variables, Value& metadata) {
  const document::Map* map = variables == nullptr ? nullptr : variables->if_map();
  if (map == nullptr) return;
  for (const document::Member& variable : *map) {
    if (const std::string* text = variable.value.if_string()) {
      apply_variable(variable.key, *text, metadata);
    }
  }
}

template <typename Variables>
void apply_all(const Variables& variables, Value& metadata) {
  for (const auto& [name, text] : variables) apply_variable(name, text, metadata);
}

void apply_config(const networking::ProxyConfig* config, Value& metadata) {
  if (config != nullptr) apply_all(config->environment_variables, metadata);
}

const k8s::Container* proxy_container(const k8s::PodSpec& spec) {
  for (const auto* containers : {&spec.containers, &spec.init_containers}) {
    for (const auto& container : *containers) {
      if (container.name == "istio-proxy") return &container;
    }
  }
  return nullptr;
}

// Text, or a bare scalar that stands for one (a metadata file may say DNS_CAPTURE: true).
std::optional<std::string> text_at(const Value& metadata, std::string_view key) {
  const Value* value = metadata.find(key);
  if (value == nullptr) return std::nullopt;
  if (const std::string* text = value->if_string()) return *text;
  if (const bool* flag = value->if_bool()) return *flag ? "true" : "false";
  if (const int64_t* number = value->if_int()) return std::to_string(*number);
  return std::nullopt;
}

bool is_true(const std::string& text) { return parse_bool(text).value_or(false); }

}  // namespace

Value metadata_of_pod(const kube::Object& object, const Mesh& mesh,
                      const ProxyConfigsOfPod& configs) {
  Value metadata{document::Map{}};
  if (mesh.config->default_config) {
    apply_all(mesh.config->default_config->proxy_metadata, metadata);
    switch (mesh.config->default_config->interception_mode) {
      case meshconfig::ProxyConfig_InboundInterceptionMode::REDIRECT:
        break;
      case meshconfig::ProxyConfig_InboundInterceptionMode::TPROXY:
        metadata.set("INTERCEPTION_MODE", Value("TPROXY"));
        break;
      case meshconfig::ProxyConfig_InboundInterceptionMode::NONE:
        metadata.set("INTERCEPTION_MODE", Value("NONE"));
        break;
    }
  }
  apply_config(configs.root, metadata);
  apply_config(configs.of_namespace, metadata);
  auto annotation = [&](const char* key) -> const std::string* {
    auto found = object.annotations.find(key);
    return found == object.annotations.end() ? nullptr : &found->second;
  };
  if (const std::string* config = annotation("proxy.istio.io/config")) {
    Diagnostics ignored;  // injection reports it
    for (const auto& document : document::read_yaml(*config, "", ignored)) {
      apply_variables(document.root.find("proxyMetadata"), metadata);
      std::string_view mode = document.root.string_at("interceptionMode");
      if (!mode.empty()) metadata.set("INTERCEPTION_MODE", Value(mode));
    }
  }
  apply_config(configs.workload, metadata);
  if (const std::string* mode = annotation("sidecar.istio.io/interceptionMode")) {
    metadata.set("INTERCEPTION_MODE", Value(*mode));
  }
  if (const k8s::Container* container = proxy_container(object.as<k8s::Pod>().spec)) {
    for (const auto& variable : container->env) {
      if (!variable.value.empty()) apply_variable(variable.name, variable.value, metadata);
    }
  }
  if (const std::string* flavour = annotation("mesh.libmesh.dev/flavour")) {
    metadata.set("MESH_FLAVOUR", Value(*flavour));
  }
  return metadata;
}

void apply_metadata(model::Proxy& proxy) {
  const Value& metadata = proxy.metadata;
  if (auto mode = text_at(metadata, "INTERCEPTION_MODE")) {
    if (*mode == "NONE") {
      proxy.interception = model::Interception::kNone;
    } else if (*mode == "TPROXY") {
      proxy.interception = model::Interception::kTproxy;
    } else {
      proxy.interception = model::Interception::kRedirect;
    }
  }
  if (auto port = text_at(metadata, "HTTP_PROXY_PORT")) proxy.http_proxy_port = *port;
  if (auto capture = text_at(metadata, "DNS_CAPTURE")) proxy.dns_capture = is_true(*capture);
  auto no_hbone = text_at(metadata, "DISABLE_HBONE_SEND");
  proxy.hbone_send = !no_hbone || !is_true(*no_hbone);
  proxy.network_view.clear();
  if (auto view = text_at(metadata, "REQUESTED_NETWORK_VIEW"); view && !view->empty()) {
    for (std::string_view rest = *view;; rest.remove_prefix(rest.find(',') + 1)) {
      proxy.network_view.emplace_back(rest.substr(0, rest.find(',')));
      if (rest.find(',') == std::string_view::npos) break;
    }
  }
  if (auto http10 = text_at(metadata, "HTTP10")) proxy.http10 = *http10 == "1";
  if (auto version = text_at(metadata, "ISTIO_VERSION")) {
    proxy.istio_version = parse_version(*version);
  }
  if (auto flavour = text_at(metadata, "MESH_FLAVOUR")) {
    proxy.flavour = *flavour == "envoy" ? model::Flavour::kEnvoy : model::Flavour::kIstio;
  }
}

model::Version parse_version(std::string_view text) {
  constexpr int kNewest = 65535;  // as Istio's MaxIstioVersion
  auto number = [&text]() -> std::optional<int> {
    int value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return value;
  };
  auto dot = [&text] {
    bool is = text.starts_with('.');
    if (is) text.remove_prefix(1);
    return is;
  };
  size_t digit = 0;
  while (digit < text.size() && std::isdigit(static_cast<unsigned char>(text[digit])) == 0) ++digit;
  text.remove_prefix(digit);
  model::Version out{kNewest, kNewest, kNewest};
  auto major = number();
  if (!major || !dot()) return out;
  auto minor = number();
  if (!minor) return out;
  out = {*major, *minor, kNewest};
  if (dot()) out.patch = number().value_or(kNewest);
  return out;
}

}  // namespace mesh::index
