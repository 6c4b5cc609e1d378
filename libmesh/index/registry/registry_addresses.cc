// The addresses of ServiceEntries that have none of their own (model/network/allocation.h). They hang on all
// entries of the tenant, so they are allocated when all of a batch is known; an entry starts with
// what its status says, which nearly always stays.
#include <algorithm>

#include "libmesh/index/registry/registry.h"

namespace mesh::index {

using kube::ObjectPtr;
using model::HostAddresses;
using model::ServicePtr;

void Registry::note_claim(EntryState& entry, const ObjectPtr& after) {
  model::AddressClaim claim;
  if (after != nullptr) claim = model::address_claim(after);
  const bool same = entry.object != nullptr && after != nullptr && claim.same(entry.claim);
  entry.claim = std::move(claim);  // its texts stand in the new object
  if (same) return;
  work_.allocation = true;
  entry.addresses.clear();
  if (options_.allocation.enabled) entry.addresses = entry.claim.stated();
}

void Registry::allocate_addresses() {
  std::vector<std::pair<const std::string*, EntryState*>> entries;  // with their namespaces
  std::vector<const model::AddressClaim*> claims;
  for (auto& [ns, state] : namespaces_) {
    for (auto& [name, entry] : state.service_entries) {
      entries.emplace_back(&ns, &entry);
      claims.push_back(&entry.claim);
    }
  }
  model::Allocation made = model::allocate_addresses(claims, options_.allocation);
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& [ns, entry] = entries[i];
    if (entry->addresses != made.entries[i]) readdress(*ns, *entry, std::move(made.entries[i]));
  }
}

// Services of other addresses in the places of those that there are: nothing else of them differs. Nor of what was made
// of them, which keeps its place beside them.
void Registry::readdress(const std::string& ns, EntryState& entry,
                         std::vector<HostAddresses> addresses) {
  entry.addresses = std::move(addresses);
  for (ServicePtr& base : entry.bases) {
    auto final = finals_.extract(base.get());
    if (!final.empty())
      final.mapped().base = nullptr;  // so that a base that nobody has seen may be written
    if (model::set_addresses(base, entry.addresses)) note_list(ns);
    if (final.empty()) continue;
    model::set_addresses(final.mapped().service, entry.addresses);
    final.mapped().base = base;
    final.key() = base.get();
    finals_.insert(std::move(final));
  }
}

}  // namespace mesh::index
