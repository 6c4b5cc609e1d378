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
  const ObjectPtr& before = entry.object;
  if (before != nullptr && after != nullptr && model::same_claim(*before, *after)) return;
  work_.allocation = true;
  entry.addresses.clear();
  if (after == nullptr || !options_.allocation.enabled || !model::wants_addresses(*after)) return;
  entry.addresses = model::stated_addresses(*after);
  // Its services will be others, so that adding their instances now is in vain.
  if (entry.addresses.empty()) work_.instances = true;
}

void Registry::allocate_addresses() {
  std::vector<EntryState*> entries;
  std::vector<ObjectPtr> objects;
  for (auto& [ns, state] : namespaces_) {
    for (auto& [name, entry] : state.service_entries) {
      entries.push_back(&entry);
      objects.push_back(entry.object);
    }
  }
  model::Allocation made = model::allocate_addresses(objects, options_.allocation);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i]->addresses == made.entries[i]) continue;
    readdress(*entries[i], std::move(made.entries[i]));
  }
}

// Services of other addresses in the places of those that there are: nothing else of them differs.
void Registry::readdress(EntryState& entry, std::vector<HostAddresses> addresses) {
  entry.addresses = std::move(addresses);
  for (ServicePtr& base : entry.bases) {
    if (!model::set_addresses(base, entry.addresses)) continue;
    work_.services = true;
    work_.instances = true;
  }
}

}  // namespace mesh::index
