#include "libmesh/traffic/check/conflicts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/winner.h"
#include "libmesh/traffic/virtual_services.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {
namespace {

// ---- VirtualServices ------------------------------------------------------------------------

struct HostRule {
  const index::VirtualService* config = nullptr;
  std::shared_ptr<const networking::VirtualService> spec;
  Visibility visibility;

  int rank(const std::string& ns) const { return rank_in(ns, visibility, config->ns()); }
};

// Which protocols the rule has routes of.
unsigned protocols_of(const networking::VirtualService& rule) {
  return (rule.http.empty() ? 0U : 1U) | (rule.tls.empty() ? 0U : 2U) |
         (rule.tcp.empty() ? 0U : 4U);
}

// The rules of a host.
class HostRules {
 public:
  explicit HostRules(const std::vector<HostRule>& rules) : rules_(rules) {}

  // The one that proxies in the namespace of `rule` follow for the host instead of it, or null.
  const HostRule* winner_over(const HostRule& rule) {
    const std::string& ns = rule.config->ns();
    const auto [known, fresh] = first_.try_emplace({ns, protocols_of(*rule.spec)}, nullptr);
    if (fresh) known->second = first_in(ns, known->first.second);
    const HostRule* first = known->second;
    return first != nullptr && first != &rule && precedes(*first, rule, ns) ? first : nullptr;
  }

 private:
  static bool precedes(const HostRule& a, const HostRule& b, const std::string& ns) {
    return a.rank(ns) != b.rank(ns) ? a.rank(ns) < b.rank(ns) : a.config < b.config;
  }
  const HostRule* first_in(const std::string& ns, unsigned protocols) const {
    const HostRule* first = nullptr;
    for (const HostRule& rule : rules_) {
      if (!rule.visibility.sees(ns) || (protocols_of(*rule.spec) & protocols) == 0) continue;
      if (first == nullptr || precedes(rule, *first, ns)) first = &rule;
    }
    return first;
  }

  const std::vector<HostRule>& rules_;
  std::map<std::pair<std::string, unsigned>, const HostRule*> first_;  // by namespace, protocols
};

size_t host_place(const networking::VirtualService& rule, const std::string& host) {
  return static_cast<size_t>(std::find(rule.hosts.begin(), rule.hosts.end(), host) -
                             rule.hosts.begin());
}

void check_virtual_services(const index::Mesh& mesh, Diagnostics& out) {
  std::map<std::string, std::vector<HostRule>> by_host;
  for (const index::VirtualService& config : *mesh.virtual_services) {
    auto spec = model::with_full_names(config.object, *config.spec, mesh.cluster_domain);
    if (!is_for_sidecars(*spec)) continue;
    const Visibility visibility = visibility_or_default(
        spec->export_to, mesh.config->default_virtual_service_export_to, config.ns());
    if (visibility.none && !visibility.all) continue;
    for (const std::string& host : spec->hosts)
      by_host[host].push_back({&config, spec, visibility});
  }
  for (const auto& [host, group] : by_host) {
    if (group.size() < 2) continue;
    HostRules rules(group);
    for (const HostRule& rule : group) {
      const HostRule* winner = rules.winner_over(rule);
      if (winner == nullptr) continue;
      const kube::Object& won = *winner->config->object;
      const std::string& ns = rule.config->ns();
      const std::string why = winner->rank(ns) < rule.rank(ns)
                                  ? "which is not exported to everybody and so is nearer"
                                  : why_first(won, *rule.config->object);
      out.push_back(finding(
          Severity::kWarning, Code::kRuleConflict, *rule.config->object,
          at("spec.hosts", host_place(*rule.spec, host)),
          "sidecars in namespace \"" + ns + "\" follow " + to_string(won.key) + " " +
              at("spec.hosts", host_place(*winner->spec, host)) + " for host \"" + host + "\", " +
              why + "; these routes count for nothing there",
          "put the routes into one VirtualService, or export them to different namespaces"));
    }
  }
}

// ---- kinds of which one counts --------------------------------------------------------------

template <typename T>
const Labels* selector_of(const index::Config<T>& config) {
  if constexpr (requires { config.spec->workload_selector->labels; }) {
    return config.spec->workload_selector ? &config.spec->workload_selector->labels : nullptr;
  } else {
    return config.spec->selector ? &config.spec->selector->match_labels : nullptr;
  }
}

template <typename T>
bool has_target(const index::Config<T>& config) {
  if constexpr (requires { config.spec->targetRefs; }) {
    return config.spec->targetRef || !config.spec->targetRefs.empty();
  }
  return false;
}

template <typename T>
Diagnostic overruled(const index::Config<T>& winner, const index::Config<T>& loser,
                     std::string field, const std::string& of) {
  return finding(Severity::kWarning, Code::kRuleConflict, *loser.object, std::move(field),
                 to_string(winner.object->key) + " counts for " + of + ", " +
                     why_first(*winner.object, *loser.object) +
                     "; this one counts for nothing there",
                 "keep one of them, or let them select different workloads");
}

// The first of a namespace that selects nothing in particular counts, and the first that selects a pod.
template <typename T>
void check_first_wins(const index::Mesh& mesh, const std::vector<index::Config<T>>& list,
                      const std::string& selector_field, bool tell_namespaces, Diagnostics& out) {
  std::unordered_map<std::string, const index::Config<T>*> of_namespace;
  std::unordered_map<std::string, std::vector<const index::Config<T>*>> selecting;
  for (const index::Config<T>& config : list) {
    if (has_target(config)) continue;
    const Labels* selector = selector_of(config);
    if (selector != nullptr && !selector->empty()) {
      selecting[config.ns()].push_back(&config);
      continue;
    }
    auto [it, first] = of_namespace.try_emplace(config.ns(), &config);
    if (first || !tell_namespaces) continue;
    const std::string of =
        config.ns() == mesh.root_namespace ? "the whole mesh" : "namespace \"" + config.ns() + "\"";
    out.push_back(overruled(*it->second, config, "spec", of));
  }
  std::vector<const index::ObjectMap*> pods_of_clusters;
  mesh.each_pods([&](const index::ObjectMap& pods) { pods_of_clusters.push_back(&pods); });
  for (const auto& [ns, group] : selecting) {
    if (group.size() < 2) continue;
    std::set<std::pair<const void*, const void*>> told;
    std::vector<kube::ObjectPtr> workloads;
    for (const index::ObjectMap* pods : pods_of_clusters) {
      for (const auto& [key, pod] : pods->in_namespace(ns)) workloads.push_back(pod);
    }
    for (const kube::ObjectPtr& pod : workloads) {
      const index::Config<T>* winner = nullptr;
      for (const index::Config<T>* config : group) {
        if (!labels_match(*selector_of(*config), pod->labels)) continue;
        if (winner == nullptr) {
          winner = config;
        } else if (told.emplace(winner, config).second) {
          out.push_back(
              overruled(*winner, *config, selector_field, to_string(pod->key) + " and its like"));
        }
      }
    }
  }
}

}  // namespace

Diagnostics conflicts(const index::Mesh& mesh) {
  Diagnostics out;
  check_virtual_services(mesh, out);
  check_first_wins(mesh, *mesh.sidecars, "spec.workloadSelector", true, out);
  // Of PeerAuthentications for a whole namespace the check of security tells.
  check_first_wins(mesh, *mesh.peer_authentications, "spec.selector", false, out);
  check_first_wins(mesh, *mesh.telemetries, "spec.selector", true, out);
  return out;
}

}  // namespace mesh::traffic
