// Settings: everything that steers the injection of one control plane and revision, read once.
//
// Istiod has it from the ConfigMaps istio-sidecar-injector (keys `config`, `values`) and istio (key
// `mesh`), from its environment and from the cluster; the last two are Options here. Immutable:
// many threads inject with the same Settings. What no pod changes is prepared at reading (values
// read ahead, `prepared` of the native forms), so that a pod costs little.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/labels.h"
#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/proxy_config.h"
#include "libmesh/injection/template.h"

namespace mesh::injection {

// ENABLE_NATIVE_SIDECARS of istiod; auto: all nodes run Kubernetes 1.33 or later.
enum class NativeSidecars : uint8_t { kAuto, kEnabled, kDisabled };

// Environment variables that the URL path of a webhook sets, by name:
// /inject/cluster/ID/net/NETWORK (parseInjectEnvs of webhook.go).
using ProxyEnv = std::vector<std::pair<std::string, std::string>>;
ProxyEnv parse_webhook_path(std::string_view path);

// What istiod reads from its environment, the cluster and the URL it is called by.
struct Options {
  NativeSidecars native_sidecars = NativeSidecars::kAuto;
  // "v1.33.0" of every node, by name; none: auto is yes, as for istiod without nodes.
  std::map<std::string, std::string, std::less<>> kubelet_versions;
  std::string compliance_policy;  // COMPLIANCE_POLICY: "", "fips-140-2", "fips-140-3", "pqc"
  bool openshift = false;         // PLATFORM=openshift: UID and GID from the namespace's ranges
  ProxyEnv proxy_env;             // of the webhook's path, where no request says another
};

// metav1.LabelSelector of neverInjectSelector and alwaysInjectSelector.
struct LabelRequirement {
  std::string key;
  std::string operation;  // "In" | "NotIn" | "Exists" | "DoesNotExist"
  std::vector<std::string> values;
};
struct LabelSelector {
  Labels match_labels;
  std::vector<LabelRequirement> match_expressions;
  bool empty() const { return match_labels.empty() && match_expressions.empty(); }
};

// Istio's Config (pkg/kube/inject/inject.go): the key `config` of the injector's ConfigMap.
struct InjectorConfig {
  std::string policy;  // "enabled", "disabled"; anything else injects nowhere
  std::vector<std::string> default_templates{"sidecar"};
  std::map<std::string, TemplatePtr, std::less<>> templates;
  std::map<std::string, std::vector<std::string>, std::less<>> aliases;
  std::vector<LabelSelector> never_inject;
  std::vector<LabelSelector> always_inject;
  std::vector<std::pair<std::string, std::string>> injected_annotations;  // by key
};

// What Maistra's builds do beyond Istio's (docs/injection.md); absent for Istio's.
struct Maistra {
  std::string version;        // "v2.6"
  std::string label_version;  // of the pod label maistra-version: "2.6.0"
  std::string cni_network;    // "v2-6-istio-cni"; "default/istio-cni"; empty when chained or off
  bool uid_above_application = true;           // runAsUser of the pod + 1 (maistra.md C.4)
  bool overwrite_networks = false;             // v1.x without injectPodRedirectAnnot
  std::vector<std::string> drop_capabilities;  // KILL, MKNOD, SETGID, SETUID beside ALL
};

namespace forms {
struct Prepared;  // forms/prepared.h
}

struct Settings {
  std::string tenant;    // "istio-system/basic"; empty for Istio without control plane objects
  std::string revision;  // istio.io/rev that this injector serves; "" is "default"
  Options options;
  InjectorConfig config;

  document::Value values;       // Helm values, whole
  document::Value mesh_config;  // MeshConfig with Istio's defaults, merged; protobuf's JSON names
  ProxyConfigs proxy_configs;
  std::unique_ptr<const Maistra> maistra;

  // Read ahead of the two documents.
  bool native_sidecars = false;   // of a pod without node name; else native_sidecars_on
  bool rewrite_probes = false;    // values.sidecarInjectorWebhook.rewriteAppHTTPProbe
  bool hold_application = false;  // values.global.proxy.holdApplicationUntilProxyStarts
  bool prometheus_merge = true;   // meshConfig.enablePrometheusMerge
  int64_t status_port = 15020;    // meshConfig.defaultConfig.statusPort
  std::string status_port_text = "15020";
  std::string cluster;  // values.global.multiCluster.clusterName
  std::string network;  // values.global.network
  std::string root_namespace;
  std::string istio_namespace;                              // values.global.istioNamespace
  std::string inbound_traffic_policy_mode = "passthrough";  // "localhost" | "passthrough"

  std::shared_ptr<const forms::Prepared> prepared;

  Settings();
  Settings(Settings&&) noexcept;
  Settings& operator=(Settings&&) noexcept;
  ~Settings();
};
using SettingsPtr = std::shared_ptr<const Settings>;

// The value at a path of dots ("global.proxy.image") of the Helm values, or null.
const document::Value* value_at(const document::Value& values, std::string_view path);

// DetectNativeSidecar: for a pod that is bound to a node already (DaemonSets), or not ("").
bool native_sidecars_on(const Settings& settings, std::string_view node);

// The three texts as istiod reads them: the keys `values` and `config` of the injector's ConfigMap
// and `mesh` of ConfigMap istio. An empty text: Istio's defaults.
struct SettingsTexts {
  std::string values;           // JSON or YAML
  std::string mesh_config;      // YAML, over Istio's defaults
  std::string injector_config;  // YAML
};
struct SettingsIdentity {
  std::string tenant;
  std::string revision;
  std::unique_ptr<const Maistra> maistra;
};
// Fails only when a text cannot be read at all; the rest is told by diagnostics, unsupported
// template functions among it.
Result<SettingsPtr> read_settings(const SettingsTexts& texts, const Options& options,
                                  SettingsIdentity identity,
                                  const std::vector<ProxyConfigObject>& proxy_configs,
                                  Diagnostics& diagnostics);

// The flavour of a Maistra version with these values; null for a version that is none.
std::unique_ptr<const Maistra> maistra_flavour(std::string_view version,
                                               const document::Value& values);

}  // namespace mesh::injection
