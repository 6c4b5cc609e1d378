// The metadata that Istio's telemetry reads off a cluster, and the names of its statistics.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/gen/envoy/cluster.h"
#include "libmesh/traffic/config.h"
#include "libmesh/xds/cds/cluster_settings.h"

namespace mesh::xds {

struct MetadataParts {
  bool services = true;  // names the service; dynamic forward proxies do not
  bool external = false;
  const traffic::DestinationRule* rule = nullptr;
  std::string_view subset;
  const networking::ClientTLSSettings* tls = nullptr;  // of the rule
};

struct ServiceTexts {
  std::string_view host;
  std::string_view name;
  std::string_view ns;
};

// `metadata` of an outbound cluster. `kept` holds the plain form of the service: empty for a new
// service, then reused by its ports.
void write_service_metadata(const ServiceTexts& service, const MetadataParts& parts,
                            std::string& kept, envoy::cluster::Cluster& out);
// `metadata` of an inbound cluster: all services of the port, a host once. Nothing when the first
// one is made up or external.
void write_target_metadata(PortTargets targets, const traffic::DestinationRule* rule,
                           envoy::cluster::Cluster& out);

// alt_stat_name of an outbound cluster: `name_and_delimiter` unless the mesh has a pattern.
void write_stat_name(const ClusterContext& context, const model::Service& service,
                     const model::Port& port, std::string_view subset,
                     std::string_view name_and_delimiter, envoy::cluster::Cluster& out);
// The pattern of the mesh with its %VARIABLES% filled in (telemetry.BuildStatPrefix).
std::string stat_name(std::string_view pattern, const model::Service& service,
                      const model::Port& port, std::string_view subset, uint32_t target_port);

}  // namespace mesh::xds
