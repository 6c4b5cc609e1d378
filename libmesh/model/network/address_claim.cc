#include "libmesh/model/network/address_claim.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libmesh/base/net.h"
#include "libmesh/base/strings.h"
#include "libmesh/model/host.h"
#include "libmesh/schema/istio.h"

namespace mesh::model {
namespace {

using networking::ServiceEntry;
using Resolution = networking::ServiceEntry_Resolution;

bool opted_out(const kube::Object& object) {
  if (object.labels.empty()) return false;
  auto label = object.labels.find("networking.istio.io/enable-autoallocate-ip");
  return label != object.labels.end() && lower_ascii(label->second) == "false";
}

// False for resolution NONE, addresses of its own, and the label (ShouldV2AutoAllocateIP).
bool wants_addresses(const kube::Object& object) {
  const auto& entry = object.as<ServiceEntry>();
  return entry.resolution != Resolution::NONE && entry.addresses.empty() && !opted_out(object);
}

AddressesByHost read_status(const kube::Object& object) {
  AddressesByHost out;
  const document::Value* status = object.document.find("status");
  const document::Value* addresses = status == nullptr ? nullptr : status->find("addresses");
  const document::List* list = addresses == nullptr ? nullptr : addresses->if_list();
  if (list == nullptr) return out;
  for (const document::Value& each : *list) {
    const std::string_view value = each.string_at("value");
    if (!is_ip_address(value)) continue;
    out[each.string_at("host")].push_back(canonical_address(value));
  }
  return out;
}

std::vector<std::string_view> hosts_of(const ServiceEntry& entry) {
  std::vector<std::string_view> out;
  std::set<std::string_view> known;
  for (const std::string& host : entry.hosts) {
    if (is_wildcard(host) && entry.resolution != Resolution::DYNAMIC_DNS) continue;
    if (entry.hosts.size() == 1 || known.insert(host).second) out.push_back(host);
  }
  return out;
}

}  // namespace

AddressClaim address_claim(const kube::ObjectPtr& object) {
  AddressClaim out;
  out.object = object;
  const auto& entry = object->as<ServiceEntry>();
  for (const std::string& address : entry.addresses) {
    if (is_ip_address(address)) out.own.push_back(ip_address_of(address));
  }
  if (!wants_addresses(*object)) return out;  // its status goes, and frees what it says
  out.hosts = hosts_of(entry);
  out.status = read_status(*object);
  return out;
}

bool AddressClaim::same(const AddressClaim& other) const {
  return hosts == other.hosts && status == other.status && own == other.own &&
         object->creation_time == other.object->creation_time;
}

std::vector<HostAddresses> AddressClaim::stated() const { return listed({}, status); }

std::vector<HostAddresses> listed(std::vector<HostAddresses> given, const AddressesByHost& status) {
  std::vector<HostAddresses> out = std::move(given);
  for (const auto& [host, addresses] : status) {
    HostAddresses& of_host = out.emplace_back();
    of_host.host = host;
    for (const std::string& address : addresses) {
      const bool ipv6 = address.find(':') != std::string::npos;
      (ipv6 ? of_host.ipv6 : of_host.ipv4) = address;
    }
  }
  if (out.size() < 2) return out;
  std::sort(out.begin(), out.end(),
            [](const HostAddresses& a, const HostAddresses& b) { return a.host < b.host; });
  return out;
}

}  // namespace mesh::model
