#include "libmesh/xds/rds/virtual_hosts.h"

#include <algorithm>
#include <deque>
#include <map>

#include "libmesh/base/capitals.h"
#include "libmesh/base/strings.h"
#include "libmesh/base/text_index.h"
#include "libmesh/model/host.h"
#include "libmesh/model/istiod_variables.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/traffic/features.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/rds/default_routes.h"
#include "libmesh/xds/rds/route_builder.h"
#include "libmesh/xds/rds/route_domains.h"
#include "libmesh/xds/rds/route_parts.h"
#include "libmesh/xds/rds/virtual_host_heads.h"
#include "libmesh/xds/stateful_session.h"

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

// What a builder looks things up in: filled for one port, and kept for the memory only.
struct Tables {
  std::vector<const Service*> services;   // one per host
  std::vector<const Service*> wildcards;  // of them
  // Domains: the number of the service whose host it is, or kNobodysHost.
  TextIndex domain;
  std::vector<char> answered;  // by number: has a virtual host here
  std::vector<char> taken;     // by number: its host is a domain already
  std::vector<Wrapper> wrappers;
  std::vector<const Service*> plain;  // without a VirtualService
  TextIndex names;                    // of virtual hosts, where two might have one
  std::deque<std::string> unwritten;  // domains that are taken, and written nowhere
  std::deque<Service> lowered;        // copies of those whose host has capitals
  DomainList domains;                 // of the host at hand
  DefaultRoutes default_routes;
  struct OwnNames {
    VirtualHostHeads::Form form;
    std::string_view address;
  };
  VirtualHostHeads heads;
  std::vector<OwnNames> own;  // of each service, when all have names of their own
  TextIndex addresses;        // domains of those
  std::string scratch;

  void clear() {
    services.clear();
    wildcards.clear();
    answered.clear();
    taken.clear();
    wrappers.clear();
    plain.clear();
    names.reset();
    unwritten.clear();
    lowered.clear();
    domains.clear();
    default_routes.clear();
    own.clear();
  }
};

constexpr uint32_t kNobodysHost = ~uint32_t{0} - 1;

class Builder {
 public:
  Builder(const traffic::ProxyView& view, const traffic::EgressListener& egress, uint32_t port)
      : view_(view),
        egress_(egress),
        port_(port),
        sessions_(traffic::features_of(view.mesh().config).persistent_sessions),
        dual_stack_(model::uses_dual_stack(view.mesh().config)),
        out_(new_port_routes()),
        t_(tables()) {
    t_.clear();
  }

  PortRoutesPtr build() {
    collect_services();
    build_wrappers();
    reserve();
    for (const Wrapper& wrapper : t_.wrappers) add_wrapper(wrapper);
    for (size_t i = 0; i < t_.plain.size(); ++i) add_plain(i);
    const auto by_name = [&](const auto& a, const auto& b) {
      return out_->text(a.name) < out_->text(b.name);
    };
    if (!std::is_sorted(out_->hosts.begin(), out_->hosts.end(), by_name)) {
      std::stable_sort(out_->hosts.begin(), out_->hosts.end(), by_name);
    }
    return std::move(out_);
  }

 private:
  static Tables& tables() {
    thread_local Tables kept;
    return kept;
  }

  // Istio's routes of a port know a service by its host in small letters, in every name that they write and look up.
  const Service* lowered(const Service& service) const {
    if (port_ == 0 || !has_capitals(service.hostname)) return &service;
    Service& copy = t_.lowered.emplace_back(service);
    copy.hostname = lower_ascii(service.hostname);
    return &copy;
  }

  // The last of several services with one host stands for it, as in Istio's map.
  void collect_services() {
    t_.plain.reserve(egress_.services.size());
    for (const ServicePtr& service : egress_.services) {
      if (port_ == 0 || service->port_by_number(port_) != nullptr)
        t_.plain.push_back(lowered(*service));
    }
    if (have_own_names()) {
      t_.services.swap(t_.plain);
      t_.addresses.reset(t_.services.size());
      t_.answered.resize(t_.services.size());
      own_names_ = true;
      return;
    }
    constexpr size_t kDomainsEach = 6;
    t_.domain.reset(t_.plain.size() * kDomainsEach);
    t_.services.reserve(t_.plain.size());
    for (const Service* service : t_.plain) {
      uint32_t at = t_.domain.insert(service->hostname, static_cast<uint32_t>(t_.services.size()));
      if (at == TextIndex::kNone) {
        t_.services.push_back(service);
        if (model::is_wildcard(service->hostname)) t_.wildcards.push_back(service);
      } else {
        t_.services[at] = service;
      }
    }
    t_.plain.clear();
    t_.answered.resize(t_.services.size());
    t_.taken.resize(t_.services.size());
  }

