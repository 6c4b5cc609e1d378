#include "libmesh/xds/extensions/ecds.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "libmesh/document/json_writer.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/http_wasm.h"
#include "libmesh/schema/gen/envoy/network_wasm.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/wasm.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/xds/envoyfilter/apply.h"

namespace mesh::xds {
namespace {

using document::JsonWriter;
using document::Value;
using traffic::Extension;
using traffic::ExtensionPtr;

constexpr std::string_view kSecretVariable = "ISTIO_META_WASM_IMAGE_PULL_SECRET";
constexpr std::string_view kPolicyVariable = "ISTIO_META_WASM_IMAGE_PULL_POLICY";
constexpr std::string_view kVersionVariable = "ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION";

ExtensionPtr find(const traffic::ProxyView& view, std::string_view name) {
  if (!name.starts_with(traffic::kExtensionPrefix)) return nullptr;
  name.remove_prefix(traffic::kExtensionPrefix.size());
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const std::string ns(name.substr(0, dot));
  if (ns != view.proxy.ns && ns != view.mesh().root_namespace) return nullptr;
  ExtensionPtr found = view.traffic->extension(ns, name.substr(dot + 1));
  return found != nullptr && !found->is_lua() ? found : nullptr;
}

// The plugin's own configuration, as a google.protobuf.Struct prints: keys in order, every number a double.
void write(const Value& value, JsonWriter& json) {
  if (const document::Map* map = value.if_map()) {
    std::vector<const document::Member*> members;
    for (const document::Member& member : *map) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->key < b->key; });
    json.begin_object();
    for (const document::Member* member : members) {
      json.key(member->key);
      write(member->value, json);
    }
    json.end_object();
  } else if (const document::List* list = value.if_list()) {
    json.begin_array();
    for (const Value& element : *list) write(element, json);
    json.end_array();
  } else if (const int64_t* integer = value.if_int()) {
    json.value(static_cast<double>(*integer));
  } else if (const uint64_t* natural = value.if_uint()) {
    json.value(static_cast<double>(*natural));
  } else {
    json.value(value);
  }
}

