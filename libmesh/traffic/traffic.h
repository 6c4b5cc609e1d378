// Traffic: the decisions about one mesh that generation asks for; each is made once and shared.
//
//   TrafficPtr traffic = Traffic::make(mesh);
//   ProxyView view = traffic->view(proxy);       // what this proxy sees and serves
//
// Everything is a pure function of the mesh and the proxy. All members may be called concurrently.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/config.h"
#include "libmesh/traffic/difference.h"
#include "libmesh/traffic/envoyfilter/selection.h"
#include "libmesh/traffic/extensions/extensions.h"
#include "libmesh/traffic/gateway.h"
#include "libmesh/traffic/rule_list.h"
#include "libmesh/traffic/scope.h"
#include "libmesh/traffic/security/authorization.h"
#include "libmesh/traffic/telemetry/telemetry.h"

namespace mesh::traffic {

class Traffic;

// Everything that generation reads for one proxy.
struct ProxyView {
  const Traffic* traffic = nullptr;  // kept alive by `owner`
  std::shared_ptr<const Traffic> owner;
  model::Proxy proxy;
  ScopePtr scope;
  std::vector<model::ServiceTarget> targets;  // services that select this workload, Istio's order
  bool targets_by_endpoints = false;  // none selects it: those with it among their endpoints
  MergedGatewayPtr gateway;           // gateways only; null when no Gateway selects it
  EnvoyFiltersPtr envoy_filters;      // null when none selects the proxy
  MergedTelemetryPtr telemetry;       // never null
  AuthorizationPtr authorization;     // null when no AuthorizationPolicy applies
  RequestAuthnPtr request_authn;      // null when no RequestAuthentication applies
  ExtensionSetPtr extensions;         // WasmPlugins and TrafficExtensions; null: none selects it

  const index::Mesh& mesh() const;
};

class Traffic : public std::enable_shared_from_this<Traffic> {
 public:
  // `before` may be null; what was decided there and what differs leaves as it was is shared.
  static std::shared_ptr<const Traffic> make(index::MeshPtr mesh, const Traffic* before = nullptr);
  ~Traffic();

  const index::Mesh& mesh() const;
  // From the traffic that this one was made after; everything when there was none.
  const Difference& change() const { return *change_; }
  ProxyView view(model::Proxy proxy) const;
  // Only the scope of the view.
  ScopePtr scope(const model::Proxy& proxy) const;
  // The same, or null when it would have to be made: it neither was asked for nor stands from the traffic before.
  ScopePtr known_scope(const model::Proxy& proxy) const;

  // Services visible to a namespace: exported to it first, then public ones (servicesExportedToNamespace).
  const std::vector<model::ServicePtr>& services_visible_to(const std::string& ns) const;
  bool is_visible(const model::Service& service, const std::string& ns) const;
  // VirtualServices bound to a gateway ("ns/name" or "mesh") and visible to the namespace, in Istio's order:
  // private, exported to the namespace, public.
  RuleLists virtual_services(const std::string& ns, std::string_view gateway) const;
  // The gateways ("ns/name") of rules whose HTTP routes lead to one of the hosts, whoever sees them; and perhaps others.
  std::unordered_set<std::string> gateways_leading_to(
      const std::unordered_set<std::string>& hosts) const;

  // The extension of that name ("…~istio-translated-wasmplugin" of a WasmPlugin), or null.
  ExtensionPtr extension(const std::string& ns, std::string_view name) const;
  const Diagnostics& extension_diagnostics() const;

  // PeerAuthentication: for a workload, all levels; for a namespace, its own and the mesh's.
  PeerAuthn peer_authn(const std::string& ns, const Labels& workload_labels) const;
  MutualTls namespace_mutual_tls(const std::string& ns) const;
  // The mode a client may assume of a service port (BestEffortInferServiceMTLSMode).
  MutualTls service_mutual_tls(const model::Service& service, const model::Port& port,
                               const networking::TrafficPolicy* policy) const;
  // True when an endpoint takes mTLS: its pod has a sidecar (tlsMode label) and its PeerAuthentication does not
  // disable mTLS on its port. A DestinationRule with TLS settings decides before this is asked: see tls_mode()
  // (endpoints/mtls_checker.go).
  bool endpoint_mutual_tls(const model::Endpoint& endpoint) const;

 private:
  struct Policies;
  struct Extensions;
  struct Rules;
  struct ScopeKey;
  ScopeKey scope_key(const model::Proxy& proxy) const;
  Traffic(index::MeshPtr mesh, std::shared_ptr<Rules> rules, DifferencePtr change);

  const index::MeshPtr mesh_;
  const std::shared_ptr<Rules> rules_;  // what does not depend on endpoints
  const DifferencePtr change_;
};
using TrafficPtr = std::shared_ptr<const Traffic>;

inline const index::Mesh& ProxyView::mesh() const { return traffic->mesh(); }

// The traffic policy in force for a port: port-level settings over the rule's, the subset's over both
// (util.MergeTrafficPolicy, core/cluster_traffic_policy.go). Null when nothing is said.
std::shared_ptr<const networking::TrafficPolicy> effective_policy(
    const networking::DestinationRule* rule, const std::string& subset, uint32_t port);

using TlsMode = networking::ClientTLSSettings_TLSmode;
// The TLS mode that the rule states for a port and subset ("" for none), if it states one.
std::optional<TlsMode> tls_mode(const networking::DestinationRule* rule, const std::string& subset,
                                uint32_t port);

}  // namespace mesh::traffic
