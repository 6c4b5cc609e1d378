// JwtAuthn: Envoy's jwt_authn filter on tokens whose claims are given: which are wanted, where they are looked
// for, and what they leave behind. Signatures are not looked at: a Token says whether it is valid.
//
// As source/extensions/filters/http/jwt_authn (verifier.cc, authenticator.cc, extractor.cc) in Envoy.
#pragma once

#include <map>
#include <memory>
#include <optional>
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
  // Leaves the claims in the exchange's metadata and headers. `time`: as Request has it.
  Answer decide(Exchange& exchange, const std::vector<Token>& tokens,
                std::optional<int64_t> time = {}) const;
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  struct Provider {
    explicit Provider(View provider);
    bool looks_into(const std::string& header, const std::string& parameter) const;
    bool may_issue(const Token& token) const;
    // Empty: it is good. `wanted`: audiences in place of the provider's own, or null.
    std::string fault(const Token& token, std::optional<int64_t> time,
                      const std::vector<std::string>* wanted = nullptr) const;
    std::string fault_of_time(const document::Value& claims, int64_t now) const;
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
    int64_t clock_skew = 60;  // seconds
  };
  struct Walk;
  using Scope = std::vector<const Provider*>;
  enum class Status : uint8_t { kGood, kMissing, kBad };
  // `scope`: whose tokens a requirement is about that names no provider: of allow_missing.
  Status meets(View requirement, const Scope& scope, Walk& walk) const;
  Status by_provider(const std::string& name, const std::vector<std::string>* audiences,
                     Walk& walk) const;
  Status by_any(bool allow_bad, const Scope& scope, Walk& walk) const;
  Status one_of(View list, Walk& walk) const;
  Scope all_providers() const;
  // Whose issuer the token has, of all; null: none's.
  const Provider* owner_of(const Token& token) const;
  bool looks_at(const Provider& provider, const Token& token) const;
  // Whether it is a header, a parameter, and its name; that of one whose place is not said is its owner's first.
  std::pair<bool, std::string> place_of(const Token& token) const;
  // As Envoy verifies them: by their places, backwards.
  std::vector<const Token*> in_order(const std::vector<Token>& tokens) const;

  std::map<std::string, Provider, std::less<>> providers_;
  std::vector<std::pair<RouteMatch, View>> rules_;
  View config_;
  bool bypass_preflight_ = false;
  std::vector<std::string> unknown_;
};

// A cross-origin request that only asks whether it may come.
bool is_preflight(const Exchange& exchange);

}  // namespace mesh::testing
