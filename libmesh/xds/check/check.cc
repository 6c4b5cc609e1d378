#include "libmesh/xds/check/check.h"

#include <iterator>
#include <set>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/traffic/check/conflicts.h"
#include "libmesh/traffic/check/destination_conflicts.h"
#include "libmesh/traffic/check/gateway_routes.h"
#include "libmesh/traffic/check/metadata.h"
#include "libmesh/traffic/check/mutual_tls.h"
#include "libmesh/traffic/check/passthrough_hosts.h"
#include "libmesh/traffic/check/references.h"
#include "libmesh/traffic/check/rules.h"
#include "libmesh/traffic/check/service_conflicts.h"
#include "libmesh/traffic/check/services.h"
#include "libmesh/traffic/check/shadowed.h"
#include "libmesh/traffic/check/target_refs.h"
#include "libmesh/traffic/check/workloads.h"
#include "libmesh/traffic/meshconfig/check.h"
#include "libmesh/traffic/telemetry/check.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/check/assumed.h"
#include "libmesh/xds/check/ingress_names.h"
#include "libmesh/xds/envoyfilter/check.h"
#include "libmesh/xds/security/check.h"
#include "libmesh/xds/security/tcp_check.h"

namespace mesh::xds {
namespace {

void add(Diagnostics more, Diagnostics& out) {
  out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// What gateway proxies have, each once: those that select the same share it.
std::vector<traffic::GatewayOfProxy> gateways_of(const traffic::Traffic& traffic,
                                                 const std::vector<model::Proxy>& proxies) {
  std::vector<traffic::GatewayOfProxy> out;
  std::set<std::pair<std::string, const traffic::MergedGateway*>> seen;
  for (const model::Proxy& proxy : proxies) {
    if (proxy.type != model::ProxyType::kGateway) continue;
    traffic::MergedGatewayPtr gateway = traffic.view(proxy).gateway;
    if (gateway == nullptr || !seen.emplace(proxy.ns, gateway.get()).second) continue;
    out.push_back({proxy.ns, std::move(gateway)});
  }
  return out;
}

// What is left out when Gateways are merged, and which routes nothing comes to.
void check_gateways(const traffic::Traffic& traffic, std::vector<model::Proxy> proxies,
                    const std::vector<model::Proxy>& assumed, Diagnostics& out) {
  proxies.insert(proxies.end(), assumed.begin(), assumed.end());
  const std::vector<traffic::GatewayOfProxy> gateways = gateways_of(traffic, proxies);
  for (const traffic::GatewayOfProxy& each : gateways) add(each.gateway->diagnostics, out);
  add(traffic::gateway_routes(traffic.mesh(), gateways), out);
}

// What is told of what proxies are sent; of configuration that is for none, of what one would be sent.
void check_proxies(const index::SnapshotPtr& snapshot, const traffic::Traffic& traffic,
                   Diagnostics& out) {
  const index::Mesh& mesh = traffic.mesh();
  if (mesh.gateways->empty() && mesh.envoy_filters->empty()) {
    return add(traffic::gateway_routes(mesh, {}), out);
  }
  std::vector<model::Proxy> proxies = index::proxies(*snapshot);
  std::erase_if(proxies, [&](const model::Proxy& proxy) { return proxy.tenant != mesh.tenant; });
  const std::vector<model::Proxy> assumed = assumed_proxies(mesh, proxies);
  check_gateways(traffic, proxies, assumed, out);
  envoyfilter::check(traffic, proxies, assumed, out);
}

// What stands in the rules themselves, and what they name.
void check_rules(const index::SnapshotPtr& snapshot, const index::Tenant& tenant,
                 const traffic::Traffic& traffic, Diagnostics& out) {
  const index::Mesh& mesh = traffic.mesh();
  add(traffic::conflicts(mesh), out);
  add(traffic::shadowed_routes(mesh), out);
  add(traffic::check_route_rules(mesh), out);
  add(traffic::check_rules(mesh), out);
  const traffic::Surroundings around(*snapshot, mesh);
  add(traffic::destination_conflicts(around), out);
  add(traffic::shared_addresses(*snapshot, traffic), out);
  add(traffic::entry_hosts(*snapshot, mesh), out);
  add(traffic::target_ports(*snapshot, around), out);
  add(traffic::passthrough_hosts(*snapshot, mesh), out);
  traffic::check_route_references(around, out);
  traffic::check_references(around, out);
  traffic::check_workload_references(around, out);
  add(traffic::check_target_refs(around), out);
  add(traffic::check_services(*snapshot, tenant, around), out);
  add(traffic::check_workloads(*snapshot, tenant, around), out);
  add(traffic::check_metadata(*snapshot, tenant), out);
  add(traffic::check_mutual_tls(*snapshot, around), out);
  add(check_tcp_rules(*snapshot, around), out);
  add(traffic::check_mesh_config(*snapshot, tenant), out);
  add(traffic::check_mesh_networks(*snapshot, tenant), out);
}

}  // namespace

Diagnostics check(const index::SnapshotPtr& snapshot, const index::Tenant& tenant) {
  const traffic::TrafficPtr traffic = traffic::Traffic::make(snapshot->mesh(tenant.id));
  Diagnostics out;
  check_rules(snapshot, tenant, *traffic, out);
  add(traffic::check_telemetry(traffic->mesh()), out);
  check_proxies(snapshot, *traffic, out);
  check_security(snapshot, *traffic, out);
  add(traffic->extension_diagnostics(), out);
  name_ingresses(*snapshot, traffic->mesh(), out);
  sort_and_dedupe(out);
  return out;
}

Diagnostics check(const index::SnapshotPtr& snapshot) {
  Diagnostics out;
  for (const index::Tenant& tenant : snapshot->tenants().list) add(check(snapshot, tenant), out);
  add(traffic::check_namespaces(*snapshot), out);
  sort_and_dedupe(out);
  return out;
}

}  // namespace mesh::xds
