// MeshNetworks: the networks of a mesh as ConfigMap `istio`, key `meshNetworks`, says them
// (mesh/v1alpha1/network.proto; reloadMeshNetworks in serviceregistry/kube/controller/network.go).
//
//   networks:
//     network1:
//       endpoints: [{fromRegistry: Kubernetes}, {fromCidr: 10.0.0.0/8}]
//       gateways: [{registryServiceName: istio-ingressgateway.istio-system.svc.cluster.local, port: 443},
//                  {address: 1.2.3.4, port: 15443}]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/net.h"
#include "libmesh/document/value.h"
#include "libmesh/model/network/gateways.h"

namespace mesh::model {

struct MeshNetworks {
  struct Range {
    Cidr cidr;
    std::string network;
    bool operator==(const Range& o) const {
      return cidr.address == o.cidr.address && cidr.bits == o.cidr.bits && network == o.network;
    }
  };
  struct ServiceGateway {
    std::string hostname;
    std::string cluster;  // a registry that the network's endpoints are from
    std::string network;
    uint32_t port = 0;
    bool operator==(const ServiceGateway&) const = default;
  };

  std::map<std::string, std::string> by_cluster;  // fromRegistry: the network of a cluster
  std::vector<Range> ranges;                      // fromCidr, the shorter prefixes first
  std::vector<NetworkGateway> gateways;           // those with an address
  std::vector<ServiceGateway> services;           // those that a Service's addresses make

  bool empty() const {
    return by_cluster.empty() && ranges.empty() && gateways.empty() && services.empty();
  }
  bool operator==(const MeshNetworks&) const = default;

  // The network of an address in a cluster, or empty.
  std::string_view network_of(std::string_view address, const std::string& cluster) const;
};

// Reads the text's value; what it cannot take is told and left out.
MeshNetworks read_mesh_networks(const document::Value& value, const std::string& object,
                                Diagnostics& diagnostics);

}  // namespace mesh::model
