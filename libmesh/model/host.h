// Host names and wildcards: "a.b", "*.b", "*". Rules of pkg/config/host/name.go in Istio.
#pragma once

#include <string>
#include <string_view>

namespace mesh::model {

inline bool is_wildcard(std::string_view host) { return !host.empty() && host.front() == '*'; }

// True when one name could mean a host that the other means too ("*.a" matches "x.a" and "*.x.a").
bool host_matches(std::string_view a, std::string_view b);
// True when every host that `sub` means is one that `super` means ("x.a" is a subset of "*.a").
bool host_subset_of(std::string_view sub, std::string_view super);
// Sort order of Istio's host.Names: exact before wildcard, longer (more specific) first, then text.
inline bool host_more_specific(std::string_view a, std::string_view b) {
  const bool a_wild = is_wildcard(a);
  const bool b_wild = is_wildcard(b);
  if (a_wild != b_wild) return b_wild;
  if (a.size() != b.size()) return a.size() > b.size();
  return a < b;
}
// "foo" of a config in namespace ns -> "foo.ns.svc.<domain>"; names with a dot, wildcards and
// IP addresses stay as they are (pkg/config/model ResolveShortnameToFQDN).
std::string resolve_short_host(std::string_view host, std::string_view config_namespace,
                               std::string_view domain);

}  // namespace mesh::model
