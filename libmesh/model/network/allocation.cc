#include "libmesh/model/network/allocation.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/base/net.h"
#include "libmesh/base/parse_bool.h"

namespace mesh::model {
namespace {

using kube::ObjectPtr;

// A claim, and what becomes of its status.
struct Turn {
  explicit Turn(const AddressClaim& of, size_t at)
      : claim(&of), place(at), status(of.status), had_status(!of.status.empty()) {}

  const AddressClaim* claim;
  size_t place;                      // in the list that was given
  AddressesByHost status;            // what it may keep of it
  std::vector<HostAddresses> given;  // to the other hosts
  bool had_status;
  bool reassigned = false;
};

// The controller's first round over the entries that it finds.
class Controller {
 public:
  Controller(std::vector<Turn>& turns, const AllocationOptions& options, Allocation& out)
      : turns_(turns), ipv4_(options.ipv4), ipv6_(options.ipv6), out_(out) {}

  void run() {
    note_used();
    // What has addresses was looked after before what has none.
    for (Turn& turn : turns_) {
      if (turn.had_status) reconcile(turn);
    }
    if (!events_.empty()) list_holders();
    for (const std::vector<IpAddress>& event : events_) resolve(event);
    for (Turn& turn : turns_) {
      if (!turn.had_status) reconcile(turn);
    }
  }

 private:
  using Holders = std::map<IpAddress, std::vector<Turn*>>;

  AddressPool& pool_of(const IpAddress& address) { return address.size == 16 ? ipv6_ : ipv4_; }

  template <typename Visit>
  static void each_of_status(const Turn& turn, Visit&& visit) {
    for (const auto& [host, addresses] : turn.status) {
      for (const std::string& address : addresses) visit(ip_address_of(address));
    }
    for (const HostAddresses& of_host : turn.given) {
      if (!of_host.ipv4.empty()) visit(ip_address_of(of_host.ipv4));
      if (!of_host.ipv6.empty()) visit(ip_address_of(of_host.ipv6));
    }
  }

  // populateControllerDatastructures
  void note_used() {
    size_t order = 0;
    for (size_t i = 0; i < turns_.size(); ++i) {
      const auto mark = [&](const IpAddress& address) {
        pool_of(address).mark({address, order++, i});
      };
      for (const IpAddress& address : turns_[i].claim->own) mark(address);
      each_of_status(turns_[i], mark);
    }
    std::vector<AddressMark> clashes;
    ipv4_.settle(clashes);
    ipv6_.settle(clashes);
    std::sort(clashes.begin(), clashes.end(),
              [](const AddressMark& a, const AddressMark& b) { return a.order < b.order; });
    for (size_t i = 0; i < clashes.size(); ++i) {
      if (i == 0 || clashes[i - 1].owner != clashes[i].owner) events_.emplace_back();
      events_.back().push_back(clashes[i].address);
    }
  }

  // reconcileServiceEntry
  void reconcile(Turn& turn) {
    const auto& hosts = turn.claim->hosts;
    const bool all = std::all_of(hosts.begin(), hosts.end(),
                                 [&](std::string_view h) { return turn.status.contains(h); });
    if (all && hosts.size() == turn.status.size()) return;
    AddressesByHost kept = std::move(turn.status);
    give(turn, kept);
  }

  // The addresses of `kept` where it has the host, else new ones.
  void give(Turn& turn, AddressesByHost& kept) {
    turn.status.clear();
    turn.given.clear();
    for (std::string_view host : turn.claim->hosts) {
      if (auto known = kept.find(host); known != kept.end()) {
        turn.status.insert(kept.extract(known));
        continue;
      }
      const HostAddresses& made = turn.given.emplace_back(
          HostAddresses{std::string(host), ipv4_.take().text(), ipv6_.take().text()});
      if (made.ipv4.empty() || made.ipv6.empty()) note_without(turn.claim->object);
    }
  }

  void note_without(const ObjectPtr& object) {
    if (out_.without.empty() || out_.without.back() != object) out_.without.push_back(object);
  }

  void list_holders() {
    for (Turn& turn : turns_) {
      each_of_status(turn, [&](const IpAddress& a) { in_status_[a].push_back(&turn); });
      for (const IpAddress& address : turn.claim->own) in_spec_[address].push_back(&turn);
    }
  }

  // resolveConflict. Of entries of one age the first by name is the oldest; there the controller
  // gives all of them new ones, by turns.
  void resolve(const std::vector<IpAddress>& addresses) {
    std::map<Turn*, std::string> holders;  // turns_ is in order
    const Turn* keeper = nullptr;
    for (const IpAddress& address : addresses) {
      for (Turn* turn : in_status_[address]) {
        if (!turn->reassigned) holders.emplace(turn, address.text());
      }
      in_status_[address].clear();
      const std::vector<Turn*>& in_spec = in_spec_[address];
      if (keeper == nullptr && !in_spec.empty()) keeper = in_spec.front();
    }
    for (auto& [turn, address] : holders) {
      if (keeper == nullptr) {
        keeper = turn;
        for (const IpAddress& each : addresses) in_status_[each] = {turn};
        continue;
      }
      AddressesByHost none;
      give(*turn, none);
      turn->reassigned = true;
      out_.conflicts.push_back({turn->claim->object, keeper->claim->object, std::move(address)});
    }
  }

  std::vector<Turn>& turns_;
  AddressPool ipv4_;
  AddressPool ipv6_;
  std::vector<std::vector<IpAddress>> events_;
  Holders in_status_;
  Holders in_spec_;
  Allocation& out_;
};

bool comes_before(const Turn& a, const Turn& b) {
  const kube::Object& one = *a.claim->object;
  const kube::Object& other = *b.claim->object;
  if (one.creation_time != other.creation_time) return one.creation_time < other.creation_time;
  return std::tie(one.key.ns, one.key.name) < std::tie(other.key.ns, other.key.name);
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

Allocation allocate_addresses(std::span<const AddressClaim* const> claims,
                              const AllocationOptions& options) {
  Allocation out;
  out.entries.resize(claims.size());
  const bool wanted = std::any_of(claims.begin(), claims.end(),
                                  [](const AddressClaim* claim) { return !claim->hosts.empty(); });
  if (!options.enabled || !wanted) return out;
  std::vector<Turn> turns;
  turns.reserve(claims.size());
  for (const AddressClaim* claim : claims) turns.emplace_back(*claim, turns.size());
  if (!std::is_sorted(turns.begin(), turns.end(), comes_before)) {
    std::sort(turns.begin(), turns.end(), comes_before);
  }
  Controller(turns, options, out).run();
  for (Turn& turn : turns) {
    out.entries[turn.place] = listed(std::move(turn.given), turn.status);
  }
  return out;
}

}  // namespace mesh::model
