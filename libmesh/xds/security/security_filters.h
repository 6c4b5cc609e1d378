// The security filters of one proxy's inbound or gateway listeners, serialized once per generation.
// Empty as long as no policy applies to the proxy.
#pragma once

#include <string>

#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

struct SecurityFilters {
  // Fields of an HttpConnectionManager, in the order in which they stand there; other filters come
  // between them.
  std::string http_custom;  // CUSTOM: external authorizers
  std::string http_tokens;  // jwt_authn
  std::string http_rbac;    // AUDIT, DENY, ALLOW
  // Fields of a FilterChain.
  std::string tcp_custom;
  std::string tcp_rbac;
};
SecurityFilters security_filters(const traffic::ProxyView& view);

}  // namespace mesh::xds
