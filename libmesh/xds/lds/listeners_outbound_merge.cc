#include <algorithm>

#include "libmesh/base/hash.h"
#include "libmesh/base/net.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/xds/lds/listeners_outbound.h"

namespace mesh::xds {
namespace {

// Names as a set; "*" matches everything and is no name.
std::vector<std::string_view> name_set(const std::vector<std::string_view>& names) {
  std::vector<std::string_view> out;
  for (std::string_view name : names) {
    if (name != "*") out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// Prefixes as a set, equal when they mean the same addresses: 1.2.3.4/8 is 1.5.6.7/8.
std::vector<std::string> prefix_set(const std::vector<std::string_view>& cidrs) {
  std::vector<std::string> out;
  for (std::string_view text : cidrs) {
    auto cidr = parse_cidr(text);
    if (!cidr) {
      const AddressFamily family = address_family(text);
      if (family == AddressFamily::kNone) continue;
      cidr = Cidr{std::string(text), family == AddressFamily::kIpv4 ? 32 : 128, family};
    }
    if (cidr->address != traffic::kNoAddress) out.push_back(masked(*cidr));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// Most chains have one name or none: told without making sets.
bool same_names(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  if (a.size() <= 1 && a.size() == b.size()) return a == b;
  return name_set(a) == name_set(b);
}

bool same_prefixes(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  return a == b || prefix_set(a) == prefix_set(b);
}

uint64_t hash_of(std::string_view address, uint32_t port) { return hash_bytes(address, port); }

// Servers of these protocols speak first: a listener that waits to sniff would break them.
bool speaks_first(model::Protocol protocol) {
  return protocol == model::Protocol::kMongo || protocol == model::Protocol::kMysql;
}

}  // namespace

bool OutboundChain::matches_all() const {
  return !sniffed_http && cidrs.empty() &&
         (sni_hosts.empty() ||
          std::find(sni_hosts.begin(), sni_hosts.end(), "*") != sni_hosts.end());
}

bool OutboundChain::conflicts_with(const OutboundChain& other) const {
  return sniffed_http == other.sniffed_http && same_names(sni_hosts, other.sni_hosts) &&
         same_prefixes(cidrs, other.cidrs);
}

uint64_t OutboundChain::match_hash() const {
  uint64_t hash = sniffed_http ? 1 : 0;
  if (sni_hosts.size() == 1) {
    if (sni_hosts.front() != "*") hash = hash_bytes(sni_hosts.front(), hash);
  } else {
    for (std::string_view name : name_set(sni_hosts)) hash = hash_bytes(name, hash);
  }
  if (cidrs.empty()) return hash;
  for (const std::string& prefix : prefix_set(cidrs)) hash = hash_bytes(prefix, ~hash);
  return hash;
}

OutboundListener* OutboundBuilder::find(std::string_view address, uint32_t port) {
  if (slots_.empty()) return nullptr;
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash_of(address, port) & mask;; at = (at + 1) & mask) {
    if (slots_[at] == 0) return nullptr;
    OutboundListener& candidate = listeners_[slots_[at] - 1];
    if (candidate.port.number == port && candidate.bind.address == address) return &candidate;
  }
}

OutboundListener& OutboundBuilder::insert(const Request& request) {
  if (slots_.size() < 2 * (listeners_.size() + 1)) grow();
  listeners_.push_back({request.port, request.bind, request.port.protocol, false, false, 0, 0});
  const size_t mask = slots_.size() - 1;
  size_t at = hash_of(request.bind.address, request.port.number) & mask;
  while (slots_[at] != 0) at = (at + 1) & mask;
  slots_[at] = static_cast<uint32_t>(listeners_.size());
  return listeners_.back();
}

void OutboundBuilder::grow() {
  slots_.assign(std::max<size_t>(64, slots_.size() * 4), 0);
  const size_t mask = slots_.size() - 1;
  for (size_t i = 0; i < listeners_.size(); ++i) {
    const OutboundListener& listener = listeners_[i];
    size_t at = hash_of(listener.bind.address, listener.port.number) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<uint32_t>(i + 1);
  }
}

// What becomes of a listener when another port asks for its address. kNone: nothing.
OutboundBuilder::Meeting OutboundBuilder::meeting(const OutboundListener& current,
                                                  model::Protocol incoming) {
  if (incoming == model::Protocol::kHttpProxy) return Meeting::kReplace;
  const bool http = model::is_http(current.protocol);
  const bool tcp = model::is_tcp(current.protocol);
  Meeting met = Meeting::kNone;
  switch (shape_of(incoming)) {
    case Shape::kHttp:
      met = tcp ? Meeting::kMergeSniffed : Meeting::kNone;
      break;
    case Shape::kTcp:
      met = http ? Meeting::kMergeSniffed : Meeting::kMerge;
      break;
    case Shape::kSniffed:
      met = http ? Meeting::kReplace : tcp ? Meeting::kMergeSniffed : Meeting::kNone;
      break;
    case Shape::kNone:
      break;
  }
  const bool breaks =
      incoming != current.protocol && (speaks_first(incoming) || speaks_first(current.protocol));
  return breaks ? Meeting::kNone : met;
}

bool OutboundBuilder::claim_match(uint32_t chain, uint32_t listener) {
  if (matches_.size() < 2 * (claimed_ + 1)) grow_matches();
  OutboundChain& claiming = chains_[chain];
  claiming.claimed_hash = claiming.match_hash() + listener * 0x9e3779b97f4a7c15u;
  const size_t mask = matches_.size() - 1;
  size_t at = claiming.claimed_hash & mask;
  for (; matches_[at] != 0; at = (at + 1) & mask) {
    const OutboundChain& other = chains_[matches_[at]];
    if (other.claimed_hash == claiming.claimed_hash && other.listener == listener &&
        other.conflicts_with(claiming)) {
      return false;
    }
  }
  claiming.listener = listener;
  matches_[at] = chain;
  ++claimed_;
  return true;
}

void OutboundBuilder::grow_matches() {
  const std::vector<uint32_t> before = std::move(matches_);
  matches_.assign(std::max<size_t>(64, before.size() * 4), 0);
  const size_t mask = matches_.size() - 1;
  for (uint32_t chain : before) {
    if (chain == 0) continue;
    size_t at = chains_[chain].claimed_hash & mask;
    while (matches_[at] != 0) at = (at + 1) & mask;
    matches_[at] = chain;
  }
}

void OutboundBuilder::forget_chains(OutboundListener& listener) {
  for (uint32_t at = listener.first_chain; at != 0; at = chains_[at].next) chains_[at].listener = 0;
  listener.indexed = false;
}

// Adds the chains that match what no chain of the listener matches yet; Envoy refuses two chains
// with one match.
void OutboundBuilder::merge(OutboundListener& current, const Chains& incoming) {
  const auto number = static_cast<uint32_t>(&current - listeners_.data()) + 1;
  if (!current.indexed) {
    current.indexed = true;
    for (uint32_t at = current.first_chain; at != 0; at = chains_[at].next) {
      claim_match(at, number);
    }
  }
  for (uint32_t at = incoming.first; at != 0;) {
    const uint32_t next = chains_[at].next;
    if (claim_match(at, number)) {
      chains_[at].next = 0;
      if (current.first_chain == 0) {
        current.first_chain = at;
      } else {
        chains_[current.last_chain].next = at;
      }
      current.last_chain = at;
    }
    at = next;
  }
}

}  // namespace mesh::xds
