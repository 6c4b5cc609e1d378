#include "libmesh/traffic/rule_group.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libmesh/model/host.h"

namespace mesh::traffic {
namespace {

bool imports(const ImportedHosts* group, const EgressHosts& hosts, const VirtualService& rule) {
  if (group == nullptr) return false;
  return std::any_of(rule->hosts.begin(), rule->hosts.end(), [&](const std::string& host) {
    return group->matches_virtual_service(host) && !hosts.excludes(rule.ns(), host);
  });
}

bool imports(const ImportedHosts& group, const VirtualService& rule) {
  return std::any_of(rule->hosts.begin(), rule->hosts.end(),
                     [&](const std::string& host) { return group.matches_virtual_service(host); });
}

bool is_among(const std::vector<VirtualServicePtr>& rules, const VirtualServicePtr& rule) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

}  // namespace

bool stands_before(const VirtualServicePtr& a, const VirtualServicePtr& b) {
  return std::tie(a->object->creation_time, a->object->key.name, a->object->key.ns) <
         std::tie(b->object->creation_time, b->object->key.name, b->object->key.ns);
}

RuleGroup::RuleGroup(const std::shared_ptr<const RuleGroup>& before,
                     const std::vector<VirtualServicePtr>& gone,
                     const std::vector<VirtualServicePtr>& come)
    : base_(before->base_ == nullptr ? before : before->base_),
      gone_(before->gone_),
      come_(before->come_) {
  for (const VirtualServicePtr& rule : gone) {
    if (std::erase(come_, rule) == 0 && !is_among(gone_, rule)) gone_.push_back(rule);
  }
  come_.insert(come_.end(), come.begin(), come.end());
  std::stable_sort(come_.begin(), come_.end(), stands_before);
}

const std::vector<VirtualServicePtr>& RuleGroup::rules() const {
  if (base_ != nullptr) {
    std::call_once(once_, [this] { rules_ = with_what_differs(base_->rules(), nullptr); });
  }
  return rules_;
}

// Some of the base's rules, as this group has them, and of those that came what is imported, each once; null: all of them.
std::vector<VirtualServicePtr> RuleGroup::with_what_differs(
    const std::vector<VirtualServicePtr>& rules, const EgressHosts* hosts) const {
  std::vector<VirtualServicePtr> out;
  out.reserve(rules.size() + come_.size());
  std::vector<VirtualServicePtr> gone = gone_;
  std::stable_sort(gone.begin(), gone.end(), stands_before);
  auto rest = rules.begin();
  const auto copy_up_to = [&](auto end) {
    out.insert(out.end(), rest, end);
    rest = end;
  };
  // Both in order, so that each is looked for in what is left.
  auto next = gone.begin();
  const auto leave_out = [&](auto end) {
    for (; next != gone.end(); ++next) {
      const auto at = std::lower_bound(rest, rules.end(), *next, stands_before);
      if (at >= end) return;
      copy_up_to(at);
      while (rest != rules.end() && *rest == *next) ++rest;
    }
  };
  for (const VirtualServicePtr& rule : come_) {
    if (hosts != nullptr && !imports(*rule, *hosts)) continue;
    auto at = std::lower_bound(rest, rules.end(), rule, stands_before);
    leave_out(at);
    // What it takes the place of is not in front of it.
    at = std::max(at, rest);
    copy_up_to(at);
    if (hosts == nullptr || out.empty() || out.back() != rule) out.push_back(rule);
  }
  leave_out(rules.end());
  copy_up_to(rules.end());
  return out;
}

bool imports(const VirtualService& rule, const EgressHosts& hosts) {
  return imports(hosts.of(rule.ns()), hosts, rule) || imports(hosts.of_any(), hosts, rule);
}

std::vector<VirtualServicePtr> RuleGroup::scan(const EgressHosts& hosts) const {
  std::vector<VirtualServicePtr> out;
  for (const VirtualServicePtr& rule : rules()) {
    if (!imports(*rule, hosts)) continue;
    if (out.empty() || out.back() != rule) out.push_back(rule);
  }
  return out;
}

RuleGroup::Indexes& RuleGroup::indexes() const {
  if (indexes_ != nullptr) return *indexes_;
  indexes_ = std::make_unique<Indexes>();
  std::vector<Places>& of_namespace = indexes_->of_namespace;
  indexes_->sizes.reserve(rules_.size());
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    const auto next = static_cast<uint32_t>(of_namespace.size());
    const uint32_t known = indexes_->namespaces.insert(rules_[i]->ns(), next);
    if (known == TextIndex::kNone) of_namespace.emplace_back();
    of_namespace[known == TextIndex::kNone ? next : known].push_back(i);
    indexes_->sizes.push_back(sizes_of(*rules_[i]));
  }
  return *indexes_;
}

