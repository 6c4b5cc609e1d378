#include "libmesh/testing/walk/listener.h"

#include <algorithm>
#include <set>

#include "libmesh/base/strings.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kTlsInspector =
    "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
constexpr std::string_view kHttpInspector =
    "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector";

// envoy.config.listener.v3.ListenerFilterChainMatchPredicate
bool holds(View predicate, const Connection& connection) {
  const std::string_view rule = predicate.which("rule");
  if (rule == "any_match") return predicate.flag(rule);
  if (rule == "not_match") return !holds(predicate.at(rule), connection);
  if (rule == "destination_port_range") {
    const View range = predicate.at(rule);
    const uint64_t port = connection.destination_port;
    return port >= range.number("start") && port < range.number("end");
  }
  if (rule != "or_match" && rule != "and_match") return false;
  bool any = false;
  bool all = true;
  predicate.at(rule).each("rules", [&](View each) {
    const bool one = holds(each, connection);
    any = any || one;
    all = all && one;
  });
  return rule == "or_match" ? any : all;
}

}  // namespace

Listener::Listener(View listener) : message_(listener) {
  enum { kUnspecified, kInbound, kOutbound };
  const View view = message();
  name_ = view.text("name");
  hands_over_ = view.wrapped_flag("use_original_dst", false);
  outbound_ = view.number("traffic_direction") == kOutbound;
  read_addresses();
  view.each("listener_filters", [&](View each) {
    filters_.push_back({open(each.at("typed_config")).type, each.at("filter_disabled")});
  });
  view.each("filter_chains",
            [&](View each) { chains_.push_back(std::make_unique<FilterChain>(each)); });
  if (const View chain = view.at("default_filter_chain")) {
    default_ = std::make_unique<FilterChain>(chain);
  }
  find_twins();
}

void Listener::find_twins() {
  std::set<std::string> taken;
  for (const auto& chain : chains_) {
    for (std::string& place : chain->places()) {
      if (taken.insert(std::move(place)).second) continue;
      refusal_ = "two of its filter chains are for " + chain->describe();
      return;
    }
  }
}

void Listener::read_addresses() {
  const auto add = [&](View address) {
    if (const View socket = address.at("socket_address")) {
      constexpr uint64_t kUdp = 1;
      udp_ = udp_ || socket.number("protocol") == kUdp;
      addresses_.push_back({canonical_address(socket.text("address")),
                            static_cast<uint32_t>(socket.number("port_value"))});
    } else if (const View pipe = address.at("pipe")) {
      addresses_.push_back({pipe.text("path"), 0});
    }
  };
  add(message().at("address"));
  message().each("additional_addresses", [&](View each) { add(each.at("address")); });
}

bool Listener::has_filter(std::string_view type, const Connection& connection) const {
  return std::any_of(filters_.begin(), filters_.end(), [&](const ListenerFilter& each) {
    return each.type == type && !(each.disabled && holds(each.disabled, connection));
  });
}

void Listener::inspect(const Request& request, Connection& connection) const {
  connection.transport = "raw_buffer";
  connection.detected_sni.clear();
  connection.detected_protocols.clear();
  if (connection.tls != Tls::kNone && has_filter(kTlsInspector, connection)) {
    connection.transport = "tls";
    connection.detected_sni = lower_ascii(connection.sni);
    connection.detected_protocols = connection.alpn;
  }
  if (connection.tls == Tls::kNone && request.protocol != Protocol::kTcp &&
      has_filter(kHttpInspector, connection)) {
    connection.detected_protocols = {request.protocol == Protocol::kHttp2 ? "h2c" : "http/1.1"};
  }
}

std::vector<const FilterChain*> Listener::chains() const {
  std::vector<const FilterChain*> out;
  for (const auto& chain : chains_) out.push_back(chain.get());
  if (default_ != nullptr) out.push_back(default_.get());
  return out;
}

const FilterChain* Listener::choose(const Connection& connection) const {
  using Step = uint32_t (FilterChain::*)(const Connection&) const;
  constexpr Step kSteps[] = {
      &FilterChain::by_port,        &FilterChain::by_destination, &FilterChain::by_server_name,
      &FilterChain::by_transport,   &FilterChain::by_protocol,    &FilterChain::by_direct_source,
      &FilterChain::by_source_type, &FilterChain::by_source,      &FilterChain::by_source_port};
  std::vector<const FilterChain*> left;
  left.reserve(chains_.size());
  for (const auto& chain : chains_) left.push_back(chain.get());
  for (const Step step : kSteps) {
    uint32_t best = 0;
    std::vector<const FilterChain*> kept;
    for (const FilterChain* chain : left) {
      const uint32_t rank = (chain->*step)(connection);
      if (rank == 0 || rank < best) continue;
      if (rank > best) kept.clear();
      best = rank;
      kept.push_back(chain);
    }
    if (kept.empty()) return default_.get();
    left = std::move(kept);
  }
  return left.front();
}

}  // namespace mesh::testing
