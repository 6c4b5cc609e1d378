#include <algorithm>

#include "libmesh/base/strings.h"
#include "libmesh/testing/walk/listener.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kRbac = "envoy.extensions.filters.network.rbac.v3.RBAC";
constexpr std::string_view kExtAuthz = "envoy.extensions.filters.network.ext_authz.v3.ExtAuthz";
constexpr std::string_view kHttp =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
constexpr std::string_view kTls = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
constexpr std::string_view kQuic =
    "envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport";
constexpr std::string_view kRaw = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

std::vector<IpRange> ranges(View match, std::string_view field) {
  std::vector<IpRange> out;
  match.each(field, [&](View each) { out.emplace_back(each); });
  return out;
}

void read_validation(View context, DownstreamTls& out) {
  const View combined = context.at("combined_validation_context");
  const View validation =
      combined ? combined.at("default_validation_context") : context.at("validation_context");
  out.asks_certificate = context.which("validation_context_type") != "";
  validation.each("match_typed_subject_alt_names",
                  [&](View each) { out.subject_alt_names.emplace_back(each.at("matcher")); });
  validation.each("match_subject_alt_names",
                  [&](View each) { out.subject_alt_names.emplace_back(each); });
}

DownstreamTls read_tls(View socket) {
  DownstreamTls out;
  if (!socket) return out;
  const Opened config = open(socket.at("typed_config"));
  if (config.type == kRaw) return out;
  View context = config.message;
  if (config.type == kQuic && context) context = context.at("downstream_tls_context");
  if ((config.type != kTls && config.type != kQuic) || !context) {
    out.unknown = "the transport socket " + config.type;
    return out;
  }
  out.terminates = true;
  out.requires_certificate = context.wrapped_flag("require_client_certificate", false);
  const View common = context.at("common_tls_context");
  read_validation(common, out);
  if (common.size("tls_certificate_sds_secret_configs") > 0) {
    out.credential = common.element("tls_certificate_sds_secret_configs", 0).text("name");
  }
  return out;
}

// Equal for ranges of the same addresses.
std::string key_of(const IpRange& range) {
  std::string out = std::to_string(static_cast<int>(range.address.family)) + "/" +
                    std::to_string(range.bits) + "/";
  for (int bit = 0; bit < range.bits && bit < 128; bit += 8) {
    const int kept = std::min(range.bits - bit, 8);
    const auto byte = range.address.bytes[static_cast<size_t>(bit / 8)];
    out += static_cast<char>(byte & (0xff << (8 - kept)));
  }
  return out;
}

bool same_host(const Connection& connection) {
  return connection.source == connection.destination || connection.source.is_loopback();
}

}  // namespace

FilterChain::FilterChain(View chain) : message_(chain), name_(chain.text("name")) {
  const View match = chain.at("filter_chain_match");
  port_ = match.wrapped("destination_port").value_or(0);
  destinations_ = ranges(match, "prefix_ranges");
  server_names_ = match.texts("server_names");
  transport_ = match.text("transport_protocol");
  protocols_ = match.texts("application_protocols");
  direct_sources_ = ranges(match, "direct_source_prefix_ranges");
  source_type_ = match.number("source_type");
  sources_ = ranges(match, "source_prefix_ranges");
  source_ports_ = match.numbers("source_ports");
}

void FilterChain::read() const {
  std::call_once(once_, [&] {
    tls_ = read_tls(message_.at("transport_socket"));
    message_.each("filters", [&](View filter) {
      NetworkFilter out;
      out.name = filter.text("name");
      out.config = open(filter.at("typed_config"));
      out.type = out.config.type;
      if (const View config = out.config.message) {
        if (out.type == kRbac) {
          out.rbac = std::make_unique<Rbac>(config, "envoy.filters.network.rbac");
        }
        if (out.type == kExtAuthz) {
          out.ext_authz = std::make_unique<ExtAuthz>(config, "envoy.filters.network.ext_authz");
        }
        if (out.type == kHttp) out.http = std::make_unique<HttpManager>(out.config);
      }
      filters_.push_back(std::move(out));
    });
  });
}

const std::vector<NetworkFilter>& FilterChain::filters() const {
  read();
  return filters_;
}

const DownstreamTls& FilterChain::tls() const {
  read();
  return tls_;
}

uint32_t FilterChain::by_ranges(const std::vector<IpRange>& ranges, const Ip& ip) {
  if (ranges.empty()) return 1;
  uint32_t best = 0;
  for (const IpRange& range : ranges) {
    if (range.contains(ip)) best = std::max(best, static_cast<uint32_t>(range.bits) + 1);
  }
  return best;
}

