#include "libmesh/xds/virtual_hosts.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "libmesh/base/strings.h"
#include "libmesh/model/host.h"
#include "libmesh/xds/route_builder.h"
#include "libmesh/xds/route_domains.h"
#include "libmesh/xds/route_parts.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;
using model::Service;
using model::ServicePtr;

bool is_http_or_sniffed(model::Protocol protocol) {
  return model::is_http(protocol) || model::is_unsupported(protocol);
}

// Routes that answer for some services and some hosts that are no services, on one port.
struct Wrapper {
  uint32_t port = 0;
  std::vector<const Service*> services;
  std::vector<std::string> hosts;
  BuiltRoutes routes;  // of a VirtualService
};

class Builder {
 public:
  Builder(const traffic::ProxyView& view, const traffic::EgressListener& egress, uint32_t port)
      : view_(view), egress_(egress), port_(port), out_(std::make_unique<PortRoutes>()) {}

  std::unique_ptr<PortRoutes> build() {
    collect_services();
    build_wrappers();
    for (const Wrapper& wrapper : wrappers_) know_names(wrapper);
    for (const Service* service : plain_) know_service(*service);
    for (const Wrapper& wrapper : wrappers_) add_wrapper(wrapper);
    for (const Service* service : plain_) add_plain(*service);
    std::stable_sort(out_->hosts.begin(), out_->hosts.end(), [&](const auto& a, const auto& b) {
      return out_->text(a.name) < out_->text(b.name);
    });
    return std::move(out_);
  }

 private:
  // The last of several services with one host stands for it, as in Istio's map.
  void collect_services() {
    for (const ServicePtr& service : egress_.services) {
      if (port_ != 0 && service->port_by_number(port_) == nullptr) continue;
      auto [it, fresh] = position_.try_emplace(service->hostname, services_.size());
      if (fresh) {
        services_.push_back(service.get());
      } else {
        services_[it->second] = service.get();
      }
    }
  }

  const Service* find(const std::string& host) const {
    auto it = position_.find(host);
    return it == position_.end() ? nullptr : services_[it->second];
  }

  // Off port 80 only rules that mean a service of the port count.
  bool is_selected(const networking::VirtualService& rule) const {
    if (port_ == 80) return true;
    for (const std::string& written : rule.hosts) {
      std::string host = lower_ascii(written);
      if (find(host) != nullptr) return true;
      bool wildcard = model::is_wildcard(host);
      for (const Service* service : services_) {
        if (!wildcard && !model::is_wildcard(service->hostname)) continue;
        if (model::host_matches(host, service->hostname)) return true;
      }
    }
    return false;
  }

  void build_wrappers() {
    RouteContext context{view_, port_, false, "mesh",
                         [this](const std::string& host) { return find(host); }};
    std::unordered_set<const Service*> taken;
    for (const traffic::VirtualServicePtr& rule : egress_.virtual_services) {
      if (!is_selected(*rule->spec)) continue;
      BuiltRoutes routes = build_routes(context, *rule);
      if (routes.empty()) continue;
      add_rule(*rule, std::move(routes), taken);
    }
    for (const Service* service : services_) {
      bool alias = service->resolution == model::Resolution::kAlias;
      if (!alias && taken.count(service) == 0) plain_.push_back(service);
    }
  }

  void add_rule(const traffic::VirtualService& rule, BuiltRoutes routes,
                std::unordered_set<const Service*>& taken) {
    std::vector<std::string> hosts;
    std::vector<const Service*> services;
    separate(rule, hosts, services);
    std::map<uint32_t, std::vector<const Service*>> by_port;
    for (const Service* service : services) {
      for (const model::Port& port : service->ports) {
        if (port_ != 0 && port.number != port_) continue;
        if (is_http_or_sniffed(port.protocol)) by_port[port.number].push_back(service);
      }
    }
    // Rules for hosts that are no services answer on port 80.
    if (by_port.empty() && port_ == 80) by_port[80];
    for (auto& [port, group] : by_port) {
      taken.insert(group.begin(), group.end());
      wrappers_.push_back({port, std::move(group), hosts, routes});
    }
  }

  // The rule's hosts that are services, and those that are not (separateVSHostsAndServices).
  void separate(const traffic::VirtualService& rule, std::vector<std::string>& hosts,
                std::vector<const Service*>& services) const {
    for (const std::string& written : rule.spec->hosts) {
      if (model::is_wildcard(written)) continue;
      if (const Service* service = find(lower_ascii(written))) {
        services.push_back(service);
      } else {
        hosts.push_back(written);
      }
    }
    model::NamespacedName name{rule.ns(), rule.name()};
    for (const std::string& written : rule.spec->hosts) {
      if (!model::is_wildcard(written)) continue;
      std::string host = lower_ascii(written);
      bool any = false;
      for (const Service* service : services_) {
        if (!model::host_matches(service->hostname, host)) continue;
        any = true;
        auto it = egress_.most_specific_virtual_service.find(service->hostname);
        if (it == egress_.most_specific_virtual_service.end() || it->second != name) continue;
        services.push_back(service);
      }
      if (!any) hosts.push_back(host);
    }
  }

  void know_service(const Service& service) { known_.insert(service.hostname); }
  void know_names(const Wrapper& wrapper) {
    for (const Service* service : wrapper.services) know_service(*service);
  }

