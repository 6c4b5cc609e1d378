// Outbound route configurations of one sidecar (pilot/pkg/networking/core/httproute.go).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// The virtual hosts of one listener port. Texts stand in two shared pools, so that a host costs no
// allocation of its own.
struct PortRoutes {
  struct Text {
    uint32_t offset = 0;
    uint32_t size = 0;
  };
  struct VirtualHost {
    Text name;
    uint32_t first_domain = 0;
    uint32_t domain_count = 0;
    Text routes;  // VirtualHost.routes fields, serialized, in `bytes`
  };
  std::string texts;
  std::string bytes;
  std::vector<Text> domains;
  std::vector<VirtualHost> hosts;                            // by name
  std::unordered_map<std::string_view, uint32_t> by_domain;  // made for sniffed ports only

  std::string_view text(Text t) const { return std::string_view(texts).substr(t.offset, t.size); }
};

// Makes route configurations by name; the virtual hosts of a port are made once for all the names
// that share it (a sniffed port has one route configuration per service).
class SidecarRoutes {
 public:
  explicit SidecarRoutes(const traffic::ProxyView& view) : view_(view) {}

  // name: "<port>", "<host>:<port>" (sniffed), "http_proxy", or a Unix socket path. Never null: an
  // unknown name gives an empty configuration, as Envoy waits for an answer.
  ResourcePtr build(std::string_view name);

 private:
  const PortRoutes* port_routes(uint32_t port, std::string_view name);

  const traffic::ProxyView& view_;
  std::map<uint32_t, std::unique_ptr<PortRoutes>> ports_;
  std::unique_ptr<PortRoutes> unnumbered_;  // of the last http_proxy or Unix socket name
};

}  // namespace mesh::xds
