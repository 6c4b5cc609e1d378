#include "libmesh/traffic/check/opened_ports.h"

namespace mesh::traffic {

bool is_opened(uint32_t number, const std::string& ns, const Surroundings& around) {
  for (const index::Sidecar& sidecar : *around.mesh().sidecars) {
    if (sidecar.ns() != ns) continue;
    for (const auto& listener : sidecar->ingress) {
      if (listener.port && listener.port->number == number) return true;
    }
  }
  return false;
}

}  // namespace mesh::traffic