  void add_wrapper(const Wrapper& wrapper) {
    PortRoutes::Text routes = put_routes(wrapper.routes);
    for (const std::string& host : wrapper.hosts) {
      domains_.clear();
      std::string name = lower_ascii(host);
      domains_.push_back({bracketed(name), false});
      add_host(name, wrapper.port, routes);
    }
    for (const Service* service : wrapper.services) add_service(*service, wrapper.port, routes);
  }

  void add_plain(const Service& service) {
    for (const model::Port& port : service.ports) {
      if (port_ != 0 && port.number != port_) continue;
      if (is_http_or_sniffed(port.protocol)) {
        add_service(service, port.number, put_default_route(service, port.number));
      }
    }
  }

  void add_service(const Service& service, uint32_t port, PortRoutes::Text routes) {
    domains_.clear();
    append_domains(service, port_ == 0 ? port : 0, view_.proxy, domains_);
    add_host(service.hostname, port, routes);
  }

  // Without a listener port of its own, a host answers to names with its port, those of port 80
  // to the bare names too (mergeAllVirtualHosts).
  bool keeps(const Domain& domain, uint32_t port) const {
    return port_ != 0 || port == 80 || domain.text.find(':') != std::string::npos;
  }

  void add_host(std::string_view host, uint32_t port, PortRoutes::Text routes) {
    std::string name = host_port(host, port);
    if (!names_.insert(name).second) return;
    PortRoutes::VirtualHost entry;
    entry.first_domain = static_cast<uint32_t>(out_->domains.size());
    for (const Domain& domain : domains_) {
      if (domain.alternate && known_.count(domain.text) != 0) continue;
      if (!taken_domains_.insert(lower_ascii(domain.text)).second) continue;
      if (keeps(domain, port)) out_->domains.push_back(put_text(domain.text));
    }
    entry.domain_count = static_cast<uint32_t>(out_->domains.size()) - entry.first_domain;
    if (entry.domain_count == 0) return;
    entry.name = put_text(name);
    entry.routes = routes;
    out_->hosts.push_back(entry);
  }

  PortRoutes::Text put_text(std::string_view text) {
    PortRoutes::Text at{static_cast<uint32_t>(out_->texts.size()),
                        static_cast<uint32_t>(text.size())};
    out_->texts += text;
    return at;
  }

  PortRoutes::Text put_routes(const BuiltRoutes& routes) {
    size_t start = out_->bytes.size();
    er::VirtualHost host(out_->bytes);
    for (const BuiltRoute& route : routes) host.routes(wire::Raw{route.bytes});
    return {static_cast<uint32_t>(start), static_cast<uint32_t>(out_->bytes.size() - start)};
  }

  const networking::LoadBalancerSettings_ConsistentHashLB* hash(const Service& service,
                                                                uint32_t port) const {
    if (view_.scope->destination_rules.empty()) return nullptr;
    networking::Destination destination;
    destination.host = service.hostname;
    destination.port.ensure().number = port;
    return hash_of(view_, destination);
  }

  PortRoutes::Text put_default_route(const Service& service, uint32_t port) {
    if (default_retry_.empty() && !no_default_retry_) {
      default_retry_ = retry_policy(view_.mesh().config.default_http_retry_policy.get(), false);
      no_default_retry_ = default_retry_.empty();
    }
    size_t start = out_->bytes.size();
    er::VirtualHost host(out_->bytes);
    std::string cluster = model::outbound_cluster_name(port, "", service.hostname);
    host.routes([&](er::Route route) {
      route.name("default");
      route.match([](er::RouteMatch m) { m.prefix("/"); });
      route.route([&](er::RouteAction action) {
        action.cluster(cluster);
        action.timeout();
        if (!default_retry_.empty()) action.retry_policy(wire::Raw{default_retry_});
        if (const auto* h = hash(service, port)) write_hash_policy(action, *h);
        action.max_grpc_timeout();
      });
      route.decorator(
          [&](er::Decorator d) { d.operation(host_port(service.hostname, port) + "/*"); });
    });
    return {static_cast<uint32_t>(start), static_cast<uint32_t>(out_->bytes.size() - start)};
  }

  const traffic::ProxyView& view_;
  const traffic::EgressListener& egress_;
  const uint32_t port_;
  std::unique_ptr<PortRoutes> out_;
  std::vector<const Service*> services_;  // one per host
  std::unordered_map<std::string, size_t> position_;
  std::vector<Wrapper> wrappers_;
  std::vector<const Service*> plain_;  // without a VirtualService
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> taken_domains_;
  std::unordered_set<std::string> known_;  // full names of services
  std::vector<Domain> domains_;            // of the host at hand
  std::string default_retry_;
  bool no_default_retry_ = false;
};

}  // namespace

bool includes_attempt_count(const traffic::ProxyView& view) {
  const auto& config = view.mesh().config.default_config;
  if (!config || !config->proxy_headers || !config->proxy_headers->attempt_count) return true;
  const auto& disabled = config->proxy_headers->attempt_count->disabled;
  return !(disabled && *disabled);
}

std::unique_ptr<PortRoutes> build_virtual_hosts(const traffic::ProxyView& view, uint32_t port,
                                                std::string_view name) {
  const traffic::EgressListener* egress = view.scope->egress_for_route(port, name);
  if (egress == nullptr) return nullptr;
  bool http_proxy = egress->listener != nullptr && egress->listener->port &&
                    model::parse_protocol(egress->listener->port->protocol) ==
                        model::Protocol::kHttpProxy;
  return Builder(view, *egress, http_proxy ? 0 : port).build();
}

}  // namespace mesh::xds
