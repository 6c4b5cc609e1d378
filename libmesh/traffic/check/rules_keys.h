// The keys of RequestAuthentications: written into the rule, or behind a URL.
#pragma once

#include <string>

#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

// A set of keys, or one key (jwk.Parse): each of a kind that there is, with the parts that its kind has.
void check_keys(const std::string& jwks, const std::string& path, Finder& finder);
// A URL of HTTP (ParseJwksURI in pkg/config/security/security.go), as Go's net/url reads it.
void check_keys_url(const std::string& url, const std::string& path, Finder& finder);

}  // namespace mesh::traffic
