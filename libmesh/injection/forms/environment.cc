#include "libmesh/injection/forms/environment.h"

#include <string>
#include <utility>

#include "libmesh/base/strings.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/json_fields.h"
#include "libmesh/injection/forms/otel.h"
#include "libmesh/injection/forms/text.h"

namespace mesh::injection::forms {
namespace {

// encoding/json of a corev1.ContainerPort.
void append_port(std::string& out, const Value& port) {
  out += '{';
  auto next = [&](std::string_view name) {
    if (out.back() != '{') out += ',';
    out.append("\"").append(name).append("\":");
  };
  auto text = [&](std::string_view name) {
    const std::string_view value = port.string_at(name);
    if (value.empty()) return;
    next(name);
    append_go_json_string(out, value);
  };
  auto number = [&](std::string_view name, bool always) {
    const Value* found = port.find(name);
    const int64_t* value = found == nullptr ? nullptr : found->if_int();
    if ((value == nullptr || *value == 0) && !always) return;
    next(name);
    out += std::to_string(value == nullptr ? 0 : *value);
  };
  text("name");
  number("hostPort", false);
  number("containerPort", true);
  text("protocol");
  text("hostIP");
  out += '}';
}

Value variable_owned(std::string_view name, std::string value) {
  Map map;
  map.reserve(2);
  add(map, "name", name);
  add(map, "value", Value(std::move(value)));
  return Value(std::move(map));
}

void add_interception_mode(View& view, bool of_pod, List& env) {
  std::string_view mode =
      of_pod ? view.quoted(view.annotations.text(Known::kInterceptionMode)) : std::string_view();
  if (mode.empty()) mode = view.input.proxy_config.interception_mode;
  env.push_back(variable("ISTIO_META_INTERCEPTION_MODE", mode));
}

void add_localhost(const View& view, List& env) {
  if (view.input.settings.inbound_traffic_policy_mode == "localhost") {
    env.push_back(variable("REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION", "true"));
  }
}

constexpr size_t kUsualVariables = 32;

}  // namespace

Value proxy_config_variable(const View& view) {
  std::string text;
  text.reserve(view.input.proxy_config.text.size() + 1);
  text.append(view.input.proxy_config.text).push_back('\n');
  return variable_owned("PROXY_CONFIG", std::move(text));
}

Value pod_ports_variable(const View& view) {
  std::string text = "[";
  bool first = true;
  if (view.containers != nullptr) {
    for (const Value& container : *view.containers) {
      const Value* ports = container.find("ports");
      const List* list = ports == nullptr ? nullptr : ports->if_list();
      if (list == nullptr) continue;
      for (const Value& port : *list) {
        text += first ? "\n    " : "\n    ,";
        first = false;
        append_port(text, port);
      }
    }
  }
  return variable_owned("ISTIO_META_POD_PORTS", text.append("\n]"));
}

Value app_containers_variable(View& view) {
  std::string names;
  for (std::string_view name : view.app_names) {
    if (!names.empty()) names += ',';
    names.append(view.quoted(name));
  }
  return variable("ISTIO_META_APP_CONTAINERS", names);
}

void add_workload(View& view, bool label, List& env) {
  const Owner& owner = view.input.owner;
  std::string_view name = label ? view.label("service.istio.io/workload-name") : "";
  if (name.empty()) name = owner.name;
  if (!name.empty()) env.push_back(variable("ISTIO_META_WORKLOAD_NAME", view.quoted(name)));
  if (owner.api_version.empty() || owner.name.empty()) return;
  std::string text = "kubernetes://apis/";
  text.append(owner.api_version).append("/namespaces/");
  text.append(owner.ns.empty() ? std::string_view("default") : std::string_view(owner.ns));
  text.append("/").append(lower_ascii(owner.kind)).append("s/").append(owner.name);
  view.part(text);
  env.push_back(variable_owned("ISTIO_META_OWNER", std::move(text)));
}

void add_bootstrap_override(const View& view, List& env) {
  if (!view.annotations.has(Known::kBootstrapOverride)) return;
  env.push_back(
      variable("ISTIO_BOOTSTRAP_OVERRIDE", "/etc/istio/custom-bootstrap/custom_bootstrap.json"));
}

void add_datadog(View& view, List& env) {
  const std::string* text = view.annotations.get(Known::kDatadogEnv);
  if (!view.settings.datadog || text == nullptr) return;
  for (const auto& [key, value] : json_fields(*text, view)) {
    const std::string printed = sprint(&value);
    if (value.is_map() || value.is_list()) view.odd = true;
    env.push_back(variable(view.name(key), view.quoted(printed)));
  }
}

void add_otel(View& view, List& env) {
  if (!view.settings.otel) return;
  const std::string attributes = otel_resource_attributes(view);
  if (attributes.empty()) return;
  env.push_back(variable("OTEL_RESOURCE_ATTRIBUTES", view.quoted(attributes)));
}

void add_proxy_metadata(View& view, List& env) {
  for (const auto& [name, value] : view.input.proxy_config.proxy_metadata) {
    env.push_back(variable(view.name(name), view.quoted(value)));
  }
}

List sidecar_environment(View& view) {
  const Prepared& settings = view.settings;
  List env;
  env.reserve(kUsualVariables + view.input.proxy_config.proxy_metadata.size());
  add_localhost(view, env);
  append(env, settings.provider_env);
  env.push_back(resource_variable("ISTIO_CPU_LIMIT", "limits.cpu"));
  env.push_back(proxy_config_variable(view));
  env.push_back(pod_ports_variable(view));
  env.push_back(app_containers_variable(view));
  append(env, settings.limits_env);
  append(env, settings.cluster_env);
  add_interception_mode(view, true, env);
  append(env, settings.network_env);
  add_workload(view, true, env);
  add_bootstrap_override(view, env);
  append(env, settings.identity_env);
  add_datadog(view, env);
  add_otel(view, env);
  add_proxy_metadata(view, env);
  return env;
}

List gateway_environment(View& view) {
  const Prepared& settings = view.settings;
  List env;
  env.reserve(kUsualVariables + view.input.proxy_config.proxy_metadata.size());
  append(env, settings.provider_env);
  env.push_back(resource_variable("ISTIO_CPU_LIMIT", "limits.cpu"));
  env.push_back(proxy_config_variable(view));
  env.push_back(pod_ports_variable(view));
  append(env, settings.limits_env);
  env.push_back(app_containers_variable(view));
  append(env, settings.cluster_env);
  add_interception_mode(view, false, env);
  append(env, settings.network_env);
  add_workload(view, false, env);
  add_bootstrap_override(view, env);
  append(env, settings.identity_env);
  add_proxy_metadata(view, env);
  return env;
}

List agent_environment(View& view) {
  const Prepared& settings = view.settings;
  List env;
  env.reserve(kUsualVariables + view.input.proxy_config.proxy_metadata.size());
  env.push_back(variable("ISTIO_META_GENERATOR", "grpc"));
  env.push_back(variable("OUTPUT_CERTS", "/var/lib/istio/data"));
  add_localhost(view, env);
  append(env, settings.provider_env);
  env.push_back(proxy_config_variable(view));
  env.push_back(pod_ports_variable(view));
  env.push_back(app_containers_variable(view));
  append(env, settings.cluster_env);
  append(env, settings.network_env);
  add_workload(view, false, env);
  append(env, settings.identity_env);
  add_proxy_metadata(view, env);
  env.push_back(variable("ISTIO_META_DNS_CAPTURE", "false"));
  env.push_back(variable("DISABLE_ENVOY", "true"));
  return env;
}

}  // namespace mesh::injection::forms
