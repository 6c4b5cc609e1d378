// The texts of the debug endpoints, in istiod's shapes.
#pragma once

#include <string>

#include "frontends/server/hub.h"

namespace mesh::server {

// /debug/syncz: one row per connected client, with the nonces sent and acknowledged.
std::string syncz(const Hub& hub);
// /metrics, in Prometheus' text form: pilot_xds, pilot_xds_pushes, pilot_total_xds_rejects.
std::string metrics(const Hub& hub);
// /debug/config_dump?proxyID=<pod>.<ns>: an envoy.admin.v3.ConfigDump of what the proxy is sent (page_proxy.h); empty, with
// `why`, when there is no such proxy.
std::string config_dump(const Hub& hub, const std::string& proxy_id, std::string& why);

}  // namespace mesh::server
