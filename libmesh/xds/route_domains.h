// The domains of a virtual host: every name a client may put into the Host header for a service
// (generateVirtualHostDomains in pilot/pkg/networking/core/httproute.go).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/model/proxy.h"
#include "libmesh/model/service.h"

namespace mesh::xds {

struct Domain {
  std::string text;
  // A short form of another name ("cart" of "cart.shop.svc.cluster.local"): it gives way to a
  // service whose full name it is.
  bool alternate = false;
};

// port 0: names without ports (Envoy ignores the port of the Host header); else each name also as "name:port".
void append_domains(const model::Service& service, uint32_t port, const model::Proxy& proxy,
                    std::vector<Domain>& out);

}  // namespace mesh::xds
