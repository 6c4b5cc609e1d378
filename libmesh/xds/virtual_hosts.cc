#include "libmesh/xds/virtual_hosts.h"

#include <algorithm>
#include <map>

#include "libmesh/base/strings.h"
#include "libmesh/base/text_index.h"
#include "libmesh/model/host.h"
#include "libmesh/xds/common.h"
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
  PortRoutes::Text routes;  // of a VirtualService, already among the port's bytes
};

// A set of texts of the pool.
struct Known {
  TextIndex index;
  std::vector<PortRoutes::Text> texts;

  void clear() {
    index.reset();
    texts.clear();
  }
};

// What a builder looks things up in: filled for one port, and kept for the memory only.
struct Tables {
  std::vector<const Service*> services;   // one per host
  std::vector<const Service*> wildcards;  // of them
  TextIndex position;                     // in services, by host
  std::vector<char> answered;             // by position: has a virtual host here
  std::vector<Wrapper> wrappers;
  std::vector<const Service*> plain;  // without a VirtualService
  Known names;
  Known taken_domains;
  DomainList domains;  // of the host at hand
  std::string scratch;

  void clear() {
    services.clear();
    wildcards.clear();
    position.reset();
    answered.clear();
    wrappers.clear();
    plain.clear();
    names.clear();
    taken_domains.clear();
    domains.clear();
  }
};

class Builder {
 public:
  Builder(const traffic::ProxyView& view, const traffic::EgressListener& egress, uint32_t port)
      : view_(view),
        egress_(egress),
        port_(port),
        out_(std::make_unique<PortRoutes>()),
        t_(tables()) {
    t_.clear();
  }

  std::unique_ptr<PortRoutes> build() {
    collect_services();
    build_wrappers();
    reserve();
    for (const Wrapper& wrapper : t_.wrappers) add_wrapper(wrapper);
    for (const Service* service : t_.plain) add_plain(*service);
    std::stable_sort(out_->hosts.begin(), out_->hosts.end(), [&](const auto& a, const auto& b) {
      return out_->text(a.name) < out_->text(b.name);
    });
    return std::move(out_);
  }

 private:
  static Tables& tables() {
    thread_local Tables kept;
    return kept;
  }

  // The last of several services with one host stands for it, as in Istio's map.
  void collect_services() {
    t_.services.reserve(egress_.services.size());
    for (const ServicePtr& service : egress_.services) {
      if (port_ != 0 && service->port_by_number(port_) == nullptr) continue;
      uint32_t at =
          t_.position.insert(service->hostname, static_cast<uint32_t>(t_.services.size()));
      if (at == TextIndex::kNone) {
        t_.services.push_back(service.get());
        if (model::is_wildcard(service->hostname)) t_.wildcards.push_back(service.get());
      } else {
        t_.services[at] = service.get();
      }
    }
    t_.answered.resize(t_.services.size());
  }

  const Service* find(std::string_view host) const {
    uint32_t at = t_.position.find(host);
    return at == TextIndex::kNone ? nullptr : t_.services[at];
  }

  // Room for what is usual.
  void reserve() {
    out_->hosts.reserve(t_.services.size() + t_.wrappers.size());
    out_->domains.reserve(t_.services.size() * 4);
    out_->bytes.reserve(out_->bytes.size() + t_.plain.size() * 256);
  }

  // Off port 80 only rules that mean a service of the port count.
  bool is_selected(const networking::VirtualService& rule) const {
    if (port_ == 80) return true;
    for (const std::string& host : rule.hosts) {
      if (find(host) != nullptr) return true;
      const auto& candidates = model::is_wildcard(host) ? t_.services : t_.wildcards;
      if (candidates.empty()) continue;
      std::string lower = lower_ascii(host);
      for (const Service* service : candidates) {
        if (model::host_matches(lower, service->hostname)) return true;
      }
    }
    return false;
  }

  void build_wrappers() {
    if (egress_.virtual_services.empty()) return take_plain();
    RouteContext context(view_, [this](const traffic::VirtualService&, const std::string& host) {
      return find(host);
    });
    context.port = port_;
    for (const traffic::VirtualServicePtr& rule : egress_.virtual_services) {
      if (!is_selected(*rule->spec)) continue;
      PortRoutes::Text routes = put_routes(context, *rule);
      if (routes.size != 0) add_rule(*rule, routes);
    }
    take_plain();
  }

