#include "libmesh/xds/security/rbac_rule.h"

#include <algorithm>
#include <charconv>

#include "libmesh/base/net.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/matcher.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/rbac.h"
#include "libmesh/schema/gen/envoy/uri_template_match.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/security/conditions.h"
#include "libmesh/xds/security/matchers.h"

namespace mesh::xds {
namespace {

using envoy::matcher::StringMatcher;
using envoy::rbac::Permission;
using envoy::rbac::Permission_Set;
using envoy::rbac::Principal;
using envoy::rbac::Principal_Set;

constexpr std::string_view kSpiffe = "spiffe://";
// A condition of `when` is given its aliases once for each entry of `from` (as Istio does, which
// repeats values then); there is an end to that.
constexpr size_t kMostValues = 4096;

// The two sides of a policy differ in nothing but the names of the fields.
struct Permissions {
  using Message = Permission;
  using Set = Permission_Set;
  template <typename F>
  static void item(Set& set, F&& fill) {
    set.rules(fill);
  }
  template <typename F>
  static void all(Message& m, F&& fill) {
    m.and_rules(fill);
  }
  template <typename F>
  static void either(Message& m, F&& fill) {
    m.or_rules(fill);
  }
  template <typename F>
  static void negate(Message& m, F&& fill) {
    m.not_rule(fill);
  }
};

struct Principals {
  using Message = Principal;
  using Set = Principal_Set;
  template <typename F>
  static void item(Set& set, F&& fill) {
    set.ids(fill);
  }
  template <typename F>
  static void all(Message& m, F&& fill) {
    m.and_ids(fill);
  }
  template <typename F>
  static void either(Message& m, F&& fill) {
    m.or_ids(fill);
  }
  template <typename F>
  static void negate(Message& m, F&& fill) {
    m.not_id(fill);
  }
};

void put_range(envoy::core::CidrRange& out, const std::string& value) {
  if (const auto range = parse_cidr(value)) {
    out.address_prefix(canonical_address(range->address));
    out.prefix_len(static_cast<uint32_t>(range->bits));
  } else {
    out.address_prefix(canonical_address(value));
    out.prefix_len(address_family(value) == AddressFamily::kIpv4 ? 32u : 128u);
  }
}

// "{*}" and "{**}" are Envoy's "*" and "**".
bool is_path_template(std::string_view path) {
  return path.find("{*}") != path.npos || path.find("{**}") != path.npos;
}

std::string envoy_path_template(std::string_view path) {
  std::string out;
  for (size_t at = 0; at < path.size();) {
    if (path.substr(at).starts_with("{*}")) {
      out += '*';
      at += 3;
    } else if (path.substr(at).starts_with("{**}")) {
      out += "**";
      at += 4;
    } else {
      out += path[at++];
    }
  }
  return out;
}

void put_path(Permission& out, const std::string& value) {
  if (!is_path_template(value)) {
    out.url_path(
        [&](auto& path) { path.path([&](StringMatcher match) { write_pattern(match, value); }); });
    return;
  }
  out.uri_template([&](envoy::core::TypedExtensionConfig extension) {
    extension.name("uri-template");
    extension.typed_config<envoy::uri_template_match::UriTemplateMatchConfig>(
        [&](auto& config) { config.path_template(envoy_path_template(value)); });
  });
}

void write_value(Permission& out, const Condition& condition, const std::string& value) {
  switch (condition.attribute) {
    case Attribute::kHost:
      out.header([&](auto& header) { write_header_pattern(header, ":authority", value, true); });
      break;
    case Attribute::kMethod:
      out.header([&](auto& header) { write_header_pattern(header, ":method", value, false); });
      break;
    case Attribute::kPath:
      put_path(out, value);
      break;
    case Attribute::kPort: {
      uint32_t port = 0;
      std::from_chars(value.data(), value.data() + value.size(), port);
      out.destination_port(port);
      break;
    }
    case Attribute::kDestinationIp:
      out.destination_ip([&](auto& range) { put_range(range, value); });
      break;
    case Attribute::kServerName:
      out.requested_server_name([&](StringMatcher match) { write_pattern(match, value); });
      break;
    default:
      break;
  }
}

const std::string& service_account_regex(std::string_view policy_ns, std::string_view value) {
  const size_t slash = value.find('/');
  const bool has_ns = slash != value.npos;
  std::string& out = empty_text();
  out = "spiffe://.+/ns/";
  append_quoted(has_ns ? value.substr(0, slash) : policy_ns, out);
  out += "/(.+/|)sa/";
  append_quoted(has_ns ? value.substr(slash + 1) : value, out);
  return out += "(/.+)?";
}

const std::string& namespace_regex(std::string_view value) {
  std::string& out = empty_text();
  out = ".*/ns/";
  for (size_t star; (star = value.find('*')) != value.npos; value.remove_prefix(star + 1)) {
    append_quoted(value.substr(0, star), out);
    out += ".*";
  }
  append_quoted(value, out);
  return out += "/.*";
}

void write_trust_domain(StringMatcher& out, std::string_view value) {
  const size_t star = value.find('*');
  if (value == "*") {
    out.prefix(kSpiffe);
  } else if (star == value.npos) {
    std::string& prefix = empty_text();
    append_texts(prefix, kSpiffe, value, "/");
    out.prefix(prefix);
  } else {
    std::string regex(kSpiffe);
    append_quoted(value.substr(0, star), regex);
    regex += "[^/]*";
    append_quoted(value.substr(star + 1), regex);
    write_regex(out, regex += "/.*");
  }
}

// The caller's certificate names him so.
template <typename F>
void put_authenticated(Principal& out, F&& write_name) {
  out.authenticated([&](auto& authenticated) { authenticated.principal_name(write_name); });
}

void write_value(Principal& out, const Condition& condition, const std::string& value,
                 std::string_view policy_ns) {
  switch (condition.attribute) {
    case Attribute::kPrincipal:
      put_authenticated(out, [&](StringMatcher name) { write_pattern(name, value, kSpiffe); });
      break;
    case Attribute::kServiceAccount:
      put_authenticated(out, [&](StringMatcher name) {
        write_regex(name, service_account_regex(policy_ns, value));
      });
      break;
    case Attribute::kTrustDomain:
      put_authenticated(out, [&](StringMatcher name) { write_trust_domain(name, value); });
      break;
    case Attribute::kNamespace:
      put_authenticated(out,
                        [&](StringMatcher name) { write_regex(name, namespace_regex(value)); });
      break;
    case Attribute::kRemoteIp:
      out.remote_ip([&](auto& range) { put_range(range, value); });
      break;
    case Attribute::kSourceIp:
      out.direct_remote_ip([&](auto& range) { put_range(range, value); });
      break;
    case Attribute::kHeader:
      out.header([&](auto& header) {
        write_header_pattern(header, *in_brackets(condition.key), value, false);
      });
      break;
    default:
      break;
  }
}

// "<issuer>/<subject>" of a token; the issuer may be a URL. One star at the beginning or the end.
void put_token_claim(Principal_Set& both, std::string_view claim, std::string_view value,
                     bool star_first, bool star_last) {
  both.ids([&](Principal id) {
    id.metadata([&](auto& metadata) {
      metadata.filter(kJwtFilter);
      metadata.path([](auto& segment) { segment.key(kJwtPayload); });
      metadata.path([&](auto& segment) { segment.key(claim); });
      metadata.value([&](auto& out) {
        out.string_match([&](StringMatcher match) {
          if (value == "*" && (star_first || star_last)) {
            write_regex(match, ".+");
          } else if (star_first && value.starts_with('*')) {
            match.suffix(value.substr(1));
          } else if (star_last && value.ends_with('*')) {
            match.prefix(value.substr(0, value.size() - 1));
          } else {
            match.exact(value);
          }
        });
      });
    });
  });
}

void write_request_principal(Principal& out, std::string_view value) {
  const size_t slash = value.rfind('/');
  const bool found = slash != value.npos;
  std::string_view issuer = found ? value.substr(0, slash) : value;
  std::string_view subject = found ? value.substr(slash + 1) : std::string_view();
  const bool star_first = value.starts_with('*');
  const bool star_last = !star_first && value.ends_with('*');
  if (!found && star_first) {
    // "*" is every token, "*x" a subject, "x*" an issuer.
    issuer = "*";
    subject = value;
  } else if (!found && star_last) {
    subject = "*";
  }
  const bool bare = !found && (star_first || star_last);
  out.and_ids([&](Principal_Set both) {
    put_token_claim(both, "iss", issuer, star_first, bare && star_last);
    put_token_claim(both, "sub", subject, bare && star_first, star_last);
  });
}

void write_metadata_value(envoy::matcher::ValueMatcher& out, std::string_view value) {
  const auto put = [](envoy::matcher::ValueMatcher& match, std::string_view text) {
    match.string_match([&](StringMatcher m) { write_pattern(m, text); });
  };
  if (!value.starts_with('[') || !value.ends_with(']')) {
    put(out, value);
    return;
  }
  const size_t first = value.find_first_not_of("[]");
  const std::string_view inside =
      first == value.npos ? "" : value.substr(first, value.find_last_not_of("[]") - first + 1);
  out.list_match([&](auto& list) {
    list.one_of([&](envoy::matcher::ValueMatcher one) { put(one, inside); });
  });
}

// Attributes whose values make one matcher.
void write_values(Permission& out, const Condition& condition,
                  std::span<const std::string> values) {
  const FilterKey key = *filter_key(condition.key);
  out.metadata([&](auto& metadata) {
    metadata.filter(key.filter);
    metadata.path([&](auto& segment) { segment.key(key.key); });
    metadata.value([&](envoy::matcher::ValueMatcher value) {
      if (values.size() == 1) {
        write_metadata_value(value, values.front());
        return;
      }
      value.or_match([&](auto& any) {
        for (const std::string& each : values) {
          any.value_matchers(
              [&](envoy::matcher::ValueMatcher one) { write_metadata_value(one, each); });
        }
      });
    });
  });
}

void write_values(Principal& out, const Condition& condition, std::span<const std::string> values) {
  if (condition.attribute == Attribute::kRequestPrincipal) {
    if (values.size() == 1) {
      write_request_principal(out, values.front());
      return;
    }
    out.or_ids([&](Principal_Set any) {
      for (const std::string& value : values) {
        any.ids([&](Principal id) { write_request_principal(id, value); });
      }
    });
    return;
  }
  std::vector<std::string_view> path;
  if (condition.attribute == Attribute::kAudience) {
    path = {"aud"};
  } else if (condition.attribute == Attribute::kPresenter) {
    path = {"azp"};
  } else {
    path = in_nested_brackets(condition.key);
  }
  out.metadata([&](auto& metadata) {
    write_claim(metadata, path,
                [&](envoy::matcher::ValueMatcher value) { write_any_pattern(value, values); });
  });
}

class RuleWriter {
 public:
  explicit RuleWriter(const RuleContext& context) : context_(context) {}

