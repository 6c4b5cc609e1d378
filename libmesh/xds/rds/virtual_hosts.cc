#include "libmesh/xds/rds/virtual_hosts.h"

#include <algorithm>
#include <deque>
#include <map>
#include <string_view>
#include <unordered_set>

#include "libmesh/base/capitals.h"
#include "libmesh/base/strings.h"
#include "libmesh/base/text_hash.h"
#include "libmesh/base/text_index.h"
#include "libmesh/model/host.h"
#include "libmesh/model/istiod_variables.h"
#include "libmesh/traffic/addresses.h"
#include "libmesh/traffic/features.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/rds/default_routes.h"
#include "libmesh/xds/rds/proxy_headers.h"
#include "libmesh/xds/rds/route_builder.h"
#include "libmesh/xds/rds/route_domains.h"
#include "libmesh/xds/rds/route_parts.h"
#include "libmesh/xds/rds/virtual_host_templates.h"
#include "libmesh/xds/stateful_session.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;
using model::Service;
using model::ServicePtr;

bool is_http_or_sniffed(model::Protocol protocol) {
  return model::is_http(protocol) || model::is_unsupported(protocol);
}

// Where a list stands among those of its kind.
struct Range {
  size_t begin = 0;
  size_t end = 0;
};

// Routes that answer for some services and some hosts that are no services, on one port.
struct Wrapper {
  uint32_t port = 0;
  Range services;
  Range hosts;
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
  std::vector<uint32_t> wrapped;           // numbers of their services
  std::vector<std::string> wrapped_hosts;  // their hosts that are no services
  std::vector<uint32_t> plain;             // services without a VirtualService
  TextIndex names;                         // of virtual hosts, where two might have one
  std::deque<std::string> unwritten;       // domains that are taken, and written nowhere
  std::deque<Service> lowered;             // copies of those whose host has capitals
  // All hosts of services as they are written, made when first asked for.
  std::unordered_set<std::string_view, TextHash> written;
  DomainList domains;  // of the host at hand
  DefaultRoutes default_routes;
  struct OwnNames {
    VirtualHostTemplates::Form form;
    std::string_view address;
  };
  VirtualHostTemplates templates;
  std::vector<OwnNames> own;  // of each service, when all have names of their own
  TextIndex addresses;        // domains of those
  std::string scratch;

