// Which endpoints are those of a port.
#pragma once

#include "libmesh/model/service.h"

namespace mesh::model {

// As clusters and listeners are made of endpoints: those of ServiceEntries go by the port's number, since of two entries of
// one host each may name it as it likes; others by its name. EDS goes by the name always (endpointshards.go and endpoint_builder.go in
// Istio's pilot).
inline bool serves(const Endpoint& endpoint, const Port& port) {
  return endpoint.service_port != 0 ? endpoint.service_port == port.number
                                    : endpoint.service_port_name == port.name;
}

}  // namespace mesh::model
