// The patches of one route configuration.
#pragma once

#include <string>
#include <vector>

#include "libmesh/xds/envoyfilter/edit.h"
#include "libmesh/xds/envoyfilter/match.h"

namespace mesh::xds::envoyfilter {

class RoutePatcher {
 public:
  // `ports`: of a gateway, else null. Borrows all.
  RoutePatcher(const PatchSet& set, const GatewayPorts* ports, Outcome* outcome)
      : set_(set), ports_(ports), editor_(outcome) {}

  // Whether any patch is about a configuration of that name.
  bool touches(const std::string& name) const;
  void patch(Message& configuration);

 private:
  bool is_about(const Patch& patch) const {
    return matches_route_configuration(name_, ports_, patch);
  }
  void patch_hosts(std::vector<MessagePtr>& hosts);
  // True when it is to be removed.
  bool patch_host(MessagePtr& host);
  void patch_routes(Message& host);
  void patch_route(const std::vector<const Patch*>& patches, MessagePtr& route);
  void insert_route(const Patch& patch, std::vector<MessagePtr>& routes);

  const PatchSet& set_;
  const GatewayPorts* const ports_;
  Editor editor_;
  std::string name_;  // as it is now
};

}  // namespace mesh::xds::envoyfilter
