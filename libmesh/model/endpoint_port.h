// Which endpoints are those of a port.
#pragma once

#include <algorithm>

#include "libmesh/model/service.h"

namespace mesh::model {

// As clusters and listeners are made of endpoints: those of ServiceEntries go by the port's number, since of two entries of
// one host each may name it as it likes; others by the names of all ports of that number, of which a service has two with TCP and
// UDP. EDS goes by the name always (endpointshards.go and endpoint_builder.go in Istio's pilot).
inline bool serves(const Endpoint& endpoint, const Service& service, const Port& port) {
  if (endpoint.service_port != 0) return endpoint.service_port == port.number;
  if (endpoint.service_port_name == port.name) return true;
  return std::any_of(service.ports.begin(), service.ports.end(), [&](const Port& other) {
    return other.number == port.number && other.name == endpoint.service_port_name;
  });
}

}  // namespace mesh::model
