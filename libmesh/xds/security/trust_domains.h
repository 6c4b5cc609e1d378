// Principals and trust domains of policies, with the mesh's aliases put in: an identity of any of
// the mesh's trust domains counts as one of all of them (pilot/pkg/security/trustdomain).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/istio.h"

namespace mesh::xds {

class TrustDomains {
 public:
  // The mesh's own trust domain first, then its aliases.
  explicit TrustDomains(const meshconfig::MeshConfig& config);

  // "cluster.local/ns/shop/sa/cart" as it is in each trust domain. Gives `values` itself when that
  // changes nothing; else what it gives is in `storage`.
  std::span<const std::string> principals(std::span<const std::string> values,
                                          std::vector<std::string>& storage) const;
  // "td-a" with all others of the mesh, each once.
  std::span<const std::string> domains(std::span<const std::string> values,
                                       std::vector<std::string>& storage) const;

 private:
  bool is_known(std::string_view domain) const;
  void add_in_all(const std::string& principal, std::vector<std::string>& out) const;

  std::vector<std::string_view> domains_;
};

}  // namespace mesh::xds
