#include "libmesh/model/network/allocation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "libmesh/base/address_bytes.h"
#include "libmesh/base/codes.h"
#include "libmesh/base/net.h"
#include "libmesh/base/parse_bool.h"
#include "libmesh/base/strings.h"
#include "libmesh/model/host.h"

namespace mesh::model {
namespace {

using kube::ObjectPtr;
using networking::ServiceEntry;

// The bytes of an address, 4 or 16 of them.
struct Address {
  std::array<unsigned char, 16> bytes{};
  unsigned char size = 0;  // 0: none
  auto operator<=>(const Address&) const = default;

  bool is_ipv6() const { return size == 16; }
  std::string text() const {
    return address_text({reinterpret_cast<const char*>(bytes.data()), size});
  }
  // None after the last one.
  Address next() const {
    Address out = *this;
    for (size_t i = size; i-- > 0;) {
      if (++out.bytes[i] != 0) return out;
    }
    return {};
  }
};

// An IPv4 address in the form of IPv6 is the IPv4 address (netip.Addr.Unmap).
Address address_of(std::string_view text) {
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  std::string bytes = address_bytes(text);
  if (bytes.size() == 16 && bytes.starts_with(kMapped)) bytes.erase(0, kMapped.size());
  Address out;
  out.size = static_cast<unsigned char>(bytes.size());
  std::memcpy(out.bytes.data(), bytes.data(), bytes.size());
  return out;
}

struct Claim;

// The addresses of one range, and who has which (prefixUse).
class Pool {
 public:
  explicit Pool(const std::string& range) {
    const Cidr cidr = parse_cidr(range).value_or(Cidr{});
    bits_ = static_cast<size_t>(cidr.bits);
    base_ = address_of(cidr.address);
    next_ = base_.next();
  }

  // True when it is another's already.
  bool mark(const Address& address, const Claim& owner) {
    if (!contains(address)) return false;
    auto [at, fresh] = used_.emplace(address, &owner);
    return !fresh && at->second != &owner;
  }

  // The next free one; none behind the last one, since nothing is given back.
  Address take() {
    while (contains(next_) && !used_.empty() && used_.contains(next_)) next_ = next_.next();
    if (!contains(next_)) return {};
    return std::exchange(next_, next_.next());
  }

 private:
  bool contains(const Address& address) const {
    if (address.size == 0 || address.size != base_.size) return false;
    const size_t whole = bits_ / 8;
    if (std::memcmp(address.bytes.data(), base_.bytes.data(), whole) != 0) return false;
    if (bits_ % 8 == 0) return true;
    const unsigned mask = 0xffu << (8 - bits_ % 8) & 0xffu;
    return (unsigned{address.bytes[whole]} & mask) == (unsigned{base_.bytes[whole]} & mask);
  }

  Address base_;
  size_t bits_ = 0;
  Address next_;
  std::map<Address, const Claim*> used_;  // as specs and statuses say
};

using AddressesByHost = std::map<std::string_view, std::vector<std::string>>;

// What one entry says, and what becomes of its status.
struct Claim {
  ObjectPtr object;
  size_t place = 0;                     // in the list that was given
  std::vector<std::string_view> hosts;  // that get addresses, each once
  AddressesByHost status;               // as it says, what it may keep of that later
  std::vector<HostAddresses> given;     // to the other hosts
  bool had_status = false;
  bool reassigned = false;
};

bool opted_out(const kube::Object& object) {
  if (object.labels.empty()) return false;
  auto label = object.labels.find("networking.istio.io/enable-autoallocate-ip");
  return label != object.labels.end() && lower_ascii(label->second) == "false";
}

const document::List* status_of(const kube::Object& object) {
  const document::Value* status = object.document.find("status");
  const document::Value* addresses = status == nullptr ? nullptr : status->find("addresses");
  return addresses == nullptr ? nullptr : addresses->if_list();
}

AddressesByHost read_status(const kube::Object& object) {
  AddressesByHost out;
  const document::List* list = status_of(object);
  if (list == nullptr) return out;
  for (const document::Value& each : *list) {
    const std::string_view value = each.string_at("value");
    if (!is_ip_address(value)) continue;
    out[each.string_at("host")].push_back(canonical_address(value));
  }
  return out;
}

Claim claim_of(const ObjectPtr& object, size_t place) {
  Claim out;
  out.object = object;
  out.place = place;
  if (!wants_addresses(*object)) return out;  // its status goes, and frees what it says
  out.status = read_status(*object);
  out.had_status = !out.status.empty();
  const auto& entry = object->as<ServiceEntry>();
  const bool dynamic = entry.resolution == networking::ServiceEntry_Resolution::DYNAMIC_DNS;
  std::set<std::string_view> known;
  for (const std::string& host : entry.hosts) {
    if (is_wildcard(host) && !dynamic) continue;
    if (entry.hosts.size() == 1 || known.insert(host).second) out.hosts.push_back(host);
  }
  return out;
}

// The controller's first round over the entries that it finds.
class Controller {
 public:
  Controller(std::vector<Claim>& claims, const AllocationOptions& options, Allocation& out)
      : claims_(claims), ipv4_(options.ipv4), ipv6_(options.ipv6), out_(out) {}