// Go's JSON never carries what could end a script in a page.
std::string with_html_escapes(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<') {
      out.append("\\u003c");
    } else if (c == '>') {
      out.append("\\u003e");
    } else if (c == '&') {
      out.append("\\u0026");
    } else if (text.compare(i, 3, "\xE2\x80\xA8") == 0 || text.compare(i, 3, "\xE2\x80\xA9") == 0) {
      out.append(text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029");
      i += 2;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string json_of(const Value& config) {
  JsonWriter json;
  write(config, json);
  return with_html_escapes(json.take());
}

std::string registry_credentials(const k8s::Secret& secret) {
  if (secret.type != "kubernetes.io/dockerconfigjson") return "";
  constexpr const char* kKey = ".dockerconfigjson";
  // The API server writes stringData over data.
  for (const auto* data : {&secret.string_data, &secret.data}) {
    const auto found = data->find(kKey);
    if (found != data->end()) return found->second;
  }
  return "";
}

// The content of a pull secret: the credentials of an image registry, or nothing.
std::string pull_secret(const traffic::ProxyView& view, const Extension& extension) {
  constexpr std::string_view kScheme = "kubernetes://";
  if (!extension.pull_secret.starts_with(kScheme)) return "";
  const std::string name = extension.pull_secret.substr(kScheme.size() + extension.ns().size() + 1);
  std::string out;
  view.mesh().each_secret({kube::Kind::kSecret, extension.ns(), name}, view.proxy.cluster_id,
                          [&](const kube::Object& secret) {
                            if (out.empty()) out = registry_credentials(secret.as<k8s::Secret>());
                          });
  return out;
}

// Secrets are resolved for extensions that apply to the proxy, not for all that it may name.
bool uses_secret(const traffic::ProxyView& view, const std::string& secret) {
  bool uses = false;
  if (view.extensions != nullptr) {
    view.extensions->each([&](const Extension& e) { uses = uses || e.pull_secret == secret; });
  }
  return uses;
}

// Of the same name, the last one counts.
using Variables = std::map<std::string_view, std::string>;

Variables variables_of(const traffic::ProxyView& view, const Extension& extension,
                       bool with_pull_secrets) {
  using Policy = extensions::PullPolicy;
  const extensions::WasmConfig& wasm = *extension.spec->wasm;
  Variables out;
  if (!extension.pull_secret.empty()) out[kSecretVariable] = extension.pull_secret;
  if (wasm.image_pull_policy != Policy::UNSPECIFIED_POLICY) {
    out[kPolicyVariable] = enum_name(wasm.image_pull_policy);
  }
  out[kVersionVariable] = extension.resource_version;
  if (wasm.vm_config) {
    for (const auto& variable : wasm.vm_config->env) {
      if (variable.value_from == extensions::EnvValueSource::INLINE) {
        out[variable.name] = variable.value;
      }
    }
  }
  // Whoever set it: the name of a secret never goes to the proxy, only its content.
  auto secret = out.find(kSecretVariable);
  if (secret != out.end() && !secret->second.empty()) {
    const bool known = with_pull_secrets && secret->second == extension.pull_secret &&
                       uses_secret(view, extension.pull_secret);
    secret->second = known ? pull_secret(view, extension) : "";
  }
  return out;
}

void put_code(const Extension& extension, envoy::core::AsyncDataSource& code) {
  if (extension.url.file) {
    code.local([&](envoy::core::DataSource local) { local.filename(extension.url.text); });
    return;
  }
  code.remote([&](envoy::core::RemoteDataSource remote) {
    remote.http_uri([&](envoy::core::HttpUri uri) {
      uri.uri(extension.url.text);
      uri.cluster("_");  // the agent fetches it
      uri.timeout(schema::Duration{30, 0});
    });
    remote.sha256(extension.spec->wasm->sha256);
  });
}

envoy::wasm::FailurePolicy policy_of(extensions::FailStrategy strategy) {
  switch (strategy) {
    case extensions::FailStrategy::FAIL_CLOSE:
      return envoy::wasm::FailurePolicy::FAIL_CLOSED;
    case extensions::FailStrategy::FAIL_OPEN:
      return envoy::wasm::FailurePolicy::FAIL_OPEN;
    case extensions::FailStrategy::FAIL_RELOAD:
      return envoy::wasm::FailurePolicy::FAIL_RELOAD;
  }
  return envoy::wasm::FailurePolicy::UNSPECIFIED;
}

void put_vm(const Extension& extension, const Variables& variables, envoy::wasm::VmConfig& vm) {
  vm.runtime("envoy.wasm.runtime.v8");
  vm.code([&](envoy::core::AsyncDataSource code) { put_code(extension, code); });
  vm.environment_variables([&](envoy::wasm::EnvironmentVariables environment) {
    for (const auto& [name, value] : variables) environment.key_values(name, value);
    if (!extension.spec->wasm->vm_config) return;
    for (const auto& variable : extension.spec->wasm->vm_config->env) {
      if (variable.value_from == extensions::EnvValueSource::HOST) {
        environment.host_env_keys(variable.name);
      }
    }
  });
}

void put_plugin(const Extension& extension, const Variables& variables,
                envoy::wasm::PluginConfig& plugin) {
  const extensions::WasmConfig& wasm = *extension.spec->wasm;
  plugin.name(extension.ns() + "." + extension.name);
  plugin.root_id(wasm.plugin_name);
  const document::Map* own = wasm.plugin_config.if_map();
  if (own != nullptr && !own->empty()) {
    plugin.configuration<envoy::pb::StringValue>(
        [&](envoy::pb::StringValue text) { text.value(json_of(wasm.plugin_config)); });
  } else {
    plugin.configuration_raw({});
  }
  plugin.vm_config([&](envoy::wasm::VmConfig vm) { put_vm(extension, variables, vm); });
  plugin.failure_policy(policy_of(wasm.fail_strategy));
}

}  // namespace

ResourcePtr extension_config(const traffic::ProxyView& view, std::string_view name,
                             bool with_pull_secrets) {
  if (ResourcePtr added = envoyfilter::added_extension(view, name)) return added;
  const ExtensionPtr extension = find(view, name);
  if (extension == nullptr) return nullptr;
  const Variables variables = variables_of(view, *extension, with_pull_secrets);
  const auto fill = [&](auto filter) {
    filter.config(
        [&](envoy::wasm::PluginConfig plugin) { put_plugin(*extension, variables, plugin); });
  };
  std::string bytes;
  envoy::core::TypedExtensionConfig config(bytes);
  config.name(extension->resource_name);
  if (extension->is_network()) {
    config.typed_config<envoy::network_wasm::Wasm>(fill);
  } else {
    config.typed_config<envoy::http_wasm::Wasm>(fill);
  }
  return make_resource(Type::kExtension, name, bytes);
}

}  // namespace mesh::xds
