#include "libmesh/xds/rds/route_domains.h"

#include <algorithm>

#include "libmesh/base/net.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/xds/rds/route_builder.h"

namespace mesh::xds {
namespace {

// Names with their port behind them, where ports count.
class Names {
 public:
  Names(uint32_t port, DomainList& out) : port_(port), out_(out) {}

  void add(std::string_view name, std::string_view tail, bool alternate) {
    // An IPv6 address stands in brackets.
    if (tail.empty() && name.find(':') != std::string_view::npos) {
      out_.add(bracketed(name), "", alternate);
      if (port_ != 0) out_.add(host_port(name, port_), "", alternate);
      return;
    }
    out_.add(name, tail, alternate);
    if (port_ != 0)
      out_.add(std::string(name), std::string(tail) + ":" + std::to_string(port_), alternate);
  }
  void add(std::string_view name, bool alternate) { add(name, "", alternate); }

 private:
  uint32_t port_;
  DomainList& out_;
};

// "foo.ns.svc.cluster.local" seen from a pod of a Kubernetes cluster: "foo.ns" and "foo.ns.svc", and
// from its own namespace "foo" too.
void add_kubernetes_names(std::string_view host, std::string_view proxy_domain, Names& out) {
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

// Outside Kubernetes: "foo.local.campus.net" from "local.campus.net" is also "foo" and "foo.local".
void add_shared_domain_names(std::string_view host, std::string_view proxy_domain, Names& out) {
  // Walk both from their ends, label by label, as long as they are equal.
  std::string_view rest = host;
  std::string_view domain = proxy_domain;
  std::string_view shared;  // the outermost label that both have
  auto last = [](std::string_view name) {
    size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
  };
  auto without_last = [](std::string_view name) {
    size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  };
  while (!rest.empty() && !domain.empty() && last(rest) == last(domain)) {
    shared = last(rest);
    rest = without_last(rest);
    domain = without_last(domain);
  }
  if (shared.empty()) return;
  out.add(rest, true);
  if (std::count(rest.begin(), rest.end(), '.') == 1) {
    out.add(host.substr(0, rest.size() + 1 + shared.size()), true);
  }
}

void add_alternates(std::string_view host, const model::Proxy& proxy, Names& out) {
  // Only what ends with a digit, or has colons, is worth a closer look.
  const bool is_name = !host.empty() && (host.back() < '0' || host.back() > '9') &&
                       host.find(':') == std::string_view::npos;
  if (is_name || !is_ip_address(host)) out.add(host, ".", true);
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

void DomainList::add(std::string_view head, std::string_view tail, bool alternate) {
  items_.push_back({static_cast<uint32_t>(text_.size()),
                    static_cast<uint32_t>(head.size() + tail.size()), alternate});
  text_.append(head).append(tail);
}

void append_domains(const model::Service& service, uint32_t port, const model::Proxy& proxy,
                    bool dual_stack, DomainList& out) {
  Names names(port, out);
  size_t first = out.size();
  auto add_host = [&](std::string_view host) {
    names.add(host, false);
    add_alternates(host, proxy, names);
  };
  add_host(service.hostname);
  for (const model::NamespacedName& alias : service.aliases) add_host(alias.name);
  // Each pod of a headless service has a name below it.
  if (service.resolution == model::Resolution::kPassthrough &&
      service.registry == model::Registry::kKubernetes) {
    size_t end = out.size();
    for (size_t i = first; i < end; ++i) {
      out.add("*.", std::string(out.text(i)), out.alternate(i));
    }
  }
  traffic::for_each_address(service, proxy, dual_stack,
                            [&](const std::string& address) { names.add(address, false); });
}

}  // namespace mesh::xds
