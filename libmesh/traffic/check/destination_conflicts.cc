#include "libmesh/traffic/check/destination_conflicts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/winner.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {
namespace {

// A DestinationRule with its host made full.
struct Rule {
  const index::DestinationRule* config = nullptr;
  std::string host;
  Visibility seen;  // which is told by exportTo

  const networking::DestinationRule& spec() const { return *config->spec; }
  const kube::Object& object() const { return *config->object; }
  const std::string& ns() const { return config->ns(); }
  const Labels* selector() const {
    return config->spec->workload_selector ? &config->spec->workload_selector->match_labels
                                           : nullptr;
  }
  std::set<std::string> export_to() const {
    return {config->spec->export_to.begin(), config->spec->export_to.end()};
  }
};

using Group = std::vector<const Rule*>;

std::string name_and_why(const Rule& winner, const std::string& field, const Rule& loser) {
  return to_string(winner.object().key) + " " + field + ", " +
         why_first(winner.object(), loser.object());
}

// ---- merged ---------------------------------------------------------------------------------

void check_merged(const Group& group, Diagnostics& out) {
  std::unordered_map<std::string, std::pair<const Rule*, size_t>> subsets;
  const Rule* policy = nullptr;
  for (const Rule* rule : group) {
    Finder finder(rule->object(), out);
    const auto& own = rule->spec().subsets;
    for (size_t i = 0; i < own.size(); ++i) {
      const auto [it, fresh] = subsets.try_emplace(own[i].name, rule, i);
      const auto& [first, place] = it->second;
      if (fresh || first == rule) continue;  // within one rule the rules of the kind tell
      finder.warn(Code::kRuleConflict, at("spec.subsets", i),
                  "subset " + quoted(own[i].name) + " of host " + quoted(rule->spec().host) +
                      " is that of " + name_and_why(*first, at("spec.subsets", place), *rule) +
                      "; this one counts for nothing",
                  "name it otherwise, or keep one of them");
    }
    if (!rule->spec().traffic_policy) continue;
    if (policy == nullptr) {
      policy = rule;
      continue;
    }
    finder.warn(Code::kRuleConflict, "spec.trafficPolicy",
                "the policy of host " + quoted(rule->spec().host) + " is that of " +
                    name_and_why(*policy, "spec.trafficPolicy", *rule) +
                    "; this one counts for nothing",
                "put the settings into one DestinationRule");
  }
}

// ---- apart by exportTo ----------------------------------------------------------------------

std::vector<std::string> quoted_all(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(quoted(name));
  return out;
}

// Where both are seen, in words; nothing: nowhere.
std::optional<std::string> where_both(const Rule& first, const Rule& later) {
  if (first.seen.all && later.seen.all) return "everywhere";
  const Rule& some = first.seen.all ? later : first;
  const Rule& other = first.seen.all ? first : later;
  std::vector<std::string> both;
  for (const std::string& ns : some.seen.namespaces) {
    if (other.seen.sees(ns)) both.push_back(ns);
  }
  if (both.empty()) return std::nullopt;
  std::sort(both.begin(), both.end());
  both.erase(std::unique(both.begin(), both.end()), both.end());
  return (both.size() == 1 ? "in namespace " : "in namespaces ") + some_of(quoted_all(both));
}

// One of each exportTo, the oldest; the rules of a host in one namespace that select no workloads.
void check_apart(const Group& group, Diagnostics& out) {
  Group firsts;
  std::set<std::set<std::string>> known;
  for (const Rule* rule : group) {
    const bool fresh = known.insert(rule->export_to()).second;
    const Rule* winner = nullptr;
    std::optional<std::string> where;
    for (const Rule* first : firsts) {
      if (first->export_to() == rule->export_to()) break;  // merged with it
      where = where_both(*first, *rule);
      if (where) {
        winner = first;
        break;
      }
    }
    if (fresh) firsts.push_back(rule);
    if (winner == nullptr) continue;
    const bool written = !rule->spec().export_to.empty();
    Finder(rule->object(), out)
        .warn(Code::kRuleConflict, written ? "spec.exportTo" : "spec.host",
              "with another exportTo it is not merged with " +
                  name_and_why(*winner, "spec.host", *rule) + ": " + *where +
                  " proxies follow that one for host " + quoted(rule->spec().host) +
                  ", and this one counts for nothing",
              "write the same exportTo into both, or put the settings into one DestinationRule");
  }
}

// ---- apart by workloadSelector --------------------------------------------------------------

// Of rules that select one pod, the first.
void check_selecting(const Group& group, const Surroundings& around, Diagnostics& out) {
  std::unordered_map<const kube::Object*, const Rule*> followed;
  std::set<std::pair<const Rule*, const Rule*>> told;
  for (const Rule* rule : group) {
    if (rule->selector()->empty()) continue;
    for (const kube::ObjectPtr& pod : around.selected(rule->ns(), *rule->selector())) {
      const Rule* first = followed.try_emplace(pod.get(), rule).first->second;
      if (*first->selector() == *rule->selector() || !told.emplace(first, rule).second) continue;
      Finder(rule->object(), out)
          .warn(Code::kRuleConflict, "spec.workloadSelector",
                to_string(pod->key) + " and its like follow " +
                    name_and_why(*first, "spec.workloadSelector", *rule) + ", for host " +
                    quoted(rule->spec().host) + "; this one counts for nothing there",
                "let them select different workloads, or put the settings into one of them");
    }
  }
}

// ---- other namespaces -----------------------------------------------------------------------

class AcrossNamespaces {
 public:
  AcrossNamespaces(const Surroundings& around, Diagnostics& out) : around_(around), out_(out) {}

