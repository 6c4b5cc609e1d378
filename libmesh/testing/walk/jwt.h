// JwtAuthn: Envoy's jwt_authn filter on tokens whose claims are given: which are wanted, where they are looked
// for, and what they leave behind. Signatures are not looked at: a Token says whether it is valid.
//
// As source/extensions/filters/http/jwt_authn (verifier.cc, authenticator.cc, extractor.cc) in Envoy.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libmesh/testing/walk/exchange.h"
#include "libmesh/testing/walk/route_match.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

class JwtAuthn {
 public:
  explicit JwtAuthn(View config);

  struct Answer {
    bool allowed = true;
    std::string why;             // Envoy's words when it is not: "Jwt is missing"
    bool route_changes = false;  // the route is chosen anew
  };
  // Leaves the claims in the exchange's metadata and headers.
  Answer decide(Exchange& exchange, const std::vector<Token>& tokens) const;
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  struct Provider {
    explicit Provider(View provider);
    bool looks_at(const Token& token) const;
    // Empty: it is good.
    std::string fault(const Token& token) const;
    void take(Exchange& exchange, const Token& token) const;

    std::string issuer;
    std::vector<std::string> audiences;
    std::vector<std::string> headers;  // in small letters
    std::vector<std::string> parameters;
    std::vector<std::string> space_delimited;
    std::vector<std::pair<std::string, std::string>> claims_to_headers;  // claim, header
    std::string payload_key;
    std::string payload_header;
    bool forward = false;
    bool clear_route_cache = false;
  };
  struct Walk;
  enum class Status : uint8_t { kGood, kMissing, kBad };
  Status meets(View requirement, Walk& walk) const;
  Status by_provider(const std::string& name, const std::vector<std::string>* audiences,
                     Walk& walk) const;
  Status by_any(bool allow_bad, Walk& walk) const;
  Status one_of(View list, Walk& walk) const;

  std::map<std::string, Provider, std::less<>> providers_;
  std::vector<std::pair<RouteMatch, View>> rules_;
  View config_;
  bool bypass_preflight_ = false;
  std::vector<std::string> unknown_;
};

// A cross-origin request that only asks whether it may come.
bool is_preflight(const Exchange& exchange);

}  // namespace mesh::testing
