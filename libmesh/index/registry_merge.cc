// The second half of the registry: what several objects say about one host, and the mesh's lists.
#include <algorithm>
#include <set>
#include <tuple>

#include "libmesh/index/registry.h"

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

// What each ExternalName service means in the end, through other such services; loops mean nothing
// (resolveServiceAliases).
std::map<std::string, std::vector<NamespacedName>> aliases_by_host(
    const std::vector<ServicePtr>& services) {
  std::map<std::string, std::string> next;
  for (const ServicePtr& service : services) {
    if (service->resolution == model::Resolution::kAlias) {
      next[service->hostname] = service->external_name;
    }
  }
  std::map<std::string, std::vector<NamespacedName>> out;
  for (const ServicePtr& service : services) {
    if (service->resolution != model::Resolution::kAlias) continue;
    std::string host = service->external_name;
    std::set<std::string> seen{service->hostname, host};
    bool loop = false;
    for (auto at = next.find(host); at != next.end(); at = next.find(host)) {
      if (!seen.insert(at->second).second) {
        loop = true;
        break;
      }
      host = at->second;
    }
    if (!loop) out[host].push_back({service->ns, service->hostname});
  }
  for (auto& [host, aliases] : out) std::sort(aliases.begin(), aliases.end());
  return out;
}

bool comes_before(const ServicePtr& a, const ServicePtr& b) {
  return std::tie(a->creation_time, a->name, a->ns, a->registry, a->object_name) <
         std::tie(b->creation_time, b->name, b->ns, b->registry, b->object_name);
}

}  // namespace

// The entries of one host, oldest first. A LOGICAL_DNS cluster takes one endpoint: of its host the
// first per port counts (mergeServicesInstancesByNamespaceHost).
void Registry::merge_external(const NamespaceState& state, const std::string& host,
                              std::vector<EndpointPtr>& out) const {
  auto names = state.entries_by_host.find(host);
  if (names == state.entries_by_host.end()) return;
  std::vector<std::pair<ServicePtr, const std::vector<EndpointPtr>*>> parts;
  for (const std::string& name : names->second) {
    const EntryState& entry = state.service_entries.at(name);
    for (size_t i = 0; i < entry.bases.size(); ++i) {
      if (entry.bases[i]->hostname == host) parts.emplace_back(entry.bases[i], &entry.endpoints[i]);
    }
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return comes_before(a.first, b.first); });
  std::set<uint32_t> ports;
  for (const auto& [service, endpoints] : parts) {
    for (const EndpointPtr& endpoint : *endpoints) {
      if (service->resolution == model::Resolution::kDnsRoundRobinLb &&
          ports.contains(endpoint->service_port)) {
        continue;
      }
      ports.insert(endpoint->service_port);
      out.push_back(endpoint);
    }
  }
}

void Registry::merge_kubernetes(const NamespaceState& state, const std::string& host,
                                std::vector<EndpointPtr>& out) const {
  // The name is what stands before the first dot: names of Services have none.
  std::string name = host.substr(0, host.find('.'));
  auto service = state.services.find(name);
  if (service == state.services.end() || service->second.base->hostname != host) return;
  // An endpoint that moves from one slice to another may stand in both.
  std::set<std::pair<std::string_view, std::string_view>> seen;
  auto add = [&](const std::vector<EndpointPtr>& endpoints) {
    for (const EndpointPtr& endpoint : endpoints) {
      if (seen.emplace(endpoint->addresses.front(), endpoint->service_port_name).second) {
        out.push_back(endpoint);
      }
    }
  };
  if (auto slices = state.slices.find(name); slices != state.slices.end()) {
    for (const auto& [slice_name, slice] : slices->second) add(slice.endpoints);
  } else if (auto endpoints = state.endpoints.find(name); endpoints != state.endpoints.end()) {
    add(endpoints->second.endpoints);
  }
  const Labels& selector = service->second.base->selector;
  if (selector.empty() || state.workload_entries.empty()) return;
  std::vector<EndpointPtr> entries = model::endpoints_of_workloads(
      *service->second.object, *service->second.base, selected_workloads(state, selector, false));
  out.insert(out.end(), entries.begin(), entries.end());
}