  // Rules of one host that select no workloads, by namespace; the first of each is spoken of.
  void check(const std::string& host, const std::map<std::string, const Rule*>& by_namespace) {
    std::set<std::string> owners;
    for (const model::ServicePtr& service : around_.services(host)) owners.insert(service->ns);
    if (owners.size() != 1 || model::is_wildcard(host)) return;  // else it depends on the client
    const std::string& owner = *owners.begin();
    const auto own = by_namespace.find(owner);
    if (own != by_namespace.end()) check_overridden(*own->second, by_namespace);
    for (const auto& [ns, rule] : by_namespace) {
      if (ns == owner) continue;
      if (ns != root()) {
        check_third(*rule, owner);
      } else if (own != by_namespace.end() && own->second->seen.all) {
        remark(*rule, "spec.host",
               "outside of namespace " + quoted(ns) + " proxies follow " +
                   to_string(own->second->object().key) +
                   " for the host: a rule of the service's own namespace comes before one of the "
                   "root namespace, and they are not merged",
               "put what both say into that one");
      }
    }
  }

 private:
  const std::string& root() const { return around_.mesh().root_namespace; }

  void remark(const Rule& rule, std::string field, std::string message, std::string mend) {
    Finder(rule.object(), out_)
        .remark(Code::kRuleConflict, std::move(field), std::move(message), std::move(mend));
  }

  // The service's own rule, where clients have one of their own.
  void check_overridden(const Rule& rule, const std::map<std::string, const Rule*>& by_namespace) {
    std::vector<std::string> others;
    for (const auto& [ns, other] : by_namespace) {
      if (ns == rule.ns() || ns == root() || !rule.seen.sees(ns) || !other->seen.sees(ns)) continue;
      others.push_back(to_string(other->object().key));
    }
    if (others.empty()) return;
    remark(rule, "spec.host",
           "proxies in the namespace of " + some_of(others) +
               " follow that one instead: a rule of the client's own namespace comes first, and "
               "they are not merged",
           "say in each all that its clients need");
  }

  // exportTo of a namespace that is neither the client's nor the service's nor the root.
  void check_third(const Rule& rule, const std::string& owner) {
    const auto& export_to = rule.spec().export_to;
    for (size_t i = 0; i < export_to.size(); ++i) {
      if (export_to[i] == "." || export_to[i] == "~" || export_to[i] == rule.ns()) continue;
      Finder(rule.object(), out_)
          .warn(Code::kNoEffect, at("spec.exportTo", i),
                "does nothing: " + quoted(rule.spec().host) + " is of namespace " + quoted(owner) +
                    ", and clients follow rules of their own namespace, of the host's and of the "
                    "root namespace only",
                "put the rule into namespace " + quoted(owner) + " or " + quoted(root()) +
                    ", or write exportTo: [\".\"]");
      return;
    }
  }

  const Surroundings& around_;
  Diagnostics& out_;
};

// ---- all rules ------------------------------------------------------------------------------

// By what only equal ones are merged.
std::string merge_key(const Rule& rule) {
  std::string out = rule.ns() + " " + rule.host + " ";
  if (rule.selector() != nullptr) {
    for (const auto& [key, value] : *rule.selector()) out += key + "=" + value + ",";
  }
  for (const std::string& entry : rule.export_to()) out += " " + entry;
  return out;
}

std::vector<Rule> all_rules(const index::Mesh& mesh) {
  std::vector<Rule> out;
  out.reserve(mesh.destination_rules->size());
  for (const index::DestinationRule& config : *mesh.destination_rules) {
    const auto spec = model::with_full_names(config.object, *config.spec, mesh.cluster_domain);
    out.push_back(
        {&config, spec->host,
         visibility_or_default(config->export_to, mesh.config->default_destination_rule_export_to,
                               config.ns())});
  }
  return out;
}

template <typename Key>
void check_groups(const std::map<Key, Group>& groups, const auto& check) {
  for (const auto& [key, group] : groups) {
    if (group.size() > 1) check(group);
  }
}

}  // namespace

Diagnostics destination_conflicts(const Surroundings& around) {
  const std::vector<Rule> rules = all_rules(around.mesh());
  using HostOfNamespace = std::pair<std::string, std::string>;
  std::map<std::string, Group> merged;
  std::map<HostOfNamespace, Group> plain;
  std::map<HostOfNamespace, Group> selecting;
  std::map<std::string, std::map<std::string, const Rule*>> by_host;
  for (const Rule& rule : rules) {
    merged[merge_key(rule)].push_back(&rule);
    (rule.selector() != nullptr ? selecting : plain)[{rule.ns(), rule.host}].push_back(&rule);
    if (rule.selector() == nullptr) by_host[rule.host].try_emplace(rule.ns(), &rule);
  }
  Diagnostics out;
  check_groups(merged, [&](const Group& group) { check_merged(group, out); });
  check_groups(plain, [&](const Group& group) { check_apart(group, out); });
  check_groups(selecting, [&](const Group& group) { check_selecting(group, around, out); });
  AcrossNamespaces across(around, out);
  for (const auto& [host, by_namespace] : by_host) across.check(host, by_namespace);
  return out;
}

}  // namespace mesh::traffic
