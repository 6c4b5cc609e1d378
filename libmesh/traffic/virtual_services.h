// VirtualServices by gateway and visibility, names made full (pilot/pkg/model/virtualservice.go).
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/config.h"

namespace mesh::traffic {

class VirtualServiceIndex {
 public:
  explicit VirtualServiceIndex(const index::Mesh& mesh);

  // Private to the namespace, exported to it, public: in this order, each in Istio's order.
  std::vector<VirtualServicePtr> select(const std::string& ns, const std::string& gateway) const;

 private:
  using ByGateway = std::unordered_map<std::string, std::vector<VirtualServicePtr>>;
  void add(const index::Mesh& mesh, VirtualServicePtr service);

  std::unordered_map<std::string, ByGateway> private_;   // by own namespace
  std::unordered_map<std::string, ByGateway> exported_;  // by namespace exported to
  ByGateway public_;
};

// Destination hosts with the ports asked for (0: all), left out when a route's sourceNamespace excludes `source_ns`.
std::map<std::string, std::vector<uint32_t>> destinations(const networking::VirtualService& rule,
                                                          const std::string& source_ns);

}  // namespace mesh::traffic
