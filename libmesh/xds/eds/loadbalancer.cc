#include "libmesh/xds/eds/loadbalancer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

namespace mesh::xds {
namespace {

using LocalitySetting = networking::LocalityLoadBalancerSetting;
using Distribution = model::Service::TrafficDistribution;

constexpr std::string_view kNetworkLabel = "topology.istio.io/network";

const LocalitySetting& prefer_same_zone() {
  static const LocalitySetting setting = [] {
    LocalitySetting out;
    out.enabled = true;
    out.failover_priority = {std::string(kNetworkLabel), "topology.kubernetes.io/region",
                             "topology.kubernetes.io/zone"};
    return out;
  }();
  return setting;
}

const LocalitySetting& prefer_same_node() {
  static const LocalitySetting setting = [] {
    LocalitySetting out = prefer_same_zone();
    out.failover_priority.push_back("topology.istio.io/subzone");
    out.failover_priority.push_back("kubernetes.io/hostname");
    return out;
  }();
  return setting;
}

bool disabled(const LocalitySetting& setting) { return !setting.enabled.value_or(true); }

// "region/zone/subzone" of a rule; "*" and missing parts match everything.
bool matches(const model::Locality& locality, std::string_view rule) {
  const model::Locality wanted = model::parse_locality(rule);
  auto part = [](const std::string& want, const std::string& have) {
    return want == "*" || want.empty() || want == have;
  };
  return (wanted.region == "*" || wanted.region == locality.region) &&
         part(wanted.zone, locality.zone) && part(wanted.subzone, locality.subzone);
}

// Share `weight` among the groups of `rule`, by their own weights; each group is taken once.
void weigh(EndpointGroups& groups, std::set<size_t>& unmatched, const std::string& rule,
           uint32_t weight) {
  std::vector<size_t> matched;
  uint32_t total = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (!unmatched.contains(i) || !matches(*groups[i].locality, rule)) continue;
    unmatched.erase(i);
    matched.push_back(i);
    if (!groups[i].weighted) groups[i].weight = 1;
    total += groups[i].weight;
  }
  for (size_t i : matched) {
    const double share =
        static_cast<double>(groups[i].weight * weight) / static_cast<double>(total);
    if (share > 0) {
      groups[i].weight = static_cast<uint32_t>(std::ceil(share));
      groups[i].weighted = true;
    }
  }
}

void distribute(const std::vector<networking::LocalityLoadBalancerSetting_Distribute>& rules,
                const model::Locality& proxy, EndpointGroups& groups) {
  for (const auto& rule : rules) {
    if (!matches(proxy, rule.from)) continue;
    std::set<size_t> unmatched;
    for (size_t i = 0; i < groups.size(); ++i) unmatched.insert(i);
    for (const auto& [to, weight] : rule.to) weigh(groups, unmatched, to, weight);
    // Localities that the rule does not name get no traffic.
    for (size_t i : unmatched) groups[i].members.clear();
    return;
  }
}

// Renumbers priorities 0, 1, 2 … without gaps, as Envoy wants them.
void compact_priorities(EndpointGroups& groups) {
  std::set<uint32_t> used;
  for (const auto& group : groups) used.insert(group.priority);
  for (auto& group : groups) {
    group.priority = static_cast<uint32_t>(std::distance(used.begin(), used.find(group.priority)));
  }
}

// 0: all three parts match, 1: region and zone, 2: region, 3: nothing.
uint32_t distance(const model::Locality& a, const model::Locality& b) {
  if (a.region != b.region) return 3;
  if (a.zone != b.zone) return 2;
  return a.subzone == b.subzone ? 0 : 1;
}

template <typename Failover>
const Failover* from_region(const std::vector<Failover>& rules, const std::string& region) {
  for (const auto& rule : rules) {
    if (rule.from == region) return &rule;
  }
  return nullptr;
}

void fail_over(const std::vector<networking::LocalityLoadBalancerSetting_Failover>& rules,
               const model::Locality& proxy, EndpointGroups& groups) {
  for (auto& group : groups) {
    uint32_t priority = distance(proxy, *group.locality);
    if (priority == 3) {
      const auto* rule = from_region(rules, proxy.region);
      if (rule != nullptr && group.locality->region != rule->to) priority = 4;
    }
    group.priority = group.priority * 5 + priority;
  }
  compact_priorities(groups);
}

// Zones of the proxy's own region stay together at priority 0.
void fail_over_regions(const std::vector<networking::ZoneAwareLoadBalancerSetting_Failover>& rules,
                       const model::Locality& proxy, EndpointGroups& groups) {
  for (auto& group : groups) {
    uint32_t priority = 0;
    if (group.locality->region != proxy.region) {
      const auto* rule = from_region(rules, proxy.region);
      priority = rule != nullptr && group.locality->region == rule->to ? 1 : 2;
    }
    group.priority = group.priority * 3 + priority;
  }
  compact_priorities(groups);
}

std::string_view value_of(const Labels& labels, std::string_view key) {
  auto it = labels.find(std::string(key));
  return it == labels.end() ? std::string_view() : std::string_view(it->second);
}

// How far down the list of labels an endpoint stops matching the proxy: 0 is a full match.
uint32_t label_priority(const std::vector<std::string>& list, const Labels& proxy,
                        const Labels& endpoint) {
  const auto size = static_cast<uint32_t>(list.size());
  const bool network_first = !list.empty() && list[0] == kNetworkLabel;
  uint32_t adjust = 0;
  for (uint32_t j = 0; j < size; ++j) {
    std::string_view label = list[j];
    std::string_view wanted;
    if (size_t at = label.find('='); at != std::string_view::npos) {
      wanted = label.substr(at + 1);
      label = label.substr(0, at);
    } else {
      wanted = value_of(proxy, label);
    }
    if (wanted == value_of(endpoint, label)) continue;
    if (j == 0 && network_first) {
      adjust = size;
      continue;
    }
    return size - j + adjust;
  }
  return adjust;
}

void fail_over_by_label(const std::vector<std::string>& list, const Labels& proxy,
                        EndpointGroups& groups) {
  if (proxy.empty() || groups.empty()) return;
  EndpointGroups out;
  for (const auto& group : groups) {
    std::map<uint32_t, EndpointGroup> split;
    for (const auto& member : group.members) {
      const uint32_t priority = label_priority(list, proxy, member.endpoint->labels);
      auto& part = split[priority];
      part.locality = group.locality;
      part.priority = priority;
      part.members.push_back(member);
      part.weight += member.weight;
    }
    for (auto& [priority, part] : split) out.push_back(std::move(part));
  }
  groups = std::move(out);
  compact_priorities(groups);
}

}  // namespace

