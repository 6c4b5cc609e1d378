#include "libmesh/traffic/virtual_services.h"

#include <algorithm>
#include <cmath>

#include "libmesh/index/configs.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/delegates.h"
#include "libmesh/traffic/difference.h"
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

bool takes_part_in_merges(const VirtualServicePtr& rule) {
  const auto& http = rule->spec->http;
  return rule->spec->hosts.empty() ||
         std::any_of(http.begin(), http.end(),
                     [](const networking::HTTPRoute& route) { return bool(route.delegate); });
}

const std::vector<std::string>& gateways_of(const VirtualService& rule) {
  static const std::vector<std::string> kMeshOnly{std::string(model::kMeshGateway)};
  return rule.spec->gateways.empty() ? kMeshOnly : rule.spec->gateways;
}

// Calls visit(ns, gateway) for each group that the rule is in, as often as it is: ns is null for those that all see.
template <typename Visit>
void each_place(const VirtualService& rule, const std::vector<std::string>& default_export_to,
                Visit&& visit) {
  const std::vector<std::string>& gateways = gateways_of(rule);
  const Visibility visibility =
      visibility_or_default(rule.spec->export_to, default_export_to, rule.ns());
  if (visibility.all) {
    for (const std::string& gateway : gateways) visit(nullptr, gateway);
    return;
  }
  if (visibility.none) return;
  for (const std::string& ns : visibility.namespaces) {
    for (const std::string& gateway : gateways) visit(&ns, gateway);
  }
}

}  // namespace

