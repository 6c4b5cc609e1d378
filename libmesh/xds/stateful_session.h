// Sticky sessions: of services with the label istio.io/persistent-session ("cookie" or "cookie:/path") or
// istio.io/persistent-session-header ("header"), where the mesh has PILOT_ENABLE_PERSISTENT_SESSION_FILTER
// (traffic/features.h). Listeners carry an empty filter; routes and virtual hosts say what it does for a service
// (MaybeBuildStatefulSessionFilterConfig in pilot/pkg/networking/util/util.go).
#pragma once

#include <string>
#include <string_view>

#include "libmesh/model/service.h"
#include "libmesh/schema/gen/envoy/stateful_session.h"

namespace mesh::xds {

inline constexpr std::string_view kSessionFilter = "envoy.filters.http.stateful_session";

// A serialized StatefulSessionPerRoute; empty when the service asks for none.
std::string session_of(const model::Service& service);

// Into a Route or VirtualHost; nothing when the session, or that of the service, is empty.
template <typename Owner>
void write_session(Owner& out, std::string_view session) {
  using PerRoute = envoy::stateful_session::StatefulSessionPerRoute;
  if (session.empty()) return;
  out.template typed_per_filter_config<PerRoute>(
      kSessionFilter, [&](PerRoute config) { config.append_raw(session); });
}
template <typename Owner>
void write_session(Owner& out, const model::Service& service) {
  write_session(out, session_of(service));
}

}  // namespace mesh::xds
