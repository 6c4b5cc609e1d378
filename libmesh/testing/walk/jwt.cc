#include "libmesh/testing/walk/jwt.h"

#include <algorithm>

#include "libmesh/base/strings.h"
#include "libmesh/document/json.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kFilter = "envoy.filters.http.jwt_authn";

// Envoy compares audiences without scheme and last slash.
std::string_view bare_audience(std::string_view text) {
  for (std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

bool has_audience(const document::Value& claims, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return true;
  const document::Value* given = claims.find("aud");
  if (given == nullptr) return false;
  const auto is_wanted = [&](const document::Value& each) {
    return each.is_string() && std::any_of(wanted.begin(), wanted.end(), [&](const auto& one) {
             return bare_audience(one) == bare_audience(*each.if_string());
           });
  };
  if (const document::List* list = given->if_list()) {
    return std::any_of(list->begin(), list->end(), is_wanted);
  }
  return is_wanted(*given);
}

document::Value words(std::string_view text) {
  document::List out;
  while (!text.empty()) {
    const size_t end = text.find(' ');
    if (end != 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return document::Value(std::move(out));
}

const document::Value* claim_at(const document::Value& claims, std::string_view path) {
  if (const document::Value* whole = claims.find(path)) return whole;
  const size_t dot = path.find('.');
  if (dot == path.npos) return nullptr;
  const document::Value* inner = claims.find(path.substr(0, dot));
  return inner == nullptr ? nullptr : claim_at(*inner, path.substr(dot + 1));
}

}  // namespace

bool is_preflight(const Exchange& exchange) {
  return exchange.header(":method") == "OPTIONS" &&
         !exchange.header("origin").value_or("").empty() &&
         !exchange.header("access-control-request-method").value_or("").empty();
}

JwtAuthn::Provider::Provider(View provider)
    : issuer(provider.text("issuer")),
      audiences(provider.texts("audiences")),
      parameters(provider.texts("from_params")),
      payload_key(provider.text("payload_in_metadata")),
      payload_header(lower_ascii(provider.text("forward_payload_header"))),
      forward(provider.flag("forward")),
      clear_route_cache(provider.flag("clear_route_cache")) {
  provider.each("from_headers",
                [&](View each) { headers.push_back(lower_ascii(each.text("name"))); });
  if (headers.empty() && parameters.empty() && provider.size("from_cookies") == 0) {
    headers = {"authorization"};
    parameters = {"access_token"};
  }
  provider.each("claim_to_headers", [&](View each) {
    claims_to_headers.emplace_back(each.text("claim_name"), lower_ascii(each.text("header_name")));
  });
  space_delimited = provider.at("normalize_payload_in_metadata").texts("space_delimited_claims");
}

bool JwtAuthn::Provider::looks_at(const Token& token) const {
  const auto has = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (!token.header.empty()) return has(headers, lower_ascii(token.header));
  if (!token.query_parameter.empty()) return has(parameters, token.query_parameter);
  return true;
}

std::string JwtAuthn::Provider::fault(const Token& token) const {
  if (!issuer.empty() && token.claims.string_at("iss") != issuer) {
    return "Jwt issuer is not configured";
  }
  if (!has_audience(token.claims, audiences)) return "Audiences in Jwt are not allowed";
  if (!token.valid) return "Jwt verification fails";
  return {};
}

void JwtAuthn::Provider::take(Exchange& exchange, const Token& token) const {
  document::Value payload = token.claims;
  for (const std::string& claim : space_delimited) {
    if (document::Value* value = payload.find(claim); value != nullptr && value->is_string()) {
      *value = words(*value->if_string());
    }
  }
  if (!payload_key.empty()) {
    document::Value all = exchange.metadata.find(kFilter) == nullptr
                              ? document::Value(document::Map{})
                              : *exchange.metadata.find(kFilter);
    all.set(payload_key, std::move(payload));
    exchange.metadata.set(kFilter, std::move(all));
  }
  for (const auto& [claim, header] : claims_to_headers) {
    const document::Value* value = claim_at(token.claims, claim);
    if (value == nullptr) continue;
    exchange.set(header, value->is_string() ? *value->if_string() : document::write_json(*value));
  }
  if (!payload_header.empty()) exchange.set(payload_header, "<payload>");
  if (!forward)
    exchange.remove(token.header.empty() ? headers.empty() ? "" : headers.front()
                                         : lower_ascii(token.header));
}

struct JwtAuthn::Walk {
  Exchange& exchange;
  const std::vector<Token>& tokens;
  std::string why;
  bool route_changes = false;
  std::vector<std::pair<const Provider*, const Token*>> good;
};

JwtAuthn::JwtAuthn(View config)
    : config_(config), bypass_preflight_(config.flag("bypass_cors_preflight")) {
  config.each("providers", [&](View entry) {
    providers_.emplace(entry.text("key"), Provider(entry.at("value")));
  });
  config.each("rules", [&](View rule) { rules_.emplace_back(RouteMatch(rule.at("match")), rule); });
  if (config.at("filter_state_rules")) unknown_.push_back("jwt_authn rules by filter state");
}

JwtAuthn::Status JwtAuthn::by_provider(const std::string& name,
                                       const std::vector<std::string>* audiences,
                                       Walk& walk) const {
  const auto found = providers_.find(name);
  if (found == providers_.end()) return Status::kBad;
  Status status = Status::kMissing;
  walk.why = "Jwt is missing";
  for (const Token& token : walk.tokens) {
    if (!found->second.looks_at(token)) continue;
    walk.why = found->second.fault(token);
    if (walk.why.empty() && audiences != nullptr && !has_audience(token.claims, *audiences)) {
      walk.why = "Audiences in Jwt are not allowed";
    }
    if (walk.why.empty()) {
      walk.good.emplace_back(&found->second, &token);
      return Status::kGood;
    }
    status = Status::kBad;
  }
  return status;
}

// Tokens of whatever provider: none is asked for, but one that is there has to be good.
JwtAuthn::Status JwtAuthn::by_any(bool allow_bad, Walk& walk) const {
  Status status = Status::kGood;
  for (const Token& token : walk.tokens) {
    const auto looks = [&](const auto& each) { return each.second.looks_at(token); };
    if (std::none_of(providers_.begin(), providers_.end(), looks)) continue;
    const auto owner = std::find_if(providers_.begin(), providers_.end(), [&](const auto& each) {
      return each.second.issuer == token.claims.string_at("iss");
    });
    const std::string fault =
        owner == providers_.end() ? "Jwt issuer is not configured" : owner->second.fault(token);
    if (fault.empty()) {
      walk.good.emplace_back(&owner->second, &token);
    } else if (!allow_bad) {
      walk.why = fault;
      status = Status::kBad;
    }
  }
  return status;
}

// Envoy tells of the last fault that is not just a token that is missing.
JwtAuthn::Status JwtAuthn::one_of(View list, Walk& walk) const {
  Status worst = Status::kMissing;
  std::string why = "Jwt is missing";
  const size_t count = list.size("requirements");
  for (size_t i = 0; i < count; ++i) {
    const Status status = meets(list.element("requirements", i), walk);
    if (status == Status::kGood) return status;
    if (status == Status::kBad) {
      worst = status;
      why = walk.why;
    }
  }
  walk.why = why;
  return worst;
}

JwtAuthn::Status JwtAuthn::meets(View requirement, Walk& walk) const {
  const std::string_view kind = requirement.which("requires_type");
  if (kind == "provider_name") return by_provider(requirement.text(kind), nullptr, walk);
  if (kind == "provider_and_audiences") {
    const View both = requirement.at(kind);
    const std::vector<std::string> audiences = both.texts("audiences");
    return by_provider(both.text("provider_name"), &audiences, walk);
  }
  if (kind == "requires_any") return one_of(requirement.at(kind), walk);
  if (kind == "requires_all") {
    const View all = requirement.at(kind);
    const size_t count = all.size("requirements");
    for (size_t i = 0; i < count; ++i) {
      if (const Status status = meets(all.element("requirements", i), walk);
          status != Status::kGood) {
        return status;
      }
    }
    return Status::kGood;
  }
  if (kind == "allow_missing_or_failed") return by_any(true, walk);
  if (kind == "allow_missing") return by_any(false, walk);
  return Status::kGood;
}

JwtAuthn::Answer JwtAuthn::decide(Exchange& exchange, const std::vector<Token>& tokens) const {
  if (bypass_preflight_ && is_preflight(exchange)) return {};
  for (const auto& [match, rule] : rules_) {
    if (!match.matches(exchange)) continue;
    View requirement = rule.at("requires");
    if (rule.which("requirement_type") == "requirement_name") {
      requirement = {};
      config_.each("requirement_map", [&](View entry) {
        if (entry.text("key") == rule.text("requirement_name")) requirement = entry.at("value");
      });
    }
    if (!requirement) return {};
    Walk walk{exchange, tokens, "", false, {}};
    if (meets(requirement, walk) != Status::kGood) return {false, walk.why, false};
    for (const auto& [provider, token] : walk.good) {
      provider->take(exchange, *token);
      walk.route_changes = walk.route_changes || provider->clear_route_cache;
    }
    return {true, "", walk.route_changes};
  }
  return {};
}

}  // namespace mesh::testing