void destinations(const networking::VirtualService& rule, const std::string& source_ns,
                  std::vector<RuleDestination>& out) {
  out.clear();
  auto add = [&out](const auto& destination) {
    if (!destination) return;
    out.push_back({destination->host, destination->port ? destination->port->number : 0});
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
  if (out.size() < 2) return;
  std::sort(out.begin(), out.end(),
            [](const RuleDestination& a, const RuleDestination& b) { return a.host < b.host; });
}

std::vector<RuleDestination> destinations(const networking::VirtualService& rule,
                                          const std::string& source_ns) {
  std::vector<RuleDestination> out;
  destinations(rule, source_ns, out);
  return out;
}

VirtualServiceIndex::VirtualServiceIndex(const index::Mesh& mesh)
    : cluster_domain_(mesh.cluster_domain),
      default_export_to_(mesh.config->default_virtual_service_export_to),
      configs_(mesh.virtual_services) {
  make(mesh, {}, nullptr);
}

VirtualServiceIndex::VirtualServiceIndex(const index::Mesh& mesh, const VirtualServiceIndex& before,
                                         std::vector<VirtualServicePtr>& changed)
    : cluster_domain_(before.cluster_domain_),
      default_export_to_(before.default_export_to_),
      configs_(mesh.virtual_services) {
  if (follow(before, changed)) return;
  changed.clear();
  gone_ = 0;
  come_.clear();
  groups_.clear();
  const std::vector<VirtualServicePtr> known = before.resolved();
  make(mesh, known, &before);
  each_apart(before.base_->merged ? before.base_->all : known, base_->rules(),
             [&](const auto& rule) { changed.push_back(rule); });
}

VirtualServicePtr VirtualServiceIndex::resolve(const index::VirtualService& config) const {
  return std::make_shared<VirtualService>(VirtualService{
      config.object, model::with_full_names(config.object, *config.spec, cluster_domain_)});
}

void VirtualServiceIndex::make(const index::Mesh& mesh, const std::vector<VirtualServicePtr>& last,
                               const VirtualServiceIndex* before) {
  auto base = std::make_shared<Base>();
  base->configs = configs_;
  const KnownRules known(last);
  base->resolved.reserve(configs_.size());
  for (size_t i = 0; i < configs_.size(); ++i) {
    const index::VirtualService& config = configs_[i];
    VirtualServicePtr rule = known.find(i, config.object.get());
    base->resolved.push_back(rule == nullptr ? resolve(config) : std::move(rule));
  }
  base->merged = std::any_of(base->resolved.begin(), base->resolved.end(), takes_part_in_merges);
  if (base->merged) {
    base->all = merge_delegates(mesh, base->resolved);
    if (before != nullptr) keep_merged(*before, *base);
  }
  PublicGroups groups(base->to_all);
  for (const VirtualServicePtr& rule : base->rules()) add(rule, *base, groups);
  base_ = std::move(base);
}

// Most rules name gateways that those before them named.
RuleGroup& VirtualServiceIndex::PublicGroups::of(std::string_view gateway) {
  for (const auto& [name, group] : last_) {
    if (group != nullptr && name == gateway) return *group;
  }
  const auto at = all_.try_emplace(gateway).first;
  last_[next_++ % last_.size()] = {at->first, &at->second};
  return at->second;
}

// Rules with delegates are made anew each time: equal ones become the ones that were.
void VirtualServiceIndex::keep_merged(const VirtualServiceIndex& before, Base& base) const {
  std::unordered_map<const kube::Object*, VirtualServicePtr> known;
  size_t at = 0;
  for (VirtualServicePtr& rule : base.all) {
    while (base.resolved[at]->object != rule->object) ++at;
    if (base.resolved[at] == rule) continue;
    if (known.empty()) {
      for (const VirtualServicePtr& old : before.base_->rules()) {
        known.emplace(old->object.get(), old);
      }
    }
    auto it = known.find(rule->object.get());
    if (it != known.end() && *it->second->spec == *rule->spec) rule = it->second;
  }
}

void VirtualServiceIndex::add(const VirtualServicePtr& service, Base& base,
                              PublicGroups& groups) const {
  each_place(*service, default_export_to_, [&](const std::string* ns, const std::string& gateway) {
    if (ns == nullptr) return groups.of(gateway).add(service);
    ByGateway& group = *ns == service->ns() ? base.private_to[*ns] : base.exported_to[*ns];
    group[gateway].add(service);
  });
}

void VirtualServiceIndex::Base::index_destinations() const {
  for (uint32_t i = 0; i < rules().size(); ++i) {
    const std::vector<std::string>& gateways = gateways_of(*rules()[i]);
    if (gateways.size() == 1 && gateways.front() == model::kMeshGateway) continue;
    each_http_destination(*rules()[i]->spec, [&](const networking::Destination& to) {
      const auto one = std::make_pair(hash_of(to.host), i);
      if (destinations.empty() || destinations.back() != one) destinations.push_back(one);
    });
  }
  std::sort(destinations.begin(), destinations.end());
}

// ---- a few rules among many --------------------------------------------------------------------

std::vector<VirtualServiceIndex::Place> VirtualServiceIndex::places_of(
    const VirtualService& rule) const {
  std::vector<Place> out;
  each_place(rule, default_export_to_, [&](const std::string* ns, const std::string& gateway) {
    if (ns == nullptr) {
      out.emplace_back(Sight::kAll, "", gateway);
    } else {
      out.emplace_back(*ns == rule.ns() ? Sight::kOwn : Sight::kExported, *ns, gateway);
    }
  });
  return out;
}

// The rule of an object of the list.
VirtualServicePtr VirtualServiceIndex::rule_of(const index::VirtualService& config) const {
  for (const VirtualServicePtr& rule : come_) {
    if (rule->object == config.object) return rule;
  }
  const std::vector<index::VirtualService>& list = base_->configs;
  auto at = std::lower_bound(list.begin(), list.end(), config,
                             index::comes_first<networking::VirtualService>);
  while (at->object != config.object) ++at;
  return base_->resolved[static_cast<size_t>(at - list.begin())];
}

// As configs_.
std::vector<VirtualServicePtr> VirtualServiceIndex::resolved() const {
  if (configs_.same(base_->configs)) return base_->resolved;
  std::vector<VirtualServicePtr> out;
  out.reserve(configs_.size());
  const KnownRules known(base_->resolved);
  std::unordered_map<const kube::Object*, const VirtualServicePtr*> came;
  for (const VirtualServicePtr& rule : come_) came.emplace(rule->object.get(), &rule);
  for (size_t i = 0; i < configs_.size(); ++i) {
    const kube::Object* object = configs_[i].object.get();
    const auto found = came.find(object);
    out.push_back(found != came.end() ? *found->second : known.find(i, object));
  }
  return out;
}

// False when all of it is to be made anew: much differs, or more than single rules do.
bool VirtualServiceIndex::follow(const VirtualServiceIndex& before,
                                 std::vector<VirtualServicePtr>& changed) {
  if (before.base_->merged) return false;
  const std::vector<index::VirtualService>& last = before.configs_;
  const std::vector<index::VirtualService>& list = configs_;
  // So much that a look at each costs less, over many changes, than what they save.
  const size_t most = 16 + 4 * static_cast<size_t>(std::sqrt(list.size()));
  const auto comes_first = index::comes_first<networking::VirtualService>;
  base_ = before.base_;
  gone_ = before.gone_;
  come_ = before.come_;
  std::map<Place, std::array<std::vector<VirtualServicePtr>, 2>> apart;  // gone, come
  std::vector<VirtualServicePtr> come;
  // Groups tell rules apart by their order: those of one Ingress may have one name.
  const auto has_tie = [&](const std::vector<index::VirtualService>& of, size_t at) {
    return (at > 0 && !comes_first(of[at - 1], of[at])) ||
           (at + 1 < of.size() && !comes_first(of[at], of[at + 1]));
  };
  const auto goes = [&](size_t at) {
    if (has_tie(last, at)) return false;
    changed.push_back(before.rule_of(last[at]));
    for (const Place& place : places_of(*changed.back())) {
      apart[place][0].push_back(changed.back());
    }
    if (std::erase(come_, changed.back()) == 0) ++gone_;
    return true;
  };
  const auto comes = [&](size_t at) {
    come.push_back(resolve(list[at]));
    if (has_tie(list, at) || takes_part_in_merges(come.back())) return false;
    for (const Place& place : places_of(*come.back())) apart[place][1].push_back(come.back());
    return true;
  };
  for (size_t i = 0, j = 0; i < last.size() || j < list.size();) {
    const bool both = i < last.size() && j < list.size();
    if (both && last[i] == list[j]) {
      ++i;
      ++j;
      continue;
    }
    const bool old_first = both ? comes_first(last[i], list[j]) : i < last.size();
    const bool new_first = both ? comes_first(list[j], last[i]) : j < list.size();
    if (changed.size() + come.size() >= most) return false;
    if (!new_first && !goes(i++)) return false;
    if (!old_first && !comes(j++)) return false;
  }
  come_.insert(come_.end(), come.begin(), come.end());
  if (come_.size() + gone_ > most) return false;
  changed.insert(changed.end(), come.begin(), come.end());
  groups_ = before.groups_;
  static const auto kNobody = std::make_shared<const RuleGroup>();
  for (const auto& [place, rules] : apart) {
    RuleGroupPtr& group = groups_[place];
    if (group == nullptr) {
      const auto& [sight, ns, gateway] = place;
      const RuleGroup* const of_base = before.group(sight, ns, gateway);
      group = of_base == nullptr ? kNobody : RuleGroupPtr(base_, of_base);
    }
    group = std::make_shared<RuleGroup>(group, rules[0], rules[1]);
  }
  return true;
}

// ---- look-ups ----------------------------------------------------------------------------------

namespace {

template <typename Map>
const typename Map::mapped_type* find_in(const Map& map, const typename Map::key_type& key) {
  auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

}  // namespace

const RuleGroup* VirtualServiceIndex::group(Sight sight, const std::string& ns,
                                            std::string_view gateway) const {
  if (!groups_.empty()) {
    const std::string_view of = sight == Sight::kAll ? std::string_view() : std::string_view(ns);
    const auto found = groups_.find(std::make_tuple(sight, of, gateway));
    if (found != groups_.end()) return found->second.get();
  }
  const ByGateway* const groups = sight == Sight::kAll   ? &base_->to_all
                                  : sight == Sight::kOwn ? find_in(base_->private_to, ns)
                                                         : find_in(base_->exported_to, ns);
  return groups == nullptr ? nullptr : find_in(*groups, gateway);
}

RuleLists VirtualServiceIndex::select(const std::string& ns, std::string_view gateway) const {
  RuleLists out;
  size_t at = 0;
  for (const Sight sight : {Sight::kOwn, Sight::kExported, Sight::kAll}) {
    const RuleGroup* group = this->group(sight, ns, gateway);
    if (group != nullptr) out[at] = group->rules();
    ++at;
  }
  return out;
}

RuleList VirtualServiceIndex::select(const std::string& ns, const EgressHosts& hosts) const {
  RuleList out;
  for (const Sight sight : {Sight::kOwn, Sight::kExported, Sight::kAll}) {
    const RuleGroup* group = this->group(sight, ns, model::kMeshGateway);
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
