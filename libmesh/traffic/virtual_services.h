// VirtualServices by gateway and visibility, names made full (pilot/pkg/model/virtualservice.go).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libmesh/base/text_hash.h"
#include "libmesh/index/mesh.h"
#include "libmesh/traffic/config.h"
#include "libmesh/traffic/egress_hosts.h"
#include "libmesh/traffic/rule_group.h"

namespace mesh::traffic {

// What is made of many rules is shared from one state to the next, and what differs stands beside it as long as it is
// little: then a changed rule costs what it is in, and not what there is.
class VirtualServiceIndex {
 public:
  explicit VirtualServiceIndex(const index::Mesh& mesh);
  // Rules that are as they were in `before`, of the same settings, are the same ones; `changed` takes those that only one
  // of the two has.
  VirtualServiceIndex(const index::Mesh& mesh, const VirtualServiceIndex& before,
                      std::vector<VirtualServicePtr>& changed);

  // Those of a gateway, as they stand in the index.
  RuleLists select(const std::string& ns, std::string_view gateway) const;
  // Of these, for sidecars, what is imported; each once.
  RuleList select(const std::string& ns, const EgressHosts& hosts) const;
  // Whether `rule`, of this index or another, would be among the latter.
  bool selects(const VirtualService& rule, const std::string& ns, const EgressHosts& hosts) const;
  // Calls visit(rule) for each rule of a gateway with an HTTP route that names the host as a destination or a mirror; also for some
  // that are gone, or that name another host.
  template <typename Visit>
  void each_leading_to(std::string_view host, Visit&& visit) const {
    base_->each_leading_to(host, visit);
    for (const VirtualServicePtr& rule : come_) visit(rule);
  }

 private:
  // The names stand in the rules.
  using ByGateway = std::unordered_map<std::string_view, RuleGroup, TextHash>;
  // The public groups while they are made; the last ones asked for are found without a look into the table.
  class PublicGroups {
   public:
    explicit PublicGroups(ByGateway& all) : all_(all) {}
    RuleGroup& of(std::string_view gateway);

   private:
    ByGateway& all_;
    std::array<std::pair<std::string_view, RuleGroup*>, 4> last_{};
    size_t next_ = 0;
  };
  // Of all the rules there were when it was made.
  struct Base {
    index::Shared<std::vector<index::VirtualService>> configs;
    std::vector<VirtualServicePtr> resolved;                 // as configs
    bool merged = false;                                     // some take part in merges:
    std::vector<VirtualServicePtr> all;                      // after them, in Istio's order
    std::unordered_map<std::string, ByGateway> private_to;   // by own namespace
    std::unordered_map<std::string, ByGateway> exported_to;  // by namespace exported to
    ByGateway to_all;

    const std::vector<VirtualServicePtr>& rules() const { return merged ? all : resolved; }
    template <typename Visit>
    void each_leading_to(std::string_view host, Visit&& visit) const {
      std::call_once(once, [this] { index_destinations(); });
      const auto of_hash = std::make_pair(hash_of(host), uint32_t{0});
      auto at = std::lower_bound(destinations.begin(), destinations.end(), of_hash);
      for (; at != destinations.end() && at->first == of_hash.first; ++at) {
        visit(rules()[at->second]);
      }
    }
    static uint32_t hash_of(std::string_view host) {
      return static_cast<uint32_t>(std::hash<std::string_view>()(host));
    }
    void index_destinations() const;

    mutable std::once_flag once;
    // Hashes of the hosts that rules lead to, and where among rules(); in order. Made when first asked for.
    mutable std::vector<std::pair<uint32_t, uint32_t>> destinations;
  };
  // Who sees a group's rules, of which namespace (none: all), of which gateway.
  enum class Sight : uint8_t { kOwn, kExported, kAll };
  using Place = std::tuple<Sight, std::string, std::string>;
  using RuleGroupPtr = std::shared_ptr<const RuleGroup>;

  VirtualServicePtr resolve(const index::VirtualService& config) const;
  void make(const index::Mesh& mesh, const std::vector<VirtualServicePtr>& last,
            const VirtualServiceIndex* before);
  void add(const VirtualServicePtr& service, Base& base, PublicGroups& groups) const;
  void keep_merged(const VirtualServiceIndex& before, Base& base) const;
  bool follow(const VirtualServiceIndex& before, std::vector<VirtualServicePtr>& changed);
  std::vector<VirtualServicePtr> resolved() const;
  VirtualServicePtr rule_of(const index::VirtualService& config) const;
  std::vector<Place> places_of(const VirtualService& rule) const;
  const RuleGroup* group(Sight sight, const std::string& ns, std::string_view gateway) const;

  std::string cluster_domain_;
  std::vector<std::string> default_export_to_;
  index::Shared<std::vector<index::VirtualService>> configs_;
  std::shared_ptr<const Base> base_;
  // What differs from the base.
  size_t gone_ = 0;
  std::vector<VirtualServicePtr> come_;
  std::map<Place, RuleGroupPtr, std::less<>> groups_;
};

// Whether sidecars follow the rule: it names no gateway, or `mesh`.
bool is_for_sidecars(const networking::VirtualService& rule);

// Calls visit(destination) for each destination and mirror of its HTTP routes.
template <typename Visit>
void each_http_destination(const networking::VirtualService& rule, Visit&& visit) {
  for (const networking::HTTPRoute& route : rule.http) {
    if (route.mirror) visit(*route.mirror);
    for (const auto& to : route.route) {
      if (to.destination) visit(*to.destination);
    }
    for (const auto& to : route.mirrors) {
      if (to.destination) visit(*to.destination);
    }
  }
}

// A host that a rule leads to, with the port asked for (0: all).
struct RuleDestination {
  std::string_view host;  // the text stands in the rule
  uint32_t port = 0;
};
// In order of their hosts; left out when a route's sourceNamespace excludes
// `source_ns`. `out` keeps its memory from rule to rule.
void destinations(const networking::VirtualService& rule, const std::string& source_ns,
                  std::vector<RuleDestination>& out);
// The same as a list of its own.
std::vector<RuleDestination> destinations(const networking::VirtualService& rule,
                                          const std::string& source_ns);

}  // namespace mesh::traffic
