// Persistent sessions: labels of a Service that keep a client on the endpoint that it came to, also while that is going
// (PersistentSessionLabel and PersistentSessionHeaderLabel of pilot/pkg/features/pilot.go).
#pragma once

#include <string_view>

#include "libmesh/model/service.h"

namespace mesh::model {

struct PersistentSession {
  std::string_view cookie;  // "name" or "name:/path"; counts before the header
  std::string_view header;
  explicit operator bool() const { return !cookie.empty() || !header.empty(); }
};

// Texts of the service.
PersistentSession persistent_session(const Service& service);

}  // namespace mesh::model