  bool left_out() const { return left_out_; }

  template <typename Side, typename Entry>
  void write_entry(typename Side::Message& out, const Entry* entry, const security::Rule& rule) {
    Side::all(out, [&](typename Side::Set set) {
      written_ = false;
      if (entry != nullptr) {
        for_each_condition(*entry, [&](const Condition& each) { add<Side>(set, each, 1); });
      }
      for (const security::Condition& when : rule.when) {
        const auto condition = when_condition(when);
        constexpr bool kPermissions = std::is_same_v<Side, Permissions>;
        if (!condition || is_permission(condition->attribute) != kPermissions) continue;
        add<Side>(set, *condition, std::max<size_t>(1, rule.from.size()));
      }
      if (!written_) Side::item(set, [](typename Side::Message any) { any.any(true); });
    });
  }

 private:
  // With the mesh's trust domains, `times` times.
  std::span<const std::string> with_aliases(Attribute attribute,
                                            std::span<const std::string> values, size_t times,
                                            std::vector<std::string>& storage) const {
    if (attribute == Attribute::kTrustDomain) {
      return context_.trust_domains.domains(values, storage);
    }
    if (attribute != Attribute::kPrincipal) return values;
    for (size_t i = 0; i < times && values.size() < kMostValues; ++i) {
      const auto next = context_.trust_domains.principals(values, storage);
      if (next.size() == values.size() && next.data() == values.data()) break;
      values = next;
    }
    return values;
  }

