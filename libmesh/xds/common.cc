#include "libmesh/xds/common.h"

#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/schema/gen/envoy/raw_buffer.h"

namespace mesh::xds {
namespace {

namespace core = envoy::core;

constexpr std::string_view kUnixPrefix = "unix://";

std::string ads(bool unlimited) {
  std::string out;
  core::ConfigSource source(out);
  source.ads();
  if (unlimited) source.initial_fetch_timeout();
  source.resource_api_version(core::ApiVersion::V3);
  return out;
}

}  // namespace

void write_address(core::Address& out, std::string_view host, uint32_t port) {
  if (port == 0) {
    if (host.starts_with(kUnixPrefix)) host.remove_prefix(kUnixPrefix.size());
    out.pipe([&](auto& pipe) { pipe.path(host); });
    return;
  }
  out.socket_address([&](auto& socket) {
    socket.address(host);
    socket.port_value(port);
  });
}

void append_number(uint32_t number, std::string& out) { out.append(Digits(number).text()); }

std::string config_path(std::string_view kind, std::string_view ns, std::string_view name) {
  std::string out;
  put_config_path(kind, ns, name, out);
  return out;
}

void put_config_path(std::string_view kind, std::string_view ns, std::string_view name,
                     std::string& out) {
  constexpr char kPrefix[] = "/apis/networking.istio.io/v1/namespaces/";
  out.clear();
  out.reserve(sizeof(kPrefix) + ns.size() + kind.size() + name.size() + 1);
  append_texts(out, kPrefix, ns, "/", kind, "/", name);
}

const std::string& ads_without_timeout() {
  static const std::string bytes = ads(true);
  return bytes;
}

const std::string& ads_with_timeout() {
  static const std::string bytes = ads(false);
  return bytes;
}

const std::string& raw_buffer_socket() {
  static const std::string bytes = [] {
    std::string out;
    core::TransportSocket socket(out);
    socket.name("envoy.transport_sockets.raw_buffer");
    socket.typed_config<envoy::raw_buffer::RawBuffer>();
    return out;
  }();
  return bytes;
}

bool only_ipv6(const std::vector<std::string>& addresses) {
  return !addresses.empty() && std::all_of(addresses.begin(), addresses.end(), [](const auto& ip) {
    return ip.find(':') != std::string::npos && address_family(ip) == AddressFamily::kIpv6;
  });
}

}  // namespace mesh::xds
