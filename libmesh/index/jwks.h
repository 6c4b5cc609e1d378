// The keys that tokens are verified with. The library fetches nothing: it lists the URLs that
// RequestAuthentications point to, and the frontend gives the texts behind them
// (JwksResolver, pilot/pkg/model/jwks_resolver.go).
//
//   for (const WantedText& wanted : wanted_texts(*store.snapshot())) {
//     store.give_text(wanted.url, fetch(wanted.url, wanted.timeout));   // and again when it is old
//   }
//
// A rule gives its keys (jwks), or a URL of them (jwksUri), or neither: then its issuer's OpenID
// configuration at <issuer>/.well-known/openid-configuration has the URL, which is wanted once that
// text is there. A mesh holds the texts that its own rules want: what is fetched for others changes nothing in it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/index/snapshot.h"

namespace mesh::index {

using FetchedTexts = std::map<std::string, std::string>;

// What a rule's keys are: given, fetched, or, as long as they are not there, keys whose private
// part nobody has, so that no token is valid.
std::string_view keys_of(const Mesh& mesh, const security::JWTRule& rule);

// Those of the texts that the rules want.
FetchedTexts texts_wanted_of(const std::vector<RequestAuthentication>& policies,
                             const FetchedTexts& all);

// A text that some rule needs.
struct WantedText {
  std::string url;
  schema::Duration timeout;          // the longest that a rule allows
  std::vector<std::string> objects;  // "RequestAuthentication shop/tokens", sorted
  bool known = false;                // it was given
};
// Of all rules of all tenants that do not give their keys, by URL.
std::vector<WantedText> wanted_texts(const Snapshot& snapshot);

}  // namespace mesh::index
