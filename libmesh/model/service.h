// Services and endpoints as the mesh sees them, whichever registry they came from.
//
// Kubernetes Services, ServiceEntries and WorkloadEntries all become these plain values
// (registry.h); everything after this point knows no registry. The shape follows
// pilot/pkg/model/service.go in Istio.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libmesh/base/labels.h"
#include "libmesh/model/ids.h"
#include "libmesh/model/protocol.h"

namespace mesh::model {

enum class Resolution : uint8_t {
  kClientSideLb,     // the endpoints are known: EDS
  kDnsLb,            // STRICT_DNS
  kDnsRoundRobinLb,  // LOGICAL_DNS
  kPassthrough,      // ORIGINAL_DST
  kDynamicDns,       // dynamic forward proxy
  kAlias,            // an ExternalName service: another name for another service
};

enum class Registry : uint8_t { kKubernetes, kExternal };

struct Port {
  std::string name;
  uint32_t number = 0;
  Protocol protocol = Protocol::kUnsupported;
  bool operator==(const Port&) const = default;
};

struct Locality {
  std::string region;
  std::string zone;
  std::string subzone;
  auto operator<=>(const Locality&) const = default;
  bool empty() const { return region.empty() && zone.empty() && subzone.empty(); }
  std::string to_string() const;  // "region/zone/subzone", trailing empty parts left out
};
Locality parse_locality(std::string_view text);  // "region/zone/subzone"

enum class Visibility : uint8_t { kPublic, kPrivate, kNone };

// Who may see an object: what exportTo says. Empty `namespaces` and no star: the mesh's default.
struct ExportTo {
  bool defaulted = true;            // nothing was said
  bool all = false;                 // "*"
  bool own = false;                 // "."
  bool none = false;                // "~"
  std::vector<std::string> others;  // named namespaces, sorted
  bool operator==(const ExportTo&) const = default;
};

// What a Kubernetes service port points at: a number, or the name of a container port.
struct TargetPort {
  uint32_t number = 0;  // 0: by name
  std::string name;
  bool operator==(const TargetPort&) const = default;
};

// The addresses of a service in one cluster of the mesh.
struct ClusterAddresses {
  std::string cluster;
  std::vector<std::string> addresses;
  bool operator==(const ClusterAddresses&) const = default;
};

struct Service {
  std::string hostname;
  std::string
      name;  // of a Kubernetes Service; of a ServiceEntry the host (Istio's Attributes.Name)
  std::string object_name;  // of the object it comes from
  std::string ns;
  Registry registry = Registry::kKubernetes;
  Resolution resolution = Resolution::kClientSideLb;
  bool mesh_external = false;
  bool headless = false;  // Kubernetes clusterIP: None
  bool external_name_service = false;
  std::string external_name;  // of an ExternalName service
  bool node_local = false;    // internalTrafficPolicy: Local
  bool publish_not_ready = false;
  enum class TrafficDistribution : uint8_t { kAny, kPreferSameZone, kPreferSameNode };
  TrafficDistribution traffic_distribution = TrafficDistribution::kAny;
  int64_t creation_time = 0;  // unix seconds

  std::string default_address = "0.0.0.0";  // the VIP, or 0.0.0.0 when there is none
  std::vector<std::string> addresses;       // Kubernetes: all cluster IPs (dual stack), or 0.0.0.0
  std::string cluster_id;                   // Kubernetes: the cluster in which these hold
  // Of a Kubernetes Service that stands in several clusters: those of each, by cluster. Empty: `addresses` are all.
  std::vector<ClusterAddresses> cluster_addresses;
  std::string auto_allocated_v4;  // Istio's 240.240/16 address, when allocated
  std::string auto_allocated_v6;
  std::vector<std::string> external_addresses;  // load balancer ingress, externalIPs

  std::vector<Port> ports;
  std::map<uint32_t, uint32_t> passthrough_target_ports;  // ServiceEntry targetPort by port number
  std::map<uint32_t, TargetPort> target_ports;            // Kubernetes targetPort by port number
  Labels labels;
  Labels annotations;
  Labels selector;  // label selector of its workloads
  ExportTo export_to;
  std::vector<NamespacedName> aliases;  // (ns, hostname) of ExternalName services that mean this
  std::vector<std::string>
      service_accounts;      // SPIFFE ids of its workloads + subjectAltNames, sorted
  bool synthesized = false;  // some endpoints were made up from a Deployment (docs/synthesis.md)

  bool operator==(const Service&) const = default;

  const Port* port_by_number(uint32_t number) const;
  const Port* port_by_name(std::string_view name) const;
};
using ServicePtr = std::shared_ptr<const Service>;

// kUnknown: nobody looks after it (endpoints of a ServiceEntry and WorkloadEntries); xDS leaves its
// status out.
enum class Health : uint8_t { kHealthy, kUnhealthy, kDraining, kTerminating, kUnknown };

struct Endpoint {
  std::vector<std::string> addresses;  // IPs, a DNS name, or "unix:///path"
  uint32_t port = 0;
  std::string service_port_name;
  uint32_t service_port = 0;  // ServiceEntry: the number of the service port; 0: go by its name
  Labels labels;              // of the workload, with Istio's own (topology, canonical name) added
  std::string service_account;  // SPIFFE id, or empty
  std::string network;
  std::string cluster_id;
  Locality locality;
  uint32_t weight = 0;          // 0: not given, counts as 1
  bool tls_mode_istio = false;  // label security.istio.io/tlsMode: istio
  std::string ns;
  std::string workload_name;
  std::string host_name;
  std::string sub_domain;
  std::string node_name;
  Health health = Health::kHealthy;
  bool send_unhealthy = false;
  bool synthesized = false;
  // Read off the others by share(), since every push asks a service's endpoints for it.
  bool named = false;     // the first address is a host name or a path
  bool draining = false;  // by its health or by the label istio.io/draining
  bool operator==(const Endpoint&) const = default;
};
using EndpointPtr = std::shared_ptr<const Endpoint>;
// The endpoint that nothing changes any more.
EndpointPtr share(Endpoint endpoint);

// All endpoints of one service, in Istio's shard order, for all ports: those of ServiceEntries, then those of
// Kubernetes by cluster.
struct EndpointSet {
  std::vector<EndpointPtr> endpoints;
  size_t of_entries = 0;  // how many in front are those of ServiceEntries
};
using EndpointSetPtr = std::shared_ptr<const EndpointSet>;

// Which service port a workload serves, and where: Istio's ServiceTarget.
struct ServiceTarget {
  ServicePtr service;
  Port port;
  uint32_t target_port = 0;
};

// Names (pilot/pkg/model/service.go): "outbound|80|v1|host", "inbound|8080||",
// "outbound_.80_.v1_.host".
std::string outbound_cluster_name(uint32_t port, std::string_view subset,
                                  std::string_view hostname);
std::string inbound_cluster_name(uint32_t port);
std::string sni_name(uint32_t port, std::string_view subset, std::string_view hostname);

}  // namespace mesh::model