  void clear() {
    services.clear();
    wildcards.clear();
    answered.clear();
    taken.clear();
    wrappers.clear();
    wrapped.clear();
    wrapped_hosts.clear();
    plain.clear();
    names.reset();
    unwritten.clear();
    lowered.clear();
    written.clear();
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
        attempt_count_(includes_attempt_count(view)),
        out_(new_port_routes()),
        t_(tables()) {
    t_.clear();
  }

  PortRoutesPtr build() {
    collect_services();
    build_wrappers();
    reserve();
    for (const Wrapper& wrapper : t_.wrappers) add_wrapper(wrapper);
    for (const uint32_t at : t_.plain) add_plain(at);
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
    t_.services.reserve(egress_.services.size());
    for (const ServicePtr& service : egress_.services) {
      if (port_ == 0 || service->port_by_number(port_) != nullptr)
        t_.services.push_back(lowered(*service));
    }
    const bool ascend = hosts_ascend();
    if (ascend)
      std::erase_if(t_.services, [this](const auto* service) { return is_silent(*service); });
    own_names_ = ascend && have_own_names();
    if (own_names_) t_.addresses.reset(t_.services.size());
    // Without rules nothing is looked up then.
    if (!own_names_ || !egress_.virtual_services.empty()) index_services();
    t_.answered.resize(t_.services.size());
  }

  void index_services() {
    constexpr size_t kDomainsEach = 6;
    const auto silent = std::count_if(t_.services.begin(), t_.services.end(),
                                      [this](const auto* service) { return is_silent(*service); });
    t_.domain.reset((t_.services.size() - static_cast<size_t>(silent)) *
                    (own_names_ ? 1 : kDomainsEach));
    uint32_t count = 0;
    for (const Service* service : t_.services) {
      // One that nobody had the host of before is in nobody's way.
      if (is_silent(*service) && !t_.domain.contains(service->hostname)) continue;
      const uint32_t at = t_.domain.insert(service->hostname, count);
      if (at == TextIndex::kNone && model::is_wildcard(service->hostname)) {
        t_.wildcards.push_back(service);
      }
      t_.services[at == TextIndex::kNone ? count++ : at] = service;
    }
    t_.services.resize(count);
    t_.taken.resize(count);
  }

  // Another name of a service: only a rule makes it answer.
  bool is_silent(const Service& service) const {
    return service.resolution == model::Resolution::kAlias && egress_.virtual_services.empty();
  }

  // So that no two services have one.
  bool hosts_ascend() const {
    std::string_view last;
    for (const Service* service : t_.services) {
      if (last >= service->hostname) return false;
      last = service->hostname;
    }
    return true;
  }

  // Nothing but an address can be in two of the services' hosts.
  bool have_own_names() const {
    if (port_ == 0 || sessions_) return false;
    t_.templates.reset(view_.proxy);
    using Form = VirtualHostTemplates::Form;
    bool seen[static_cast<size_t>(Form::kOwn) + 1] = {};
    for (const Service* service : t_.services) {
      Tables::OwnNames own{t_.templates.form_of(*service), {}};
      if (own.form == Form::kAny || !only_address(*service, own.address)) return false;
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

  // The number of the service with that host, or kNobodysHost.
  uint32_t number_of(std::string_view host) const {
    const uint32_t at = t_.domain.find(host);
    return at < t_.services.size() ? at : kNobodysHost;
  }
  const Service* find(std::string_view host) const {
    const uint32_t at = number_of(host);
    return at == kNobodysHost ? nullptr : t_.services[at];
  }

  // Room for what is usual.
  void reserve() {
    out_->hosts.reserve(t_.services.size() + t_.wrappers.size());
    const size_t whole = own_names_ ? t_.plain.size() * 320 : 0;
    out_->heads.reserve(t_.services.size() * 192 + 256 + whole);
    out_->bytes.reserve(out_->bytes.size() + t_.plain.size() * 320 - whole);
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
    // A host that is no service may be a name of one.
    own_names_ = own_names_ && t_.wrapped_hosts.empty();
    take_plain();
  }

  // The services that no rule answers for.
  void take_plain() {
    t_.plain.reserve(t_.services.size());
    for (uint32_t i = 0; i < t_.services.size(); ++i) {
      const Service* service = t_.services[i];
      if (service->resolution == model::Resolution::kAlias || t_.answered[i]) continue;
      t_.plain.push_back(i);
      t_.answered[i] = true;
    }
  }

  void add_rule(const traffic::VirtualService& rule, PortRoutes::Text routes) {
    std::vector<uint32_t>& wrapped = t_.wrapped;
    Wrapper wrapper{port_, {wrapped.size(), 0}, {t_.wrapped_hosts.size(), 0}, routes};
    separate(rule);
    const auto services = wrapped.begin() + static_cast<std::ptrdiff_t>(wrapper.services.begin);
    wrapper.hosts.end = t_.wrapped_hosts.size();
    if (port_ != 0) {
      const auto of_another = [this](uint32_t at) {
        return !is_http_or_sniffed(t_.services[at]->port_by_number(port_)->protocol);
      };
      wrapped.erase(std::remove_if(services, wrapped.end(), of_another), wrapped.end());
      // Rules for hosts that are no services answer on port 80.
      if (wrapper.services.begin != wrapped.size() || port_ == 80) add_wrapper_of(wrapper);
      return;
    }
    std::map<uint32_t, std::vector<uint32_t>> by_port;
    for (auto at = services; at != wrapped.end(); ++at) {
      for (const model::Port& port : t_.services[*at]->ports) {
        if (is_http_or_sniffed(port.protocol)) by_port[port.number].push_back(*at);
      }
    }
    for (auto& [port, group] : by_port) {
      wrapper.port = port;
      wrapper.services.begin = wrapped.size();
      wrapped.insert(wrapped.end(), group.begin(), group.end());
      add_wrapper_of(wrapper);
    }
  }

  // Its services are the last ones.
  void add_wrapper_of(Wrapper wrapper) {
    wrapper.services.end = t_.wrapped.size();
    for (size_t i = wrapper.services.begin; i < wrapper.services.end; ++i) {
      t_.answered[t_.wrapped[i]] = true;
    }
    t_.wrappers.push_back(wrapper);
  }

  // The rule's hosts that are services, and those that are not (separateVSHostsAndServices).
  void separate(const traffic::VirtualService& rule) const {
    for (const std::string& written : rule.spec->hosts) {
      if (model::is_wildcard(written)) continue;
      if (const uint32_t at = number_of(written); at != kNobodysHost) {
        t_.wrapped.push_back(at);
      } else {
        t_.wrapped_hosts.push_back(written);
      }
    }
    for (const std::string& written : rule.spec->hosts) {
      if (!model::is_wildcard(written)) continue;
      std::string host = lower_ascii(written);
      bool any = false;
      for (uint32_t at = 0; at < t_.services.size(); ++at) {
        const std::string& own = t_.services[at]->hostname;
        if (!model::host_matches(own, host)) continue;
        any = true;
        if (is_most_specific(rule, own)) t_.wrapped.push_back(at);
      }
      if (!any) t_.wrapped_hosts.push_back(host);
    }
  }

  // Whether no other rule of the listener names the host more closely. Istio asks by the host in small letters, and so none
  // does that is written in capitals alone.
  bool is_most_specific(const traffic::VirtualService& rule, const std::string& host) const {
    if (!is_written(host)) return false;
    const auto* most = egress_.virtual_services.by_host().match(host);
    return most != nullptr && (*most)->ns() == rule.ns() && (*most)->name() == rule.name();
  }

  bool is_written(const std::string& host) const {
    if (t_.lowered.empty()) return true;
    if (t_.written.empty()) {
      for (const ServicePtr& service : egress_.services) t_.written.insert(service->hostname);
    }
    return t_.written.contains(host);
  }

  void add_wrapper(const Wrapper& wrapper) {
    for (size_t i = wrapper.hosts.begin; i < wrapper.hosts.end; ++i) {
      t_.domains.clear();
      std::string name = lower_ascii(t_.wrapped_hosts[i]);
      t_.domains.add(bracketed(name), "", false);
      add_host(name, wrapper.port, wrapper.routes);
    }
    for (size_t i = wrapper.services.begin; i < wrapper.services.end; ++i) {
      const uint32_t at = t_.wrapped[i];
      if (!own_names_) {
        add_service(*t_.services[at], wrapper.port, wrapper.routes);
      } else if (!t_.taken[at]) {
        t_.taken[at] = true;  // a further rule comes too late
        add_head(names_of(at, wrapper.port), wrapper.routes);
      }
    }
  }

  void add_plain(uint32_t at) {
    const Service& service = *t_.services[at];
    for (const model::Port& port : service.ports) {
      if ((port_ != 0 && port.number != port_) || !is_http_or_sniffed(port.protocol)) continue;
      if (own_names_) {
        const VirtualHostTemplates::Names names = names_of(at, port.number);
        if (!add_whole(service, names)) {
          add_head(names, put_default_route(service, port.number));
        }
        break;
      }
      add_service(service, port.number, put_default_route(service, port.number));
    }
  }

  // The names of a service whose names are its own. Asked once: the first service with an address has it.
  VirtualHostTemplates::Names names_of(uint32_t at, uint32_t port) {
    const auto& [form, only] = t_.own[at];
    const bool free = only.empty() || t_.addresses.insert(only, 0) == TextIndex::kNone;
    return {form, port, t_.services[at]->hostname, free ? only : std::string_view()};
  }

  // A service that answers by its default route. False when that has to be written.
  bool add_whole(const Service& service, const VirtualHostTemplates::Names& names) {
    if (hash(service, names.port) != nullptr) return false;
    PortRoutes::VirtualHost entry;
    const auto write_rest = [&](std::string& bytes) {
      write_default_route(service, names.port, nullptr, bytes);
      er::VirtualHost(bytes).include_request_attempt_count(attempt_count_);
    };
    if (!t_.templates.put_whole(names, write_rest, out_->heads, entry)) return false;
    out_->hosts.push_back(entry);
    return true;
  }

  void add_head(const VirtualHostTemplates::Names& names, PortRoutes::Text routes) {
    PortRoutes::VirtualHost entry = t_.templates.put_head(names, out_->heads);
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
      name.clear();
      append_texts(name, host, ":", Digits(port).text());
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
      write_default_route(service, port, h, bytes);
    } else {
      t_.default_routes.append(service.hostname, port, bytes,
                               [&] { write_default_route(service, port, nullptr, bytes); });
    }
    return {static_cast<uint32_t>(start), static_cast<uint32_t>(bytes.size() - start)};
  }

  void write_default_route(const Service& service, uint32_t port,
                           const networking::LoadBalancerSettings_ConsistentHashLB* h,
                           std::string& bytes) {
    if (default_retry_.empty() && !no_default_retry_) {
      default_retry_ = retry_policy(view_.mesh().config->default_http_retry_policy.get(), false);
      no_default_retry_ = default_retry_.empty();
    }
    const Digits digits(port);
    std::string& text = t_.scratch;
    er::VirtualHost(bytes).routes(wire::Wide{[&](er::Route route) {
      route.name("default");
      route.match([](er::RouteMatch m) { m.prefix("/"); });
      route.route(wire::Wide{[&](er::RouteAction action) {
        text.clear();
        append_texts(text, "outbound|", digits.text(), "||", service.hostname);
        action.cluster(text);
        action.timeout();
        if (!default_retry_.empty()) action.retry_policy(wire::Raw{default_retry_});
        if (h != nullptr) write_hash_policy(action, *h);
        action.max_grpc_timeout();
      }});
      text.clear();
      append_texts(text, service.hostname, ":", digits.text(), "/*");
      route.decorator([&](er::Decorator d) { d.operation(text); });
    }});
  }

  const traffic::ProxyView& view_;
  const traffic::EgressListener& egress_;
  const uint32_t port_;
  const bool sessions_;  // services may ask for sticky ones
  const bool dual_stack_;
  const bool attempt_count_;
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
