#include "libmesh/traffic/check/mutual_tls.h"

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/model/rule_names.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/service_place.h"
#include "libmesh/traffic/peer_authentication.h"

namespace mesh::traffic {
namespace {

using networking::ClientTLSSettings_TLSmode;
using Pods = std::vector<kube::ObjectPtr>;

class RuleCheck {
 public:
  RuleCheck(const index::Mesh& mesh, const model::Service& service, Pods pods,
            const PeerAuthenticationIndex& policies, Finder& finder)
      : mesh_(mesh),
        service_(service),
        pods_(std::move(pods)),
        policies_(policies),
        finder_(finder) {}

  // Ports with settings of their own count for themselves.
  void check(const networking::TrafficPolicy& policy, const std::string& path,
             const Labels& subset) {
    std::set<uint32_t> own;
    for (size_t i = 0; i < policy.port_level_settings.size(); ++i) {
      const auto& settings = policy.port_level_settings[i];
      if (!settings.port) continue;
      own.insert(settings.port->number);
      if (!settings.tls) continue;
      check_port(*settings.tls, settings.port->number, at(path + ".portLevelSettings", i), subset);
    }
    if (!policy.tls) return;
    for (const model::Port& port : service_.ports) {
      if (!own.contains(port.number) && check_port(*policy.tls, port.number, path, subset)) return;
    }
  }

 private:
  bool check_port(const networking::ClientTLSSettings& tls, uint32_t port, const std::string& path,
                  const Labels& subset) {
    if (tls.mode == ClientTLSSettings_TLSmode::ISTIO_MUTUAL) return false;
    const auto target = service_.target_ports.find(port);
    const uint32_t number = target == service_.target_ports.end() || target->second.number == 0
                                ? port
                                : target->second.number;
    for (const kube::ObjectPtr& pod : pods_) {
      if (!labels_match(subset, pod->labels)) continue;
      const PeerAuthn said = policies_.for_workload(pod->key.ns, pod->labels);
      if (said.for_port(number) != MutualTls::kStrict) continue;
      finder_.warn(Code::kRuleConflict, path + ".tls.mode",
                   "is " + std::string(enum_name(tls.mode)) + ", and " + pod_text(mesh_, *pod) +
                       " takes mutual TLS only on port " + std::to_string(number) +
                       ": every connection is refused",
                   "write ISTIO_MUTUAL, or make its PeerAuthentication PERMISSIVE");
      return true;
    }
    return false;
  }

  const index::Mesh& mesh_;
  const model::Service& service_;
  const Pods pods_;
  const PeerAuthenticationIndex& policies_;
  Finder& finder_;
};

}  // namespace

Diagnostics check_mutual_tls(const index::Snapshot& snapshot, const Surroundings& around) {
  Diagnostics out;
  const index::Mesh& mesh = around.mesh();
  const PeerAuthenticationIndex policies(mesh);
  if (policies.empty()) return out;
  for (const index::DestinationRule& config : *mesh.destination_rules) {
    const auto spec = model::with_full_names(config.object, *config.spec, mesh.cluster_domain);
    const auto services = around.services(spec->host);
    if (services.empty() || services.front()->selector.empty()) continue;
    const model::Service& service = *services.front();
    Pods pods = around.pods_of(service);
    // PeerAuthentications hold where a sidecar is, or is to be.
    std::erase_if(pods, [&](const kube::ObjectPtr& pod) {
      return !index::proxy_of_pod(snapshot, pod->key.ns, pod->key.name,
                                  index::cluster_of(snapshot, *pod));
    });
    Finder finder(*config.object, out);
    RuleCheck check(mesh, service, std::move(pods), policies, finder);
    if (spec->traffic_policy) check.check(*spec->traffic_policy, "spec.trafficPolicy", {});
    for (size_t i = 0; i < spec->subsets.size(); ++i) {
      if (!spec->subsets[i].traffic_policy) continue;
      check.check(*spec->subsets[i].traffic_policy, at("spec.subsets", i) + ".trafficPolicy",
                  spec->subsets[i].labels);
    }
  }
  return out;
}

}  // namespace mesh::traffic
