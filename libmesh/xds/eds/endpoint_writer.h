// Writes the endpoints of assignments, EDS's and those of DNS clusters.
//
// Most endpoints of a mesh differ in their address and workload alone. The bytes of the last few shapes are kept
// (the lengths of those texts, and all other fields), and one of a known shape is a copy with its own
// texts put in. Made for one generation, as ClusterBuilder.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/model/proxy.h"
#include "libmesh/schema/gen/envoy/endpoint.h"
#include "libmesh/xds/eds/loadbalancer.h"

namespace mesh::xds {

class EndpointWriter {
 public:
  explicit EndpointWriter(const model::Proxy& proxy) : hbone_(proxy.hbone_send) {}

  // Writes cluster_name and the groups.
  void write_assignment(std::string_view cluster_name, const EndpointGroups& groups,
                        envoy::endpoint::ClusterLoadAssignment& out);

 private:
  struct Shape {
    size_t address_size = 0;
    size_t workload_size = 0;
    uint32_t port = 0;
    uint32_t weight = 0;
    uint32_t status_and_tls = 0;
    bool operator==(const Shape&) const = default;
  };
  struct Template {
    Shape shape;
    size_t address_at = 0;  // the workload's text stands at the end
    std::string bytes;      // a field of LocalityLbEndpoints; empty until the shape comes again
  };
  uint8_t& place_of(const Shape& shape);
  Template* find(const Shape& shape);
  Template& make(const Shape& shape);
  void write(const EndpointGroup::Member& member, envoy::endpoint::LocalityLbEndpoints& out);

  const bool hbone_;
  std::vector<Template> templates_;
  std::array<uint8_t, 32> places_{};  // by shape: which of them, from 1; 0: none
};

}  // namespace mesh::xds
