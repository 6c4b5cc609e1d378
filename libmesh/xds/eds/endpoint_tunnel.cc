#include "libmesh/xds/eds/endpoint_tunnel.h"

#include <string>

#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/common.h"

namespace mesh::xds {
namespace {

// As Go's net.JoinHostPort.
std::string target_of(const model::Endpoint& endpoint) {
  std::string_view host = endpoint.addresses[0];
  constexpr std::string_view kUnixPrefix = "unix://";
  if (host.starts_with(kUnixPrefix)) host.remove_prefix(kUnixPrefix.size());
  const bool brackets = host.find(':') != std::string_view::npos;
  std::string out;
  if (brackets) out.push_back('[');
  out.append(host);
  if (brackets) out.push_back(']');
  out.push_back(':');
  append_number(endpoint.port, out);
  return out;
}

}  // namespace

bool names_http(std::string_view tunnels) {
  for (;; tunnels.remove_prefix(tunnels.find(',') + 1)) {
    if (tunnels.substr(0, tunnels.find(',')) == "http") return true;
    if (tunnels.find(',') == std::string_view::npos) return false;
  }
}

void write_tunnel_address(const model::Endpoint& endpoint, envoy::core::Address& out) {
  out.envoy_internal_address([&](auto& internal) {
    internal.server_listener_name("connect_originate");
    internal.endpoint_id(target_of(endpoint));
  });
}

void write_tunnel_metadata(const model::Endpoint& endpoint, envoy::core::Metadata& out) {
  out.filter_metadata("envoy.filters.listener.original_dst",
                      [&](auto& to) { to.string("local", target_of(endpoint)); });
  out.filter_metadata(kTransportSocketMatch, [](auto& match) { match.string("tunnel", "http"); });
}

}  // namespace mesh::xds
