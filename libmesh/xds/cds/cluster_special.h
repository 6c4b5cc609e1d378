// The odd shapes of clusters: dynamic forward proxies and ports that are rewritten on the way.
#pragma once

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/dynamic_forward_proxy_cache.h"
#include "libmesh/xds/cds/cluster_settings.h"

namespace mesh::xds {

// Annotation istio.io/connect-strategy: race the addresses of both families.
bool races_dns(const model::Service& service);

// Protocols that a dynamic forward proxy of a wildcard ServiceEntry takes (HTTP, TLS, gRPC, HTTP2).
bool forwards(model::Protocol protocol);
// The custom cluster type of such a service: names are resolved when a request asks for them.
// `insecure` lets Envoy take it without SNI and names that are checked by themselves.
void write_forward_proxy_type(const ClusterContext& context, const model::Service& service,
                              bool insecure, envoy::cluster::Cluster& out);
// The DNS cache that the cluster of ALLOW_ANY_DYNAMIC_DNS and the filters before it share; names
// are asked of the agent when it captures DNS.
void write_allow_any_dns_cache(const traffic::ProxyView& view,
                               envoy::dynamic_forward_proxy_cache::DnsCacheConfig& out);

// A cluster's `upstream_bind_config`: the addresses from which a proxy of these families reaches its own workload.
std::string_view source_fields(bool ipv4, bool ipv6);

// A ServiceEntry with resolution NONE and a targetPort: the original address, another port.
void write_port_override(const model::Service& service, uint32_t port,
                         envoy::cluster::Cluster& out);

}  // namespace mesh::xds
