// What Istio refuses in RequestAuthentications and PeerAuthentications.
#include "libmesh/traffic/check/rules_keys.h"
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/targets.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

void check_issuer(const security::JWTRule& rule, const std::string& path, Finder& finder) {
  const document::Value* written = find_field(finder.object(), path + ".issuer");
  const bool empty = written != nullptr && written->is_string() && rule.issuer.empty();
  if (empty || (rule.issuer.empty() && rule.jwks_uri.empty())) {
    finder.invalid(path + ".issuer", "is not set", "write the \"iss\" of the tokens");
  }
  if (!rule.jwks_uri.empty()) check_keys_url(rule.jwks_uri, path + ".jwksUri", finder);
  if (!rule.jwks.empty()) check_keys(rule.jwks, path + ".jwks", finder);
  if (!rule.jwks_uri.empty() && !rule.jwks.empty()) {
    finder.invalid(path + ".jwks", "stands beside jwksUri", "write one of them");
  }
}

void check_claims(const security::JWTRule& rule, const std::string& path, Finder& finder) {
  constexpr size_t kMostClaims = 64;
  for (size_t i = 0; i < rule.output_claim_to_headers.size(); ++i) {
    const security::ClaimToHeader& each = rule.output_claim_to_headers[i];
    const std::string here = at(path + ".outputClaimToHeaders", i);
    if (each.claim.empty()) finder.invalid(here + ".claim", "is not set", "name the claim");
    if (each.header.empty()) {
      finder.invalid(here + ".header", "is not set", "name the header that the claim goes to");
    } else if (!is_strict_header_name(each.header)) {
      finder.invalid(here + ".header", quoted(each.header) + " is no name of a header",
                     "write letters, digits, \"-\" and \"_\"");
    }
  }
  check_not_empty(rule.space_delimited_claims, path + ".spaceDelimitedClaims", finder);
  if (rule.space_delimited_claims.size() > kMostClaims) {
    finder.invalid(path + ".spaceDelimitedClaims", "has more than 64", "name fewer");
  }
}

}  // namespace

void check_request_authentication(const security::RequestAuthentication& policy, Finder& finder) {
  check_policy_target(policy, finder);
  for (size_t i = 0; i < policy.jwt_rules.size(); ++i) {
    const auto& rule = policy.jwt_rules[i];
    const std::string path = at("spec.jwtRules", i);
    check_issuer(rule, path, finder);
    check_not_empty(rule.audiences, path + ".audiences", finder);
    for (size_t j = 0; j < rule.from_headers.size(); ++j) {
      if (rule.from_headers[j].name.empty()) {
        finder.invalid(at(path + ".fromHeaders", j) + ".name", "is not set",
                       "name the header that brings the token");
      }
    }
    check_not_empty(rule.from_params, path + ".fromParams", finder);
    check_not_empty(rule.from_cookies, path + ".fromCookies", finder);
    check_claims(rule, path, finder);
    check_duration(rule.timeout, path + ".timeout", finder);
  }
}

void check_peer_authentication(const security::PeerAuthentication& policy, Finder& finder) {
  constexpr const char* kPorts = "spec.portLevelMtls";
  if (policy.selector) {
    check_selector_words(policy.selector->match_labels, "spec.selector.matchLabels", finder);
  }
  const document::Value* ports = find_field(finder.object(), kPorts);
  if (ports == nullptr || ports->is_null()) return;
  if (policy.port_level_mtls.empty()) {
    const document::Map* written = ports->if_map();
    if (written == nullptr || !written->empty()) return;  // told where it was read
    return finder.invalid(kPorts, "has no port", "write the ports that are meant, or take it away");
  }
  if (!policy.selector || policy.selector->match_labels.empty()) {
    finder.invalid(kPorts, "counts only beside a selector: it is ignored",
                   "select the workloads whose ports are meant");
  }
  for (const auto& [port, mtls] : policy.port_level_mtls) {
    check_port_number(port, std::string(kPorts) + "." + std::to_string(port), finder);
  }
}

}  // namespace mesh::traffic
