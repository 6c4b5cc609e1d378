// Keys of what proxies share: two proxies with one key of a view are sent the same outbound resources, and
// if their own keys are equal as well, the same inbound ones.
//
// Everything that outbound generation reads of a proxy is in the key of its view; of its labels only those
// that some selector or setting of the mesh names, of its metadata all but what tells one pod from
// another. What inbound generation reads beside that is in the own key.
#pragma once

#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

// What of the proxies matters in a mesh. Made once per mesh.
class ViewKeys {
 public:
  // Of what is in `before` (may be null), the keys of another mesh, only that is looked at which matters.
  explicit ViewKeys(const index::Mesh& mesh, const ViewKeys* before = nullptr);
  // Equal ones give a view equal keys.
  bool operator==(const ViewKeys& other) const {
    return label_keys_ == other.label_keys_ && by_node_ == other.by_node_ &&
           policies_ == other.policies_ && by_cluster_ == other.by_cluster_ &&
           by_otel_name_ == other.by_otel_name_ && headless_addresses_ == other.headless_addresses_;
  }

  std::string key(const traffic::ProxyView& view) const;

 private:
  // A list of the mesh, and those of its elements that say something of proxies.
  template <typename Element>
  struct Telling {
    index::Shared<std::vector<Element>> list;
    std::vector<Element> few;
    template <typename Tells>
    void update(const index::Shared<std::vector<Element>>& now, Tells&& tells);
  };
  // The label keys that a list names.
  template <typename Element>
  struct Named {
    index::Shared<std::vector<Element>> list;
    std::set<std::string> keys;
    template <typename Add>
    void update(const index::Shared<std::vector<Element>>& now, Add&& add);
  };

  void add_services(const index::Mesh& mesh);
  void add_tracing(const index::Mesh& mesh);
  void add_policies(const index::Mesh& mesh);

  Telling<index::VirtualService> rules_;
  Telling<model::ServicePtr> services_;
  Named<index::DestinationRule> destination_rules_;
  Named<index::Gateway> gateways_;

  // Named by selectors, source labels, failover priorities, or shown by tracing.
  std::set<std::string> label_keys_;
  bool by_node_ = false;  // some service keeps its traffic on the node
  // Where hosts are resolved by SNI: connections to them are held against the workload's own policies.
  const void* policies_ = nullptr;
  // Traces are named by the proxy's service cluster; by OpenTelemetry's conventions.
  bool by_cluster_ = false;
  bool by_otel_name_ = false;
  std::unordered_set<std::string> headless_addresses_;  // a pod gets no listener for itself
};

// What a proxy serves: the service ports that lead to it and the mutual TLS it asks for. Tells proxies
// apart within a view only, and only while the services are the same objects.
std::string own_key(const traffic::ProxyView& view);

}  // namespace mesh::xds
