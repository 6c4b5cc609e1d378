// DestinationRules by namespace and host, those of the same host merged
// (pilot/pkg/model/push_context.go setDestinationRules, destination_rule.go mergeDestinationRule).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/config.h"
#include "libmesh/traffic/host_map.h"

namespace mesh::traffic {

class DestinationRuleIndex {
 public:
  explicit DestinationRuleIndex(const index::Mesh& mesh);

  bool empty() const { return local_.empty() && exported_.empty() && root_private_.empty(); }
  // The rules that proxies of a namespace follow for a service: of their own namespace, else exported
  // by the service's, else exported by the root namespace. Several when they select workloads.
  std::vector<DestinationRulePtr> rules_for(const std::string& proxy_ns,
                                            const model::Service& service) const;

 private:
  using Rules = std::vector<DestinationRulePtr>;
  using ByNamespace = std::unordered_map<std::string, HostMap<Rules>>;
  void add(const index::Mesh& mesh, const index::DestinationRule& config);
  Rules exported(const std::string& owner, const std::string& host,
                 const std::string& client_ns) const;

  std::string root_ns_;
  ByNamespace local_;
  ByNamespace exported_;
  HostMap<Rules> root_private_;
};

}  // namespace mesh::traffic
