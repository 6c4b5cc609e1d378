#include "libmesh/model/host.h"

#include "libmesh/base/net.h"

namespace mesh::model {
namespace {

// What a wildcard's host must end with: "*.a" -> ".a", "*" -> "".
std::string_view tail(std::string_view wildcard) { return wildcard.substr(1); }

}  // namespace

bool host_matches(std::string_view a, std::string_view b) {
  bool a_wild = is_wildcard(a);
  bool b_wild = is_wildcard(b);
  if (a_wild && b_wild) {
    return a.size() < b.size() ? tail(b).ends_with(tail(a)) : tail(a).ends_with(tail(b));
  }
  if (a_wild) return b.ends_with(tail(a));
  if (b_wild) return a.ends_with(tail(b));
  return a == b;
}

bool host_subset_of(std::string_view sub, std::string_view super) {
  if (is_wildcard(sub)) {
    return is_wildcard(super) && sub.size() >= super.size() && tail(sub).ends_with(tail(super));
  }
  if (is_wildcard(super)) return sub.ends_with(tail(super));
  return sub == super;
}

std::string resolve_short_host(std::string_view host, std::string_view config_namespace,
                               std::string_view domain) {
  std::string out(host);
  if (host.empty() || host == "*" || host.find('.') != std::string_view::npos ||
      is_ip_address(host)) {
    return out;
  }
  if (!config_namespace.empty()) out.append(".").append(config_namespace);
  if (!domain.empty()) out.append(".svc.").append(domain);
  return out;
}

}  // namespace mesh::model