void Registry::merge(const ServiceKey& key, Work& work) {
  std::vector<EndpointPtr> endpoints;
  Merged made;
  if (auto state = namespaces_.find(key.ns); state != namespaces_.end()) {
    merge_external(state->second, key.hostname,
                   endpoints);  // shards are in order of their provider
    made.external = !endpoints.empty();
    merge_kubernetes(state->second, key.hostname, endpoints);
  }
  Merged& last = merged_[key];
  bool same = false;
  if (last.set != nullptr) same = !keep_equal(last.set->endpoints, endpoints);
  std::set<std::string> accounts;
  for (const EndpointPtr& endpoint : endpoints) {
    if (!endpoint->service_account.empty()) accounts.insert(endpoint->service_account);
    made.synthesized = made.synthesized || endpoint->synthesized;
  }
  made.accounts.assign(accounts.begin(), accounts.end());
  if (made.accounts != last.accounts || made.synthesized != last.synthesized) work.services = true;
  if (endpoints.empty()) {
    work.sets = work.sets || last.set != nullptr;
    merged_.erase(key);
    endpoints_.set(key, nullptr);
    return;
  }
  if (same) {
    made.set = last.set;
  } else {
    made.set = std::make_shared<model::EndpointSet>(model::EndpointSet{std::move(endpoints)});
    endpoints_.set(key, made.set);
    work.sets = true;
  }
  last = std::move(made);
}

ServicePtr Registry::final_service(const ServicePtr& base,
                                   const std::vector<NamespacedName>* aliases) {
  static const std::vector<NamespacedName> kNone;
  static const Merged kNoEndpoints;
  auto found = merged_.find(ServiceKey{base->hostname, base->ns});
  const Merged& merged = found == merged_.end() ? kNoEndpoints : found->second;
  std::vector<std::string> accounts =
      all_accounts(base->service_accounts, merged.accounts, trust_domain_aliases_);
  const std::vector<NamespacedName>& names = aliases == nullptr ? kNone : *aliases;
  auto& [kept, last] = finals_[base.get()];
  if (last != nullptr && last->service_accounts == accounts && last->aliases == names &&
      last->synthesized == merged.synthesized) {
    return last;
  }
  auto made = std::make_shared<model::Service>(*base);
  made->service_accounts = std::move(accounts);
  made->aliases = names;
  made->synthesized = merged.synthesized;
  kept = base;
  last = std::move(made);
  return last;
}

void Registry::finish_services() {
  std::vector<ServicePtr> services;
  for (const auto& [ns, state] : namespaces_) {
    for (const auto& [name, service] : state.services) services.push_back(service.base);
    for (const auto& [name, entry] : state.service_entries) {
      services.insert(services.end(), entry.bases.begin(), entry.bases.end());
    }
  }
  std::stable_sort(services.begin(), services.end(), comes_before);
  auto aliases = aliases_by_host(services);
  std::set<const model::Service*> used;
  for (ServicePtr& service : services) {
    auto of_host = aliases.find(service->hostname);
    used.insert(service.get());
    service = final_service(service, of_host == aliases.end() ? nullptr : &of_host->second);
  }
  std::erase_if(finals_, [&](const auto& entry) { return !used.contains(entry.first); });
  if (services == services_.get()) return;

  std::unordered_map<ServiceKey, ServicePtr, ServiceKeyHash> by_key;
  std::unordered_map<std::string, std::vector<ServicePtr>> by_host, by_namespace;
  for (const ServicePtr& service : services) {
    by_host[service->hostname].push_back(service);
    by_namespace[service->ns].push_back(service);
    // The oldest, but a Kubernetes Service before any ServiceEntry: nobody may squat on its name.
    ServicePtr& first = by_key[{service->hostname, service->ns}];
    if (first == nullptr || (first->registry != model::Registry::kKubernetes &&
                             service->registry == model::Registry::kKubernetes)) {
      first = service;
    }
  }
  services_ = std::move(services);
  service_by_key_ = std::move(by_key);
  services_by_host_ = std::move(by_host);
  services_by_namespace_ = std::move(by_namespace);
}

void Registry::finish_entries() {
  std::unordered_map<std::string, std::vector<Mesh::EntryInstance>> by_address;
  for (const auto& [ns, state] : namespaces_) {
    for (const auto& [name, entry] : state.service_entries) {
      for (size_t i = 0; i < entry.bases.size(); ++i) {
        auto final = finals_.find(entry.bases[i].get());
        if (final == finals_.end()) continue;
        for (const EndpointPtr& endpoint : entry.endpoints[i]) {
          by_address[endpoint->addresses.front()].push_back({final->second.second, endpoint});
        }
      }
    }
  }
  entries_by_address_ = std::move(by_address);
}

}  // namespace mesh::index
