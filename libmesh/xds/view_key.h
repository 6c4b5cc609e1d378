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

#include "libmesh/traffic/traffic.h"

namespace mesh::xds {

// What of the proxies matters in a mesh. Made once per mesh.
class ViewKeys {
 public:
  explicit ViewKeys(const index::Mesh& mesh);
  // Equal ones give a view equal keys.
  bool operator==(const ViewKeys&) const = default;

  std::string key(const traffic::ProxyView& view) const;

 private:
  void add_tracing(const index::Mesh& mesh);
  void add_policies(const index::Mesh& mesh);

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
