// ServicePlace: the object that a service comes from, where a port of it is written, and which port of a pod it means.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/index/snapshot.h"
#include "libmesh/model/service.h"

namespace mesh::traffic {

// In a cluster as Store::apply takes it. Null when the object is of another cluster only.
kube::ObjectPtr object_of(const index::Snapshot& snapshot, const model::Service& service,
                          std::string_view cluster = {});
// "spec.ports[1]", or "spec.ports" when none is of that number and name.
std::string port_field(const kube::Object& object, const model::Port& port);
// "spec.hosts[1]" of the ServiceEntry that a service comes from, or "spec.hosts" when it names none alike.
std::string host_field(const kube::Object& entry, const model::Service& service);

// The number of the pod's port that a port of the service means; 0: the pod has none of that name.
uint32_t target_number(const model::Service& service, const model::Port& port,
                       const kube::Object& pod);

// "Pod shop/web", with " in cluster \"east\"" behind it when that is a remote one.
std::string pod_text(const index::Mesh& mesh, const kube::Object& pod);
// Why `winner` comes before `loser` among the services of a mesh: "which is older". A Service without creationTimestamp is
// older than all others; ties go by name, which is the host of a ServiceEntry, then by namespace.
std::string why_first(const model::Service& winner, const model::Service& loser);
// And among those of one workload, where ties go by host.
std::string why_first_target(const model::Service& winner, const model::Service& loser);

}  // namespace mesh::traffic
