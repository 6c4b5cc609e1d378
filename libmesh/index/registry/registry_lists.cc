// The third part of the registry: the mesh's lists of services.
#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "libmesh/base/common_ends.h"
#include "libmesh/index/registry/aliases.h"
#include "libmesh/index/registry/registry.h"
#include "libmesh/index/tables/sort_runs.h"

namespace mesh::index {

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

// More namespaces with other services, or more other services, are a batch.
constexpr size_t kFew = 16;

bool is_alias(const ServicePtr& service) {
  return service->resolution == model::Resolution::kAlias;
}

bool in_order(const ServicePtr& a, const ServicePtr& b) { return comes_before(a, b); }

}  // namespace

// ---- all of them -------------------------------------------------------------------------------

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

std::vector<ServicePtr> Registry::list_of(const NamespaceState& state, const Aliases& aliases) {
  std::vector<ServicePtr> out;
  out.reserve(state.listed.size());
  for (const Listed& one : state.listed) {
    const auto of_host = aliases.empty() ? aliases.end() : aliases.find((*one.base)->hostname);
    out.push_back(final_service(one, of_host == aliases.end() ? nullptr : &of_host->second));
  }
  return out;
}

void Registry::note_list(const std::string& ns) {
  if (work_.all_services) return;
  work_.lists.insert(ns);
  work_.all_services = work_.lists.size() > kFew;
}

void Registry::finish_services() {
  if (!replace_few()) remake_services();
}

void Registry::remake_services() {
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
  has_aliases_ = std::any_of(services.begin(), services.end(), is_alias);
  const Aliases aliases = has_aliases_ ? aliases_by_host(services, hosts) : Aliases();
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
  finish_namespaces(aliases, lists == 1);
}

// The lists of namespaces that are as they were stay the same ones. `one_has_all`: the mesh's services are those of one.
void Registry::finish_namespaces(const Aliases& aliases, bool one_has_all) {
  NamespaceServices all;
  all.reserve(namespaces_.size());
  for (const auto& [ns, state] : namespaces_) {
    if (state.listed.empty()) continue;
    std::vector<ServicePtr> list = one_has_all ? *services_ : list_of(state, aliases);
    all.emplace(ns, shared_with(services_by_namespace_, ns, list));
  }
  services_by_namespace_ = std::move(all);
}

// ---- a few services among many ----------------------------------------------------------------

struct Registry::Replaced {
  std::vector<ServicePtr> gone;
  std::vector<ServicePtr> come;                                        // of each namespace in order
  std::vector<std::pair<std::string, std::vector<ServicePtr>>> lists;  // of changed namespaces

  size_t size() const { return gone.size() + come.size(); }
  void add(const std::vector<ServicePtr>& before, const std::vector<ServicePtr>& now) {
    Apart apart = common_ends(before, now);
    // Of services that their order does not tell apart, the list of their namespace says which comes first.
    const auto is_tie = [&](size_t at) {
      return at > 0 && at < now.size() && !comes_before(now[at - 1], now[at]);
    };
    if (is_tie(apart.first) || is_tie(apart.after)) apart = {0, before.size(), now.size()};
    const auto piece = [&](const std::vector<ServicePtr>& of, size_t end, auto& out) {
      out.insert(out.end(), of.begin() + static_cast<std::ptrdiff_t>(apart.first),
                 of.begin() + static_cast<std::ptrdiff_t>(end));
    };
    piece(before, apart.before, gone);
    piece(now, apart.after, come);
  }
};

// In a large mesh nobody looks at what did not change. False where there is more to do: what an alias means hangs on all
// services.
bool Registry::replace_few() {
  if (work_.all_services || has_aliases_ || services_.empty()) return false;
  Replaced replaced;
  for (const std::string& ns : work_.lists) {
    static const std::vector<ServicePtr> kNone;
    const auto before = services_by_namespace_->find(ns);
    const auto state = namespaces_.find(ns);
    std::vector<ServicePtr> now;
    if (state != namespaces_.end()) now = list_of(state->second, {});
    replaced.add(before == services_by_namespace_->end() ? kNone : before->second->list, now);
    if (replaced.size() > kFew) return false;
    replaced.lists.emplace_back(ns, std::move(now));
  }
  if (replaced.size() == 0) return true;
  if (std::any_of(replaced.come.begin(), replaced.come.end(), is_alias)) return false;
  replace(replaced);
  return true;
}

void Registry::replace(Replaced& replaced) {
  std::vector<ServicePtr>& services = services_.edit();
  HostTable& hosts = hosts_.edit();
  for (const ServicePtr& service : replaced.gone) {
    auto at = std::lower_bound(services.begin(), services.end(), service, in_order);
    while (*at != service) ++at;
    hosts.erase(services, static_cast<uint32_t>(at - services.begin()));
    services.erase(at);
  }
  for (const ServicePtr& service : replaced.come) {
    const auto after = std::upper_bound(services.begin(), services.end(), service, in_order);
    const auto at = services.insert(after, service);
    hosts.insert(services, static_cast<uint32_t>(at - services.begin()));
  }
  NamespaceServices& all = services_by_namespace_.edit();
  for (auto& [ns, list] : replaced.lists) {
    if (list.empty()) {
      all.erase(ns);
    } else {
      all[ns] = shared_with(all, ns, list);
    }
  }
}

}  // namespace mesh::index