  // The services that no rule answers for.
  void take_plain() {
    t_.plain.reserve(t_.services.size());
    for (uint32_t i = 0; i < t_.services.size(); ++i) {
      const Service* service = t_.services[i];
      if (service->resolution == model::Resolution::kAlias || t_.answered[i]) continue;
      t_.plain.push_back(service);
      t_.answered[i] = true;
    }
  }

  void add_rule(const traffic::VirtualService& rule, PortRoutes::Text routes) {
    std::vector<std::string> hosts;
    std::vector<const Service*> services;
    separate(rule, hosts, services);
    if (port_ != 0) {
      std::erase_if(services, [this](const Service* service) {
        return !is_http_or_sniffed(service->port_by_number(port_)->protocol);
      });
      // Rules for hosts that are no services answer on port 80.
      if (!services.empty() || port_ == 80) {
        add_wrapper_for(port_, std::move(services), std::move(hosts), routes);
      }
      return;
    }
    std::map<uint32_t, std::vector<const Service*>> by_port;
    for (const Service* service : services) {
      for (const model::Port& port : service->ports) {
        if (is_http_or_sniffed(port.protocol)) by_port[port.number].push_back(service);
      }
    }
    for (auto& [port, group] : by_port) add_wrapper_for(port, std::move(group), hosts, routes);
  }

  void add_wrapper_for(uint32_t port, std::vector<const Service*> services,
                       std::vector<std::string> hosts, PortRoutes::Text routes) {
    for (const Service* service : services) t_.answered[t_.position.find(service->hostname)] = true;
    t_.wrappers.push_back({port, std::move(services), std::move(hosts), routes});
  }

  // The rule's hosts that are services, and those that are not (separateVSHostsAndServices).
  void separate(const traffic::VirtualService& rule, std::vector<std::string>& hosts,
                std::vector<const Service*>& services) const {
    for (const std::string& written : rule.spec->hosts) {
      if (model::is_wildcard(written)) continue;
      if (const Service* service = find(written)) {
        services.push_back(service);
      } else {
        hosts.push_back(written);
      }
    }
    for (const std::string& written : rule.spec->hosts) {
      if (!model::is_wildcard(written)) continue;
      model::NamespacedName name{rule.ns(), rule.name()};
      std::string host = lower_ascii(written);
      bool any = false;
      for (const Service* service : t_.services) {
        if (!model::host_matches(service->hostname, host)) continue;
        any = true;
        auto it = egress_.most_specific_virtual_service.find(service->hostname);
        if (it == egress_.most_specific_virtual_service.end() || it->second != name) continue;
        services.push_back(service);
      }
      if (!any) hosts.push_back(host);
    }
  }

  void add_wrapper(const Wrapper& wrapper) {
    for (const std::string& host : wrapper.hosts) {
      t_.domains.clear();
      std::string name = lower_ascii(host);
      t_.domains.add(bracketed(name), "", false);
      add_host(name, wrapper.port, wrapper.routes);
    }
    for (const Service* service : wrapper.services) {
      add_service(*service, wrapper.port, wrapper.routes);
    }
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
    t_.domains.clear();
    append_domains(service, port_ == 0 ? port : 0, view_.proxy, t_.domains);
    add_host(service.hostname, port, routes);
  }

  // Without a listener port of its own, a host answers to names with its port, those of port 80
  // to the bare names too (mergeAllVirtualHosts).
  bool keeps(std::string_view domain, uint32_t port) const {
    return port_ != 0 || port == 80 || domain.find(':') != std::string_view::npos;
  }

  // A short form gives way to a service that answers here under that full name.
  bool gives_way(size_t domain) const {
    if (!t_.domains.alternate(domain)) return false;
    uint32_t at = t_.position.find(t_.domains.text(domain));
    return at != TextIndex::kNone && t_.answered[at];
  }

