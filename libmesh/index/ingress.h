// The Ingresses of a mesh as Gateways and VirtualServices (model/ingress), made anew only when an
// Ingress, an IngressClass or, for ports by name, a Service changed. What comes out as it was stays
// the same object, so that nothing behind it is made again.
#pragma once

#include <string>
#include <vector>

#include "libmesh/index/objects.h"
#include "libmesh/model/ingress/ingress.h"
#include "libmesh/schema/istio.h"

namespace mesh::index {

class IngressState {
 public:
  struct Changes {
    bool gateways = false;
    bool virtual_services = false;
    bool diagnostics = false;
  };
  struct Sources {
    const std::vector<std::string>& namespaces;
    const meshconfig::MeshConfig& config;
    const std::string& cluster_domain;
  };

  // `before`: the objects of the last call; `moved`: namespaces or settings differ.
  Changes update(const Objects& objects, const Objects& before, bool moved, const Sources& sources);
  const model::IngressConfigs& configs() const { return configs_; }

 private:
  model::IngressConfigs configs_;
};

}  // namespace mesh::index
