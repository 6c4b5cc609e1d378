// PeerAuthentication by workload, namespace and mesh (pilot/pkg/model/authentication.go,
// pilot/pkg/security/authn/policy_applier.go): the narrowest wins, UNSET inherits, the oldest of a level
// counts, ports are set at workload level only.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/config.h"

namespace mesh::traffic {

class PeerAuthenticationIndex {
 public:
  // `mesh` is to outlive it.
  explicit PeerAuthenticationIndex(const index::Mesh& mesh);

  bool empty() const { return workload_.empty() && namespace_.empty() && mesh_ == nullptr; }
  PeerAuthn for_workload(const std::string& ns, const Labels& labels) const;
  // The policy that for_workload heeds first; null: none is for the workload.
  const index::PeerAuthentication* narrowest(const std::string& ns, const Labels& labels) const;
  // kUnknown when neither the namespace nor the mesh says anything.
  MutualTls for_namespace(const std::string& ns) const;

 private:
  using Policy = const index::PeerAuthentication*;
  Policy of_workload(const std::string& ns, const Labels& labels) const;

  std::unordered_map<std::string, std::vector<Policy>> workload_;
  std::unordered_map<std::string, Policy> namespace_;
  Policy mesh_ = nullptr;
};

}  // namespace mesh::traffic
