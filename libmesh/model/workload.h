// Workloads: what runs behind endpoints, a pod or a WorkloadEntry.
//
// A workload is what Istio's EndpointBuilder and WorkloadInstance hold: everything an endpoint
// takes over from the thing that serves it (labels, identity, locality), without a port.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "libmesh/base/labels.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/network/allocation.h"
#include "libmesh/model/network/mesh_networks.h"
#include "libmesh/model/service.h"
#include "libmesh/schema/istio.h"

namespace mesh::model {

struct RegistryOptions {
  std::string cluster_id = "Kubernetes";
  std::string cluster_domain = "cluster.local";
  std::string trust_domain = "cluster.local";
  std::string network;  // of the mesh's root namespace (label topology.istio.io/network)
  std::shared_ptr<const MeshNetworks> networks;  // null: none are configured
  bool dual_stack = false;       // ISTIO_DUAL_STACK: a pod's endpoints have all of its addresses
  AllocationOptions allocation;  // of addresses for ServiceEntries
  bool operator==(const RegistryOptions& o) const {
    auto same = [&] { return networks && o.networks && *networks == *o.networks; };
    return cluster_id == o.cluster_id && cluster_domain == o.cluster_domain &&
           trust_domain == o.trust_domain && network == o.network && dual_stack == o.dual_stack &&
           allocation == o.allocation && (networks == o.networks || same());
  }
};

struct Workload {
  enum class Kind : uint8_t {
    kPod,
    kWorkloadEntry
  };  // Istio sorts selected workloads in this order
  Kind kind = Kind::kPod;
  std::string ns;
  std::string name;
  Endpoint endpoint;                      // what its endpoints share; no port
  std::map<std::string, uint32_t> ports;  // by name
  bool dns_only = false;  // its address is a host name or a socket: only for DNS services
  bool ready = true;      // a pod that takes part in services
  bool operator==(const Workload&) const = default;
};
using WorkloadPtr = std::shared_ptr<const Workload>;

// All addresses of a pod, its own one first.
std::vector<std::string> addresses_of_pod(const kube::Object& pod);
// A pod; `node` (may be null) gives the locality.
WorkloadPtr workload_of_pod(const kube::Object& pod, const kube::Object* node,
                            const RegistryOptions& options);
// A WorkloadEntry; null while its health check fails.
WorkloadPtr workload_of_entry(const kube::Object& workload_entry, const RegistryOptions& options);
// An inline endpoint of a ServiceEntry, or the spec of a WorkloadEntry with its labels.
Workload workload_of_entry_spec(const networking::WorkloadEntry& entry, Labels labels,
                                const std::string& ns, const std::string& name,
                                const RegistryOptions& options);

// "spiffe://<trust domain>/ns/<ns>/sa/<service account>"
std::string spiffe_id(std::string_view trust_domain, std::string_view ns,
                      std::string_view service_account);
// The name of the workload that made a pod: its Deployment, StatefulSet, CronJob, …, told from the
// controller's name (GetWorkloadMetaFromPod in pkg/kube/util.go).
std::string workload_name_of_pod(const kube::Object& pod);
// "region/zone/subzone" by the pod's label, else by its node's labels.
std::string locality_of_pod(const kube::Object& pod, const kube::Object* node);
// The labels with those that Istio adds: topology, cluster, network, node (AugmentLabels).
Labels augmented_labels(Labels labels, const RegistryOptions& options, std::string_view locality,
                        std::string_view node, std::string_view network);
// The workload's own network label, else that of the root namespace, else what the mesh's networks
// say of the address.
std::string network_of(const Labels& labels, std::string_view address,
                       const RegistryOptions& options);

// "status.phase" is neither Failed nor Succeeded, it has an address and is not being deleted.
bool is_serving_phase(const kube::Object& pod);
bool is_ready(const kube::Object& pod);

}  // namespace mesh::model