  // Nothing is looked up, and nothing but an address can be in two hosts.
  bool have_own_names() const {
    if (port_ == 0 || sessions_ || !egress_.virtual_services.empty()) return false;
    t_.heads.reset(view_.proxy);
    using Form = VirtualHostHeads::Form;
    std::string_view last;
    bool seen[static_cast<size_t>(Form::kOwn) + 1] = {};
    for (const Service* service : t_.plain) {
      Tables::OwnNames own{t_.heads.form_of(*service), {}};
      if (own.form == Form::kAny || last >= service->hostname ||
          service->resolution == model::Resolution::kAlias ||
          !only_address(*service, own.address)) {
        return false;
      }
      last = service->hostname;
      seen[static_cast<size_t>(own.form)] = true;
      t_.own.push_back(own);
    }
    const auto any = [&](Form form) { return seen[static_cast<size_t>(form)]; };
    return !(any(Form::kShort) && (any(Form::kOther) || any(Form::kOwn)));
  }

  // The only one there is, or none. False when there are more, or one that stands in brackets.
  bool only_address(const Service& service, std::string_view& out) const {
    bool only = true;
    traffic::for_each_address(service, view_.proxy, dual_stack_, [&](const std::string& address) {
      only = only && out.empty() && address.find(':') == std::string::npos;
      out = address;
    });
    return only;
  }

  const Service* find(std::string_view host) const {
    uint32_t at = t_.domain.find(host);
    return at < t_.services.size() ? t_.services[at] : nullptr;
  }

