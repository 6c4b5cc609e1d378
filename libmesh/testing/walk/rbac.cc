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

RbacRules::RbacRules(View rules, std::vector<std::string>& unknown) : unknown_(unknown) {
  const uint64_t action = rules.number("action");
  action_ = action == 1 ? Action::kDeny : (action == 2 ? Action::kLog : Action::kAllow);
  rules.each("policies", [&](View entry) {
    Policy policy;
    policy.name = entry.text("key");
    const View value = entry.at("value");
    value.each("permissions", [&](View each) { policy.permissions.push_back(read(each)); });
    value.each("principals", [&](View each) { policy.principals.push_back(read(each)); });
    if (value.at("condition") || value.at("checked_condition")) {
      unknown_.push_back("a CEL condition of " + policy.name);
    }
    policies_.push_back(std::move(policy));
  });
  std::sort(policies_.begin(), policies_.end(),
            [](const Policy& a, const Policy& b) { return a.name < b.name; });
}

RbacRules::Condition RbacRules::give_up(std::string what) {
  unknown_.push_back(std::move(what));
  return [](const Exchange&) { return false; };
}

RbacRules::Condition RbacRules::read_group(View group, std::string_view field, bool all) {
  std::vector<Condition> inner;
  group.each(field, [&](View each) { inner.push_back(read(each)); });
  return [inner = std::move(inner), all](const Exchange& exchange) {
    const auto holds = [&](const Condition& each) { return each(exchange); };
    return all ? std::all_of(inner.begin(), inner.end(), holds)
               : std::any_of(inner.begin(), inner.end(), holds);
  };
}

RbacRules::Condition RbacRules::read(View condition) {
  const bool permission = condition.type() == "envoy.config.rbac.v3.Permission";
  const std::string_view kind = condition.which(permission ? "rule" : "identifier");
  if (kind.empty()) return give_up("an RBAC rule of a kind that is not known");
  if (kind == "any") return [](const Exchange&) { return true; };
  if (kind == "and_rules" || kind == "or_rules") {
    return read_group(condition.at(kind), "rules", kind == "and_rules");
  }
  if (kind == "and_ids" || kind == "or_ids") {
    return read_group(condition.at(kind), "ids", kind == "and_ids");
  }
  if (kind == "not_rule" || kind == "not_id") {
    return
        [inner = read(condition.at(kind))](const Exchange& exchange) { return !inner(exchange); };
  }
  if (kind.ends_with("_ip") || kind.starts_with("destination_port")) {
    return read_address(condition, kind);
  }
  return read_leaf(condition, kind);
}

RbacRules::Condition RbacRules::read_address(View condition, std::string_view kind) {
  if (kind == "destination_port") {
    return [port = condition.number("destination_port")](const Exchange& exchange) {
      return exchange.connection->destination_port == port;
    };
  }
  if (kind == "destination_port_range") {
    const View range = condition.at(kind);
    return [low = range.number("start"), high = range.number("end")](const Exchange& exchange) {
      const uint64_t port = exchange.connection->destination_port;
      return port >= low && port < high;
    };
  }
  const IpRange range(condition.at(kind));
  if (kind == "destination_ip") {
    return [range](const Exchange& e) { return range.contains(e.connection->destination); };
  }
  if (kind == "remote_ip") {
    return [range](const Exchange& e) { return range.contains(e.remote); };
  }
  // source_ip, direct_remote_ip
  return [range](const Exchange& e) { return range.contains(e.connection->source); };
}

RbacRules::Condition RbacRules::read_leaf(View condition, std::string_view kind) {
  if (kind == "header") {
    return [matcher = HeaderMatcher(condition.at(kind))](const Exchange& exchange) {
      return matcher.matches(exchange);
    };
  }
  if (kind == "url_path") {
    return [matcher = TextMatcher(condition.at(kind).at("path"))](const Exchange& exchange) {
      return matcher.matches(path_of(exchange));
    };
  }
  if (kind == "metadata") {
    return [matcher = MetadataMatcher(condition.at(kind))](const Exchange& exchange) {
      return matcher.matches(exchange.metadata);
    };
  }
  if (kind == "requested_server_name") {
    return [matcher = TextMatcher(condition.at(kind))](const Exchange& exchange) {
      return matcher.matches(exchange.connection->detected_sni);
    };
  }
  if (kind == "authenticated") {
    std::optional<TextMatcher> name;
    if (const View given = condition.at(kind).at("principal_name")) name.emplace(given);
    return [name](const Exchange& exchange) { return is_authenticated(exchange, name); };
  }
  if (kind == "uri_template") {
    const Opened config = open(condition.at(kind).at("typed_config"));
    if (config.type == kTemplate && config.message != nullptr) {
      return [pattern = config.view().text("path_template")](const Exchange& exchange) {
        return template_matches(pattern, path_of(exchange));
      };
    }
  }
  return give_up("an RBAC rule by " + std::string(kind));
}

RbacRules::Answer RbacRules::decide(const Exchange& exchange) const {
  const auto holds = [&](const Condition& each) { return each(exchange); };
  for (const Policy& policy : policies_) {
    if (std::any_of(policy.permissions.begin(), policy.permissions.end(), holds) &&
        std::any_of(policy.principals.begin(), policy.principals.end(), holds)) {
      return {action_ != Action::kDeny, policy.name};
    }
  }
  return {action_ != Action::kAllow, ""};
}

Rbac::Rbac(View config, std::string filter)
    : filter_(std::move(filter)), shadow_prefix_(config.text("shadow_rules_stat_prefix")) {
  if (const View rules = config.at("rules")) rules_.emplace(rules, unknown_);
  if (const View rules = config.at("shadow_rules")) shadow_.emplace(rules, unknown_);
  if (config.at("matcher")) unknown_.push_back(filter_ + " with a matcher tree");
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
  return rules_ ? rules_->decide(exchange) : RbacRules::Answer{};
}

}  // namespace mesh::testing