  void run() {
    for (const Claim& claim : claims_) note_used(claim);
    // What has addresses was looked after before what has none.
    for (Claim& claim : claims_) {
      if (claim.had_status) reconcile(claim);
    }
    if (!events_.empty()) list_holders();
    for (const std::vector<Address>& event : events_) resolve(event);
    for (Claim& claim : claims_) {
      if (!claim.had_status) reconcile(claim);
    }
  }

 private:
  using Holders = std::map<Address, std::vector<Claim*>>;

  Pool& pool_of(const Address& address) { return address.size == 16 ? ipv6_ : ipv4_; }

  template <typename Visit>
  static void each_of_status(const Claim& claim, Visit&& visit) {
    for (const auto& [host, addresses] : claim.status) {
      for (const std::string& address : addresses) visit(address_of(address));
    }
    for (const HostAddresses& of_host : claim.given) {
      if (!of_host.ipv4.empty()) visit(address_of(of_host.ipv4));
      if (!of_host.ipv6.empty()) visit(address_of(of_host.ipv6));
    }
  }
  template <typename Visit>
  static void each_of_spec(const Claim& claim, Visit&& visit) {
    for (const std::string& address : claim.object->as<ServiceEntry>().addresses) {
      if (is_ip_address(address)) visit(address_of(address));
    }
  }

  // populateControllerDatastructures
  void note_used(const Claim& claim) {
    std::vector<Address> of_others;
    auto note = [&](const Address& address) {
      if (pool_of(address).mark(address, claim)) of_others.push_back(address);
    };
    each_of_spec(claim, note);
    each_of_status(claim, note);
    if (!of_others.empty()) events_.push_back(std::move(of_others));
  }

  // reconcileServiceEntry
  void reconcile(Claim& claim) {
    const bool all = std::all_of(claim.hosts.begin(), claim.hosts.end(),
                                 [&](std::string_view h) { return claim.status.contains(h); });
    if (all && claim.hosts.size() == claim.status.size()) return;
    AddressesByHost kept = std::move(claim.status);
    give(claim, kept);
  }

  // The addresses of `kept` where it has the host, else new ones.
  void give(Claim& claim, AddressesByHost& kept) {
    claim.status.clear();
    claim.given.clear();
    for (std::string_view host : claim.hosts) {
      if (auto known = kept.find(host); known != kept.end()) {
        claim.status.insert(kept.extract(known));
        continue;
      }
      const HostAddresses& made = claim.given.emplace_back(
          HostAddresses{std::string(host), ipv4_.take().text(), ipv6_.take().text()});
      if (made.ipv4.empty() || made.ipv6.empty()) note_without(claim);
    }
  }

  void note_without(const Claim& claim) {
    if (out_.without.empty() || out_.without.back() != claim.object) {
      out_.without.push_back(claim.object);
    }
  }

  void list_holders() {
    for (Claim& claim : claims_) {
      each_of_status(claim, [&](const Address& a) { in_status_[a].push_back(&claim); });
      each_of_spec(claim, [&](const Address& a) { in_spec_[a].push_back(&claim); });
    }
  }

  // resolveConflict. Of entries of one age the first by name is the oldest; there the controller
  // gives all of them new ones, by turns.
  void resolve(const std::vector<Address>& addresses) {
    std::map<Claim*, std::string> holders;  // claims_ is in order
    const Claim* keeper = nullptr;
    for (const Address& address : addresses) {
      for (Claim* claim : in_status_[address]) {
        if (!claim->reassigned) holders.emplace(claim, address.text());
      }
      in_status_[address].clear();
      const std::vector<Claim*>& in_spec = in_spec_[address];
      if (keeper == nullptr && !in_spec.empty()) keeper = in_spec.front();
    }
    for (auto& [claim, address] : holders) {
      if (keeper == nullptr) {
        keeper = claim;
        for (const Address& each : addresses) in_status_[each] = {claim};
        continue;
      }
      AddressesByHost none;
      give(*claim, none);
      claim->reassigned = true;
      out_.conflicts.push_back({claim->object, keeper->object, std::move(address)});
    }
  }

