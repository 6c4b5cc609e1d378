#include "libmesh/traffic/scope_change.h"

#include <algorithm>

#include "libmesh/model/host.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/egress_hosts.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {
namespace {

// What one egress listener of the scope imports.
EgressHosts imported_by(const EgressListener& egress, const std::string& ns) {
  static const std::vector<std::string> kEverything{"*/*"};
  return {egress.listener != nullptr ? egress.listener->hosts : kEverything, ns};
}

bool imports(const EgressHosts& hosts, const model::Service& service) {
  for (const ImportedHosts* group : {hosts.of(service.ns), hosts.of_any()}) {
    if (group != nullptr && group->matches_service(service.hostname)) return true;
  }
  return false;
}

// Services and rules that listeners import. One that is left out by "~" counts all the same.
bool any_imported(const Scope& scope, const ScopeSources& from, const Difference& change) {
  return std::any_of(
      scope.egress_listeners.begin(), scope.egress_listeners.end(), [&](const auto& egress) {
        const EgressHosts hosts = imported_by(egress, scope.ns);
        return std::any_of(change.virtual_services.begin(), change.virtual_services.end(),
                           [&](const auto& rule) {
                             return from.virtual_services.selects(*rule, scope.ns, hosts);
                           }) ||
               std::any_of(change.services.begin(), change.services.end(),
                           [&](const auto& service) {
                             return from.services.is_visible(*service, scope.ns) &&
                                    imports(hosts, *service);
                           });
      });
}

bool any_destination(const Scope& scope, const Difference& change) {
  if (scope.destinations.empty()) return false;
  return std::any_of(change.hosts.begin(), change.hosts.end(),
                     [&](const std::string& host) { return scope.destinations.count(host) != 0; });
}

// Aliases of a service follow which others are imported; they are part of the service itself.
bool any_rule_applies(const Scope& scope, const Difference& change) {
  return std::any_of(change.destination_rules.begin(), change.destination_rules.end(),
                     [&](const DestinationRulePtr& rule) {
                       const auto& to = rule->export_to;
                       const bool own_only =
                           to.size() == 1 && (to[0] == "." || to[0] == rule->ns());
                       if (own_only && rule->ns() != scope.ns) return false;
                       const std::string& host = rule->spec->host;
                       return model::is_wildcard(host) || scope.service(host) != nullptr;
                     });
}

}  // namespace

bool scope_stands(const Scope& scope, const ScopeSources& from, const index::Sidecar* sidecar,
                  const Difference& change) {
  if (change.everything) return false;
  const kube::ObjectPtr now = sidecar == nullptr ? nullptr : sidecar->object;
  if (scope.sidecar_object != now) return false;
  if (scope.gateway) {
    // Everything that is exported to its namespace.
    const bool sees_one = std::any_of(
        change.services.begin(), change.services.end(),
        [&](const auto& service) { return from.services.is_visible(*service, scope.ns); });
    if (sees_one || any_destination(scope, change)) return false;
    const EgressHosts everything({"*/*"}, scope.ns);
    const bool mesh_rule = std::any_of(
        change.virtual_services.begin(), change.virtual_services.end(), [&](const auto& rule) {
          return from.virtual_services.selects(*rule, scope.ns, everything);
        });
    return !mesh_rule && !any_rule_applies(scope, change);
  }
  return !any_imported(scope, from, change) && !any_destination(scope, change) &&
         !any_rule_applies(scope, change);
}

}  // namespace mesh::traffic
