#include "libmesh/injection/default_values.h"

#include "libmesh/document/json.h"

namespace mesh::injection {
namespace {

constexpr char kDefaults[] = R"({
  "gateways": {"securityContext": {}, "seccompProfile": {}},
  "global": {
    "caAddress": "", "caName": "", "hub": "registry.istio.io/release", "tag": "1.31.0",
    "variant": "", "imagePullPolicy": "", "imagePullSecrets": [], "istioNamespace": "istio-system",
    "logAsJson": false, "logging": {"level": "default:info"}, "meshID": "",
    "mountMtlsCerts": false, "multiCluster": {"clusterName": ""}, "nativeNftables": false,
    "network": "", "pilotCertProvider": "istiod",
    "proxy": {
      "autoInject": "enabled", "clusterDomain": "cluster.local", "componentLogLevel": "misc:error",
      "excludeIPRanges": "", "excludeInboundPorts": "", "excludeOutboundPorts": "",
      "image": "proxyv2", "includeIPRanges": "*", "includeInboundPorts": "*",
      "includeOutboundPorts": "", "logLevel": "warning", "outlierLogPath": "",
      "privileged": false, "readinessFailureThreshold": 4, "readinessInitialDelaySeconds": 0,
      "readinessPeriodSeconds": 15,
      "resources": {"limits": {"cpu": "2000m", "memory": "1024Mi"},
                    "requests": {"cpu": "100m", "memory": "128Mi"}},
      "seccompProfile": {}, "startupProbe": {"enabled": true, "failureThreshold": 600},
      "statusPort": 15020, "tracer": "none"
    },
    "proxy_init": {"forceApplyIptables": false, "image": "proxyv2"},
    "sds": {"token": {"aud": "istio-ca"}}, "sts": {"servicePort": 0}
  },
  "pilot": {"cni": {"enabled": false, "provider": "default"}, "env": {}},
  "revision": "",
  "sidecarInjectorWebhook": {
    "alwaysInjectSelector": [], "defaultTemplates": [], "enableNamespacesByDefault": false,
    "injectedAnnotations": {}, "neverInjectSelector": [], "reinvocationPolicy": "Never",
    "rewriteAppHTTPProbe": true, "templates": {}
  }
})";

}  // namespace

const document::Value& default_values() {
  static const document::Value kValues = [] {
    Diagnostics none;
    Result<document::Value> read = document::read_json(kDefaults, "", none);
    return read ? std::move(*read) : document::Value(document::Map{});
  }();
  return kValues;
}

}  // namespace mesh::injection
