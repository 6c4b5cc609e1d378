#include "libmesh/xds/security/jwt_authn.h"

#include <map>
#include <set>

#include "libmesh/index/jwks.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/jwt_authn.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/xds/security/matchers.h"

namespace mesh::xds {
namespace {

using envoy::jwt_authn::JwtProvider;
using envoy::jwt_authn::JwtRequirement;

std::string provider_name(size_t place) { return "origins-" + std::to_string(place); }

void put_provider(JwtProvider& out, const index::Mesh& mesh, const security::JWTRule& rule,
                  bool clear_route_cache) {
  out.issuer(rule.issuer);
  for (const std::string& audience : rule.audiences) out.audiences(audience);
  out.forward(rule.forward_original_token);
  for (const security::JWTHeader& header : rule.from_headers) {
    out.from_headers([&](auto& from) {
      from.name(header.name);
      from.value_prefix(header.prefix);
    });
  }
  for (const std::string& parameter : rule.from_params) out.from_params(parameter);
  for (const std::string& cookie : rule.from_cookies) out.from_cookies(cookie);
  out.forward_payload_header(rule.output_payload_to_header);
  out.payload_in_metadata(kJwtPayload);
  for (const security::ClaimToHeader& claim : rule.output_claim_to_headers) {
    out.claim_to_headers([&](auto& to) {
      to.header_name(claim.header);
      to.claim_name(claim.claim);
    });
  }
  out.clear_route_cache(clear_route_cache);
  // Claims that are lists in one text; these two always are.
  std::set<std::string_view> claims = {"permission", "scope"};
  claims.insert(rule.space_delimited_claims.begin(), rule.space_delimited_claims.end());
  out.normalize_payload_in_metadata([&](auto& normalize) {
    for (std::string_view claim : claims) normalize.space_delimited_claims(claim);
  });
  out.local_jwks([&](auto& source) { source.inline_string(index::keys_of(mesh, rule)); });
}

// A token of the provider is valid, or there is none.
void put_valid_or_missing(JwtRequirement& out, size_t place) {
  out.requires_any([&](auto& any) {
    any.requirements([&](auto& valid) { valid.provider_name(provider_name(place)); });
    any.requirements([](auto& missing) { missing.allow_missing(); });
  });
}

// With several providers: one of them takes the token, or each takes its own or has none. The
// former is for providers that read the same place.
void put_requirement(JwtRequirement& out, size_t providers) {
  if (providers == 1) {
    put_valid_or_missing(out, 0);
    return;
  }
  out.requires_any([&](auto& any) {
    for (size_t i = 0; i < providers; ++i) {
      any.requirements([&](auto& valid) { valid.provider_name(provider_name(i)); });
    }
    any.requirements([&](auto& each) {
      each.requires_all([&](auto& all) {
        for (size_t i = 0; i < providers; ++i) {
          all.requirements([&](JwtRequirement own) { put_valid_or_missing(own, i); });
        }
      });
    });
  });
}

}  // namespace

void append_jwt_authn(const index::Mesh& mesh, const traffic::RequestAuthn& authn,
                      bool clear_route_cache, std::string& out) {
  envoy::hcm::HttpConnectionManager(out).http_filters([&](auto& filter) {
    filter.name(kJwtFilter);
    filter.template typed_config<envoy::jwt_authn::JwtAuthentication>([&](auto& config) {
      for (size_t i = 0; i < authn.rules.size(); ++i) {
        config.providers(provider_name(i), [&](JwtProvider provider) {
          put_provider(provider, mesh, *authn.rules[i].rule, clear_route_cache);
        });
      }
      config.rules([&](auto& rule) {
        rule.match([](auto& match) { match.prefix("/"); });
        rule.requires_(
            [&](JwtRequirement requirement) { put_requirement(requirement, authn.rules.size()); });
      });
      config.bypass_cors_preflight(true);
    });
  });
}

}  // namespace mesh::xds
