#include <map>
#include <unordered_map>

#include "libmesh/base/parse_bool.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/service_conflicts.h"
#include "libmesh/traffic/check/service_place.h"
#include "libmesh/traffic/check/winner.h"
#include "libmesh/traffic/entry_visibility.h"

namespace mesh::traffic {
namespace {

using model::Registry;
using model::Service;

// A TCP port of a service at an address.
struct Claim {
  const Service* service = nullptr;
  const model::Port* port = nullptr;
  Visibility seen;

  // In which namespace it is looked at: its own if it is seen there.
  const std::string& place() const {
    return seen.sees(service->ns) || seen.namespaces.empty() ? service->ns
                                                             : seen.namespaces.front();
  }
};

// One address and port.
struct Claims {
  std::vector<Claim> all;                                  // in Istio's order
  const Claim* first_public = nullptr;                     // what everybody sees comes last
  std::unordered_map<std::string, const Claim*> exported;  // by namespace exported to

  void order() {
    for (const Claim& claim : all) {
      if (!claim.seen.all) {
        for (const std::string& ns : claim.seen.namespaces) exported.try_emplace(ns, &claim);
      } else if (first_public == nullptr) {
        first_public = &claim;
      }
    }
  }
  const Claim* first_in(const std::string& ns) const {
    const auto found = exported.find(ns);
    return found == exported.end() ? first_public : found->second;
  }
};

class SharedAddresses {
 public:
  SharedAddresses(const index::Snapshot& snapshot, const Traffic& traffic)
      : snapshot_(snapshot), traffic_(traffic), mesh_(traffic.mesh()), entries_(mesh_) {
    const auto& config = mesh_.config->default_config;
    if (!config) return;
    const auto capture = config->proxy_metadata.find("ISTIO_META_DNS_CAPTURE");
    captures_dns_ =
        capture != config->proxy_metadata.end() && parse_bool(capture->second).value_or(false);
  }

  Diagnostics check() {
    for (const model::ServicePtr& service : mesh_.services) add(*service);
    Diagnostics out;
    for (auto& [where, claims] : by_place_) {
      if (claims.all.size() < 2) continue;
      claims.order();
      for (const Claim& claim : claims.all) {
        const Claim* winner = claim.seen.namespaces.empty() && !claim.seen.all
                                  ? nullptr
                                  : claims.first_in(claim.place());
        if (winner == nullptr || winner->service->hostname == claim.service->hostname) continue;
        if (where.first == kNoAddress && told_apart(*winner, claim)) continue;
        if (both_imported(*winner, claim)) tell(*winner, claim, where.first, out);
      }
    }
    return out;
  }

 private:
  // Only what has nothing to tell it by: no request with a host, no name in TLS.
  static bool is_plain(model::Protocol protocol) {
    return model::is_tcp(protocol) && !model::is_tls(protocol);
  }

  void add(const Service& service) {
    if (service.resolution == model::Resolution::kAlias) return;
    const bool entry = service.registry == Registry::kExternal;
    std::vector<std::string> addresses = {service.default_address};
    if (!entry) addresses = service.addresses;
    for (const std::string& address : addresses) {
      const bool none = address == kNoAddress;
      // Headless Services listen at the addresses of their pods.
      if (none && (!entry || !service.selector.empty())) continue;
      for (const model::Port& port : service.ports) {
        if (is_plain(port.protocol)) put(service, address, port);
      }
    }
  }

  // Allocated addresses are one for each host; proxies listen there that answer for DNS.
  bool told_apart(const Claim& winner, const Claim& loser) {
    if (winner.service->auto_allocated_v4.empty() && loser.service->auto_allocated_v4.empty()) {
      return false;
    }
    if (!asked_) {
      asked_ = true;
      for (const model::Proxy& proxy : index::proxies(snapshot_)) {
        if (proxy.tenant != mesh_.tenant || proxy.type != model::ProxyType::kSidecar) continue;
        const auto [all, fresh] = capturing_.try_emplace(proxy.ns, proxy.dns_capture);
        all->second = all->second && proxy.dns_capture;
      }
    }
    const auto of_namespace = capturing_.find(loser.place());
    return of_namespace == capturing_.end() ? captures_dns_ : of_namespace->second;
  }

  void put(const Service& service, const std::string& address, const model::Port& port) {
    const Visibility said = visibility_of(service, mesh_.config->default_service_export_to);
    by_place_[{address, port.number}].all.push_back(
        {&service, &port, entries_.narrowed(service, said)});
  }

  // A Sidecar of the namespace may keep one of them out.
  bool both_imported(const Claim& winner, const Claim& loser) {
    ScopePtr& scope = scopes_[loser.place()];
    if (scope == nullptr) {
      model::Proxy proxy;
      proxy.tenant = mesh_.tenant;
      proxy.ns = loser.place();
      proxy.cluster_id = mesh_.cluster_id;
      scope = traffic_.scope(proxy);
    }
    return scope->service(winner.service->hostname) != nullptr &&
           scope->service(loser.service->hostname) != nullptr;
  }

  // Whose it is, and why.
  static std::string holder(const Claim& winner, const kube::Object& won, const Claim& loser,
                            const kube::Object& lost) {
    if (&won == &lost) return "host " + quoted(winner.service->hostname) + ", which comes first";
    const std::string why = winner.seen.all != loser.seen.all
                                ? "which is exported to fewer namespaces and so comes first"
                                : why_first(*winner.service, *loser.service);
    return to_string(won.key) + " " + port_field(won, *winner.port) + ", " + why;
  }

  void tell(const Claim& winner, const Claim& loser, const std::string& address,
            Diagnostics& out) const {
    const kube::ObjectPtr won = object_of(snapshot_, *winner.service);
    const kube::ObjectPtr lost = object_of(snapshot_, *loser.service);
    if (won == nullptr || lost == nullptr) return;
    const bool none = address == kNoAddress;
    const std::string port = std::to_string(loser.port->number);
    const std::string where = none ? "TCP port " + port + " without an address"
                                   : "TCP port " + port + " of address " + address;
    Finder(*lost, out)
        .warn(Code::kRuleConflict, port_field(*lost, *loser.port),
              where + " is that of " + holder(winner, *won, loser, *lost) + ": in namespace " +
                  quoted(loser.place()) + " connections to " + quoted(loser.service->hostname) +
                  " go to " + quoted(winner.service->hostname),
              none ? "give each host an address of its own (spec.addresses, or allocated ones and "
                     "proxies with ISTIO_META_DNS_CAPTURE), or a protocol that tells hosts apart: "
                     "HTTP or TLS"
                   : "give each an address or a port of its own, or a protocol that tells hosts "
                     "apart: HTTP or TLS");
  }

  const index::Snapshot& snapshot_;
  const Traffic& traffic_;
  const index::Mesh& mesh_;
  const EntryVisibility entries_;
  bool captures_dns_ = false;  // where no proxy is known
  bool asked_ = false;
  std::unordered_map<std::string, bool> capturing_;  // by namespace: whether all of its sidecars do
  std::map<std::pair<std::string, uint32_t>, Claims> by_place_;
  std::unordered_map<std::string, ScopePtr> scopes_;  // by namespace
};

}  // namespace

Diagnostics shared_addresses(const index::Snapshot& snapshot, const Traffic& traffic) {
  return SharedAddresses(snapshot, traffic).check();
}

}  // namespace mesh::traffic
