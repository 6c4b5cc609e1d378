// Extensions: the WasmPlugins and TrafficExtensions that apply to a proxy, in the order in which they run.
//
// A WasmPlugin is a TrafficExtension of an older form and becomes one (translateWasmPlugin in
// pilot/pkg/config/kube/extensions/translate.go). Those of the proxy's own namespace come before those of the root
// namespace, each by age; within a phase the higher priority runs first (TrafficExtensionsByListenerInfo in
// pilot/pkg/model/push_context.go). What Istio discards (convertToTrafficExtensionWrapper,
// pilot/pkg/model/extensions.go) is a diagnostic.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh.h"
#include "libmesh/traffic/attachment.h"
#include "libmesh/traffic/extensions/url.h"

namespace mesh::traffic {

// A WasmPlugin bears it in the name of its resource, so that a TrafficExtension may have the same name.
inline constexpr std::string_view kTranslatedMark = "~istio-translated-wasmplugin";
inline constexpr std::string_view kExtensionPrefix = "extensions.istio.io/trafficextension/";

struct Extension {
  kube::ObjectPtr object;
  std::string name;  // of the object, with the mark of a WasmPlugin
  std::shared_ptr<const extensions::TrafficExtension> spec;
  std::string resource_name;  // of its filter and of its ECDS resource
  ModuleUrl url;              // wasm
  std::string pull_secret;    // wasm: "kubernetes://NAMESPACE/NAME", or empty
  std::string resource_version;

  const std::string& ns() const { return object->key.ns; }
  bool is_lua() const { return static_cast<bool>(spec->lua); }
  // A network filter; else one of HTTP.
  bool is_network() const {
    return spec->wasm && spec->wasm->type == mesh::extensions::PluginType::NETWORK;
  }
};
using ExtensionPtr = std::shared_ptr<const Extension>;

// What one group of proxies has. Immutable.
struct ExtensionSet {
  // By TrafficExtension_ExecutionPhase: UNSPECIFIED, AUTHN, AUTHZ, STATS.
  std::array<std::vector<ExtensionPtr>, 4> phases;
  bool by_port = false;  // some of them only on some ports

  template <typename Visit>
  void each(Visit&& visit) const {
    for (const auto& phase : phases) {
      for (const ExtensionPtr& extension : phase) visit(*extension);
    }
  }
};
using ExtensionSetPtr = std::shared_ptr<const ExtensionSet>;

// A client is an outbound listener or a gateway, a server an inbound one.
enum class TrafficSide : uint8_t { kClient, kServer };
// The traffic that the extension's `match` means; no match means all.
bool matches(const Extension& extension, TrafficSide side, uint32_t port);

class ExtensionIndex {
 public:
  explicit ExtensionIndex(const index::Mesh& mesh);

  bool empty() const { return list_.empty(); }
  // Places of those that apply to the proxy, or none.
  std::vector<uint32_t> select(const std::string& root_namespace, const model::Proxy& proxy) const;
  // What these are together.
  ExtensionSetPtr merge(const std::vector<uint32_t>& places) const;
  // The extension of that name ("NAMESPACE.NAME") for whoever may see the namespace, or null.
  ExtensionPtr find(const std::string& ns, std::string_view name) const;
  const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  struct Entry {
    ExtensionPtr value;
    std::shared_ptr<const extensions::TrafficExtension> spec;
    const std::string& ns() const { return value->ns(); }
  };
  PolicyIndex<Entry> list_;
  Diagnostics diagnostics_;
};

}  // namespace mesh::traffic
