#include "libmesh/traffic/extensions/extensions.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "libmesh/base/codes.h"
#include "libmesh/traffic/check/finding.h"

namespace mesh::traffic {
namespace {

using extensions::TrafficExtension;
using extensions::WasmConfig;
using extensions::WasmPlugin;

std::vector<TargetReference> targets_of(const WasmPlugin& plugin) {
  if (!plugin.targetRefs.empty() || !plugin.targetRef) return plugin.targetRefs;
  return {*plugin.targetRef};
}

// The phases of both kinds have the same numbers; the verification key is left behind.
TrafficExtension translate(const WasmPlugin& plugin) {
  TrafficExtension out;
  out.selector = plugin.selector;
  out.targetRefs = targets_of(plugin);
  out.phase = static_cast<extensions::TrafficExtension_ExecutionPhase>(plugin.phase);
  out.priority = plugin.priority;
  for (const auto& match : plugin.match) out.match.push_back({match.mode, match.ports});
  WasmConfig wasm;
  wasm.url = plugin.url;
  wasm.sha256 = plugin.sha256;
  wasm.image_pull_policy = plugin.image_pull_policy;
  wasm.image_pull_secret = plugin.image_pull_secret;
  wasm.plugin_config = plugin.plugin_config;
  wasm.plugin_name = plugin.plugin_name;
  wasm.fail_strategy = plugin.fail_strategy;
  wasm.vm_config = plugin.vm_config;
  wasm.type = plugin.type;
  out.wasm = std::move(wasm);
  return out;
}

// The SDS name of a pull secret. Whatever namespace it names, it is read from the extension's own; what is no name of
// a Secret or ConfigMap is left out (ToResourceName, ParseResourceName).
std::string pull_secret_of(std::string_view name, const std::string& ns) {
  if (name.empty() || name.starts_with("invalid://"))
    return name.empty() ? "" : "invalid://" + ns + "/";
  if (name.starts_with("builtin://")) return "";
  struct Scheme {
    std::string_view prefix;
    bool needs_namespace;
  };
  constexpr Scheme kSchemes[] = {
      {"configmap://", true}, {"kubernetes-gateway://", true}, {"kubernetes://", false}};
  std::string_view scheme = "kubernetes://";
  bool needs_namespace = false;
  for (const Scheme& known : kSchemes) {
    if (!name.starts_with(known.prefix)) continue;
    scheme = known.prefix;
    needs_namespace = known.needs_namespace;
    name.remove_prefix(known.prefix.size());
    break;
  }
  const size_t slash = name.find('/');
  if (needs_namespace && (slash == std::string_view::npos || slash == 0)) return "";
  if (slash != std::string_view::npos) name = name.substr(slash + 1);
  name = name.substr(0, name.find('/'));
  if (needs_namespace && name.empty()) return "";
  return std::string(scheme) + ns + "/" + std::string(name);
}

// Completes what came from one object, or says why it counts for nothing.
bool complete(Extension& out, Diagnostics& diagnostics) {
  constexpr size_t kMostCode = 65536;
  const bool plugin = out.object->key.kind == kube::Kind::kWasmPlugin;
  const std::string prefix = plugin ? "spec." : "spec.wasm.";
  const auto refuse = [&](std::string field, std::string message, std::string mend) {
    diagnostics.push_back(finding(Severity::kError, Code::kExtensionIgnored, *out.object,
                                  std::move(field), std::move(message), std::move(mend)));
    return false;
  };
  if (const WasmConfig* wasm = out.spec->wasm.get()) {
    auto url = parse_module_url(wasm->url);
    if (!url) {
      return refuse(prefix + "url",
                    wasm->url.empty() ? "is empty: the extension is ignored"
                                      : "\"" + wasm->url + "\" is no URL: the extension is ignored",
                    "name an image (oci://…), a module (https://…) or a file (file:///…)");
    }
    out.url = *std::move(url);
    out.pull_secret = pull_secret_of(wasm->image_pull_secret, out.ns());
  } else if (const extensions::LuaConfig* lua = out.spec->lua.get()) {
    if (lua->inline_code.empty()) {
      return refuse("spec.lua.inlineCode", "is empty: the extension is ignored", "write the code");
    }
    if (lua->inline_code.size() > kMostCode) {
      return refuse("spec.lua.inlineCode", "is longer than 65536 bytes: the extension is ignored",
                    "shorten the code");
    }
  } else {
    return refuse("spec", "has neither wasm nor lua: the extension is ignored",
                  "say what is to be run");
  }
  out.resource_name = std::string(kExtensionPrefix).append(out.ns()).append(".").append(out.name);
  if (const document::Value* metadata = out.object->document.find("metadata")) {
    out.resource_version = metadata->string_at("resourceVersion");
  }
  return true;
}

ExtensionPtr make(const index::WasmPlugin& plugin, Diagnostics& diagnostics) {
  auto out = std::make_shared<Extension>();
  out->object = plugin.object;
  out->name = plugin.name() + std::string(kTranslatedMark);
  out->spec = std::make_shared<const TrafficExtension>(translate(*plugin.spec));
  return complete(*out, diagnostics) ? out : nullptr;
}

ExtensionPtr make(const index::TrafficExtension& extension, Diagnostics& diagnostics) {
  auto out = std::make_shared<Extension>();
  out->object = extension.object;
  out->name = extension.name();
  out->spec = std::shared_ptr<const TrafficExtension>(extension.object, extension.spec);
  return complete(*out, diagnostics) ? out : nullptr;
}

int64_t priority_of(const Extension& extension) {
  return extension.spec->priority.value_or(std::numeric_limits<int32_t>::min());
}

bool is_side(istiotype::WorkloadMode mode, TrafficSide side) {
  switch (mode) {
    case istiotype::WorkloadMode::UNDEFINED:
    case istiotype::WorkloadMode::CLIENT_AND_SERVER:
      return true;
    case istiotype::WorkloadMode::CLIENT:
      return side == TrafficSide::kClient;
    case istiotype::WorkloadMode::SERVER:
      return side == TrafficSide::kServer;
  }
  return false;
}

bool has_port(const std::vector<istiotype::PortSelector>& ports, uint32_t port) {
  return ports.empty() || std::any_of(ports.begin(), ports.end(), [&](const auto& selector) {
           return selector.number != 0 && selector.number == port;
         });
}

}  // namespace

bool matches(const Extension& extension, TrafficSide side, uint32_t port) {
  const auto& match = extension.spec->match;
  return match.empty() || std::any_of(match.begin(), match.end(), [&](const auto& selector) {
           return is_side(selector.mode, side) && has_port(selector.ports, port);
         });
}

ExtensionIndex::ExtensionIndex(const index::Mesh& mesh) {
  if (mesh.wasm_plugins->empty() && mesh.traffic_extensions->empty()) return;
  std::vector<Entry> all;
  const auto add = [&](ExtensionPtr made) {
    if (made != nullptr) all.push_back({made, made->spec});
  };
  for (const auto& plugin : mesh.wasm_plugins) add(make(plugin, diagnostics_));
  for (const auto& extension : mesh.traffic_extensions) add(make(extension, diagnostics_));
  const auto key = [](const Entry& e) {
    return std::tie(e.value->object->creation_time, e.value->name, e.value->object->key.ns);
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  list_ = PolicyIndex<Entry>(all);
}

std::vector<uint32_t> ExtensionIndex::select(const std::string& root_namespace,
                                             const model::Proxy& proxy) const {
  if (list_.empty()) return {};
  return list_.select(PolicyMatcher(root_namespace, proxy), NamespaceOrder::kOwnFirst);
}

ExtensionSetPtr ExtensionIndex::merge(const std::vector<uint32_t>& places) const {
  if (places.empty()) return nullptr;
  auto out = std::make_shared<ExtensionSet>();
  for (uint32_t place : places) {
    const ExtensionPtr& extension = list_[place].value;
    const auto phase = static_cast<size_t>(extension->spec->phase);
    if (phase >= out->phases.size()) continue;  // a number that no phase has
    out->phases[phase].push_back(extension);
    for (const auto& match : extension->spec->match) {
      out->by_port = out->by_port || !match.ports.empty();
    }
  }
  for (auto& phase : out->phases) {
    std::stable_sort(phase.begin(), phase.end(), [](const ExtensionPtr& a, const ExtensionPtr& b) {
      return priority_of(*a) > priority_of(*b);
    });
  }
  return out;
}

ExtensionPtr ExtensionIndex::find(const std::string& ns, std::string_view name) const {
  for (uint32_t place : list_.of_namespace(ns)) {
    if (list_[place].value->name == name) return list_[place].value;
  }
  return nullptr;
}

}  // namespace mesh::traffic
