// What the native forms need of the settings, computed once: every text that no pod changes, and
// the parts of the overlay that are the same for every pod.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::injection {
struct Settings;
}

namespace mesh::injection::forms {

// values.global.proxy.* that annotations of a pod replace, as fmt.Sprint gives them.
struct Replaceable {
  std::string image;
  std::string init_image;
  std::string status_port;
  std::string log_level;
  std::string component_log_level;
  std::string agent_log_level;
  std::string cap_net_bind_service;
  std::string include_outbound_ranges;
  std::string exclude_outbound_ranges;
  std::string include_inbound_ports;
  std::string exclude_inbound_ports;
  std::string include_outbound_ports;
  std::string exclude_outbound_ports;
  document::Value readiness_initial_delay;
  document::Value readiness_period;
  document::Value readiness_failure_threshold;
};

struct Prepared {
  // The values have every part that the form's text reads, and none that would change its YAML.
  bool sidecar_fits = false;
  bool gateway_fits = false;
  bool agent_fits = false;
  bool simple_fits = false;

  Replaceable proxy;
  bool states_include_outbound_ports = false;  // not empty in the values
  bool states_exclude_outbound_ports = false;

  bool cni = false;         // pilot.cni.enabled (Maistra: istio_cni.enabled)
  std::string cni_network;  // of Multus; empty when the provider is another
  bool native_nftables = false;
  bool force_iptables = false;
  bool log_as_json = false;
  bool hold = false;  // values.global.proxy.holdApplicationUntilProxyStarts
  bool datadog = false;
  bool lightstep = false;
  bool mount_mtls_certs = false;
  bool startup_probe = false;
  bool otel = false;  // an OpenTelemetry provider asks for semantic conventions
  document::Value startup_failure_threshold;
  document::Value privileged;            // as in the values
  document::Value resources;             // null: none
  document::Value seccomp_profile;       // null: none
  document::Value lifecycle;             // null: none
  document::Value pod_security_context;  // of gateways
  std::string pull_policy;
  std::string istio_namespace;
  std::string trust_domain;
  std::string listen_port;                     // meshConfig.proxyListenPort
  std::string inbound_listen_port;             // meshConfig.proxyInboundListenPort
  std::string domain;                          // "$(POD_NAMESPACE).svc.cluster.local"
  std::string sts_port;                        // "--stsPort=…" or empty
  std::string outlier_log_path;                // "--outlierLogPath=…" or empty
  std::vector<std::string> drop_capabilities;  // ALL and what else the flavour names
  std::string maistra_version;                 // label maistra-version, or empty

  // Ready parts, in the order of the templates.
  document::List provider_env;        // PILOT_CERT_PROVIDER … HOST_IP
  document::List limits_env;          // GOMEMLIMIT, GOMAXPROCS, COMPLIANCE_POLICY, GODEBUG
  document::List cluster_env;         // ISTIO_META_CLUSTER_ID, ISTIO_META_NODE_NAME
  document::List network_env;         // ISTIO_META_NETWORK
  document::List identity_env;        // ISTIO_META_MESH_ID, TRUST_DOMAIN
  document::Value gke_mount;          // workload-spiffe-credentials
  document::List credential_volumes;  // workload-socket, credential-socket, workload-certs
  document::List shared_volumes;      // istio-envoy … istiod-ca-cert
  document::List agent_volumes;       // istio-xds … istiod-ca-cert
  document::Value crl_volume;
  document::List sidecar_mounts_head;  // before and after the bootstrap override's
  document::List sidecar_mounts_tail;
  document::List pull_secrets;
  bool istiod_certs = false;  // pilotCertProvider is istiod
};

std::shared_ptr<const Prepared> prepare(const Settings& settings);

}  // namespace mesh::injection::forms
