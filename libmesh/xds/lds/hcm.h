// The HTTP connection manager of a listener.
//
// What varies between the listeners of one view is little: the stat prefix, the routes and a few
// switches. So all else is written once (hcm_body) and copied; a whole filter whose names have the
// same lengths as one made before is a copy with the names put in their places (NamedTemplates).
// Fields and the order of the HTTP filters are those of buildHTTPConnectionManager in Istio's
// pilot/pkg/networking/core/listener_builder.go.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/xds/lds/listeners_context.h"

namespace mesh::xds {

// What decides about the body beside the context.
struct HcmOptions {
  bool grpc_web = false;
  bool http2 = false;       // the port is declared HTTP/2 or gRPC (inbound)
  bool http3 = false;       // speaks HTTP/3 only: over QUIC
  bool http_proxy = false;  // takes absolute URLs: the explicit proxy of MeshConfig.proxyHttpPort
  uint32_t port = 0;  // that extensions may be bound to: of the listener, inbound the workload's
  // A serialized `http_filters` field that goes before the router.
  std::string_view extra_filter;
};

// All fields but stat_prefix and the routes.
std::string hcm_body(const ListenerContext& context, const HcmOptions& options);

// A FilterChain's `filters` field with a connection manager that takes its routes over RDS.
void append_rds_hcm(std::string_view stat_prefix, std::string_view route_name,
                    std::string_view body, std::string& out);
// The same with the routes in place; `route_config` is a serialized RouteConfiguration.
void append_inline_hcm(std::string_view stat_prefix, std::string_view route_config,
                       std::string_view body, std::string& out);

// The same without the body's bytes, which the caller puts behind: bodies are large, and many filters share one.
void append_rds_hcm_head(std::string_view stat_prefix, std::string_view route_name,
                         size_t body_size, std::string& out);
void append_inline_hcm_head(std::string_view stat_prefix, std::string_view route_config,
                            size_t body_size, std::string& out);

// Something that is written again and again with other names: a connection manager, or more around
// one. The first of each pair of lengths is written, then a template is made, and the others are copies of it
// with the names put in.
class NamedTemplates {
 public:
  // Appends the bytes for a stat prefix and the name of a route configuration, each once.
  using Write = std::function<void(std::string_view stat_prefix, std::string_view route_name,
                                   std::string& out)>;
  explicit NamedTemplates(Write write) : write_(std::move(write)) {}

  void append(std::string_view stat_prefix, std::string_view route_name, std::string& out);

 private:
  struct Template {
    size_t stat_prefix_size;
    size_t route_name_size;
    size_t stat_prefix_at;
    size_t route_name_at;
    size_t uses;
    std::string bytes;  // empty until there is a second use
  };
  Template& find(size_t stat_prefix_size, size_t route_name_size);
  void make(Template& made) const;

  Write write_;
  std::vector<Template> templates_;
};

// A serialized `http_filters` field: resolves the Host of each request. For the wildcard hosts of
// DYNAMIC_DNS services and for unknown hosts in the mode ALLOW_ANY_DYNAMIC_DNS.
std::string dynamic_forward_proxy_filter(const traffic::ProxyView& view, std::string_view host);
std::string allow_any_forward_proxy_filter(const traffic::ProxyView& view);

// The name of the DNS cache that the filters and the cluster of a host share.
inline std::string dns_cache_name(std::string_view host) {
  return std::string(host).append("_dfp_dns_cache");
}

}  // namespace mesh::xds
