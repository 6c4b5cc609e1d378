// The part of a cluster that depends on the policy alone: type, connection pool, outlier detection,
// load balancing, DNS, HTTP options and filters.
//
// Most clusters of a mesh have no policy of their own and share these bytes, so they are kept apart
// from what names the cluster and its service. Follows applyConnectionPool, applyOutlierDetection
// and applyLoadBalancer (core/cluster_traffic_policy.go) and setUpstreamProtocol, build
// (core/cluster_builder.go) in Istio.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libmesh/schema/gen/envoy/cluster.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/cds/cluster_policy.h"

namespace mesh::xds {

// What leads to one port of a workload; the first of them decides.
using PortTargets = std::span<const model::ServiceTarget* const>;

using DiscoveryType = envoy::cluster::Cluster_DiscoveryType;

// What a cluster speaks to its endpoints.
struct HttpChoice {
  enum class Version : uint8_t { kUnset, kHttp1, kHttp2, kDownstream };
  Version version = Version::kUnset;
  bool preserve_case = false;  // of HTTP/1 header names

  bool is_http2() const { return version == Version::kHttp2; }
  bool operator==(const HttpChoice&) const = default;
};

// Everything that the bytes depend on; the pointers are compared, not what they point to.
struct ClusterSettings {
  enum class Direction : uint8_t { kOutbound, kInbound };
  Direction direction = Direction::kOutbound;
  DiscoveryType type = DiscoveryType::EDS;
  HttpChoice http;
  const networking::ConnectionPoolSettings* connection_pool = nullptr;
  const networking::TrafficPolicy_RetryBudget* retry_budget = nullptr;
  const networking::OutlierDetection* outlier_detection = nullptr;
  const networking::LoadBalancerSettings* load_balancer = nullptr;
  model::Service::TrafficDistribution distribution = model::Service::TrafficDistribution::kAny;
  bool dns = false;       // resolves names, whatever the load balancer made of the type
  bool race_dns = false;  // asks both families (annotation of the ServiceEntry)
  bool draining = false;  // keeps draining endpoints for sticky sessions
  bool auto_sni = false;  // SNI from the request's host
  bool auto_san = false;  // and the certificate must be for it
  bool dynamic_forward_proxy = false;
  bool insecure_options = false;  // of a dynamic forward proxy
  bool operator==(const ClusterSettings&) const = default;
};

// What the mesh and the proxy say about every cluster; made once for each generation.
struct ClusterContext {
  explicit ClusterContext(const traffic::ProxyView& view);

  const traffic::ProxyView& view;
  const meshconfig::MeshConfig& config;
  bool istio = true;  // flavour
  bool sidecar = true;
  bool preserve_case = false;
  bool auto_mtls = true;
  // The certificate that the proxy's metadata names (TLS_CLIENT_*), for mutual TLS with anything.
  std::string_view client_certificate;

  // What few clusters ask for.
  std::string_view client_key() const;
  std::string_view client_root() const;
  bool credential_socket() const;  // node metadata credential, file-credential
  bool file_socket() const;
};

// What a port of this protocol is spoken to with, before any policy.
HttpChoice http_of(const ClusterContext& context, model::Protocol protocol);
// The same with useClientProtocol.
HttpChoice follow_client(HttpChoice http);
// The upgrade to HTTP/2 and useClientProtocol of a connection pool, over that. Outbound only.
HttpChoice upgraded(const ClusterContext& context, HttpChoice http, model::Protocol protocol,
                    const networking::ConnectionPoolSettings* pool);

// Appends the fields to a cluster.
void write_settings(const ClusterContext& context, const ClusterSettings& settings,
                    envoy::cluster::Cluster& out);

// The filter istio.metadata_exchange, as a field of the cluster.
void write_metadata_exchange(const ClusterContext& context, envoy::cluster::Cluster& out);
// Circuit breakers, timeouts and keepalive of a pool (null: Istio's defaults).
void write_connection_pool(const ClusterContext& context,
                           const networking::ConnectionPoolSettings* pool,
                           const networking::TrafficPolicy_RetryBudget* retry_budget,
                           envoy::cluster::Cluster& out);

}  // namespace mesh::xds
