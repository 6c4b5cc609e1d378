#include "libmesh/index/registry/aliases.h"

#include <algorithm>

namespace mesh::index {

using model::ServicePtr;

namespace {

// What an ExternalName service means in the end, through other such services; nothing when no service has that host, or
// when they go round in a loop.
std::string_view meaning_of(const model::Service& service, const std::vector<ServicePtr>& services,
                            const HostTable& hosts) {
  std::vector<std::string_view> seen;
  std::string_view host = service.external_name;
  while (true) {
    uint32_t i = hosts.find(services, host);
    if (i == HostTable::kNone) return {};
    const model::Service* next = nullptr;  // the last such service of the host
    for (; i != HostTable::kNone; i = hosts.next(i)) {
      if (services[i]->resolution == model::Resolution::kAlias) next = services[i].get();
    }
    if (next == nullptr) return host;
    if (seen.empty()) seen = {service.hostname, host};
    host = next->external_name;
    if (std::find(seen.begin(), seen.end(), host) != seen.end()) return {};
    seen.push_back(host);
  }
}

}  // namespace

Aliases aliases_by_host(const std::vector<ServicePtr>& services, const HostTable& hosts) {
  Aliases out;
  for (const ServicePtr& service : services) {
    if (service->resolution != model::Resolution::kAlias) continue;
    std::string_view host = meaning_of(*service, services, hosts);
    if (host.empty()) continue;
    out[host].push_back({service->ns, service->hostname});
  }
  for (auto& [host, aliases] : out) std::sort(aliases.begin(), aliases.end());
  return out;
}

}  // namespace mesh::index
