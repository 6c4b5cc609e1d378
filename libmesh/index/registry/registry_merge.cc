// The second half of the registry: what several objects say about one host, and the mesh's lists.
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

namespace {

// "spiffe://old/ns/…" -> "spiffe://new/ns/…"; ids that are no SPIFFE id stay (they may be DNS
// names).
std::string with_trust_domain(const std::string& id, const std::string& domain) {
  constexpr std::string_view kPrefix = "spiffe://";
  size_t slash = id.find('/', kPrefix.size());
  return std::string(kPrefix) + domain + id.substr(slash);
}

bool is_spiffe_id(const std::string& id) {
  // spiffe://<domain>/ns/<ns>/sa/<sa>
  if (!id.starts_with("spiffe://")) return false;
  std::vector<std::string_view> parts;
  std::string_view rest = std::string_view(id).substr(9);
  while (true) {
    size_t slash = rest.find('/');
    parts.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  return parts.size() == 5 && parts[1] == "ns" && parts[3] == "sa";
}

std::vector<std::string> all_accounts(const std::vector<std::string>& declared,
                                      const std::vector<std::string>& of_endpoints,
                                      const std::vector<std::string>& trust_domains) {
  std::set<std::string> out(declared.begin(), declared.end());
  out.insert(of_endpoints.begin(), of_endpoints.end());
  if (!trust_domains.empty()) {
    std::vector<std::string> ids(out.begin(), out.end());
    for (const std::string& id : ids) {
      if (!is_spiffe_id(id)) continue;
      for (const std::string& domain : trust_domains) out.insert(with_trust_domain(id, domain));
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace

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
    work_.services = true;
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

// ---- lists ----------------------------------------------------------------------------------

// What the newest of a host's services declares holds for all of them (addServiceAccounts, push_context.go).
const std::vector<std::string>& Registry::declared_accounts(const HostState& host) {
  const ServicePtr* newest = host.service == nullptr ? nullptr : &host.service->base;
  for (const Part& part : host.parts) {
    if (newest == nullptr || comes_before(*newest, part.service())) newest = &part.service();
  }
  return (*newest)->service_accounts;
}

const ServicePtr& Registry::final_service(const Listed& listed,
                                          const std::vector<NamespacedName>* aliases) {
  const ServicePtr& base = *listed.base;
  const HostState& host = *listed.host;
  const std::vector<std::string>& declared = declared_accounts(host);
  bool plain = aliases == nullptr && !host.synthesized && host.accounts.empty();
  if (plain && declared.empty() && base->service_accounts.empty()) return base;
  // Most say nothing themselves, and then the accounts are those of the endpoints.
  const bool of_endpoints = declared.empty() && trust_domain_aliases_.empty();
  std::vector<std::string> merged;
  if (!of_endpoints) merged = all_accounts(declared, host.accounts, trust_domain_aliases_);
  const std::vector<std::string>& accounts = of_endpoints ? host.accounts : merged;
  if (plain && accounts == base->service_accounts) return base;
  static const std::vector<NamespacedName> kNone;
  const std::vector<NamespacedName>& names = aliases == nullptr ? kNone : *aliases;
  Final& final = finals_[base.get()];
  final.used = true;
  const model::Service* last = final.service.get();
  if (last != nullptr && last->service_accounts == accounts && last->aliases == names &&
      last->synthesized == host.synthesized) {
    return final.service;
  }
  auto made = std::make_shared<model::Service>(*base);
  made->service_accounts = accounts;
  made->aliases = names;
  made->synthesized = host.synthesized;
  final.base = base;
  final.service = std::move(made);
  return final.service;
}

void Registry::finish_services() {
  size_t count = 0;
  size_t lists = 0;
  for (const auto& [ns, state] : namespaces_) {
    count += state.listed.size();
    lists += state.listed.empty() ? 0 : 1;
  }
  std::vector<const Listed*> listed;
  listed.reserve(count);
  for (const auto& [ns, state] : namespaces_) {
    for (const Listed& one : state.listed) listed.push_back(&one);
  }
  if (lists > 1) {
    sort_runs(listed,
              [](const Listed* a, const Listed* b) { return comes_before(*a->base, *b->base); });
  }
  std::vector<ServicePtr> services;
  services.reserve(count);
  for (const Listed* one : listed) services.push_back(*one->base);
  HostTable hosts;
  hosts.add_all(services);
  Aliases aliases = aliases_by_host(services, hosts);
  for (auto& [base, final] : finals_) final.used = false;
  for (size_t i = 0; i < listed.size(); ++i) {
    auto of_host = aliases.empty() ? aliases.end() : aliases.find(services[i]->hostname);
    const ServicePtr& final =
        final_service(*listed[i], of_host == aliases.end() ? nullptr : &of_host->second);
    if (final != services[i]) services[i] = final;
  }
  std::erase_if(finals_, [](const auto& entry) { return !entry.second.used; });
  if (services == services_.get()) return;
  services_ = std::move(services);
  hosts_ = std::move(hosts);
  finish_namespaces(aliases);
}

// The lists of namespaces that are as they were stay the same ones.
void Registry::finish_namespaces(const Aliases& aliases) {
  NamespaceServices all;
  all.reserve(namespaces_.size());
  std::vector<ServicePtr> list;
  for (const auto& [ns, state] : namespaces_) {
    if (state.listed.empty()) continue;
    list.clear();
    list.reserve(state.listed.size());
    for (const Listed& one : state.listed) {
      const auto of_host = aliases.empty() ? aliases.end() : aliases.find((*one.base)->hostname);
      list.push_back(final_service(one, of_host == aliases.end() ? nullptr : &of_host->second));
    }
    all.emplace(ns, shared_with(services_by_namespace_, ns, list));
  }
  services_by_namespace_ = std::move(all);
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
