#include "libmesh/testing/walk/jwt.h"

#include <algorithm>

#include "libmesh/base/strings.h"
#include "libmesh/document/json.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kFilter = "envoy.filters.http.jwt_authn";
constexpr std::string_view kMissing = "Jwt is missing";
constexpr std::string_view kOtherIssuer = "Jwt issuer is not configured";

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
  if (const uint64_t skew = provider.number("clock_skew_seconds"); skew > 0) {
    clock_skew = static_cast<int64_t>(skew);
  }
  space_delimited = provider.at("normalize_payload_in_metadata").texts("space_delimited_claims");
}

bool JwtAuthn::Provider::looks_into(const std::string& header, const std::string& parameter) const {
  const auto has = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  return header.empty() ? has(parameters, parameter) : has(headers, lower_ascii(header));
}

bool JwtAuthn::Provider::may_issue(const Token& token) const {
  return issuer.empty() || token.claims.string_at("iss") == issuer;
}

// verifyTimeConstraint of jwt_verify_lib.
std::string JwtAuthn::Provider::fault_of_time(const document::Value& claims, int64_t now) const {
  const auto seconds = [&](std::string_view claim) -> int64_t {
    const document::Value* value = claims.find(claim);
    if (value == nullptr) return 0;
    if (const int64_t* whole = value->if_int()) return *whole;
    const double* number = value->if_double();
    return number == nullptr ? 0 : static_cast<int64_t>(*number);
  };
  if (now + clock_skew < seconds("nbf")) return "Jwt not yet valid";
  const int64_t end = seconds("exp");
  return end != 0 && now > end + clock_skew ? "Jwt is expired" : "";
}

std::string JwtAuthn::Provider::fault(const Token& token, std::optional<int64_t> time,
                                      const std::vector<std::string>* wanted) const {
  if (!may_issue(token)) return std::string(kOtherIssuer);
  if (std::string out = time ? fault_of_time(token.claims, *time) : ""; !out.empty()) return out;
  if (!has_audience(token.claims, wanted == nullptr ? audiences : *wanted)) {
    return "Audiences in Jwt are not allowed";
  }
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
  if (forward || !token.query_parameter.empty()) return;
  if (!token.header.empty()) {
    exchange.remove(lower_ascii(token.header));
  } else if (!headers.empty()) {
    exchange.remove(headers.front());
  }
}

struct JwtAuthn::Walk {
  std::vector<const Token*> tokens;
  std::optional<int64_t> time;
  std::string why;
  bool route_changes = false;
  std::vector<std::pair<const Provider*, const Token*>> good;

  void keep(const Provider& provider, const Token& token) {
    const std::pair<const Provider*, const Token*> entry(&provider, &token);
    if (std::find(good.begin(), good.end(), entry) == good.end()) good.push_back(entry);
  }
};

JwtAuthn::JwtAuthn(View config)
    : config_(config), bypass_preflight_(config.flag("bypass_cors_preflight")) {
  config.each("providers", [&](View entry) {
    providers_.emplace(entry.text("key"), Provider(entry.at("value")));
  });
  config.each("rules", [&](View rule) { rules_.emplace_back(RouteMatch(rule.at("match")), rule); });
  if (config.at("filter_state_rules")) unknown_.push_back("jwt_authn rules by filter state");
}

JwtAuthn::Scope JwtAuthn::all_providers() const {
  Scope out;
  for (const auto& [name, provider] : providers_) out.push_back(&provider);
  return out;
}

const JwtAuthn::Provider* JwtAuthn::owner_of(const Token& token) const {
  const Provider* any = nullptr;
  for (const auto& [name, provider] : providers_) {
    if (!provider.issuer.empty() && provider.may_issue(token)) return &provider;
    if (provider.issuer.empty() && any == nullptr) any = &provider;
  }
  return any;
}

// A token whose place is not said stands where its issuer's provider looks first.
bool JwtAuthn::looks_at(const Provider& provider, const Token& token) const {
  if (!token.header.empty() || !token.query_parameter.empty()) {
    return provider.looks_into(token.header, token.query_parameter);
  }
  const Provider* owner = owner_of(token);
  if (owner == nullptr || owner == &provider) return true;
  const auto [parameter, name] = place_of(token);
  return parameter ? provider.looks_into("", name) : provider.looks_into(name, "");
}

std::pair<bool, std::string> JwtAuthn::place_of(const Token& token) const {
  if (!token.header.empty()) return {false, lower_ascii(token.header)};
  if (!token.query_parameter.empty()) return {true, token.query_parameter};
  const Provider* owner = owner_of(token);
  if (owner == nullptr || (owner->headers.empty() && owner->parameters.empty())) return {};
  if (owner->headers.empty()) return {true, owner->parameters.front()};
  return {false, owner->headers.front()};
}