  // Room for what is usual.
  void reserve() {
    out_->hosts.reserve(t_.services.size() + t_.wrappers.size());
    out_->heads.reserve(t_.services.size() * 192 + 256);
    out_->bytes.reserve(out_->bytes.size() + t_.plain.size() * 320);
    unique_names_ = port_ != 0 && t_.wrappers.empty();
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
    for (const Service* service : services) t_.answered[t_.domain.find(service->hostname)] = true;
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

  void add_plain(size_t at) {
    const Service& service = *t_.plain[at];
    for (const model::Port& port : service.ports) {
      if ((port_ != 0 && port.number != port_) || !is_http_or_sniffed(port.protocol)) continue;
      const PortRoutes::Text routes = put_default_route(service, port.number);
      if (own_names_) {
        add_own_names(at, port.number, routes);  // no service is left out
        break;
      } else {
        add_service(service, port.number, routes);
      }
    }
  }

  // A service whose names are its own.
  void add_own_names(size_t at, uint32_t port, PortRoutes::Text routes) {
    const auto& [form, only] = t_.own[at];
    const bool free = only.empty() || t_.addresses.insert(only, 0) == TextIndex::kNone;
    const std::string_view address = free ? only : std::string_view();
    std::string& heads = out_->heads;
    const size_t start = heads.size();
    PortRoutes::VirtualHost entry;
    entry.name = t_.heads.put(form, t_.services[at]->hostname, address, port, heads);
    entry.head = {static_cast<uint32_t>(start), static_cast<uint32_t>(heads.size() - start)};
    entry.routes = routes;
    out_->hosts.push_back(entry);
  }

  void add_service(const Service& service, uint32_t port, PortRoutes::Text routes) {
    t_.domains.clear();
    append_domains(service, port_ == 0 ? port : 0, view_.proxy, dual_stack_, t_.domains);
    add_host(service.hostname, port, sessions_ ? with_session(service, routes) : routes);
  }

  // The routes, and how sessions with the service stick.
  PortRoutes::Text with_session(const Service& service, PortRoutes::Text routes) {
    const std::string session = session_of(service);
    if (session.empty()) return routes;
    const size_t start = out_->bytes.size();
    const std::string own = out_->bytes.substr(routes.offset, routes.size);
    out_->bytes += own;
    er::VirtualHost host(out_->bytes);
    write_session(host, session);
    return {static_cast<uint32_t>(start), static_cast<uint32_t>(out_->bytes.size() - start)};
  }

  // Without a listener port of its own, a host answers to names with its port, those of port 80
  // to the bare names too (mergeAllVirtualHosts).
  bool keeps(std::string_view domain, uint32_t port) const {
    return port_ != 0 || port == 80 || domain.find(':') != std::string_view::npos;
  }

  // False when somebody has the domain. A short form gives way to a service that answers here under that full name.
  bool take(std::string_view domain, bool alternate) {
    const uint32_t at = t_.domain.insert(domain, kNobodysHost);
    if (at == TextIndex::kNone) return true;
    if (at == kNobodysHost || (alternate && t_.answered[at]) || t_.taken[at]) return false;
    t_.taken[at] = true;
    return true;
  }

  void add_host(std::string_view host, uint32_t port, PortRoutes::Text routes) {
    std::string& heads = out_->heads;
    const size_t start = heads.size();
    PortRoutes::VirtualHost entry;
    put_name(host, port, entry);
    if (!unique_names_ && t_.names.insert(out_->text(entry.name), 0) != TextIndex::kNone) {
      heads.resize(start);
      return;
    }
    const size_t named = heads.size();
    for (size_t i = 0; i < t_.domains.size(); ++i) {
      const std::string_view domain = t_.domains.text(i);
      if (!keeps(domain, port)) {
        if (take(t_.unwritten.emplace_back(domain), t_.domains.alternate(i))) continue;
        t_.unwritten.pop_back();
        continue;
      }
      make_room(domain.size());
      const size_t before = heads.size();
      er::VirtualHost(heads).domains(domain);
      const auto written = std::string_view(heads).substr(heads.size() - domain.size());
      if (!take(written, t_.domains.alternate(i))) heads.resize(before);
    }
    if (heads.size() == named) return;
    entry.head = {static_cast<uint32_t>(start), static_cast<uint32_t>(heads.size() - start)};
    entry.routes = routes;
    out_->hosts.push_back(entry);
  }

  void put_name(std::string_view host, uint32_t port, PortRoutes::VirtualHost& entry) {
    std::string& name = t_.scratch;
    if (host.find(':') == std::string_view::npos) {
      name.assign(host).append(":");
      append_number(port, name);
    } else {
      name = host_port(host, port);
    }
    make_room(name.size());
    er::VirtualHost(out_->heads).name(name);
    const auto size = static_cast<uint32_t>(name.size());
    entry.name = {static_cast<uint32_t>(out_->heads.size()) - size, size};
  }

  // Views into the pool end when it grows: it is given room in large steps, and the sets are told.
  void make_room(size_t size) {
    constexpr size_t kTagAndLength = 6;
    std::string& heads = out_->heads;
    const size_t least = heads.size() + size + kTagAndLength;
    if (least <= heads.capacity()) return;
    std::string larger;
    larger.reserve(std::max(heads.capacity() * 3, least + t_.services.size() * 160 + 1024));
    larger.append(heads);
    t_.names.move_texts(heads, larger.data());
    t_.domain.move_texts(heads, larger.data());
    heads = std::move(larger);
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
    std::string& bytes = out_->bytes;
    const size_t start = bytes.size();
    if (const auto* h = hash(service, port); h != nullptr) {
      write_default_route(service, port, h);
    } else {
      t_.default_routes.append(service.hostname, port, bytes,
                               [&] { write_default_route(service, port, nullptr); });
    }
    return {static_cast<uint32_t>(start), static_cast<uint32_t>(bytes.size() - start)};
  }

  void write_default_route(const Service& service, uint32_t port,
                           const networking::LoadBalancerSettings_ConsistentHashLB* h) {
    if (default_retry_.empty() && !no_default_retry_) {
      default_retry_ = retry_policy(view_.mesh().config->default_http_retry_policy.get(), false);
      no_default_retry_ = default_retry_.empty();
    }
    std::string& text = t_.scratch;
    er::VirtualHost(out_->bytes).routes(wire::Wide{[&](er::Route route) {
      route.name("default");
      route.match([](er::RouteMatch m) { m.prefix("/"); });
      route.route(wire::Wide{[&](er::RouteAction action) {
        text.assign("outbound|");
        append_number(port, text);
        text.append("||").append(service.hostname);
        action.cluster(text);
        action.timeout();
        if (!default_retry_.empty()) action.retry_policy(wire::Raw{default_retry_});
        if (h != nullptr) write_hash_policy(action, *h);
        action.max_grpc_timeout();
      }});
      text.assign(service.hostname).append(":");
      append_number(port, text);
      text.append("/*");
      route.decorator([&](er::Decorator d) { d.operation(text); });
    }});
  }

  const traffic::ProxyView& view_;
  const traffic::EgressListener& egress_;
  const uint32_t port_;
  const bool sessions_;  // services may ask for sticky ones
  const bool dual_stack_;
  PortRoutesPtr out_;
  Tables& t_;
  std::string default_retry_;
  bool no_default_retry_ = false;
  bool unique_names_ = false;  // no two virtual hosts can have one name
  bool own_names_ = false;     // nor one domain, but for addresses
};

}  // namespace

PortRoutesPtr build_virtual_hosts(const traffic::ProxyView& view, uint32_t port,
                                  std::string_view name) {
  const traffic::EgressListener* egress = view.scope->egress_for_route(port, name);
  if (egress == nullptr) return nullptr;
  bool http_proxy =
      egress->listener != nullptr && egress->listener->port &&
      model::parse_protocol(egress->listener->port->protocol) == model::Protocol::kHttpProxy;
  return Builder(view, *egress, http_proxy ? 0 : port).build();
}

}  // namespace mesh::xds
