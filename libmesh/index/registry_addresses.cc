// The addresses of ServiceEntries that have none of their own (model/network/allocation.h). They hang on all
// entries of the tenant, so they are allocated when all of a batch is known; an entry starts with
// what its status says, which nearly always stays.
#include <algorithm>

#include "libmesh/index/registry.h"

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
  std::vector<std::pair<NamespaceState*, EntryState*>> entries;
  std::vector<ObjectPtr> objects;
  for (auto& [ns, state] : namespaces_) {
    for (auto& [name, entry] : state.service_entries) {
      entries.emplace_back(&state, &entry);
      objects.push_back(entry.object);
    }
  }
  model::Allocation made = model::allocate_addresses(objects, options_.allocation);
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& [state, entry] = entries[i];
    if (entry->addresses == made.entries[i]) continue;
    readdress(*state, *entry, std::move(made.entries[i]));
  }
}

// Services of other addresses in the places of those that there are: nothing else of them differs.
void Registry::readdress(NamespaceState& state, EntryState& entry,
                         std::vector<HostAddresses> addresses) {
  entry.addresses = std::move(addresses);
  const std::vector<ServicePtr> made =
      model::services_of(*entry.object, state.annotations, entry.addresses);
  for (size_t i = 0; i < made.size(); ++i) {
    ServicePtr& base = entry.bases[i];
    if (*base == *made[i]) continue;
    auto at = std::lower_bound(
        state.listed.begin(), state.listed.end(), base,
        [](const Listed& l, const ServicePtr& b) { return comes_before(l.base, b); });
    while (at->base != base) ++at;
    at->base = made[i];
    base = made[i];
    work_.services = true;
    work_.instances = true;
  }
}

}  // namespace mesh::index
