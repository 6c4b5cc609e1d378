#include "libmesh/xds/security/trust_domains.h"

#include <algorithm>

namespace mesh::xds {
namespace {

// Also the name of the mesh's own trust domain, whatever that is.
constexpr std::string_view kDefaultDomain = "cluster.local";

bool matches_prefix(std::string_view text, std::string_view pattern) {
  return pattern.ends_with('*') && text.starts_with(pattern.substr(0, pattern.size() - 1));
}

bool matches_suffix(std::string_view text, std::string_view pattern) {
  return pattern.starts_with('*') && text.ends_with(pattern.substr(1));
}

// The trust domain that the principal asks for; empty when it asks for none: when it is not of the
// form <domain>/ns/<namespace>/sa/<account>, or takes any.
std::string_view asked_domain(std::string_view principal) {
  if (std::count(principal.begin(), principal.end(), '/') != 4) return {};
  const std::string_view domain = principal.substr(0, principal.find('/'));
  return domain == "*" ? std::string_view() : domain;
}

bool asks_for_domain(std::string_view principal) {
  return std::count(principal.begin(), principal.end(), '/') == 4 && !principal.starts_with("*/");
}

void add_once(std::string value, size_t from, std::vector<std::string>& out) {
  const auto begin = out.begin() + static_cast<std::ptrdiff_t>(from);
  if (std::find(begin, out.end(), value) == out.end()) out.push_back(std::move(value));
}

}  // namespace

TrustDomains::TrustDomains(const meshconfig::MeshConfig& config) {
  domains_.reserve(1 + config.trust_domain_aliases.size());
  domains_.push_back(config.trust_domain);
  for (const std::string& alias : config.trust_domain_aliases) domains_.push_back(alias);
}

bool TrustDomains::is_known(std::string_view domain) const {
  return domain == kDefaultDomain ||
         std::any_of(domains_.begin(), domains_.end(), [&](std::string_view known) {
           return domain == known || known == "*" || matches_prefix(domain, known) ||
                  matches_prefix(known, domain) || matches_suffix(domain, known) ||
                  matches_suffix(known, domain);
         });
}

void TrustDomains::add_in_all(const std::string& principal, std::vector<std::string>& out) const {
  const std::string_view asked = asked_domain(principal);
  const size_t from = out.size();
  for (std::string_view domain : domains_) {
    // A pattern that takes this domain already stays as it is.
    if (matches_suffix(domain, asked)) {
      add_once(principal, from, out);
    } else {
      add_once(std::string(domain).append(principal, asked.size()), from, out);
    }
  }
}

std::span<const std::string> TrustDomains::principals(std::span<const std::string> values,
                                                      std::vector<std::string>& storage) const {
  const auto changes = [&](const std::string& value) {
    if (!asks_for_domain(value)) return false;
    const std::string_view asked = asked_domain(value);
    return is_known(asked) && (domains_.size() > 1 || asked != domains_.front());
  };
  if (std::none_of(values.begin(), values.end(), changes)) return values;
  std::vector<std::string> out;
  for (const std::string& value : values) {
    if (changes(value)) {
      add_in_all(value, out);
    } else {
      out.push_back(value);
    }
  }
  storage = std::move(out);
  return storage;
}

std::span<const std::string> TrustDomains::domains(std::span<const std::string> values,
                                                   std::vector<std::string>& storage) const {
  const auto is_own = [&](const std::string& value) {
    return std::find(domains_.begin(), domains_.end(), value) != domains_.end();
  };
  std::vector<std::string> out;
  for (const std::string& value : values) {
    if (is_own(value)) {
      for (std::string_view domain : domains_) add_once(std::string(domain), 0, out);
    } else {
      add_once(value, 0, out);
    }
  }
  storage = std::move(out);
  return storage;
}

}  // namespace mesh::xds
