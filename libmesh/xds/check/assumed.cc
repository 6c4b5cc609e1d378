#include "libmesh/xds/check/assumed.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/traffic/features.h"
#include "libmesh/traffic/gateway_builder.h"

namespace mesh::xds {
namespace {

using model::ProxyType;

class Assumer {
 public:
  Assumer(const index::Mesh& mesh, const std::vector<model::Proxy>& known)
      : mesh_(mesh), known_(known) {}

  // `anywhere`: in whatever namespace the proxy is.
  void add(ProxyType type, const std::string& ns, bool anywhere, const Labels& selector) {
    const auto is_for = [&](const model::Proxy& proxy) {
      return proxy.type == type && (anywhere || proxy.ns == ns) &&
             labels_match(selector, proxy.labels);
    };
    if (std::any_of(known_.begin(), known_.end(), is_for)) return;
    if (!made_.emplace(type, anywhere ? "" : ns, selector).second) return;
    out_.push_back(index::assumed_proxy(mesh_.tenant, type, ns, selector));
  }

  std::vector<model::Proxy> take() { return std::move(out_); }

 private:
  const index::Mesh& mesh_;
  const std::vector<model::Proxy>& known_;
  std::set<std::tuple<ProxyType, std::string, Labels>> made_;
  std::vector<model::Proxy> out_;
};

}  // namespace

std::vector<model::Proxy> assumed_proxies(const index::Mesh& mesh,
                                          const std::vector<model::Proxy>& known) {
  Assumer assumer(mesh, known);
  const bool anywhere = !traffic::features_of(mesh.config).scope_gateway_to_namespace;
  for (const index::Gateway& gateway : mesh.gateways) {
    // One that names its Service is for the pods behind that, whatever their labels are.
    if (gateway.object->annotations.contains(traffic::kGatewayService)) continue;
    assumer.add(ProxyType::kGateway, gateway.ns(), anywhere, gateway->selector);
  }
  for (const index::EnvoyFilter& filter : mesh.envoy_filters) {
    const Labels none;
    const Labels& selector = filter->workload_selector ? filter->workload_selector->labels : none;
    assumer.add(ProxyType::kSidecar, filter.ns(), filter.ns() == mesh.root_namespace, selector);
  }
  return assumer.take();
}

}  // namespace mesh::xds