  void add_host(std::string_view host, uint32_t port, PortRoutes::Text routes) {
    const size_t texts_before = out_->texts.size();
    PortRoutes::Text name = put_host_port(host, port);
    if (!insert(t_.names, name)) {
      out_->texts.resize(texts_before);
      return;
    }
    PortRoutes::VirtualHost entry;
    entry.first_domain = static_cast<uint32_t>(out_->domains.size());
    for (size_t i = 0; i < t_.domains.size(); ++i) {
      if (gives_way(i)) continue;
      PortRoutes::Text domain = put_text(t_.domains.text(i));
      if (!insert(t_.taken_domains, domain)) {
        out_->texts.resize(domain.offset);
        continue;
      }
      if (keeps(out_->text(domain), port)) out_->domains.push_back(domain);
    }
    entry.domain_count = static_cast<uint32_t>(out_->domains.size()) - entry.first_domain;
    if (entry.domain_count == 0) return;
    entry.name = name;
    entry.routes = routes;
    out_->hosts.push_back(entry);
  }

  bool insert(Known& known, PortRoutes::Text text) {
    if (known.index.insert(out_->text(text), 0) != TextIndex::kNone) return false;
    known.texts.push_back(text);
    return true;
  }

  // Views into the pool end when it grows: it is given room in large steps, and the sets are made anew.
  void make_room(size_t bytes) {
    std::string& texts = out_->texts;
    if (texts.size() + bytes <= texts.capacity()) return;
    texts.reserve(
        std::max(texts.capacity() * 4, texts.size() + bytes + t_.services.size() * 160 + 1024));
    for (Known* known : {&t_.names, &t_.taken_domains}) {
      known->index.reset(known->texts.size() * 2);
      for (PortRoutes::Text text : known->texts) known->index.insert(out_->text(text), 0);
    }
  }

  PortRoutes::Text put_host_port(std::string_view host, uint32_t port) {
    if (host.find(':') != std::string_view::npos) return put_text(host_port(host, port));
    make_room(host.size() + 12);
    PortRoutes::Text at{static_cast<uint32_t>(out_->texts.size()), 0};
    out_->texts.append(host).append(":");
    append_number(port, out_->texts);
    at.size = static_cast<uint32_t>(out_->texts.size()) - at.offset;
    return at;
  }

  PortRoutes::Text put_text(std::string_view text) {
    make_room(text.size());
    PortRoutes::Text at{static_cast<uint32_t>(out_->texts.size()),
                        static_cast<uint32_t>(text.size())};
    out_->texts += text;
    return at;
  }

  // Size 0 when the rule has no routes here.
  PortRoutes::Text put_routes(const RouteContext& context, const traffic::VirtualService& rule) {
    const BuiltRoutes built = append_routes(context, rule, out_->bytes);
    return {static_cast<uint32_t>(built.begin), static_cast<uint32_t>(built.end - built.begin)};
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
    std::string& cluster = t_.scratch;
    cluster.assign("outbound|");
    append_number(port, cluster);
    cluster.append("||").append(service.hostname);
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
      std::string& operation = t_.scratch;
      operation.assign(service.hostname).append(":");
      append_number(port, operation);
      operation.append("/*");
      route.decorator([&](er::Decorator d) { d.operation(operation); });
    });
    return {static_cast<uint32_t>(start), static_cast<uint32_t>(out_->bytes.size() - start)};
  }

  const traffic::ProxyView& view_;
  const traffic::EgressListener& egress_;
  const uint32_t port_;
  std::unique_ptr<PortRoutes> out_;
  Tables& t_;
  std::string default_retry_;
  bool no_default_retry_ = false;
};

}  // namespace

std::unique_ptr<PortRoutes> build_virtual_hosts(const traffic::ProxyView& view, uint32_t port,
                                                std::string_view name) {
  const traffic::EgressListener* egress = view.scope->egress_for_route(port, name);
  if (egress == nullptr) return nullptr;
  bool http_proxy =
      egress->listener != nullptr && egress->listener->port &&
      model::parse_protocol(egress->listener->port->protocol) == model::Protocol::kHttpProxy;
  return Builder(view, *egress, http_proxy ? 0 : port).build();
}

}  // namespace mesh::xds
