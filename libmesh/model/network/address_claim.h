// AddressClaim: what one ServiceEntry says of addresses that it wants or has, read once when the store takes it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/kube/object.h"
#include "libmesh/model/network/address_pool.h"

namespace mesh::model {

struct HostAddresses {
  std::string host;
  std::string ipv4;  // empty: none
  std::string ipv6;
  bool operator==(const HostAddresses&) const = default;
};

// The texts stand in the object.
using AddressesByHost = std::map<std::string_view, std::vector<std::string>>;

struct AddressClaim {
  kube::ObjectPtr object;
  std::vector<std::string_view> hosts;  // that get addresses, each once
  AddressesByHost status;               // as status.addresses says
  std::vector<IpAddress> own;           // of its spec

  // Whether allocation does the same with both: all but the object itself.
  bool same(const AddressClaim& other) const;
  // What its status says, by host: what it gets as long as no other entry interferes.
  std::vector<HostAddresses> stated() const;
};

AddressClaim address_claim(const kube::ObjectPtr& service_entry);

// By host, with those of a status; of several of a family the last one counts (convertServices in
// pilot/pkg/serviceregistry/serviceentry/conversion.go).
std::vector<HostAddresses> listed(std::vector<HostAddresses> given, const AddressesByHost& status);

}  // namespace mesh::model
