// Addresses for ServiceEntries that have none of their own, as istiod's controller gives them
// (pilot/pkg/controllers/ipallocate): a proxy that answers names itself (DNS_CAPTURE) tells the
// application such an address and listens on it, so that two TCP services of one port are told apart.
//
// Each host gets the next free address of each range. The controller keeps what it gave in
// status.addresses; the answer here is that of one that starts over these objects: what a status
// says stays, in the order of creation time, namespace and name everything else follows. So an entry
// that is created later moves nobody, and neither does any other where statuses are kept.
//
// Who gets none: resolution NONE, addresses of its own, the label
// networking.istio.io/enable-autoallocate-ip: "false", and wildcard hosts unless they are resolved
// dynamically (DYNAMIC_DNS).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/network/address_claim.h"
#include "libmesh/schema/istio.h"

namespace mesh::model {

// What istiod is told by its environment and the mesh by defaultConfig.proxyMetadata, under the same
// names: PILOT_ENABLE_IP_AUTOALLOCATE, PILOT_IP_AUTOALLOCATE_IPV4_PREFIX and …_IPV6_PREFIX.
struct AllocationOptions {
  bool enabled = true;  // else not even addresses of a status are used
  std::string ipv4 = "240.240.0.0/16";
  std::string ipv6 = "2001:2::/48";
  bool operator==(const AllocationOptions&) const = default;
};
// A range that is none of its family is a diagnostic, and the default counts.
AllocationOptions allocation_options(const meshconfig::MeshConfig& config, Diagnostics& found);

// An address of an entry's status that is another entry's too. The oldest keeps it, but one that has
// it in its spec goes before; the others get new ones for all of their hosts.
struct AddressConflict {
  kube::ObjectPtr entry;  // the one that is given new addresses
  kube::ObjectPtr holder;
  std::string address;
};

struct Allocation {
  std::vector<std::vector<HostAddresses>> entries;  // of each claim, by host
  std::vector<AddressConflict> conflicts;
  std::vector<kube::ObjectPtr> without;  // for some host of which a range had no address left
};

// Of all ServiceEntries of a mesh, in any order.
Allocation allocate_addresses(std::span<const AddressClaim* const> claims,
                              const AllocationOptions& options);

}  // namespace mesh::model
