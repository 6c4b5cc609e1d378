// Outbound route configurations of one sidecar (pilot/pkg/networking/core/httproute.go).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/text_index.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// The virtual hosts of one listener port, as fields of VirtualHost. They stand in two shared pools, so that a host
// costs no allocation of its own.
struct PortRoutes {
  struct Text {
    uint32_t offset = 0;
    uint32_t size = 0;
  };
  struct VirtualHost {
    Text head;    // name and domains, serialized, in `heads`
    Text name;    // the name alone
    Text routes;  // serialized, in `bytes`, or in `heads` when there is a field
    Text field;   // all of it as a field of the RouteConfiguration, in `heads`; may not be made
  };
  std::string heads;
  std::string bytes;
  std::vector<VirtualHost> hosts;      // by name
  std::optional<TextIndex> by_domain;  // places in `hosts`; made for sniffed ports only

  std::string_view text(Text t) const { return std::string_view(heads).substr(t.offset, t.size); }
  std::string_view routes_of(const VirtualHost& host) const {
    if (host.field.size != 0) return text(host.routes);
    return std::string_view(bytes).substr(host.routes.offset, host.routes.size);
  }
};

// One whose memory a later one of the thread takes over: the pools of a port are as large as its routes.
struct KeepPortRoutes {
  void operator()(PortRoutes* routes) const;
};
using PortRoutesPtr = std::unique_ptr<PortRoutes, KeepPortRoutes>;
PortRoutesPtr new_port_routes();

// Makes route configurations by name; the virtual hosts of a port are made once for all the names
// that share it (a sniffed port has one route configuration per service).
class SidecarRoutes {
 public:
  explicit SidecarRoutes(const traffic::ProxyView& view) : view_(view) {}

  // name: "<port>", "<host>:<port>" (sniffed), "http_proxy", or a Unix socket path. Never null: an
  // unknown name gives an empty configuration, as Envoy waits for an answer.
  ResourcePtr build(std::string_view name);

 private:
  PortRoutes* port_routes(uint32_t port, std::string_view name);

  const traffic::ProxyView& view_;
  std::map<uint32_t, PortRoutesPtr> ports_;
  PortRoutesPtr unnumbered_;  // of the last http_proxy or Unix socket name
};

}  // namespace mesh::xds
