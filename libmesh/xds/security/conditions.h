// What a rule of an AuthorizationPolicy asks of a request, as one kind of thing: the fields of
// `from` and `to` and the keys of `when` name the same attributes
// (pilot/pkg/security/authz/model/model.go).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/istio.h"

namespace mesh::xds {

enum class Attribute : uint8_t {
  // of what is done: a permission
  kHost,
  kMethod,
  kPath,
  kPort,
  kDestinationIp,
  kServerName,
  kFilterMetadata,
  // of who does it: a principal
  kPrincipal,
  kRequestPrincipal,
  kServiceAccount,
  kTrustDomain,
  kNamespace,
  kRemoteIp,
  kSourceIp,
  kAudience,
  kPresenter,
  kHeader,
  kClaim,
};

bool is_permission(Attribute attribute);
// Told by a request only, not by a connection.
bool is_http_only(Attribute attribute);
// All values of the attribute make one matcher.
bool takes_values_together(Attribute attribute);

struct Condition {
  Attribute attribute{};
  std::string_view key;  // of `when`: the part behind the attribute's name
  std::span<const std::string> values;
  std::span<const std::string> not_values;
};

// Nothing for a key that names no attribute. The result refers to the argument.
std::optional<Condition> when_condition(const security::Condition& when);
// True when the key is of the form that the attribute asks for.
bool is_good_key(const Condition& condition);
// True when the value can be read as the attribute's: an address, a port.
bool is_good_value(Attribute attribute, std::string_view value);

// "[a]" -> "a"; nothing for another form.
std::optional<std::string_view> in_brackets(std::string_view text);
// "[a][b]" -> a, b; "[a[b]" -> "a[b". Empty for another form.
std::vector<std::string_view> in_nested_brackets(std::string_view text);
// "envoy.filters.a[b]" -> the filter and the key.
struct FilterKey {
  std::string_view filter;
  std::string_view key;
};
std::optional<FilterKey> filter_key(std::string_view text);

// The conditions of one entry of `to` or `from`, in Istio's order, without those of `when`.
template <typename Visit>
void for_each_condition(const security::Operation& to, Visit&& visit) {
  const auto give = [&](Attribute attribute, const auto& values, const auto& not_values) {
    if (!values.empty() || !not_values.empty()) visit(Condition{attribute, {}, values, not_values});
  };
  give(Attribute::kHost, to.hosts, to.not_hosts);
  give(Attribute::kMethod, to.methods, to.not_methods);
  give(Attribute::kPath, to.paths, to.not_paths);
  give(Attribute::kPort, to.ports, to.not_ports);
}

template <typename Visit>
void for_each_condition(const security::Source& from, Visit&& visit) {
  const auto give = [&](Attribute attribute, const auto& values, const auto& not_values) {
    if (!values.empty() || !not_values.empty()) visit(Condition{attribute, {}, values, not_values});
  };
  give(Attribute::kPrincipal, from.principals, from.not_principals);
  give(Attribute::kRequestPrincipal, from.request_principals, from.not_request_principals);
  give(Attribute::kServiceAccount, from.service_accounts, from.not_service_accounts);
  give(Attribute::kTrustDomain, from.trust_domains, from.not_trust_domains);
  give(Attribute::kNamespace, from.namespaces, from.not_namespaces);
  give(Attribute::kRemoteIp, from.remote_ip_blocks, from.not_remote_ip_blocks);
  give(Attribute::kSourceIp, from.ip_blocks, from.not_ip_blocks);
}

}  // namespace mesh::xds
