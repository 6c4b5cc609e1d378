// The rules of the parts of HTTP routes (rules_route_parts.cc, rules_route_headers.cc): what is done with a request before it
// goes on.
#pragma once

#include <string>

#include "libmesh/schema/istio.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

// `path` is that of the part.
void check_retries(const networking::HTTPRetry& retries, const std::string& path, Finder& finder);
void check_fault(const networking::HTTPFaultInjection& fault, const std::string& path,
                 Finder& finder);
void check_rewrite(const networking::HTTPRewrite& rewrite, const std::string& path, Finder& finder);
void check_cors(const networking::CorsPolicy& cors, const std::string& path, Finder& finder);
void check_redirect(const networking::HTTPRoute& route, const std::string& path, Finder& finder);
void check_direct_response(const networking::HTTPDirectResponse& response, const std::string& path,
                           Finder& finder);
void check_percent(const schema::Box<networking::Percent>& percent, const std::string& path,
                   Finder& finder);
// A regular expression of RE2, of 1 to 1024 characters.
void check_expression(const std::string& text, const std::string& path, Finder& finder);

// Headers that are set, added and removed.
void check_header_changes(const schema::Box<networking::Headers>& headers, const std::string& path,
                          Finder& finder);
// The authority is written in one place: rewrite, or a header.
void check_authority(const networking::HTTPRoute& route, const std::string& path, Finder& finder);
// Of a match: a name of HTTP, ":authority" and the like, or a claim of a token.
void check_matched_header(const std::string& name, const std::string& path, Finder& finder);
// "@request.auth.claims.group" or "@request.auth.claims[group]".
bool is_claim(const std::string& name);

}  // namespace mesh::traffic
