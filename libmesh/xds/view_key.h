// The key of a view: two proxies with one key are sent the same outbound resources.
//
// Everything that outbound generation reads of a proxy is in the key; of its labels only those that
// some selector of the mesh names, of its metadata all but what tells one pod from another.
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

  std::string key(const traffic::ProxyView& view) const;

 private:
  std::set<std::string> label_keys_;  // named by selectors, source labels, failover priorities
  bool by_node_ = false;              // some service keeps its traffic on the node
  std::unordered_set<std::string> headless_addresses_;  // a pod gets no listener for itself
};

}  // namespace mesh::xds
