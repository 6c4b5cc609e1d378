#include "libmesh/xds/references.h"

#include <algorithm>

#include "libmesh/schema/wire.h"

namespace mesh::xds {
namespace {

// Field numbers of the messages that are walked: checked against the descriptors in
// tests/xds/references_test.cc.
constexpr uint32_t kListenerFilterChains = 3;
constexpr uint32_t kListenerDefaultFilterChain = 25;
constexpr uint32_t kFilterChainFilters = 3;
constexpr uint32_t kFilterTypedConfig = 4;
constexpr uint32_t kAnyTypeUrl = 1;
constexpr uint32_t kAnyValue = 2;
constexpr uint32_t kHcmRds = 3;
constexpr uint32_t kRdsName = 2;
constexpr uint32_t kClusterName = 1;
constexpr uint32_t kClusterType = 2;
constexpr uint32_t kClusterEdsConfig = 3;
constexpr uint32_t kEdsServiceName = 2;
constexpr uint64_t kTypeEds = 3;
constexpr uint32_t kFilterName = 1;             // of a Filter and of an HttpFilter
constexpr uint32_t kFilterConfigDiscovery = 5;  // of both
constexpr uint32_t kHcmHttpFilters = 5;
constexpr uint32_t kFilterChainTransportSocket = 6;
constexpr uint32_t kClusterTransportSocket = 24;
constexpr uint32_t kClusterTransportSocketMatches = 43;
constexpr uint32_t kMatchTransportSocket = 3;
constexpr uint32_t kSocketTypedConfig = 3;
constexpr uint32_t kTlsCommonContext = 1;  // downstream and upstream
constexpr uint32_t kCommonCertificates = 6;
constexpr uint32_t kCommonValidation = 7;
constexpr uint32_t kCommonCombinedValidation = 8;
constexpr uint32_t kCombinedValidation = 2;
constexpr uint32_t kSdsConfigName = 1;
constexpr uint32_t kQuicTlsContext = 1;
constexpr uint32_t kProxyProtocolSocket = 2;
constexpr std::string_view kTlsUrl =
    "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.";
constexpr std::string_view kQuicUrl =
    "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport";
constexpr std::string_view kProxyProtocolUrl =
    "type.googleapis.com/"
    "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport";
constexpr std::string_view kHcmUrl =
    "type.googleapis.com/"
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

// The fields of a message that are messages or texts, up to the first mistake: a wire::Reader that is small enough to be
// written out where it is used, since every push walks all listeners and clusters.
class Walk {
 public:
  explicit Walk(std::string_view message)
      : at_(message.data()), end_(message.data() + message.size()) {}

  bool next() {
    uint64_t tag = 0;
    while (varint(tag)) {
      uint64_t size = 0;
      switch (static_cast<wire::Type>(tag & 7)) {
        case wire::Type::kVarint:
          if (!varint(size)) return false;
          continue;
        case wire::Type::kFixed64:
          size = 8;
          break;
        case wire::Type::kFixed32:
          size = 4;
          break;
        case wire::Type::kBytes:
          if (!varint(size)) return false;
          break;
        default:
          return false;
      }
      if (size > static_cast<size_t>(end_ - at_)) return false;
      bytes_ = std::string_view(at_, size);
      at_ += size;
      number_ = static_cast<uint32_t>(tag >> 3);
      if (static_cast<wire::Type>(tag & 7) == wire::Type::kBytes) return true;
    }
    return false;
  }
  uint32_t number() const { return number_; }
  std::string_view bytes() const { return bytes_; }

