#include "libmesh/traffic/virtual_services.h"

#include <algorithm>

#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/delegates.h"
#include "libmesh/traffic/known_rules.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {
namespace {

// A route is not for proxies of a namespace when some match names a source namespace and none
// of them is it (virtualServiceDestinationsFilteredBySourceNamespace; the last word counts).
bool route_serves_namespace(const networking::HTTPRoute& route, const std::string& ns) {
  bool serves = true;
  for (const auto& match : route.match) {
    if (match.source_namespace.empty()) continue;
    if (match.source_namespace == ns) return true;
    serves = false;
  }
  return serves;
}

}  // namespace

std::map<std::string, std::vector<uint32_t>> destinations(const networking::VirtualService& rule,
                                                          const std::string& source_ns) {
  std::map<std::string, std::vector<uint32_t>> out;
  auto add = [&out](const auto& destination) {
    if (!destination) return;
    out[destination->host].push_back(destination->port ? destination->port->number : 0);
  };
  for (const networking::HTTPRoute& route : rule.http) {
    if (!source_ns.empty() && !route_serves_namespace(route, source_ns)) continue;
    for (const auto& weighted : route.route) add(weighted.destination);
    add(route.mirror);
    for (const auto& mirror : route.mirrors) add(mirror.destination);
  }
  for (const auto& route : rule.tcp) {
    for (const auto& weighted : route.route) add(weighted.destination);
  }
  for (const auto& route : rule.tls) {
    for (const auto& weighted : route.route) add(weighted.destination);
  }
  return out;
}

VirtualServiceIndex::VirtualServiceIndex(const index::Mesh& mesh, const VirtualServiceIndex* before)
    : default_export_to_(mesh.config->default_virtual_service_export_to),
      configs_(mesh.virtual_services) {
  static const std::vector<VirtualServicePtr> kNone;
  const KnownRules known(before == nullptr ? kNone : before->resolved_);
  resolved_.reserve(configs_.size());
  for (size_t i = 0; i < configs_.size(); ++i) {
    const index::VirtualService& config = configs_[i];
    VirtualServicePtr rule = known.find(i, config.object.get());
    if (rule == nullptr) {
      rule = std::make_shared<VirtualService>(VirtualService{
          config.object, model::with_full_names(config.object, *config.spec, mesh.cluster_domain)});
    }
    resolved_.push_back(std::move(rule));
  }
  all_ = merge_delegates(mesh, resolved_);
  if (before != nullptr) keep_merged(*before);
  PublicGroups groups(public_);
  for (const VirtualServicePtr& rule : all_) add(rule, groups);
}

// Most rules name gateways that those before them named.
RuleGroup& VirtualServiceIndex::PublicGroups::of(const std::string& gateway) {
  for (const auto& [name, group] : last_) {
    if (group != nullptr && name == gateway) return *group;
  }
  const auto at = all_.try_emplace(gateway).first;
  last_[next_++ % last_.size()] = {at->first, &at->second};
  return at->second;
}

// Rules with delegates are made anew each time: equal ones become the ones that were.
void VirtualServiceIndex::keep_merged(const VirtualServiceIndex& before) {
  std::unordered_map<const kube::Object*, VirtualServicePtr> known;
  size_t at = 0;
  for (VirtualServicePtr& rule : all_) {
    while (resolved_[at]->object != rule->object) ++at;
    if (resolved_[at] == rule) continue;
    if (known.empty()) {
      for (const VirtualServicePtr& old : before.all_) known.emplace(old->object.get(), old);
    }
    auto it = known.find(rule->object.get());
    if (it != known.end() && *it->second->spec == *rule->spec) rule = it->second;
  }
}

void VirtualServiceIndex::add(const VirtualServicePtr& service, PublicGroups& groups) {
  static const std::vector<std::string> kMeshOnly{std::string(model::kMeshGateway)};
  const networking::VirtualService& rule = *service->spec;
  const auto& gateways = rule.gateways.empty() ? kMeshOnly : rule.gateways;
  Visibility visibility = visibility_or_default(rule.export_to, default_export_to_, service->ns());
  if (visibility.all) {
    for (const std::string& gateway : gateways) groups.of(gateway).add(service);
    return;
  }
  if (visibility.none) return;
  for (const std::string& ns : visibility.namespaces) {
    ByGateway& group = ns == service->ns() ? private_[ns] : exported_[ns];
    for (const std::string& gateway : gateways) group[gateway].add(service);
  }
}

namespace {

template <typename Map>
const typename Map::mapped_type* find_in(const Map& map, const std::string& key) {
  auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

}  // namespace

RuleLists VirtualServiceIndex::select(const std::string& ns, const std::string& gateway) const {
  RuleLists out;
  size_t at = 0;
  for (const ByGateway* groups : {find_in(private_, ns), find_in(exported_, ns), &public_}) {
    const RuleGroup* group = groups == nullptr ? nullptr : find_in(*groups, gateway);
    if (group != nullptr) out[at] = group->rules();
    ++at;
  }
  return out;
}

RuleList VirtualServiceIndex::select(const std::string& ns, const EgressHosts& hosts) const {
  static const std::string kMesh(model::kMeshGateway);
  RuleList out;
  for (const ByGateway* groups : {find_in(private_, ns), find_in(exported_, ns), &public_}) {
    const RuleGroup* group = groups == nullptr ? nullptr : find_in(*groups, kMesh);
    if (group == nullptr) continue;
    RuleList selected = group->select(hosts);
    if (out.empty()) {
      out = std::move(selected);
      continue;
    }
    std::vector<VirtualServicePtr> both = out;
    for (const VirtualServicePtr& rule : selected) {
      if (both.back() != rule) both.push_back(rule);
    }
    out = std::move(both);
  }
  return out;
}

bool VirtualServiceIndex::selects(const VirtualService& rule, const std::string& ns,
                                  const EgressHosts& hosts) const {
  if (!is_for_sidecars(*rule.spec)) return false;
  const Visibility seen = visibility_or_default(rule->export_to, default_export_to_, rule.ns());
  return (seen.all || !seen.none) && seen.sees(ns) && imports(rule, hosts);
}

bool is_for_sidecars(const networking::VirtualService& rule) {
  return rule.gateways.empty() || std::find(rule.gateways.begin(), rule.gateways.end(),
                                            model::kMeshGateway) != rule.gateways.end();
}

}  // namespace mesh::traffic
