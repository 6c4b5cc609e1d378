// The union of services over a scope's egress listeners: one service per host, ports merged.
#pragma once

#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/service.h"
#include "libmesh/traffic/scope.h"

namespace mesh::traffic {

// Rules of pilot/pkg/model/sidecar.go appendSidecarServices: the first of a host stays, but a Kubernetes
// service takes the place of a ServiceEntry's; two of the same origin have their ports merged.
class ScopeServices {
 public:
  void add(const model::ServicePtr& service);
  void reserve(size_t services) {
    list.edit().reserve(services);
    hosts.edit().reserve(services);
  }

  ServiceList list;
  index::Shared<index::HostTable> hosts;  // of the list
};

// The service with only the port of that number; itself when that is its only port; null without it.
model::ServicePtr with_port(const model::ServicePtr& service, uint32_t port);
// The service with only the ports asked for; itself when all or port 0 is asked for, null with none of them.
model::ServicePtr with_ports(const model::ServicePtr& service, const std::vector<uint32_t>& ports);

}  // namespace mesh::traffic
