#include "libmesh/xds/security/conditions.h"

#include <charconv>

#include "libmesh/base/net.h"

namespace mesh::xds {
namespace {

constexpr std::string_view kExperimental = "experimental.";
constexpr std::string_view kFilterPrefix = "experimental.envoy.filters.";
constexpr std::string_view kHeaderPrefix = "request.headers";
constexpr std::string_view kClaimPrefix = "request.auth.claims";

struct Name {
  std::string_view key;
  Attribute attribute;
};
constexpr Name kNames[] = {
    {"destination.ip", Attribute::kDestinationIp},
    {"destination.port", Attribute::kPort},
    {"connection.sni", Attribute::kServerName},
    {"source.ip", Attribute::kSourceIp},
    {"remote.ip", Attribute::kRemoteIp},
    {"source.namespace", Attribute::kNamespace},
    {"source.trustDomain", Attribute::kTrustDomain},
    {"source.serviceAccount", Attribute::kServiceAccount},
    {"source.principal", Attribute::kPrincipal},
    {"request.auth.principal", Attribute::kRequestPrincipal},
    {"request.auth.audiences", Attribute::kAudience},
    {"request.auth.presenter", Attribute::kPresenter},
};

bool is_port(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number <= 65535;
}

bool is_range(std::string_view text) {
  return text.find('/') == std::string_view::npos ? is_ip_address(text)
                                                  : parse_cidr(text).has_value();
}

}  // namespace

bool is_permission(Attribute attribute) { return attribute <= Attribute::kFilterMetadata; }

bool is_http_only(Attribute attribute) {
  switch (attribute) {
    case Attribute::kHost:
    case Attribute::kMethod:
    case Attribute::kPath:
    case Attribute::kRequestPrincipal:
    case Attribute::kAudience:
    case Attribute::kPresenter:
    case Attribute::kHeader:
    case Attribute::kClaim:
      return true;
    case Attribute::kPort:
    case Attribute::kDestinationIp:
    case Attribute::kServerName:
    case Attribute::kFilterMetadata:
    case Attribute::kPrincipal:
    case Attribute::kServiceAccount:
    case Attribute::kTrustDomain:
    case Attribute::kNamespace:
    case Attribute::kRemoteIp:
    case Attribute::kSourceIp:
      break;
  }
  return false;
}

bool takes_values_together(Attribute attribute) {
  return attribute == Attribute::kFilterMetadata || attribute == Attribute::kRequestPrincipal ||
         attribute == Attribute::kAudience || attribute == Attribute::kPresenter ||
         attribute == Attribute::kClaim;
}

std::optional<Condition> when_condition(const security::Condition& when) {
  Condition out{{}, {}, when.values, when.not_values};
  const std::string_view key = when.key;
  for (const Name& name : kNames) {
    if (key != name.key) continue;
    out.attribute = name.attribute;
    return out;
  }
  if (key.starts_with(kFilterPrefix)) {
    out.attribute = Attribute::kFilterMetadata;
    out.key = key.substr(kExperimental.size());
  } else if (key.starts_with(kHeaderPrefix)) {
    out.attribute = Attribute::kHeader;
    out.key = key.substr(kHeaderPrefix.size());
  } else if (key.starts_with(kClaimPrefix)) {
    out.attribute = Attribute::kClaim;
    out.key = key.substr(kClaimPrefix.size());
  } else {
    return std::nullopt;
  }
  return out;
}

std::optional<std::string_view> in_brackets(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
  text.remove_suffix(1);
  if (text.starts_with('[')) text.remove_prefix(1);
  return text;
}

std::vector<std::string_view> in_nested_brackets(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text[begin] == '[' ? text.find_first_of("[]", begin + 1) : text.npos;
    if (end == text.npos || text[end] == '[') {
      // Not of that form: perhaps one name with brackets inside.
      const auto whole = in_brackets(text);
      return whole ? std::vector<std::string_view>{*whole} : std::vector<std::string_view>{};
    }
    out.push_back(text.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  return out;
}

std::optional<FilterKey> filter_key(std::string_view text) {
  if (text.ends_with(']')) text.remove_suffix(1);
  const size_t open = text.find('[');
  if (open == text.npos) return std::nullopt;
  return FilterKey{text.substr(0, open), text.substr(open + 1)};
}

bool is_good_key(const Condition& condition) {
  switch (condition.attribute) {
    case Attribute::kHeader:
      return in_brackets(condition.key).has_value();
    case Attribute::kFilterMetadata:
      return filter_key(condition.key).has_value();
    case Attribute::kClaim:
      // "request.auth.claims" alone names the token itself.
      return condition.key.empty() || !in_nested_brackets(condition.key).empty();
    default:
      return true;
  }
}

bool is_good_value(Attribute attribute, std::string_view value) {
  switch (attribute) {
    case Attribute::kPort:
      return is_port(value);
    case Attribute::kDestinationIp:
    case Attribute::kRemoteIp:
    case Attribute::kSourceIp:
      return is_range(value);
    default:
      return true;
  }
}

}  // namespace mesh::xds
