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
  std::vector<EntryState*> entries;
  std::vector<const model::AddressClaim*> claims;
  for (auto& [ns, state] : namespaces_) {
    for (auto& [name, entry] : state.service_entries) {
      entries.push_back(&entry);
      claims.push_back(&entry.claim);
    }
  }
  model::Allocation made = model::allocate_addresses(claims, options_.allocation);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i]->addresses == made.entries[i]) continue;
    readdress(*entries[i], std::move(made.entries[i]));
  }
}

// Services of other addresses in the places of those that there are: nothing else of them differs.
void Registry::readdress(EntryState& entry, std::vector<HostAddresses> addresses) {
  entry.addresses = std::move(addresses);
  for (ServicePtr& base : entry.bases) {
    work_.services = model::set_addresses(base, entry.addresses) || work_.services;
  }
}

}  // namespace mesh::index
