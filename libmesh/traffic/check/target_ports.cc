#include <unordered_map>
#include <unordered_set>

#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/service_conflicts.h"
#include "libmesh/traffic/check/service_place.h"
#include "libmesh/traffic/check/sidecars.h"

namespace mesh::traffic {
namespace {

using model::Service;

struct Target {
  const Service* service = nullptr;
  const model::Port* port = nullptr;
  bool operator==(const Target&) const = default;
};

class TargetPorts {
 public:
  TargetPorts(const index::Snapshot& snapshot, const Surroundings& around)
      : snapshot_(snapshot), around_(around), sidecars_(snapshot, around.mesh()) {}

  // What a proxy serves is said by the Services of its own cluster.
  Diagnostics check() {
    around_.mesh().each_cluster([this](const std::string& id, const index::ClusterServices& own) {
      cluster_ = id;
      check_cluster(own);
    });
    return std::move(out_);
  }

 private:
  void check_cluster(const index::ClusterServices& cluster) {
    for (const model::ServicePtr& service : services_by_host(cluster)) {
      std::unordered_set<const model::Port*> told;
      for (const kube::ObjectPtr& pod :
           around_.selected_in(cluster, service->ns, service->selector)) {
        for (const model::Port& port : service->ports) look(*service, port, *pod, told);
      }
    }
  }

  void look(const Service& service, const model::Port& port, const kube::Object& pod,
            std::unordered_set<const model::Port*>& told) {
    if (port.protocol == model::Protocol::kUdp) return;
    const uint32_t number = target_number(service, port, pod);
    if (number == 0) return;
    const Target own{&service, &port};
    const Target first = firsts_[&pod].try_emplace(number, own).first->second;
    if (first == own || first.port->protocol == port.protocol || told.contains(&port)) return;
    if (!sidecars_.has(pod) || sidecars_.ingress_of(pod) != nullptr) return;
    told.insert(&port);
    tell(first, own, number, pod);
  }

  void tell(const Target& winner, const Target& loser, uint32_t number, const kube::Object& pod) {
    const kube::ObjectPtr won = object_of(snapshot_, *winner.service, cluster_);
    const kube::ObjectPtr lost = object_of(snapshot_, *loser.service, cluster_);
    if (won == nullptr || lost == nullptr) return;
    const auto name = [](const model::Port& port) {
      return port.protocol == model::Protocol::kUnsupported
                 ? std::string("what the proxy makes of the first bytes")
                 : std::string(model::protocol_name(port.protocol));
    };
    const std::string why =
        won == lost ? "which comes first" : why_first_target(*winner.service, *loser.service);
    Finder(*lost, out_)
        .warn(Code::kRuleConflict, port_field(*lost, *loser.port),
              "port " + std::to_string(number) + " of " + pod_text(around_.mesh(), pod) +
                  " and its like is read as " + name(*winner.port) + ", by " + to_string(won->key) +
                  " " + port_field(*won, *winner.port) + ", " + why + "; that this one says " +
                  name(*loser.port) + " counts for nothing there",
              "give both ports the same protocol (appProtocol, or the name's start), or another "
              "targetPort");
  }

  const index::Snapshot& snapshot_;
  const Surroundings& around_;
  std::string cluster_;
  Sidecars sidecars_;
  std::unordered_map<const kube::Object*, std::unordered_map<uint32_t, Target>> firsts_;
  Diagnostics out_;
};

}  // namespace

Diagnostics target_ports(const index::Snapshot& snapshot, const Surroundings& around) {
  return TargetPorts(snapshot, around).check();
}

}  // namespace mesh::traffic
