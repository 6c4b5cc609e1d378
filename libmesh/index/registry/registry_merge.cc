// The second half of the registry: what several objects say about one host.
#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include "libmesh/index/registry/aliases.h"
#include "libmesh/index/registry/registry.h"
#include "libmesh/index/tables/sort_runs.h"

namespace mesh::index {

using model::EndpointPtr;
using model::NamespacedName;
using model::ServicePtr;

bool comes_before(const ServicePtr& a, const ServicePtr& b) {
  return std::tie(a->creation_time, a->name, a->ns, a->registry, a->object_name) <
         std::tie(b->creation_time, b->name, b->ns, b->registry, b->object_name);
}

// ---- hosts ----------------------------------------------------------------------------------

Registry::HostState& Registry::host(NamespaceState& state, const std::string& hostname,
                                    const std::string& ns) {
  auto [at, fresh] = state.hosts.try_emplace(hostname);
  if (fresh) {
    at->second.key = {hostname, ns};
    at->second.slot = endpoints_.slot_of(at->second.key);
  }
  return at->second;
}

void Registry::mark(NamespaceState& state, HostState& host) {
  if (host.dirty) return;
  host.dirty = true;
  work_.hosts.emplace_back(&state, &host);
}

void Registry::list(NamespaceState& state, const ServicePtr& base, const HostState& host) {
  auto after = std::upper_bound(
      state.listed.begin(), state.listed.end(), base,
      [](const ServicePtr& b, const Listed& l) { return comes_before(b, *l.base); });
  state.listed.insert(after, Listed{&base, &host});
}

void Registry::unlist(NamespaceState& state, const ServicePtr& base) {
  auto at = std::lower_bound(
      state.listed.begin(), state.listed.end(), base,
      [](const Listed& l, const ServicePtr& b) { return comes_before(*l.base, b); });
  while (at != state.listed.end() && at->base != &base) ++at;
  if (at != state.listed.end()) state.listed.erase(at);
  finals_.erase(base.get());
}

// Calls visit(part, endpoint) for the endpoints of the entries of one host, oldest first. A
// LOGICAL_DNS cluster takes one endpoint: of its host the first per port counts, which is that of a
// pod before that of a WorkloadEntry, then by name (mergeServicesInstancesByNamespaceHost).
template <typename Visit>
void Registry::each_external(const HostState& host, Visit&& visit) {
  std::set<uint32_t> ports;
  const bool one_per_port = has_logical_dns(host);
  for (const Part& part : host.parts) {
    const bool logical = part.service()->resolution == model::Resolution::kDnsRoundRobinLb;
    part.entry->each_endpoints(part.base, [&](const Endpoints& list) {
      for (const EndpointPtr& endpoint : list) {
        if (one_per_port && !ports.insert(endpoint->service_port).second && logical) continue;
        visit(part, endpoint);
      }
    });
  }
}

bool Registry::has_logical_dns(const HostState& host) {
  return std::any_of(host.parts.begin(), host.parts.end(), [](const Part& part) {
    return part.service()->resolution == model::Resolution::kDnsRoundRobinLb;
  });
}

void Registry::merge_external(const HostState& host, Endpoints& out) const {
  each_external(host, [&](const Part&, const EndpointPtr& e) { out.push_back(e); });
}

void Registry::merge_kubernetes(const NamespaceState& state, const HostState& host,
                                Endpoints& out) const {
  if (host.service == nullptr) return;
  const model::Service& base = *host.service->base;
  // An endpoint that moves from one slice to another may stand in both.
  std::set<std::pair<std::string_view, std::string_view>> seen;
  auto add = [&](const Endpoints& endpoints) {
    for (const EndpointPtr& endpoint : endpoints) {
      if (seen.emplace(endpoint->addresses.front(), endpoint->service_port_name).second) {
        out.push_back(endpoint);
      }
    }
  };
  if (auto slices = state.slices.find(base.name); slices != state.slices.end()) {
    for (const auto& [slice_name, slice] : slices->second) add(slice.endpoints);
  } else if (auto own = state.endpoints.find(base.name); own != state.endpoints.end()) {
    add(own->second.endpoints);
  }
  if (base.selector.empty()) return;
  std::vector<model::WorkloadPtr> selected;
  for (const auto& [name, workload] : state.workload_entries) {
    if (labels_match(base.selector, workload->endpoint.labels)) selected.push_back(workload);
  }
  if (selected.empty()) return;
  Endpoints entries = model::endpoints_of_workloads(*host.service->object, base, selected);
  out.insert(out.end(), entries.begin(), entries.end());
}

void Registry::merge(NamespaceState& state, HostState& host) {
  host.dirty = false;
  Endpoints endpoints;
  merge_external(host, endpoints);  // shards are in order of their provider
  const size_t of_entries = endpoints.size();
  merge_kubernetes(state, host, endpoints);
  std::set<std::string> accounts;
  bool synthesized = false;
  for (const EndpointPtr& endpoint : endpoints) {
    if (!endpoint->service_account.empty()) accounts.insert(endpoint->service_account);
    synthesized = synthesized || endpoint->synthesized;
  }
  bool others =
      synthesized != host.synthesized ||
      !std::equal(accounts.begin(), accounts.end(), host.accounts.begin(), host.accounts.end());
  if (others) {
    note_list(host.key.ns);
    host.accounts.assign(accounts.begin(), accounts.end());
    host.synthesized = synthesized;
  }
  bool same = host.set == nullptr ? endpoints.empty()
                                  : !keep_equal(host.set->endpoints, endpoints) &&
                                        host.set->of_entries == of_entries;
  if (!same) {
    work_.sets = true;
    host.set = endpoints.empty() ? nullptr
                                 : std::make_shared<model::EndpointSet>(
                                       model::EndpointSet{std::move(endpoints), of_entries});
    endpoints_.assign(host.slot, host.set);
  }
  if (host.service == nullptr && host.parts.empty()) {
    std::string name = host.key.hostname;
    state.hosts.erase(name);
    return;
  }
  if (!others) return;
  // Ahead of finish_services, which makes them again only when there are aliases.
  if (host.service != nullptr) final_service(Listed{&host.service->base, &host}, nullptr);
  for (const Part& part : host.parts) final_service(Listed{&part.service(), &host}, nullptr);
}

// ---- the endpoints of ServiceEntries, by address ---------------------------------------------

// What comes is added as it comes; what changes or goes has all of them made anew, and so has a host of which not
// every endpoint counts. So their order says nothing.
void Registry::add_entry_instances(const HostState& host, const EntryServicePtr& service,
                                   const Endpoints& endpoints) {
  if (endpoints.empty()) return;
  if (has_logical_dns(host)) {
    work_.instances = true;
    return;
  }
  EntryInstances& all = entry_instances_.edit();
  for (const EndpointPtr& endpoint : endpoints) {
    all.list.push_back({service, endpoint});
    all.by_address.add(all.list);
  }
}

void Registry::remake_entry_instances() {
  EntryInstances all;
  all.workloads = entry_instances_->workloads;
  const auto each = [this](auto&& visit) {
    for (const auto& [ns, state] : namespaces_) {
      for (const auto& [name, host] : state.hosts) each_external(host, visit);
    }
  };
  size_t count = 0;
  each([&](const Part&, const EndpointPtr&) { ++count; });
  all.list.reserve(count);
  all.by_address.reserve(count);
  each([&](const Part& part, const EndpointPtr& endpoint) {
    all.list.push_back({part.name(), endpoint});
  });
  all.by_address.add_all(all.list);
  entry_instances_ = std::move(all);
}

}  // namespace mesh::index
