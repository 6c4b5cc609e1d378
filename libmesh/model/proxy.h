// A proxy: one Envoy that asks for configuration.
//
// It comes from a pod with a sidecar, a gateway pod, or a description file of the form that Istio
// users know (type, id, ip, namespace, labels, metadata by wire name); see docs/proxies.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/model/ids.h"
#include "libmesh/model/service.h"

namespace mesh::model {

enum class ProxyType : uint8_t { kSidecar, kGateway, kWaypoint };
// Istio's proxy has filters that a stock Envoy lacks (xds/flavour.h lists them).
enum class Flavour : uint8_t { kIstio, kEnvoy };
enum class Interception : uint8_t { kRedirect, kTproxy, kNone };

struct Version {
  int major = 1;
  int minor = 31;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};

struct Proxy {
  TenantId tenant;
  ProxyType type = ProxyType::kSidecar;
  Flavour flavour = Flavour::kIstio;
  std::string id;  // "<pod>.<namespace>"
  std::string ns;
  std::vector<std::string> ip_addresses;
  Labels labels;
  std::string service_account;
  std::string cluster_id = "Kubernetes";
  std::string network;
  Locality locality;
  std::string dns_domain;  // "<namespace>.svc.cluster.local"
  std::string node_name;
  std::string service_cluster;  // what it is part of, in traces: the cluster of its node
  Version istio_version;

  // Read from metadata (node metadata by its wire names), which is kept whole.
  document::Value metadata;
  Interception interception = Interception::kRedirect;  // INTERCEPTION_MODE
  std::string http_proxy_port;                          // HTTP_PROXY_PORT
  bool dns_capture = false;                             // DNS_CAPTURE
  std::vector<std::string> network_view;                // REQUESTED_NETWORK_VIEW; empty: all
  bool hbone_send = true;                               // not DISABLE_HBONE_SEND
  bool http10 = false;                                  // HTTP10
  bool sidecar_injected = true;  // false when there is no istio-proxy yet (to be injected)
  bool synthesized = false;      // its pod was made up from a Deployment
  bool remote = false;           // its pod is of a remote cluster: cluster_id

  bool operator==(const Proxy&) const = default;

  bool supports_ipv4() const;
  bool supports_ipv6() const;
  // "0.0.0.0" or "::" / "127.0.0.1" or "::1" by the first address family, as Istio's
  // getActualWildcardAndLocalHost.
  std::string_view wildcard_address() const;
  std::string_view localhost_address() const;
};

}  // namespace mesh::model