  template <typename Side>
  void add(typename Side::Set& set, const Condition& condition, size_t times) {
    std::vector<std::string> storage;
    add_values<Side>(set, condition,
                     with_aliases(condition.attribute, condition.values, times, storage), false);
    add_values<Side>(set, condition,
                     with_aliases(condition.attribute, condition.not_values, times, storage), true);
  }

  template <typename Side>
  void add_values(typename Side::Set& set, const Condition& condition,
                  std::span<const std::string> values, bool negated) {
    if (values.empty()) return;
    if ((context_.tcp && is_http_only(condition.attribute)) || !is_good_key(condition)) {
      left_out_ = true;
      return;
    }
    const auto good = [&](const std::string& value) {
      return is_good_value(condition.attribute, value);
    };
    const auto count = std::count_if(values.begin(), values.end(), good);
    if (static_cast<size_t>(count) != values.size()) left_out_ = true;
    if (count == 0) return;
    written_ = true;
    const auto write = [&](typename Side::Message out) {
      if (takes_values_together(condition.attribute)) {
        write_together(out, condition, values);
        return;
      }
      Side::either(out, [&](typename Side::Set any) {
        for (const std::string& value : values) {
          if (!good(value)) continue;
          Side::item(any, [&](typename Side::Message one) { write_one(one, condition, value); });
        }
      });
    };
    Side::item(set, [&](typename Side::Message out) {
      if (negated) {
        Side::negate(out, write);
      } else {
        write(out);
      }
    });
  }