RuleGroup::HostSizes RuleGroup::sizes_of(const VirtualService& rule) {
  HostSizes out;
  for (const std::string& host : rule->hosts) {
    if (model::is_wildcard(host)) {
      out.has_wildcard = true;
    } else {
      out.exact |= uint64_t{1} << (host.size() % 64);
    }
  }
  return out;
}

// What follows the "*" of a rule's host stands at the end of some imported one.
void RuleGroup::take_exact(const ImportedHosts& any, std::vector<bool>& taken) const {
  if (any.exact.empty()) return;
  std::unordered_map<std::string_view, bool> ends;  // by tail
  auto ends_one = [&](std::string_view tail) {
    auto [it, fresh] = ends.try_emplace(tail, false);
    if (fresh) {
      it->second = std::any_of(any.exact.begin(), any.exact.end(),
                               [&](const std::string& host) { return host.ends_with(tail); });
    }
    return it->second;
  };
  for (size_t i = 0; i < rules_.size(); ++i) {
    const auto& hosts = rules_[i]->spec->hosts;
    taken[i] = std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
      return model::is_wildcard(host) ? ends_one(std::string_view(host).substr(1))
                                      : any.names(host);
    });
  }
}

void RuleGroup::take_by_wildcards(const ImportedHosts& any, std::vector<bool>& taken) const {
  ImportedHosts only;
  for (const std::string& host : any.all) {
    if (model::is_wildcard(host)) only.all.push_back(host);
  }
  if (only.all.empty()) return;
  const bool all = std::find(only.all.begin(), only.all.end(), "*") != only.all.end();
  for (size_t i = 0; i < rules_.size(); ++i) {
    taken[i] = taken[i] || (all && !rules_[i]->spec->hosts.empty()) || imports(only, *rules_[i]);
  }
}

RuleList RuleGroup::list_of(const std::vector<bool>& taken) const {
  std::vector<VirtualServicePtr> out;
  out.reserve(static_cast<size_t>(std::count(taken.begin(), taken.end(), true)));
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (taken[i] && (out.empty() || out.back() != rules_[i])) out.push_back(rules_[i]);
  }
  return out;
}

const RuleGroup::Chosen& RuleGroup::chosen_by(const ImportedHosts& any, Indexes& indexes) const {
  auto& all = indexes.chosen;
  const auto [first, last] = all.equal_range(any.hash);
  for (auto it = first; it != last; ++it) {
    if (it->second.hosts == any.all) return it->second;
  }
  constexpr size_t kMost = 64;  // a mesh has few lists of hosts that are written differently
  if (all.size() >= kMost) all.clear();
  Chosen& made = all.emplace(any.hash, Chosen())->second;
  made.hosts = any.all;
  made.taken.resize(rules_.size());
  take_exact(any, made.taken);
  take_by_wildcards(any, made.taken);
  made.list = list_of(made.taken);
  return made;
}

RuleList RuleGroup::select(const EgressHosts& hosts) const {
  if (base_ != nullptr) {
    RuleList list = base_->select(hosts);
    const auto imported = [&](const VirtualServicePtr& rule) { return imports(*rule, hosts); };
    const bool same = std::none_of(gone_.begin(), gone_.end(), imported) &&
                      std::none_of(come_.begin(), come_.end(), imported);
    return same ? list : RuleList(with_what_differs(list, &hosts));
  }
  if (rules_.empty()) return {};
  if (hosts.excludes_some()) return scan(hosts);
  std::lock_guard<std::mutex> lock(mutex_);
  Indexes& known = indexes();
  static const Chosen kNone;
  const ImportedHosts* any = hosts.of_any();
  const Chosen& chosen = any == nullptr ? kNone : chosen_by(*any, known);
  Places further;
  for (const auto& [ns, imported] : hosts.by_namespace()) {
    if (&imported == any) continue;
    const uint32_t own = known.namespaces.find(ns);
    if (own == TextIndex::kNone) continue;
    for (const uint32_t place : known.of_namespace[own]) {
      if (any != nullptr && chosen.taken[place]) continue;
      const HostSizes& sizes = known.sizes[place];
      if ((sizes.exact & imported.sizes) == 0 && !sizes.has_wildcard && !imported.has_wildcard) {
        continue;
      }
      if (!imports(imported, *rules_[place]) || rules_[place]->ns() != ns) continue;
      further.push_back(place);
    }
  }
  if (further.empty()) return chosen.list;
  std::vector<bool> taken = any == nullptr ? std::vector<bool>(rules_.size()) : chosen.taken;
  if (any == nullptr) {
    std::sort(further.begin(), further.end());
    std::vector<VirtualServicePtr> out;
    for (uint32_t place : further) {
      if (out.empty() || out.back() != rules_[place]) out.push_back(rules_[place]);
    }
    return out;
  }
  for (uint32_t place : further) taken[place] = true;
  return list_of(taken);
}

}  // namespace mesh::traffic