  std::vector<Claim>& claims_;
  Pool ipv4_;
  Pool ipv6_;
  std::vector<std::vector<Address>> events_;
  Holders in_status_;
  Holders in_spec_;
  Allocation& out_;
};

// Of several of a family the last one counts (convertServices).
std::vector<HostAddresses> listed(const AddressesByHost& status,
                                  std::vector<HostAddresses> given = {}) {
  std::vector<HostAddresses> out = std::move(given);
  for (const auto& [host, addresses] : status) {
    HostAddresses& of_host = out.emplace_back();
    of_host.host = host;
    for (const std::string& address : addresses) {
      const bool ipv6 = address.find(':') != std::string::npos;
      (ipv6 ? of_host.ipv6 : of_host.ipv4) = address;
    }
  }
  std::sort(out.begin(), out.end(),
            [](const HostAddresses& a, const HostAddresses& b) { return a.host < b.host; });
  return out;
}

void read_range(const std::string& name, const std::string& text, AddressFamily family,
                std::string& out, Diagnostics& found) {
  const std::optional<Cidr> cidr = parse_cidr(text);
  if (cidr && cidr->family == family) {
    out = text;
    return;
  }
  Diagnostic& wrong = found.emplace_back();
  wrong.code = Code::kBadFormat;
  wrong.field = "mesh config: defaultConfig.proxyMetadata." + name;
  wrong.message = "\"" + text + "\" is no range of IPv" +
                  (family == AddressFamily::kIpv4 ? "4" : "6") + " addresses; " + out + " counts";
  wrong.mend = "write a range such as " + out;
}

}  // namespace

AllocationOptions allocation_options(const meshconfig::MeshConfig& config, Diagnostics& found) {
  AllocationOptions out;
  if (!config.default_config) return out;
  for (const auto& [name, text] : config.default_config->proxy_metadata) {
    if (name == "PILOT_ENABLE_IP_AUTOALLOCATE") {
      out.enabled = parse_bool(text).value_or(out.enabled);
    }
    if (name == "PILOT_IP_AUTOALLOCATE_IPV4_PREFIX") {
      read_range(name, text, AddressFamily::kIpv4, out.ipv4, found);
    }
    if (name == "PILOT_IP_AUTOALLOCATE_IPV6_PREFIX") {
      read_range(name, text, AddressFamily::kIpv6, out.ipv6, found);
    }
  }
  return out;
}

Allocation allocate_addresses(std::span<const ObjectPtr> service_entries,
                              const AllocationOptions& options) {
  Allocation out;
  out.entries.resize(service_entries.size());
  if (!options.enabled) return out;
  std::vector<Claim> claims;
  claims.reserve(service_entries.size());
  for (const ObjectPtr& entry : service_entries) claims.push_back(claim_of(entry, claims.size()));
  auto before = [](const Claim& a, const Claim& b) {
    return std::tie(a.object->creation_time, a.object->key.ns, a.object->key.name) <
           std::tie(b.object->creation_time, b.object->key.ns, b.object->key.name);
  };
  if (!std::is_sorted(claims.begin(), claims.end(), before)) {
    std::sort(claims.begin(), claims.end(), before);
  }
  Controller(claims, options, out).run();
  for (Claim& claim : claims) {
    out.entries[claim.place] = listed(claim.status, std::move(claim.given));
  }
  return out;
}

bool wants_addresses(const kube::Object& object) {
  const auto& entry = object.as<ServiceEntry>();
  return entry.resolution != networking::ServiceEntry_Resolution::NONE && entry.addresses.empty() &&
         !opted_out(object);
}

std::vector<HostAddresses> stated_addresses(const kube::Object& object) {
  if (!wants_addresses(object)) return {};
  return listed(read_status(object));
}

bool same_claim(const kube::Object& a, const kube::Object& b) {
  const auto& one = a.as<ServiceEntry>();
  const auto& other = b.as<ServiceEntry>();
  return one.hosts == other.hosts && one.addresses == other.addresses &&
         one.resolution == other.resolution && opted_out(a) == opted_out(b) &&
         a.creation_time == b.creation_time && read_status(a) == read_status(b);
}

}  // namespace mesh::model
