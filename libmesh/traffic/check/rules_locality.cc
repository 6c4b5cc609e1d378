// What Istio refuses in the settings of localities of DestinationRules and the MeshConfig
// (ValidateLocalityLbSetting, ValidateZoneAwareLbSetting).
#include <algorithm>

#include "libmesh/traffic/check/rules_locality.h"

namespace mesh::traffic {
namespace {

bool is_topology(std::string_view label) {
  return label == "topology.kubernetes.io/region" || label == "topology.kubernetes.io/zone" ||
         label == "topology.istio.io/subzone";
}

// "REGION", "REGION/ZONE" or "REGION/ZONE/SUBZONE".
std::vector<std::string> parts_of(const std::string& locality) {
  std::vector<std::string> out;
  std::string_view rest = locality;
  while (out.size() < 2 && rest.find('/') != std::string_view::npos) {
    out.emplace_back(rest.substr(0, rest.find('/')));
    rest.remove_prefix(rest.find('/') + 1);
  }
  out.emplace_back(rest);
  return out;
}

// Whether `before` means all or some of what `next` means; a "*" after what it would cover is fine.
bool covers(const std::vector<std::string>& before, const std::vector<std::string>& next) {
  if (before.front() == "*") return true;
  for (size_t i = 0; i < std::min(before.size(), next.size()); ++i) {
    if (before[i] == "*") return true;
    if (before[i] != next[i]) return false;
  }
  return true;
}

struct Locality {
  std::string text;
  std::string field;
};

void check_localities(const std::vector<Locality>& localities, Finder& finder) {
  std::vector<std::vector<std::string>> seen;
  for (const Locality& each : localities) {  // "*" sorts before names, as Istio may read a mapping
    const auto parts = parts_of(each.text);
    const size_t star = each.text.find('*');
    if (star != std::string::npos && star + 1 != each.text.size()) {
      finder.invalid(each.field, quoted(each.text) + " has a \"*\" that is not at the end",
                     "write REGION/ZONE/*, REGION/* or *");
    } else if (std::find(parts.begin(), parts.end(), "") != parts.end()) {
      finder.invalid(each.field, quoted(each.text) + " has an empty part",
                     "write REGION, REGION/ZONE or REGION/ZONE/SUBZONE");
    } else if (std::any_of(seen.begin(), seen.end(),
                           [&](const auto& other) { return covers(other, parts); })) {
      finder.invalid(each.field, quoted(each.text) + " is of another one already",
                     "localities of one list have nothing in common");
    }
    seen.push_back(parts);
  }
}

void check_distribute(const networking::LocalityLoadBalancerSetting& setting,
                      const std::string& path, Finder& finder) {
  std::vector<Locality> sources;
  for (size_t i = 0; i < setting.distribute.size(); ++i) {
    const std::string here = at(path + ".distribute", i);
    sources.push_back({setting.distribute[i].from, here + ".from"});
    std::vector<Locality> targets;
    uint64_t total = 0;
    for (const auto& [locality, weight] : setting.distribute[i].to) {
      targets.push_back({locality, here + ".to"});
      total += weight;
      if (weight == 0 || weight > 100) {
        finder.invalid(here + ".to", quoted(locality) + " has a weight that is not from 1 to 100",
                       "share out 100, and leave out what gets nothing");
      }
    }
    if (total != 100) {
      finder.invalid(here + ".to",
                     "has weights that add up to " + std::to_string(total) + ", not to 100",
                     "share out 100");
    }
    check_localities(targets, finder);
  }
  check_localities(sources, finder);
}

// The lists of both settings have the same fields.
template <typename Failover>
void check_failover(const std::vector<Failover>& failover, const std::string& path,
                    Finder& finder) {
  for (size_t i = 0; i < failover.size(); ++i) {
    const std::string here = at(path + ".failover", i);
    if (failover[i].from == failover[i].to) {
      finder.invalid(here, "fails over to where it comes from", "name another region in to");
    }
    for (const auto& [text, name] :
         {std::pair{&failover[i].from, ".from"}, {&failover[i].to, ".to"}}) {
      if (text->find_first_of("/*") == std::string::npos) continue;
      finder.invalid(here + name, quoted(*text) + " is no region",
                     "write the name of a region alone; zones are ordered by themselves");
    }
  }
}

}  // namespace

void check_locality_setting(const networking::LocalityLoadBalancerSetting& setting,
                            const std::string& path, Finder& finder) {
  if (!setting.distribute.empty() && !setting.failover.empty()) {
    finder.invalid(path, "has both distribute and failover", "write one of them");
  }
  for (size_t i = 0; i < setting.failover_priority.size() && !setting.failover.empty(); ++i) {
    if (!is_topology(setting.failover_priority[i])) continue;
    finder.invalid(at(path + ".failoverPriority", i),
                   quoted(setting.failover_priority[i]) + " stands beside failover",
                   "write failover or labels of the topology");
  }
  check_distribute(setting, path, finder);
  check_failover(setting.failover, path, finder);
}

void check_zone_aware_setting(const networking::ZoneAwareLoadBalancerSetting& setting,
                              const std::string& path, Finder& finder) {
  for (size_t i = 0; i < setting.failover_priority.size(); ++i) {
    if (!is_topology(setting.failover_priority[i])) continue;
    finder.invalid(at(path + ".failoverPriority", i),
                   quoted(setting.failover_priority[i]) + " is what zones are ordered by already",
                   "name other labels");
  }
  check_failover(setting.failover, path, finder);
}

void check_locality(const networking::LoadBalancerSettings& balancer, const std::string& path,
                    Finder& finder) {
  const auto* setting = balancer.locality_lb_setting.get();
  const auto* zones = balancer.zone_aware_lb_setting.get();
  if (setting != nullptr && zones != nullptr) {
    finder.invalid(path + ".zoneAwareLbSetting", "stands beside localityLbSetting",
                   "write one of them");
  }
  if (setting != nullptr) check_locality_setting(*setting, path + ".localityLbSetting", finder);
  if (zones == nullptr) return;
  const std::string here = path + ".zoneAwareLbSetting";
  if (zones->min_cluster_size && *zones->min_cluster_size == 0) {
    finder.invalid(here + ".minClusterSize", "is 0", "write 1 or more");
  }
  check_zone_aware_setting(*zones, here, finder);
}

}  // namespace mesh::traffic
