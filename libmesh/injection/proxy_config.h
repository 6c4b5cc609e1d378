// ProxyConfig: how the proxy of one pod is configured, and the text of it that goes into
// PROXY_CONFIG.
//
// Later over earlier (EffectiveProxyConfig in pilot/pkg/model/proxy_config.go): Istio's defaults,
// MeshConfig.defaultConfig, the ProxyConfig object without selector of the root namespace, that of
// the pod's namespace, the annotation proxy.istio.io/config, the first ProxyConfig object of the
// namespace whose selector takes the pod. Fields override as a whole; proxyMetadata and
// proxyHeaders by field. Everything that does not hang on the annotation is merged once
// (ProxyConfigs); the hot path only looks up.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/labels.h"
#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

struct ProxyConfig {
  // The merged message in protobuf's JSON: lowerCamelCase names, enums by name, durations "45s".
  document::Value document;

  // Read ahead.
  std::string interception_mode;  // "REDIRECT" | "TPROXY" | "NONE"
  bool hold_application = false;  // holdApplicationUntilProxyStarts
  std::string image_type;         // image.imageType
  std::string discovery_address;
  int64_t status_port = 0;
  std::vector<std::pair<std::string, std::string>> proxy_metadata;  // by key
  bool tracing_tls = false;                                         // tracing.tlsSettings is set
  std::string tracing_ca;  // tracing.tlsSettings.caCertificates
  // protoToJSON(cleanProxyConfig): one line, without what Istio's defaults say.
  std::string text;
};
using ProxyConfigPtr = std::shared_ptr<const ProxyConfig>;

// The value of a key of proxyMetadata, or empty.
std::string_view proxy_metadata_at(const ProxyConfig& config, std::string_view key);

// Reads ahead and writes the text.
ProxyConfigPtr make_proxy_config(document::Value document);

// MergeProxyConfig: the YAML of an annotation over a configuration. An error has Istio's words
// ("could not parse proxy config: …").
Result<ProxyConfigPtr> merge_proxy_config(const ProxyConfig& base, std::string_view yaml);

// One ProxyConfig object (networking.istio.io): its spec, in the order of creation.
struct ProxyConfigObject {
  std::string ns;
  document::Value spec;
};

// All that can apply to the pods of a mesh, merged as far as it goes without a pod.
class ProxyConfigs {
 public:
  ProxyConfigs() = default;
  // `mesh_default`: MeshConfig.defaultConfig over Istio's defaults.
  ProxyConfigs(document::Value mesh_default, std::string root_namespace,
               const std::vector<ProxyConfigObject>& objects);

  // MeshConfig.defaultConfig alone, which kube-inject uses.
  const ProxyConfigPtr& mesh_default() const { return mesh_default_; }

  // The configuration of a pod. `annotation` is that of proxy.istio.io/config, or null; one that
  // cannot be read counts for nothing here (the validation of annotations refuses the pod).
  ProxyConfigPtr of_pod(std::string_view ns, const document::Value* labels,
                        const std::string* annotation) const;

 private:
  struct Workload {
    Labels selector;
    document::Value layer;
    ProxyConfigPtr merged;  // over the namespace's
  };
  struct Namespace {
    ProxyConfigPtr merged;
    std::vector<Workload> workloads;
  };

  ProxyConfigPtr mesh_default_;
  ProxyConfigPtr global_;  // with that of the root namespace
  std::map<std::string, Namespace, std::less<>> namespaces_;
};

}  // namespace mesh::injection