  void write_one(Permission& out, const Condition& condition, const std::string& value) const {
    write_value(out, condition, value);
  }
  void write_one(Principal& out, const Condition& condition, const std::string& value) const {
    write_value(out, condition, value, context_.policy_ns);
  }
  template <typename Message>
  void write_together(Message& out, const Condition& condition,
                      std::span<const std::string> values) const {
    write_values(out, condition, values);
  }

  const RuleContext& context_;
  bool written_ = false;   // something of the present entry
  bool left_out_ = false;  // some part of the rule
};

void write_permissions(const security::Rule& rule, RuleWriter& writer, std::string& out) {
  static const security::Rule_To kAnything;
  envoy::rbac::Policy policy(out);
  for (const security::Rule_To& to :
       rule.to.empty() ? std::span(&kAnything, 1) : std::span(rule.to)) {
    policy.permissions([&](Permission permission) {
      writer.write_entry<Permissions>(permission, to.operation.get(), rule);
    });
  }
}

void write_principals(const security::Rule& rule, RuleWriter& writer, std::string& out) {
  static const security::Rule_From kAnybody;
  envoy::rbac::Policy policy(out);
  for (const security::Rule_From& from :
       rule.from.empty() ? std::span(&kAnybody, 1) : std::span(rule.from)) {
    policy.principals([&](Principal principal) {
      writer.write_entry<Principals>(principal, from.source.get(), rule);
    });
  }
}

}  // namespace

bool append_rule(const RuleContext& context, const security::Rule& rule, LastRule& last,
                 std::string& out) {
  for (const security::Condition& when : rule.when) {
    if (!when_condition(when)) return false;
  }
  const size_t start = out.size();
  RuleWriter writer(context);
  const bool alike = rule.when.empty() && last.rule != nullptr && last.rule->when.empty();
  if (alike && last.rule->to == rule.to) {
    out.append(out, last.end - last.principals - last.permissions, last.permissions);
  } else {
    write_permissions(rule, writer, out);
  }
  const size_t middle = out.size();
  if (alike && last.policy_ns == context.policy_ns && last.rule->from == rule.from) {
    out.append(out, last.end - last.principals, last.principals);
  } else {
    write_principals(rule, writer, out);
  }
  if (context.allow && writer.left_out()) {
    out.resize(start);
    return false;
  }
  last.rule = &rule;
  last.policy_ns = context.policy_ns;
  last.permissions = middle - start;
  last.principals = out.size() - middle;
  return true;
}

bool is_http_only(const security::Rule& rule) {
  bool found = false;
  const auto look = [&](const Condition& each) { found |= is_http_only(each.attribute); };
  for (const security::Rule_To& to : rule.to) {
    if (to.operation) for_each_condition(*to.operation, look);
  }
  for (const security::Rule_From& from : rule.from) {
    if (from.source) for_each_condition(*from.source, look);
  }
  for (const security::Condition& when : rule.when) {
    if (const auto condition = when_condition(when)) look(*condition);
  }
  return found;
}

}  // namespace mesh::xds