uint32_t FilterChain::by_port(const Connection& connection) const {
  if (port_ == 0) return 1;
  return port_ == connection.destination_port ? 2 : 0;
}

uint32_t FilterChain::by_destination(const Connection& connection) const {
  return by_ranges(destinations_, connection.destination);
}

uint32_t FilterChain::by_server_name(const Connection& connection) const {
  if (server_names_.empty()) return 1;
  constexpr uint32_t kExact = 1u << 20;
  const std::string& name = connection.detected_sni;
  uint32_t best = 0;
  for (const std::string& each : server_names_) {
    const std::string wanted = lower_ascii(each);
    if (wanted == name) return kExact;
    if (!wanted.starts_with("*.")) continue;
    const std::string_view end = std::string_view(wanted).substr(1);
    if (name.size() > end.size() && name.ends_with(end)) {
      best = std::max(best, static_cast<uint32_t>(end.size()) + 1);
    }
  }
  return best;
}

uint32_t FilterChain::by_transport(const Connection& connection) const {
  if (transport_.empty()) return 1;
  return transport_ == connection.transport ? 2 : 0;
}

uint32_t FilterChain::by_protocol(const Connection& connection) const {
  if (protocols_.empty()) return 1;
  const auto& offered = connection.detected_protocols;
  for (size_t i = 0; i < offered.size(); ++i) {
    if (std::find(protocols_.begin(), protocols_.end(), offered[i]) != protocols_.end()) {
      return static_cast<uint32_t>(offered.size() - i) + 1;
    }
  }
  return 0;
}

uint32_t FilterChain::by_direct_source(const Connection& connection) const {
  return by_ranges(direct_sources_, connection.source);
}

uint32_t FilterChain::by_source_type(const Connection& connection) const {
  enum { kAny, kSameIpOrLoopback, kExternal };
  if (source_type_ == kAny) return 1;
  return (source_type_ == kSameIpOrLoopback) == same_host(connection) ? 2 : 0;
}

uint32_t FilterChain::by_source(const Connection& connection) const {
  return by_ranges(sources_, connection.source);
}

uint32_t FilterChain::by_source_port(const Connection& connection) const {
  if (source_ports_.empty()) return 1;
  const auto end = source_ports_.end();
  return std::find(source_ports_.begin(), end, connection.source_port) == end ? 0 : 2;
}

std::vector<std::string> FilterChain::places() const {
  std::vector<std::string> out = {std::to_string(port_) + "|" + transport_ + "|" +
                                  std::to_string(source_type_)};
  const auto spread = [&](const std::vector<std::string>& alternatives) {
    if (alternatives.empty()) return;
    std::vector<std::string> more;
    more.reserve(out.size() * alternatives.size());
    for (const std::string& place : out) {
      for (const std::string& each : alternatives) more.push_back(place + "|" + each);
    }
    out = std::move(more);
  };
  const auto texts = [](std::string_view what, const std::vector<IpRange>& list) {
    std::vector<std::string> each;
    for (const IpRange& range : list) each.push_back(std::string(what) + key_of(range));
    return each;
  };
  const auto named = [](std::string_view what, const std::vector<std::string>& list) {
    std::vector<std::string> each;
    for (const std::string& text : list) each.push_back(std::string(what) + lower_ascii(text));
    return each;
  };
  std::vector<std::string> ports;
  for (const uint64_t port : source_ports_) ports.push_back("from port " + std::to_string(port));
  spread(texts("to ", destinations_));
  spread(named("name ", server_names_));
  spread(named("protocol ", protocols_));
  spread(texts("directly from ", direct_sources_));
  spread(texts("from ", sources_));
  spread(ports);
  return out;
}

std::string FilterChain::describe() const {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  const auto join = [&](const char* what, const std::vector<std::string>& list) {
    std::string all;
    for (const std::string& each : list) all += (all.empty() ? "" : "|") + each;
    add(what + all);
  };
  if (port_ != 0) add("destination port " + std::to_string(port_));
  if (!destinations_.empty()) add("its destination address");
  if (!server_names_.empty()) join("SNI ", server_names_);
  if (!transport_.empty()) add("transport " + transport_);
  if (!protocols_.empty()) join("ALPN ", protocols_);
  if (!sources_.empty() || !direct_sources_.empty() || !source_ports_.empty()) add("its source");
  return out.empty() ? "any connection" : out;
}

}  // namespace mesh::testing
