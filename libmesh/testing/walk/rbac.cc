#include "libmesh/testing/walk/rbac.h"

#include <algorithm>

#include "libmesh/testing/walk/matchers.h"
#include "libmesh/testing/walk/route_match.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kTemplate =
    "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";

std::string path_of(const Exchange& exchange) {
  return std::string(without_query(exchange.header(":path").value_or("")));
}

bool is_authenticated(const Exchange& exchange, const std::optional<TextMatcher>& name) {
  const Connection& connection = *exchange.connection;
  if (!connection.terminated) return false;
  return name ? name->matches(connection.principal) : connection.tls == Tls::kMutual;
}

}  // namespace

RbacRules::RbacRules(View rules) {
  const uint64_t action = rules.number("action");
  action_ = action == 1 ? Action::kDeny : (action == 2 ? Action::kLog : Action::kAllow);
  rules.each("policies", [&](View entry) {
    Policy policy;
    policy.name = entry.text("key");
    const View value = entry.at("value");
    value.each("permissions", [&](View each) { policy.permissions.push_back(read(each)); });
    value.each("principals", [&](View each) { policy.principals.push_back(read(each)); });
    policy.has_condition = value.at("condition") || value.at("checked_condition");
    if (policy.has_condition) unknown_.push_back("a CEL condition of " + policy.name);
    policy.unknown = std::move(unknown_);
    unknown_.clear();
    policies_.push_back(std::move(policy));
  });
  std::sort(policies_.begin(), policies_.end(),
            [](const Policy& a, const Policy& b) { return a.name < b.name; });
}

RbacRules::Truth RbacRules::any_of(const std::vector<Condition>& conditions,
                                   const Exchange& exchange) {
  Truth out = Truth::kNo;
  for (const Condition& each : conditions) {
    out = std::max(out, each(exchange));
    if (out == Truth::kYes) break;
  }
  return out;
}

RbacRules::Truth RbacRules::all_of(const std::vector<Condition>& conditions,
                                   const Exchange& exchange) {
  Truth out = Truth::kYes;
  for (const Condition& each : conditions) {
    out = std::min(out, each(exchange));
    if (out == Truth::kNo) break;
  }
  return out;
}

RbacRules::Truth RbacRules::matches(const Policy& policy, const Exchange& exchange) {
  const Truth out =
      std::min(any_of(policy.permissions, exchange), any_of(policy.principals, exchange));
  return policy.has_condition ? std::min(out, Truth::kUnknown) : out;
}

RbacRules::Condition RbacRules::give_up(std::string what) {
  unknown_.push_back(std::move(what));
  return [](const Exchange&) { return Truth::kUnknown; };
}

RbacRules::Condition RbacRules::read_group(View group, std::string_view field, bool all) {
  std::vector<Condition> inner;
  group.each(field, [&](View each) { inner.push_back(read(each)); });
  return [inner = std::move(inner), all](const Exchange& exchange) {
    return all ? all_of(inner, exchange) : any_of(inner, exchange);
  };
}

RbacRules::Condition RbacRules::read(View condition) {
  const bool permission = condition.type() == "envoy.config.rbac.v3.Permission";
  const std::string_view kind = condition.which(permission ? "rule" : "identifier");
  if (kind.empty()) return give_up("an RBAC rule of a kind that is not known");
  if (kind == "any") return [](const Exchange&) { return Truth::kYes; };
  if (kind == "and_rules" || kind == "or_rules") {
    return read_group(condition.at(kind), "rules", kind == "and_rules");
  }
  if (kind == "and_ids" || kind == "or_ids") {
    return read_group(condition.at(kind), "ids", kind == "and_ids");
  }
  if (kind == "not_rule" || kind == "not_id") {
    return [inner = read(condition.at(kind))](const Exchange& exchange) {
      const Truth truth = inner(exchange);
      if (truth == Truth::kUnknown) return truth;
      return truth == Truth::kYes ? Truth::kNo : Truth::kYes;
    };
  }
  if (kind.ends_with("_ip") || kind.starts_with("destination_port")) {
    return read_address(condition, kind);
  }
  return read_leaf(condition, kind);
}

