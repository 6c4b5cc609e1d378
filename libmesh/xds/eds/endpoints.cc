// EDS: the assignment of one outbound cluster.
//
// Follows BuildClusterLoadAssignment (xds/endpoints/endpoint_builder.go) in Istio.
#include <charconv>

#include "libmesh/xds/cds/cluster_policy.h"
#include "libmesh/xds/eds/assignments.h"
#include "libmesh/xds/eds/endpoint_groups.h"
#include "libmesh/xds/generate.h"

namespace mesh::xds {
namespace {

struct ClusterName {
  uint32_t port = 0;
  std::string subset;
  std::string_view host;  // of the text that was parsed
  bool sni_dnat = false;
};

// "outbound|80|v1|host" or "outbound_.80_.v1_.host"; false for other names.
bool parse(std::string_view name, ClusterName& out) {
  std::string_view separator = "|";
  out.sni_dnat = false;
  if (name.starts_with("outbound_.")) {
    separator = "_.";
    out.sni_dnat = true;
  } else if (!name.starts_with("outbound|")) {
    return false;
  }
  auto next = [&name, separator] {
    const size_t at = name.find(separator);
    std::string_view part = name.substr(0, at);
    name.remove_prefix(at == std::string_view::npos ? name.size() : at + separator.size());
    return part;
  };
  next();
  std::string_view port = next();
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) return false;
  out.subset = next();
  out.host = name;
  return true;
}

bool resolves_names(const model::Service& service) {
  return service.resolution == model::Resolution::kDnsLb ||
         service.resolution == model::Resolution::kDnsRoundRobinLb;
}

void collect(const traffic::ProxyView& view, const ClusterName& name, const model::Service& service,
             EndpointGroups& groups) {
  const model::Port* port = service.port_by_number(name.port);
  // A service that is resolved by DNS now has its endpoints in its cluster.
  if (port == nullptr || resolves_names(service)) {
    groups.clear();
    return;
  }
  auto rule = view.scope->destination_rule(view.proxy.labels, service.hostname);
  const networking::DestinationRule* spec = rule == nullptr ? nullptr : rule->spec.get();
  EndpointQuery query{view, service, *port, spec, name.subset};
  query.addresses_only = true;
  query.mutual_tls_only = name.sni_dnat;
  endpoint_groups(query, groups);
  if (groups.empty()) return;
  const PolicyParts policy = endpoint_policy(spec, name.subset, name.port);
  const LocalitySettings settings =
      locality_settings(view.mesh().config, policy.load_balancer, service.traffic_distribution);
  apply_locality(settings, view.proxy, policy.outlier_detection != nullptr, true, groups);
}

}  // namespace

const model::Service* Assignments::find(std::string_view host) {
  const auto& services = view_.scope->services;
  for (size_t at = last_; at < services.size() && at < last_ + 2; ++at) {
    if (services[at]->hostname != host) continue;
    last_ = at;
    return services[at].get();
  }
  const uint32_t at = view_.scope->hosts->find(services, host);
  if (at == index::HostTable::kNone) return nullptr;
  last_ = at;
  return services[at].get();
}

ResourcePtr Assignments::make(std::string_view cluster_name) {
  thread_local ClusterName name;
  if (!parse(cluster_name, name)) return nullptr;
  const model::Service* const service = find(name.host);
  if (service == nullptr) return nullptr;
  thread_local std::string bytes;  // keeps its memory
  bytes.clear();
  envoy::endpoint::ClusterLoadAssignment assignment(bytes);
  collect(view_, name, *service, groups_);
  writer_.write_assignment(cluster_name, groups_, assignment);
  return make_resource(Type::kEndpoint, cluster_name, bytes);
}

ResourcePtr endpoints(const traffic::ProxyView& view, std::string_view cluster_name) {
  return Assignments(view).make(cluster_name);
}

}  // namespace mesh::xds
