// From registry objects to services and endpoints: pure functions, one registry object at a time.
//
// Kubernetes Services with EndpointSlices, Endpoints and Pods (pilot/pkg/serviceregistry/kube in
// Istio), and ServiceEntries with inline endpoints, WorkloadEntries and Pods
// (pilot/pkg/serviceregistry/serviceentry). The index calls these for the objects that changed and
// keeps the results.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/kube/object.h"
#include "libmesh/model/network/allocation.h"
#include "libmesh/model/service.h"
#include "libmesh/model/workload.h"

namespace mesh::model {

// "cart.shop.svc.cluster.local"
std::string service_hostname(std::string_view name, std::string_view ns, std::string_view domain);

// What exportTo lists mean: "*", ".", "~" and names of namespaces.
ExportTo parse_export_to(const std::vector<std::string>& targets);
// spec.trafficDistribution, else the annotation, else the namespace's annotation.
Service::TrafficDistribution traffic_distribution_of(std::string_view said, const Labels& own,
                                                     const Labels& of_namespace);

// The service of a Kubernetes Service. The namespace's annotations may set its traffic
// distribution. service_accounts are those that annotations declare; the index adds those of the
// endpoints.
ServicePtr service_of(const kube::Object& kubernetes_service, const Labels& namespace_annotations,
                      const RegistryOptions& options);
// The services of a ServiceEntry: one per host and address (Istio keeps them apart as well; only
// the first of a host is found by name), said once however often the entry says it. Addresses that
// are neither IP nor CIDR make none. `allocated`: its addresses by host, in order (allocation.h).
std::vector<ServicePtr> services_of(const kube::Object& service_entry,
                                    const Labels& namespace_annotations,
                                    std::span<const HostAddresses> allocated = {});
// Gives a service of an entry what its host was allocated: another service when others have this one.
void set_addresses(ServicePtr& service, std::string_view ipv4, std::string_view ipv6);

// The pods that an EndpointSlice may mean. `pod` finds by namespace and name, `by_ip` a ready pod
// of a namespace by its address; both may answer null.
struct PodLookup {
  std::function<WorkloadPtr(std::string_view ns, std::string_view name)> pod;
  std::function<WorkloadPtr(std::string_view ns, std::string_view ip)> by_ip;
};

// The name of the Service an EndpointSlice belongs to, or empty.
std::string_view slice_service(const kube::Object& slice);
// The endpoints of one slice, for all its ports. An endpoint that names a pod which is not there is
// left out, as in Istio: its labels and identity would be a guess. With dual stack, a pod with addresses of both families
// has one endpoint in a service that has both: with all its addresses, of the slice for IPv4.
std::vector<EndpointPtr> endpoints_of_slice(const kube::Object& slice, const Service& service,
                                            const PodLookup& pods, const RegistryOptions& options);
// The same of an Endpoints object, as the API server's mirroring controller would make slices of
// it; only for services that have no slices.
std::vector<EndpointPtr> endpoints_of_endpoints(const kube::Object& endpoints,
                                                const Service& service, const PodLookup& pods,
                                                const RegistryOptions& options);
// The endpoints of WorkloadEntries that a Kubernetes Service selects. Only for ClientSideLb
// services.
std::vector<EndpointPtr> endpoints_of_workloads(const kube::Object& kubernetes_service,
                                                const Service& service,
                                                const std::vector<WorkloadPtr>& selected);

// The endpoints of one of the services of a ServiceEntry. `selected`: the workloads that its
// workloadSelector selects, in the order of kind, namespace and name; not used without a selector.
std::vector<EndpointPtr> endpoints_of_entry(const kube::Object& service_entry,
                                            const Service& service,
                                            const std::vector<WorkloadPtr>& selected,
                                            const RegistryOptions& options);
bool selects_workloads(const kube::Object& service_entry);

// Where a workload serves a port of a Kubernetes Service: as it maps the targetPort's name (0: it does not); else as it
// maps the port's own name, else the targetPort's number (serviceInstanceFromWorkloadInstance).
uint32_t port_of_workload(const Workload& workload, std::string_view target_name,
                          uint32_t target_number, std::string_view port_name);

// Where a pod serves a port of a Kubernetes Service: the numbered targetPort, or the container port
// of that name; 0 when there is none of that name.
uint32_t target_port_of(const kube::Object& kubernetes_service, const Port& port,
                        const kube::Object& pod);
// The container port of that name and of that protocol ("TCP", "UDP"); 0 when there is none (FindPort in Istio's
// pilot/pkg/serviceregistry/kube/controller/util.go).
uint32_t container_port(const kube::Object& pod, std::string_view name, std::string_view protocol);
// Kubernetes' protocol of a port that says none is TCP.
constexpr std::string_view transport_or_tcp(std::string_view protocol) {
  return protocol.empty() ? "TCP" : protocol;
}
}  // namespace mesh::model