RbacRules::Condition RbacRules::read_address(View condition, std::string_view kind) {
  if (kind == "destination_port") {
    return known([port = condition.number("destination_port")](const Exchange& exchange) {
      return exchange.connection->destination_port == port;
    });
  }
  if (kind == "destination_port_range") {
    const View range = condition.at(kind);
    return known(
        [low = range.number("start"), high = range.number("end")](const Exchange& exchange) {
          const uint64_t port = exchange.connection->destination_port;
          return port >= low && port < high;
        });
  }
  const IpRange range(condition.at(kind));
  if (kind == "destination_ip") {
    return known([range](const Exchange& e) { return range.contains(e.connection->destination); });
  }
  if (kind == "remote_ip") {
    return known([range](const Exchange& e) { return range.contains(e.remote); });
  }
  // source_ip, direct_remote_ip
  return known([range](const Exchange& e) { return range.contains(e.connection->source); });
}

RbacRules::Condition RbacRules::read_leaf(View condition, std::string_view kind) {
  if (kind == "header") {
    return known([matcher = HeaderMatcher(condition.at(kind))](const Exchange& exchange) {
      return matcher.matches(exchange);
    });
  }
  if (kind == "url_path") {
    return known([matcher = TextMatcher(condition.at(kind).at("path"))](const Exchange& exchange) {
      return matcher.matches(path_of(exchange));
    });
  }
  if (kind == "metadata") {
    return known([matcher = MetadataMatcher(condition.at(kind))](const Exchange& exchange) {
      return matcher.matches(exchange.metadata);
    });
  }
  if (kind == "requested_server_name") {
    return known([matcher = TextMatcher(condition.at(kind))](const Exchange& exchange) {
      return matcher.matches(exchange.connection->detected_sni);
    });
  }
  if (kind == "authenticated") {
    std::optional<TextMatcher> name;
    if (const View given = condition.at(kind).at("principal_name")) name.emplace(given);
    return known([name](const Exchange& exchange) { return is_authenticated(exchange, name); });
  }
  if (kind == "uri_template") {
    const Opened config = open(condition.at(kind).at("typed_config"));
    if (config.type == kTemplate && config.message) {
      return known([pattern = config.message.text("path_template")](const Exchange& exchange) {
        return template_matches(pattern, path_of(exchange));
      });
    }
  }
  return give_up("an RBAC rule by " + std::string(kind));
}

RbacRules::Answer RbacRules::decide(const Exchange& exchange) const {
  std::vector<std::string> unknown;
  for (const Policy& policy : policies_) {
    const Truth truth = matches(policy, exchange);
    // Whichever policy matches, the answer is the same.
    if (truth == Truth::kYes) return {action_ != Action::kDeny, policy.name, {}};
    if (truth == Truth::kUnknown) {
      unknown.insert(unknown.end(), policy.unknown.begin(), policy.unknown.end());
    }
  }
  return {action_ != Action::kAllow, "", std::move(unknown)};
}

std::vector<std::string> RbacRules::policies() const {
  std::vector<std::string> out;
  for (const Policy& each : policies_) out.push_back(each.name);
  return out;
}

Rbac::Rbac(View config, std::string filter)
    : filter_(std::move(filter)),
      shadow_prefix_(config.text("shadow_rules_stat_prefix")),
      has_matcher_(config.at("matcher")) {
  if (const View rules = config.at("rules")) rules_.emplace(rules);
  if (const View rules = config.at("shadow_rules")) shadow_.emplace(rules);
}

std::vector<std::string> Rbac::policies() const {
  return rules_ ? rules_->policies() : std::vector<std::string>();
}

std::vector<std::string> Rbac::unknown_shadow(const Exchange& exchange) const {
  return shadow_ ? shadow_->decide(exchange).unknown : std::vector<std::string>();
}

bool Rbac::denies_by_rule() const { return rules_ && rules_->action() == RbacRules::Action::kDeny; }

RbacRules::Answer Rbac::decide(Exchange& exchange) const {
  if (shadow_) {
    const RbacRules::Answer found = shadow_->decide(exchange);
    document::Value values = exchange.metadata.find(filter_) == nullptr
                                 ? document::Value(document::Map{})
                                 : *exchange.metadata.find(filter_);
    if (!found.policy.empty()) {
      values.set(shadow_prefix_ + "shadow_effective_policy_id", document::Value(found.policy));
    }
    values.set(shadow_prefix_ + "shadow_engine_result",
               document::Value(found.allowed ? "allowed" : "denied"));
    exchange.metadata.set(filter_, std::move(values));
  }
  RbacRules::Answer out = rules_ ? rules_->decide(exchange) : RbacRules::Answer{};
  if (rules_ && rules_->action() == RbacRules::Action::kLog) out.unknown.clear();
  if (has_matcher_) out.unknown.push_back(filter_ + " with a matcher tree");
  return out;
}

}  // namespace mesh::testing
