// VirtualServices by gateway and visibility, names resolved (pilot/pkg/model/virtualservice.go).
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/config.h"

namespace mesh::traffic {

// The name under which sidecars look for VirtualServices.
inline constexpr std::string_view kMeshGateway = "mesh";

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

// The same rule with short host names made full and gateways as "ns/name" or "mesh".
VirtualServicePtr resolve(const index::VirtualService& config, const std::string& domain);
// "gw" -> "<ns>/gw", "./gw" -> "<ns>/gw", "gw.other.svc…" -> "other/gw"; "mesh" stays.
std::string resolve_gateway_name(const std::string& name, const std::string& ns);
// Destination hosts with the ports asked for (0: all), left out when a route's sourceNamespace excludes `source_ns`.
std::map<std::string, std::vector<uint32_t>> destinations(const networking::VirtualService& rule,
                                                          const std::string& source_ns);

}  // namespace mesh::traffic