// Extractor::extract goes through headers, then parameters, by name; Authenticator::verify takes the last one first,
// ends with the first that is bad, and of claims that several leave under one name the last are there.
std::vector<const Token*> JwtAuthn::in_order(const std::vector<Token>& tokens) const {
  std::vector<std::pair<std::pair<bool, std::string>, const Token*>> placed;
  placed.reserve(tokens.size());
  for (const Token& token : tokens) placed.emplace_back(place_of(token), &token);
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return b.first < a.first; });
  std::vector<const Token*> out;
  out.reserve(tokens.size());
  for (const auto& each : placed) out.push_back(each.second);
  return out;
}

// All tokens where the provider looks have to be good, not only the first.
JwtAuthn::Status JwtAuthn::by_provider(const std::string& name,
                                       const std::vector<std::string>* audiences,
                                       Walk& walk) const {
  const auto found = providers_.find(name);
  if (found == providers_.end()) return Status::kBad;
  const Provider& provider = found->second;
  Status status = Status::kMissing;
  walk.why = kMissing;
  for (const Token* one : walk.tokens) {
    const Token& token = *one;
    if (!looks_at(provider, token)) continue;
    walk.why = provider.fault(token, walk.time, audiences);
    if (!walk.why.empty()) return Status::kBad;
    walk.keep(provider, token);
    status = Status::kGood;
  }
  return status;
}

// None is asked for, but one that stands where a provider of the scope looks has to be of an issuer that may stand
// there, and good.
JwtAuthn::Status JwtAuthn::by_any(bool allow_bad, const Scope& scope, Walk& walk) const {
  for (const Token* one : walk.tokens) {
    const Token& token = *one;
    bool looked_at = false;
    bool may_stand_there = false;
    for (const Provider* each : scope) {
      if (!looks_at(*each, token)) continue;
      looked_at = true;
      may_stand_there = may_stand_there || each->may_issue(token);
    }
    if (!looked_at) continue;
    const Provider* owner = may_stand_there ? owner_of(token) : nullptr;
    std::string fault =
        owner == nullptr ? std::string(kOtherIssuer) : owner->fault(token, walk.time);
    if (fault.empty()) {
      walk.keep(*owner, token);
    } else if (!allow_bad) {
      walk.why = std::move(fault);
      return Status::kBad;
    }
  }
  return Status::kGood;
}

// The ones that name a provider in their order; then allow_missing, or allow_missing_or_failed where there are both,
// about the tokens of the providers that the list names. A fault of a token is told before one that is missing.
JwtAuthn::Status JwtAuthn::one_of(View list, Walk& walk) const {
  Status worst = Status::kMissing;
  std::string why;
  const auto attempt = [&](View requirement, const Scope& scope) {
    const Status status = meets(requirement, scope, walk);
    if (status == Status::kBad) worst = status;
    if (why.empty() || why == kMissing || (walk.why != kMissing && walk.why != kOtherIssuer)) {
      why = walk.why;
    }
    return status == Status::kGood;
  };
  View without;
  Scope named;
  const size_t count = list.size("requirements");
  for (size_t i = 0; i < count; ++i) {
    const View each = list.element("requirements", i);
    const std::string_view kind = each.which("requires_type");
    if (kind.starts_with("allow_missing")) {
      if (!without || without.which("requires_type") == "allow_missing") without = each;
      continue;
    }
    const View place = kind == "provider_and_audiences" ? each.at(kind) : each;
    if (kind.starts_with("provider_")) {
      const auto found = providers_.find(place.text("provider_name"));
      if (found != providers_.end()) named.push_back(&found->second);
    }
    if (attempt(each, all_providers())) return Status::kGood;
  }
  if (without && attempt(without, named.empty() ? all_providers() : named)) return Status::kGood;
  walk.why = why.empty() ? std::string(kMissing) : why;
  return worst;
}

JwtAuthn::Status JwtAuthn::meets(View requirement, const Scope& scope, Walk& walk) const {
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
      if (const Status status = meets(all.element("requirements", i), scope, walk);
          status != Status::kGood) {
        return status;
      }
    }
    return Status::kGood;
  }
  if (kind == "allow_missing_or_failed") return by_any(true, scope, walk);
  if (kind == "allow_missing") return by_any(false, scope, walk);
  return Status::kGood;
}

JwtAuthn::Answer JwtAuthn::decide(Exchange& exchange, const std::vector<Token>& tokens,
                                  std::optional<int64_t> time) const {
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
    Walk walk{in_order(tokens), time, "", false, {}};
    if (meets(requirement, all_providers(), walk) != Status::kGood) return {false, walk.why, false};
    for (const auto& [provider, token] : walk.good) {
      provider->take(exchange, *token);
      walk.route_changes = walk.route_changes || provider->clear_route_cache;
    }
    return {true, "", walk.route_changes};
  }
  return {};
}

}  // namespace mesh::testing
