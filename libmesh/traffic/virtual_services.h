// VirtualServices by gateway and visibility, names made full (pilot/pkg/model/virtualservice.go).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/config.h"
#include "libmesh/traffic/egress_hosts.h"
#include "libmesh/traffic/rule_group.h"

namespace mesh::traffic {

class VirtualServiceIndex {
 public:
  // Rules that are as they were in `before` (may be null) are the same ones.
  explicit VirtualServiceIndex(const index::Mesh& mesh,
                               const VirtualServiceIndex* before = nullptr);

  // Those of a gateway, as they stand in the index.
  RuleLists select(const std::string& ns, const std::string& gateway) const;
  // Of these, for sidecars, what is imported; each once.
  RuleList select(const std::string& ns, const EgressHosts& hosts) const;
  // Whether `rule`, of this index or another, would be among the latter.
  bool selects(const VirtualService& rule, const std::string& ns, const EgressHosts& hosts) const;

  // All rules after their merges, in Istio's order.
  const std::vector<VirtualServicePtr>& all() const { return all_; }

 private:
  using ByGateway = std::unordered_map<std::string, RuleGroup>;
  // The public groups while they are made; the last ones asked for are found without a look into the table.
  class PublicGroups {
   public:
    explicit PublicGroups(ByGateway& all) : all_(all) {}
    RuleGroup& of(const std::string& gateway);

   private:
    ByGateway& all_;
    std::array<std::pair<std::string_view, RuleGroup*>, 4> last_{};
    size_t next_ = 0;
  };
  void add(const VirtualServicePtr& service, PublicGroups& groups);
  void keep_merged(const VirtualServiceIndex& before);

  std::vector<std::string> default_export_to_;
  index::Shared<std::vector<index::VirtualService>> configs_;
  std::vector<VirtualServicePtr> resolved_;  // as configs_
  std::vector<VirtualServicePtr> all_;
  std::unordered_map<std::string, ByGateway> private_;   // by own namespace
  std::unordered_map<std::string, ByGateway> exported_;  // by namespace exported to
  ByGateway public_;
};

// Whether sidecars follow the rule: it names no gateway, or `mesh`.
bool is_for_sidecars(const networking::VirtualService& rule);

// Destination hosts with the ports asked for (0: all), left out when a route's sourceNamespace excludes `source_ns`.
std::map<std::string, std::vector<uint32_t>> destinations(const networking::VirtualService& rule,
                                                          const std::string& source_ns);

}  // namespace mesh::traffic
