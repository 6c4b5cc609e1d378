// The keys that tokens are verified with. The library fetches nothing: it lists the URLs that
// RequestAuthentications point to, and the frontend gives the texts behind them
// (JwksResolver, pilot/pkg/model/jwks_resolver.go).
//
// A rule gives its keys (jwks), or a URL of them (jwksUri), or neither: then its issuer's OpenID
// configuration at <issuer>/.well-known/openid-configuration has the URL.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/mesh.h"

namespace mesh::index {

// What a rule's keys are: given, fetched, or, as long as they are not there, keys whose private
// part nobody has, so that no token is valid.
std::string_view keys_of(const Mesh& mesh, const security::JWTRule& rule);

// A text that some rule needs.
struct WantedText {
  std::string url;
  schema::Duration timeout;          // the longest that a rule allows
  std::vector<std::string> objects;  // "RequestAuthentication shop/tokens", sorted
  bool known = false;                // it was given
};
// Of all rules that do not give their keys, by URL.
std::vector<WantedText> wanted_texts(const Mesh& mesh);

}  // namespace mesh::index
