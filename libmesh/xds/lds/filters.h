// The filters that are the same in every listener: made once, written as bytes.
//
// What a function gives is a serialized *field* of the message that holds the filter:
// `http_filters` of an HttpConnectionManager, `filters` of a FilterChain, `listener_filters` of a
// Listener. It is put there by append_raw(). Contents as in Istio's
// pilot/pkg/xds/filters/filters.go.
#pragma once

#include <string_view>

namespace mesh::xds {

// Fields of an HttpConnectionManager.
namespace http_filters {
std::string_view metadata_exchange_inbound();
// skip_external: headers with peer metadata are not sent out of the mesh
// (ProxyHeaders.metadataExchangeHeaders IN_MESH).
std::string_view metadata_exchange_outbound(bool skip_external);
std::string_view grpc_web();
std::string_view grpc_stats();
std::string_view alpn();
std::string_view fault();
std::string_view cors();
std::string_view stats(bool disable_host_header_fallback);
std::string_view stateful_session();
std::string_view router(bool suppress_debug_headers);
}  // namespace http_filters

// Fields of a FilterChain.
namespace network_filters {
std::string_view metadata_exchange();
std::string_view stats(bool disable_host_header_fallback);
// A tcp_proxy that sends everything to BlackHoleCluster.
std::string_view black_hole();
}  // namespace network_filters

// Fields of a Listener, and the two inspectors as bytes of a ListenerFilter, so that a predicate
// can be added.
namespace listener_filters {
std::string_view original_destination();
std::string_view original_source();
std::string_view proxy_protocol();
std::string_view tls_inspector();
std::string_view http_inspector();
std::string_view tls_inspector_message();
std::string_view http_inspector_message();
}  // namespace listener_filters

}  // namespace mesh::xds
