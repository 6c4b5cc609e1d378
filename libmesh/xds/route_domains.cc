#include "libmesh/xds/route_domains.h"

#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/xds/route_builder.h"

namespace mesh::xds {
namespace {

class DomainList {
 public:
  DomainList(uint32_t port, std::vector<Domain>& out) : port_(port), out_(out) {}

  void add(std::string_view name, bool alternate) {
    out_.push_back({bracketed(name), alternate});
    if (port_ != 0) out_.push_back({host_port(name, port_), alternate});
  }

 private:
  uint32_t port_;
  std::vector<Domain>& out_;
};

// "foo.ns.svc.cluster.local" seen from a pod of a Kubernetes cluster: "foo.ns" and "foo.ns.svc", and
// from its own namespace "foo" too.
void add_kubernetes_names(std::string_view host, std::string_view proxy_domain, DomainList& out) {
  size_t svc = host.find(".svc.");
  if (svc == std::string_view::npos || svc == 0) return;
  size_t dot = host.find('.');
  if (dot + 1 > svc) return;
  std::string_view own_ns = proxy_domain.substr(0, proxy_domain.find(".svc."));
  std::string_view with_ns = host.substr(0, svc);
  std::string_view with_svc = host.substr(0, svc + 4);
  if (host.substr(dot + 1, svc - dot - 1) == own_ns) {
    out.add(host.substr(0, dot), true);
    out.add(with_svc, true);
    out.add(with_ns, true);
  } else {
    out.add(with_ns, true);
    out.add(with_svc, true);
  }
}

std::vector<std::string_view> split(std::string_view name) {
  std::vector<std::string_view> out;
  while (true) {
    size_t dot = name.find('.');
    out.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return out;
    name.remove_prefix(dot + 1);
  }
}

// Outside Kubernetes: "foo.local.campus.net" from "local.campus.net" is also "foo" and "foo.local".
void add_shared_domain_names(std::string_view host, std::string_view proxy_domain,
                             DomainList& out) {
  auto parts = split(host);
  auto domain = split(proxy_domain);
  size_t shared = 0;
  size_t most = std::min(parts.size(), domain.size());
  while (shared < most && parts[parts.size() - 1 - shared] == domain[domain.size() - 1 - shared]) {
    ++shared;
  }
  if (shared == 0) return;
  size_t unique = parts.size() - shared;
  std::string name;
  for (size_t i = 0; i < unique; ++i) {
    if (i > 0) name += '.';
    name += parts[i];
  }
  out.add(name, true);
  if (unique == 2) out.add(name + "." + std::string(parts[unique]), true);
}

void add_alternates(std::string_view host, const model::Proxy& proxy, DomainList& out) {
  if (!is_ip_address(host)) out.add(std::string(host) + ".", true);
  std::string_view domain = proxy.dns_domain;
  size_t svc = domain.find(".svc.");
  if (svc == std::string_view::npos) {
    add_shared_domain_names(host, domain, out);
    return;
  }
  std::string_view suffix = svc > 0 ? domain.substr(svc) : domain;
  if (host.size() >= suffix.size() && host.substr(host.size() - suffix.size()) == suffix) {
    add_kubernetes_names(host, domain, out);
  }
}

}  // namespace

void append_domains(const model::Service& service, uint32_t port, const model::Proxy& proxy,
                    std::vector<Domain>& out) {
  DomainList list(port, out);
  size_t first = out.size();
  auto add_host = [&](std::string_view host) {
    list.add(host, false);
    add_alternates(host, proxy, list);
  };
  add_host(service.hostname);
  for (const model::NamespacedName& alias : service.aliases) add_host(alias.name);
  // Each pod of a headless service has a name below it.
  if (service.resolution == model::Resolution::kPassthrough &&
      service.registry == model::Registry::kKubernetes) {
    size_t end = out.size();
    for (size_t i = first; i < end; ++i) out.push_back({"*." + out[i].text, out[i].alternate});
  }
  for (const std::string& address : traffic::addresses_for(service, proxy)) {
    list.add(address, false);
  }
}

}  // namespace mesh::xds
