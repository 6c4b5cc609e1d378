// The addresses of ServiceEntries that have none of their own (model/network/allocation.h). They hang on all
// entries of the tenant, so they are allocated when all of a batch is known; an entry starts with
// what its status says, which nearly always stays. The services of an entry are where they are kept.
#include <algorithm>

#include "libmesh/index/registry/registry.h"
#include "libmesh/model/network/address_sequence.h"

namespace mesh::index {

using kube::ObjectPtr;
using model::HostAddresses;
using model::ServicePtr;

// What the entry starts with: what it has as long as its claim stays, else what its status says.
std::vector<HostAddresses> Registry::note_claim(EntryState& entry, const ObjectPtr& after) {
  model::AddressClaim claim;
  if (after != nullptr) claim = model::address_claim(after);
  const bool same = entry.object != nullptr && after != nullptr && claim.same(entry.claim);
  entry.claim = std::move(claim);  // its texts stand in the new object
  if (after != nullptr) entry.creation_time = after->creation_time;
  std::vector<HostAddresses> out;
  if (!same) {
    work_.allocation = true;
    if (options_.allocation.enabled) out = entry.claim.stated();
    return out;
  }
  if (entry.claim.hosts.empty()) return out;
  for (const ServicePtr& base : entry.bases) {
    out.push_back({base->hostname, base->auto_allocated_v4, base->auto_allocated_v6});
  }
  std::sort(out.begin(), out.end(),
            [](const HostAddresses& a, const HostAddresses& b) { return a.host < b.host; });
  return out;
}

struct Registry::Claimant {
  const std::string* ns;
  EntryState* entry;
};

void Registry::allocate_addresses() {
  work_.all_services = work_.all_services || services_.empty();  // so that nobody notes whose
  std::vector<Claimant> claimants;
  std::vector<const model::AddressClaim*> claims;
  bool statuses = false;
  for (auto& [ns, state] : namespaces_) {
    for (auto& [name, entry] : state.service_entries) {
      claimants.push_back({&ns, &entry});
      claims.push_back(&entry.claim);
      statuses = statuses || !entry.claim.status.empty();
    }
  }
  if (options_.allocation.enabled && !statuses) return number(claimants, claims);
  const model::Allocation made = model::allocate_addresses(claims, options_.allocation);
  for (size_t i = 0; i < claimants.size(); ++i) {
    readdress(*claimants[i].ns, *claimants[i].entry, made.entries[i]);
  }
}

// Without statuses every host has the next address. Those that claim none have none.
void Registry::number(std::vector<Claimant>& claimants,
                      const std::vector<const model::AddressClaim*>& claims) {
  const auto is_older = [](const Claimant& a, const Claimant& b) {
    return a.entry->creation_time < b.entry->creation_time;
  };
  // They are in order of namespace and name.
  if (!std::is_sorted(claimants.begin(), claimants.end(), is_older)) {
    std::stable_sort(claimants.begin(), claimants.end(), is_older);
  }
  model::AddressSequence sequence(claims, options_.allocation);
  for (const Claimant& claimant : claimants) {
    EntryState& entry = *claimant.entry;
    const auto& hosts = entry.claim.hosts;
    if (hosts.size() == 1 && entry.bases.size() == 1) {
      const auto [ipv4, ipv6] = sequence.next();
      readdress(*claimant.ns, entry.bases.front(), ipv4, ipv6);
      continue;
    }
    if (hosts.empty()) continue;
    std::vector<HostAddresses> given;
    for (const std::string_view host : hosts) {
      const auto [ipv4, ipv6] = sequence.next();
      given.push_back({std::string(host), std::string(ipv4), std::string(ipv6)});
    }
    std::sort(given.begin(), given.end(),
              [](const HostAddresses& a, const HostAddresses& b) { return a.host < b.host; });
    readdress(*claimant.ns, entry, given);
  }
}

void Registry::readdress(const std::string& ns, EntryState& entry,
                         const std::vector<HostAddresses>& addresses) {
  for (ServicePtr& base : entry.bases) {
    const HostAddresses& of_host = model::addresses_of(base->hostname, addresses);
    readdress(ns, base, of_host.ipv4, of_host.ipv6);
  }
}

// A service of other addresses in the place of the one that there is: nothing else of it differs. Nor of what was made
// of it, which keeps its place beside it.
void Registry::readdress(const std::string& ns, ServicePtr& base, std::string_view ipv4,
                         std::string_view ipv6) {
  const model::Service* const before = base.get();
  if (before->auto_allocated_v4 == ipv4 && before->auto_allocated_v6 == ipv6) return;
  note_list(ns);
  const auto final = finals_.find(before);
  if (final == finals_.end()) {
    model::set_addresses(base, ipv4, ipv6);
    return;
  }
  final->second.base = nullptr;  // so that a base that nobody has seen may be written
  model::set_addresses(base, ipv4, ipv6);
  model::set_addresses(final->second.service, ipv4, ipv6);
  final->second.base = base;
  if (base.get() == before) return;
  auto moved = finals_.extract(final);
  moved.key() = base.get();
  finals_.insert(std::move(moved));
}

}  // namespace mesh::index
