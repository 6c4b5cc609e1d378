// Bootstrap: the configuration an Envoy starts with.
//
// With ADS: the node (id, cluster, metadata), the admin page, and where the control plane is.
// Complete
// ("static"): everything that the proxy would be sent, inline: endpoints in their clusters, routes
// in their listeners, secrets beside them; no control plane. The shape is that of Istio's agent
// (tools/packaging/common/envoy_bootstrap.json) without what belongs to its own container: no
// listeners on fixed ports, so that many proxies fit one machine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

struct BootstrapOptions {
  std::string xds_address = "127.0.0.1:15010";
  std::string admin_address = "127.0.0.1";
  int64_t admin_port = 15000;
  bool delta = false;
  bool complete = false;  // "static"
  // PEM, for the complete form; empty ones leave the secrets out.
  std::string certificate_chain;
  std::string private_key;
  std::string root;
  // Credentials by SDS name, for the complete form; may be empty: none.
  std::function<ResourcePtr(std::string_view name)> credentials;
};

// JSON of an envoy.config.bootstrap.v3.Bootstrap. kInvalidArgument for an address that is none.
Result<std::string> bootstrap(const ProxyConfig& config, const BootstrapOptions& options);

}  // namespace mesh::xds
