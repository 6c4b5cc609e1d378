#include "libmesh/xds/rds/routes_sidecar.h"

#include <array>
#include <charconv>
#include <optional>

#include "libmesh/base/capitals.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/rds/proxy_headers.h"
#include "libmesh/xds/rds/route_builder.h"
#include "libmesh/xds/rds/virtual_hosts.h"

namespace mesh::xds {
namespace {

namespace er = envoy::route;

constexpr std::string_view kHttpProxy = "http_proxy";
constexpr std::string_view kUnixPrefix = "unix://";
constexpr uint32_t kMaxDirectResponse = 1024 * 1024;  // what Istio's validation allows

struct RouteName {
  uint32_t port = 0;
  bool sniffed = false;
  std::string_view host;  // of a sniffed one
};

std::optional<RouteName> parse(std::string_view name) {
  RouteName out;
  if (name == kHttpProxy || name.substr(0, kUnixPrefix.size()) == kUnixPrefix) return out;
  std::string_view port = name;
  size_t colon = name.rfind(':');
  if (colon != std::string_view::npos) {
    out.sniffed = true;
    out.host = name.substr(0, colon);
    port = name.substr(colon + 1);
  }
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return out;
}

using Mode = traffic::OutboundMode;

// What decides about the host that takes requests for unknown names.
struct CatchAll {
  Mode mode = Mode::kAllowAny;
  std::string_view cluster;  // where they go, unless the mode says it
  bool forwarded_host = false;
  bool attempt_count = false;
};

void write_catch_all_route(er::Route& route, const CatchAll& all, std::string_view name) {
  route.name(name);
  route.match([](er::RouteMatch m) { m.prefix("/"); });
  if (all.mode == Mode::kRegistryOnly) {
    route.direct_response([](er::DirectResponseAction a) { a.status(502); });
    return;
  }
  route.route([&](er::RouteAction a) {
    a.cluster(all.mode == Mode::kAllowAnyDynamicDns ? kAllowAnyDynamicDnsCluster : all.cluster);
    a.timeout();
    a.max_grpc_timeout();
    a.append_x_forwarded_host(all.forwarded_host);
  });
}

void write_catch_all(const CatchAll& all, er::RouteConfiguration& out) {
  std::string_view name = "allow_any";
  if (all.mode == Mode::kRegistryOnly) name = "block_all";
  if (all.mode == Mode::kAllowAnyDynamicDns) name = "allow_any_dynamic_dns";
  out.virtual_hosts([&](er::VirtualHost host) {
    host.name(name);
    host.domains("*");
    host.routes([&](er::Route route) { write_catch_all_route(route, all, name); });
    host.include_request_attempt_count(all.attempt_count);
  });
}

// Those without an egress proxy, all there are.
std::string_view known_catch_all(Mode mode, bool forwarded_host, bool attempt_count) {
  constexpr size_t kModes = 3;
  static const std::array<std::string, kModes * 4> known = [] {
    std::array<std::string, kModes * 4> out;
    for (size_t i = 0; i < out.size(); ++i) {
      er::RouteConfiguration fields(out[i]);
      write_catch_all({static_cast<Mode>(i / 4), kPassthroughCluster, (i & 2) != 0, (i & 1) != 0},
                      fields);
    }
    return out;
  }();
  return known[static_cast<size_t>(mode) * 4 + (forwarded_host ? 2 : 0) + (attempt_count ? 1 : 0)];
}

void put_catch_all(er::RouteConfiguration& out, const traffic::ProxyView& view,
                   bool attempt_count) {
  const traffic::Scope& scope = *view.scope;
  const bool forwarded_host = appends_forwarded_host(view);
  if (scope.egress_proxy == nullptr) {
    out.append_raw(known_catch_all(scope.outbound_mode, forwarded_host, attempt_count));
    return;
  }
  const std::string cluster = destination_cluster(*scope.egress_proxy, nullptr, 0);
  write_catch_all({scope.outbound_mode, cluster, forwarded_host, attempt_count}, out);
}

void write_virtual_host(er::RouteConfiguration& out, const PortRoutes& port,
                        const PortRoutes::VirtualHost& host, bool any_domain, bool attempt_count) {
  out.virtual_hosts(wire::Wide{[&](er::VirtualHost v) {
    if (any_domain) {
      v.name(port.text(host.name));
      v.domains("*");
    } else {
      v.append_raw(port.text(host.head));
    }
    v.append_raw(port.routes_of(host));
    if (host.field.size == 0) v.include_request_attempt_count(attempt_count);
  }});
}

// Fields that stand one behind the other are appended at once.
void write_virtual_hosts(er::RouteConfiguration& out, const PortRoutes& port, bool attempt_count) {
  PortRoutes::Text run;
  const auto append_run = [&] {
    if (run.size != 0) out.append_raw(port.text(run));
    run = {};
  };
  for (const PortRoutes::VirtualHost& host : port.hosts) {
    if (host.field.size != 0 && run.size != 0 && host.field.offset == run.offset + run.size) {
      run.size += host.field.size;
      continue;
    }
    append_run();
    run = host.field;
    if (host.field.size == 0) write_virtual_host(out, port, host, false, attempt_count);
  }
  append_run();
}

// The host of a sniffed port's route: the one that has the name among its domains, which have no capitals.
const PortRoutes::VirtualHost* find_sniffed(const PortRoutes& port, std::string_view name,
                                            std::string_view host) {
  if (has_capitals(host)) return nullptr;
  uint32_t at = port.by_domain->find(host);
  if (at == TextIndex::kNone) at = port.by_domain->find(name);
  return at == TextIndex::kNone ? nullptr : &port.hosts[at];
}

void index_domains(PortRoutes& port) {
  static const uint32_t kDomains = [] {
    std::string field;
    er::VirtualHost(field).domains("*");
    return wire::Reader(field).next()->number;
  }();
  TextIndex& index = port.by_domain.emplace(port.hosts.size() * 4);
  for (uint32_t i = 0; i < port.hosts.size(); ++i) {
    wire::Reader fields(port.text(port.hosts[i].head));
    while (const wire::Field* field = fields.next()) {
      if (field->number == kDomains) index.insert(field->bytes, i);
    }
  }
}

}  // namespace

namespace {

std::vector<std::unique_ptr<PortRoutes>>& spare_port_routes() {
  thread_local std::vector<std::unique_ptr<PortRoutes>> spare;
  return spare;
}

}  // namespace

PortRoutesPtr new_port_routes() {
  auto& spare = spare_port_routes();
  if (spare.empty()) return PortRoutesPtr(new PortRoutes);
  PortRoutesPtr out(spare.back().release());
  spare.pop_back();
  return out;
}

void KeepPortRoutes::operator()(PortRoutes* routes) const {
  constexpr size_t kMost = 8;
  constexpr size_t kLargest = 1 << 20;
  std::unique_ptr<PortRoutes> owned(routes);
  auto& spare = spare_port_routes();
  if (spare.size() >= kMost || owned->heads.capacity() + owned->bytes.capacity() > kLargest) return;
  owned->heads.clear();
  owned->bytes.clear();
  owned->hosts.clear();
  owned->by_domain.reset();
  spare.push_back(std::move(owned));
}

PortRoutes* SidecarRoutes::port_routes(uint32_t port, std::string_view name) {
  if (port == 0) {
    unnumbered_ = build_virtual_hosts(view_, port, name);
    return unnumbered_.get();
  }
  auto [it, fresh] = ports_.try_emplace(port);
  if (fresh) it->second = build_virtual_hosts(view_, port, name);
  return it->second.get();
}

ResourcePtr SidecarRoutes::build(std::string_view name) {
  thread_local std::string scratch;
  scratch.clear();
  er::RouteConfiguration out(scratch);
  std::optional<RouteName> parsed = parse(name);
  out.name(name);
  out.validate_clusters(false);
  PortRoutes* port = parsed ? port_routes(parsed->port, name) : nullptr;
  if (!parsed) return make_resource(Type::kRoute, name, scratch);
  bool attempts = includes_attempt_count(view_);
  if (port != nullptr && parsed->sniffed) {
    if (!port->by_domain) index_domains(*port);
    const auto* host = find_sniffed(*port, name, parsed->host);
    if (host != nullptr) write_virtual_host(out, *port, *host, true, attempts);
  } else if (port != nullptr) {
    write_virtual_hosts(out, *port, attempts);
  }
  if (!parsed->sniffed) put_catch_all(out, view_, attempts);
  out.max_direct_response_body_size_bytes(kMaxDirectResponse);
  out.ignore_port_in_host_matching(true);
  return make_resource(Type::kRoute, name, scratch);
}

}  // namespace mesh::xds
