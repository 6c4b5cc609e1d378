// Routes by the claims of a token: a VirtualService names one like a header, "@request.auth.claims.group.id"
// or "@request.auth.claims[group][id]" (pkg/jwt/routing.go).
#pragma once

#include <string_view>
#include <vector>

namespace mesh::xds {

// The path to the claim; empty when the name is that of a header.
std::vector<std::string_view> routing_claim(std::string_view header_name);

}  // namespace mesh::xds