void EndpointGroup::sum_weights() {
  uint64_t sum = 0;
  for (const auto& member : members) sum += member.weight;
  weight = static_cast<uint32_t>(std::min<uint64_t>(sum, std::numeric_limits<uint32_t>::max()));
}

void EndpointGroup::refresh_weight() {
  weight = 0;
  for (const auto& member : members) weight += member.weight;
  weighted = !members.empty();
}

LocalitySettings locality_settings(const meshconfig::MeshConfig& mesh,
                                   const networking::LoadBalancerSettings* rule,
                                   Distribution distribution) {
  LocalitySettings out;
  auto zone_aware = [&](const networking::ZoneAwareLoadBalancerSetting* setting) {
    out.zone_aware = setting;
    out.force_failover = out.zone_routing();
    return out;
  };
  if (rule != nullptr && rule->zone_aware_lb_setting) {
    return zone_aware(rule->zone_aware_lb_setting.get());
  }
  if (rule != nullptr && rule->locality_lb_setting) {
    if (!disabled(*rule->locality_lb_setting)) out.locality = rule->locality_lb_setting.get();
    return out;
  }
  if (distribution != Distribution::kAny) {
    out.locality =
        distribution == Distribution::kPreferSameZone ? &prefer_same_zone() : &prefer_same_node();
    out.force_failover = true;
    return out;
  }
  if (mesh.zone_aware_lb_setting) return zone_aware(mesh.zone_aware_lb_setting.get());
  if (mesh.locality_lb_setting && !disabled(*mesh.locality_lb_setting)) {
    out.locality = mesh.locality_lb_setting.get();
  }
  return out;
}

void apply_locality(const LocalitySettings& settings, const model::Proxy& proxy,
                    bool outlier_detection, bool by_label, EndpointGroups& groups) {
  if (settings.zone_aware != nullptr) {
    if (!settings.zone_routing()) return;
    const auto& setting = *settings.zone_aware;
    if (!setting.failover_priority.empty() && by_label) {
      fail_over_by_label(setting.failover_priority, proxy.labels, groups);
    }
    fail_over_regions(setting.failover, proxy.locality, groups);
    return;
  }
  if (settings.locality == nullptr) return;
  const LocalitySetting& setting = *settings.locality;
  if (!setting.distribute.empty()) {
    distribute(setting.distribute, proxy.locality, groups);
    return;
  }
  if (!outlier_detection && !settings.force_failover) return;
  if (setting.failover_priority.empty()) {
    fail_over(setting.failover, proxy.locality, groups);
    return;
  }
  if (by_label) fail_over_by_label(setting.failover_priority, proxy.labels, groups);
  if (!setting.failover.empty()) fail_over(setting.failover, proxy.locality, groups);
}

}  // namespace mesh::xds