 private:
  bool varint(uint64_t& value) {
    if (at_ == end_) return false;
    value = static_cast<uint8_t>(*at_++);
    return value < 0x80 || longer_varint(value);
  }
  bool longer_varint(uint64_t& value) {
    value &= 0x7f;
    for (unsigned shift = 7; at_ != end_ && shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  const char* at_;
  const char* end_;
  uint32_t number_ = 0;
  std::string_view bytes_;
};

std::string_view field(std::string_view message, uint32_t number) {
  Walk walk(message);
  while (walk.next()) {
    if (walk.number() == number) return walk.bytes();
  }
  return {};
}

template <typename F>
void for_each(std::string_view message, uint32_t number, F&& visit) {
  Walk walk(message);
  while (walk.next()) {
    if (walk.number() == number) visit(walk.bytes());
  }
}

template <typename F>
void for_each_chain(std::string_view listener, F&& visit) {
  for_each(listener, kListenerFilterChains, visit);
  for_each(listener, kListenerDefaultFilterChain, visit);
}

void add_extension_name(std::string_view filter, std::set<std::string, std::less<>>& out) {
  std::string_view name;
  bool discovered = false;
  wire::Reader reader(filter);
  while (const wire::Field* f = reader.next()) {
    if (f->number == kFilterName) name = f->bytes;
    discovered = discovered || f->number == kFilterConfigDiscovery;
  }
  if (discovered && out.find(name) == out.end()) out.emplace(name);
}

}  // namespace

bool RouteNames::is_known(std::string_view name) {
  constexpr size_t kShort = 16;
  if (list_.size() < kShort) return std::find(list_.begin(), list_.end(), name) != list_.end();
  if (!index_) {
    index_.emplace(list_.size() * 2);
    for (uint32_t i = 0; i < list_.size(); ++i) index_->insert(list_[i], i);
  }
  const uint32_t at = index_->insert(name, static_cast<uint32_t>(list_.size()));
  if (at == TextIndex::kNone) return false;
  // The index does not tell capital letters from small ones.
  return list_[at] == name || std::find(list_.begin(), list_.end(), name) != list_.end();
}

// The filter that speaks HTTP ends a chain, or Envoy refuses it: the others are passed over.
void RouteNames::visit_chain(std::string_view chain) {
  std::string_view last;
  for_each(chain, kFilterChainFilters, [&](std::string_view filter) { last = filter; });
  const std::string_view config = field(last, kFilterTypedConfig);
  if (field(config, kAnyTypeUrl) != kHcmUrl) return;
  const std::string_view rds = field(field(config, kAnyValue), kHcmRds);
  const std::string_view name = field(rds, kRdsName);
  if (!name.empty() && !is_known(name)) list_.push_back(name);
}

void RouteNames::add(std::string_view listener) {
  std::string_view by_default;
  Walk walk(listener);
  while (walk.next()) {
    if (walk.number() == kListenerFilterChains) visit_chain(walk.bytes());
    if (walk.number() == kListenerDefaultFilterChain) by_default = walk.bytes();
  }
  if (!by_default.empty()) visit_chain(by_default);
}

// Reads no further than it must: what is written here has each field once.
std::string_view endpoint_name(std::string_view cluster) {
  std::string_view name;
  std::string_view service_name;
  wire::Reader reader(cluster);
  bool eds = false;
  bool configured = false;
  while (const wire::Field* f = reader.next()) {
    if (f->number == kClusterName) name = f->bytes;
    if (f->number == kClusterType) {
      if (f->number_value != kTypeEds) return "";
      eds = true;
    }
    if (f->number == kClusterEdsConfig) {
      service_name = field(f->bytes, kEdsServiceName);
      configured = true;
    }
    if (eds && configured && !name.empty()) break;
  }
  if (!eds) return "";
  return service_name.empty() ? name : service_name;
}

void SecretNames::add_listener(std::string_view listener) {
  for_each_chain(listener, [&](std::string_view chain) {
    visit_socket(field(chain, kFilterChainTransportSocket));
  });
}

void SecretNames::add_cluster(std::string_view cluster) {
  visit_socket(field(cluster, kClusterTransportSocket));
  for_each(cluster, kClusterTransportSocketMatches,
           [&](std::string_view match) { visit_socket(field(match, kMatchTransportSocket)); });
}

void SecretNames::visit_socket(std::string_view socket) {
  const std::string_view config = field(socket, kSocketTypedConfig);
  const std::string_view url = field(config, kAnyTypeUrl);
  const std::string_view value = field(config, kAnyValue);
  if (url.starts_with(kTlsUrl)) {
    visit_context(field(value, kTlsCommonContext));
  } else if (url == kQuicUrl) {
    visit_context(field(field(value, kQuicTlsContext), kTlsCommonContext));
  } else if (url == kProxyProtocolUrl) {
    visit_socket(field(value, kProxyProtocolSocket));
  }
}

void SecretNames::visit_context(std::string_view common_tls_context) {
  wire::Reader reader(common_tls_context);
  while (const wire::Field* f = reader.next()) {
    if (f->type != wire::Type::kBytes) continue;
    if (f->number == kCommonCertificates || f->number == kCommonValidation) visit_config(f->bytes);
    if (f->number == kCommonCombinedValidation) visit_config(field(f->bytes, kCombinedValidation));
  }
}

void SecretNames::visit_config(std::string_view sds_secret_config) {
  const std::string_view name = field(sds_secret_config, kSdsConfigName);
  if (!name.empty() && list_.find(name) == list_.end()) list_.emplace(name);
}

void add_extension_names(std::string_view listener, std::set<std::string, std::less<>>& out) {
  for_each_chain(listener, [&](std::string_view chain) {
    for_each(chain, kFilterChainFilters, [&](std::string_view filter) {
      add_extension_name(filter, out);
      const std::string_view config = field(filter, kFilterTypedConfig);
      if (field(config, kAnyTypeUrl) != kHcmUrl) return;
      for_each(field(config, kAnyValue), kHcmHttpFilters,
               [&](std::string_view inner) { add_extension_name(inner, out); });
    });
  });
}

}  // namespace mesh::xds
