#include "libmesh/traffic/check/passthrough_hosts.h"

#include <algorithm>

#include "libmesh/model/host.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/service_place.h"

namespace mesh::traffic {
namespace {

using Mode = networking::ServerTLSSettings_TLSmode;

struct Server {
  const index::Gateway* gateway = nullptr;
  size_t number = 0;  // in spec.servers

  std::string place() const {
    return to_string(gateway->object->key) + " " + at("spec.servers", number);
  }
};

// A host of a server, without the namespace before it.
std::string_view host_alone(std::string_view written) {
  const size_t slash = written.find('/');
  return slash == std::string_view::npos ? written : written.substr(slash + 1);
}

bool lets_in(const networking::Server& server, const std::string& host) {
  return server.tls && server.tls->mode == Mode::AUTO_PASSTHROUGH &&
         std::any_of(server.hosts.begin(), server.hosts.end(), [&](const std::string& written) {
           return model::host_subset_of(host, host_alone(written));
         });
}

// The first server that means a host; no gateway when there is none.
Server server_of(const index::Mesh& mesh, const std::string& host) {
  for (const index::Gateway& gateway : mesh.gateways) {
    for (size_t i = 0; i < gateway->servers.size(); ++i) {
      if (lets_in(gateway->servers[i], host)) return {&gateway, i};
    }
  }
  return {};
}

}  // namespace

Diagnostics passthrough_hosts(const index::Snapshot& snapshot, const index::Mesh& mesh) {
  Diagnostics out;
  for (const model::ServicePtr& service : mesh.services) {
    if (service->mesh_external || !model::is_wildcard(service->hostname)) continue;
    const Server server = server_of(mesh, service->hostname);
    if (server.gateway == nullptr) continue;
    const kube::ObjectPtr object = object_of(snapshot, *service);
    if (object == nullptr) continue;
    Finder(*object, out)
        .warn(Code::kNoEffect, host_field(*object, *service),
              server.place() + " (AUTO_PASSTHROUGH) does not let host " +
                  quoted(service->hostname) +
                  " in: a gateway knows what it passes on by the host's whole name",
              "name the hosts that are called through the gateway one by one, or say location: "
              "MESH_EXTERNAL if they are not in the mesh");
  }
  return out;
}

}  // namespace mesh::traffic
