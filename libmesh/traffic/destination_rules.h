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
  // Rules that are as they were in `before` (may be null) are the same ones.
  explicit DestinationRuleIndex(const index::Mesh& mesh,
                                const DestinationRuleIndex* before = nullptr);

  // Each rule by itself, in the order of merging.
  const std::vector<DestinationRulePtr>& all() const { return all_; }
  bool empty() const { return local_.empty() && exported_.empty() && root_private_.empty(); }
  // The rules that proxies of a namespace follow for a service: of their own namespace, else exported
  // by the service's, else exported by the root namespace. Several when they select workloads.
  std::vector<DestinationRulePtr> rules_for(const std::string& proxy_ns,
                                            const model::Service& service) const;

 private:
  using Rules = std::vector<DestinationRulePtr>;
  using ByNamespace = std::unordered_map<std::string, HostMap<Rules>>;
  DestinationRulePtr resolved(const index::Mesh& mesh, const index::DestinationRule& config,
                              DestinationRulePtr known) const;
  void add(const index::Mesh& mesh, const DestinationRulePtr& rule);
  Rules exported(const std::string& owner, const std::string& host,
                 const std::string& client_ns) const;

  std::string root_ns_;
  std::vector<DestinationRulePtr> all_;
  ByNamespace local_;
  ByNamespace exported_;
  HostMap<Rules> root_private_;
};

}  // namespace mesh::traffic
