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

bool takes_tunnel(const model::Endpoint& endpoint) {
  static const std::string managed = "gateway.istio.io/managed";
  static const std::string tunnel = "networking.istio.io/tunnel";
  if (auto by = endpoint.labels.find(managed);
      by != endpoint.labels.end() && by->second == "istio.io-mesh-controller") {
    return true;
  }
  auto kinds = endpoint.labels.find(tunnel);
  if (kinds == endpoint.labels.end()) return false;
  for (std::string_view rest = kinds->second;; rest.remove_prefix(rest.find(',') + 1)) {
    if (rest.substr(0, rest.find(',')) == "http") return true;
    if (rest.find(',') == std::string_view::npos) return false;
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
