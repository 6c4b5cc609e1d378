// From registry objects to services and endpoints: pure functions, one registry object at a time.
//
// Kubernetes Services with EndpointSlices, Endpoints and Pods (serviceregistry/kube in Istio), and ServiceEntries with
// inline endpoints, WorkloadEntries and Pods (serviceregistry/serviceentry). The index calls these for the objects that
// changed and keeps the results.
#pragma once

#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/service.h"

namespace mesh::model {

struct RegistryOptions {
  std::string cluster_id = "Kubernetes";
  std::string cluster_domain = "cluster.local";
  std::string trust_domain = "cluster.local";
  std::string network;
};

// The service of a Kubernetes Service object.
ServicePtr service_of(const kube::Object& kubernetes_service, const RegistryOptions& options);
// The services of a ServiceEntry: one per host (a host with several addresses is still one, as in Istio 1.31).
std::vector<ServicePtr> services_of(const kube::Object& service_entry, const RegistryOptions& options);

}  // namespace mesh::model
