// RequestAuthentications -> Envoy's jwt_authn filter: a token that a request carries must be valid;
// a request without one passes (convertToEnvoyJwtConfig, pilot/pkg/security/authn/policy_applier.go).
//
// Keys stand in the rule, or are the text behind its URL, which the frontend fetches
// (index/jwks.h). A rule whose keys are not there refuses every token.
#pragma once

#include <string>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/security/authorization.h"

namespace mesh::xds {

// Appends a serialized `http_filters` field. `clear_route_cache`: routes may ask for claims, so they
// are chosen once the token is verified (gateways).
void append_jwt_authn(const index::Mesh& mesh, const traffic::RequestAuthn& authn,
                      bool clear_route_cache, std::string& out);

}  // namespace mesh::xds
