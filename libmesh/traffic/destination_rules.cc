#include "libmesh/traffic/destination_rules.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/known_rules.h"

namespace mesh::traffic {
namespace {

using Rules = std::vector<DestinationRulePtr>;

// Rules with a workloadSelector go first, then the oldest; the first one's policy wins a merge.
std::vector<index::DestinationRule> in_merge_order(const index::Mesh& mesh) {
  std::vector<index::DestinationRule> out = mesh.destination_rules;
  auto key = [](const index::DestinationRule& rule) {
    return std::make_tuple(!rule.spec->workload_selector, rule.creation_time(), rule.name(),
                           rule.ns());
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return out;
}

const Labels& selector_of(const networking::DestinationRule& rule) {
  static const Labels kNone;
  return rule.workload_selector ? rule.workload_selector->match_labels : kNone;
}

bool same_set(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::set<std::string>(a.begin(), a.end()) == std::set<std::string>(b.begin(), b.end());
}

// Adds subsets that are new by name, and the traffic policy when there is none yet.
DestinationRulePtr merge(const DestinationRule& into, const DestinationRule& rule) {
  auto spec = std::make_shared<networking::DestinationRule>(*into.spec);
  for (const auto& subset : rule.spec->subsets) {
    bool known = std::any_of(spec->subsets.begin(), spec->subsets.end(),
                             [&](const auto& s) { return s.name == subset.name; });
    if (!known) spec->subsets.push_back(subset);
  }
  if (!spec->traffic_policy) spec->traffic_policy = rule.spec->traffic_policy;
  auto out = std::make_shared<DestinationRule>(into);
  out->spec = std::move(spec);
  out->from.push_back({rule.ns(), rule.name()});
  return out;
}

// Merges with each rule of the same visibility that selects the same workloads, or stands apart.
void add_or_merge(Rules& rules, const DestinationRulePtr& rule) {
  bool apart = true;
  for (DestinationRulePtr& existing : rules) {
    if (!same_set(existing->export_to, rule->export_to)) {
      apart = true;
      continue;
    }
    apart = false;
    bool a = static_cast<bool>(existing->spec->workload_selector);
    bool b = static_cast<bool>(rule->spec->workload_selector);
    if (a && b && selector_of(*existing->spec) != selector_of(*rule->spec)) {
      apart = true;
      continue;
    }
    existing = merge(*existing, *rule);
  }
  if (apart) rules.push_back(rule);
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

DestinationRuleIndex::DestinationRuleIndex(const index::Mesh& mesh,
                                           const DestinationRuleIndex* before)
    : root_ns_(mesh.root_namespace) {
  static const std::vector<DestinationRulePtr> kNone;
  const KnownRules known(before == nullptr ? kNone : before->all_);
  for (const index::DestinationRule& config : in_merge_order(mesh)) {
    all_.push_back(resolved(mesh, config, known.find(all_.size(), config.object.get())));
    add(mesh, all_.back());
  }
}

DestinationRulePtr DestinationRuleIndex::resolved(const index::Mesh& mesh,
                                                  const index::DestinationRule& config,
                                                  DestinationRulePtr known) const {
  auto spec = model::with_full_names(config.object, *config.spec, mesh.cluster_domain);
  if (known != nullptr && known->spec == spec) return known;
  // A rule for some workloads is never exported.
  auto export_to = spec->workload_selector ? std::vector<std::string>{"."} : config.spec->export_to;
  return std::make_shared<const DestinationRule>(
      DestinationRule{config.object, spec, {{config.ns(), config.name()}}, export_to});
}

void DestinationRuleIndex::add(const index::Mesh& mesh, const DestinationRulePtr& rule) {
  const std::string& host = rule->spec->host;
  const std::vector<std::string>& export_to = rule->export_to;
  const std::string& ns = rule->ns();
  if (export_to.empty() || contains(export_to, "*") || contains(export_to, ".") ||
      contains(export_to, ns)) {
    add_or_merge(local_[ns].at(host), rule);
  }
  const auto& mesh_default = mesh.config->default_destination_rule_export_to;
  bool own_only = export_to.empty()
                      ? contains(mesh_default, ".")
                      : export_to.size() == 1 && (export_to[0] == "." || export_to[0] == ns);
  if (!own_only) {
    add_or_merge(exported_[ns].at(host), rule);
  } else if (ns == root_ns_) {
    add_or_merge(root_private_.at(host), rule);
  }
}

Rules DestinationRuleIndex::exported(const std::string& owner, const std::string& host,
                                     const std::string& client_ns) const {
  Rules out;
  auto it = exported_.find(owner);
  if (it == exported_.end()) return out;
  const Rules* rules = it->second.match(host);
  if (rules == nullptr) return out;
  for (const DestinationRulePtr& rule : *rules) {
    const auto& to = rule->export_to;
    if (to.empty() || contains(to, "*") || contains(to, client_ns)) out.push_back(rule);
  }
  return out;
}

Rules DestinationRuleIndex::rules_for(const std::string& proxy_ns,
                                      const model::Service& service) const {
  // For proxies of the root namespace only its private rules count first: its public ones are
  // meant for the whole mesh and must not hide those of the service's owner.
  if (proxy_ns != root_ns_) {
    if (auto it = local_.find(proxy_ns); it != local_.end()) {
      if (const Rules* rules = it->second.match(service.hostname)) return *rules;
    }
  } else if (const Rules* rules = root_private_.match(service.hostname)) {
    return *rules;
  }
  if (Rules rules = exported(service.ns, service.hostname, proxy_ns); !rules.empty()) return rules;
  return exported(root_ns_, service.hostname, proxy_ns);
}

}  // namespace mesh::traffic
