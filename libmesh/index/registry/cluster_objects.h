// ClusterObjects: the objects of one cluster under change, and those that are made up for it
// (synthesis.h). A store has one for the config cluster and one for each remote cluster.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/index/objects.h"
#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/index/tenants/tenants.h"

namespace mesh::index {

class ClusterObjects {
 public:
  // The user's and, after update_synthesis, the made-up ones.
  Objects objects;

  struct Put {
    bool differs = false;  // the content is another one; the same content keeps the object
    bool first = false;    // the namespace came with it
  };
  Put put(const kube::ObjectPtr& object);
  // False when the user gave no such object.
  bool remove(const kube::ObjectKey& key);

  // Those of which any of the user's objects speaks.
  const std::set<std::string>& namespaces() const { return namespaces_; }
  // Came into them or went since the last call.
  std::set<std::string> take_moved() { return std::exchange(moved_, {}); }
  bool has_moved() const { return !moved_.empty(); }

  // Makes up what is missing, in these namespaces and in those of which something differs from `before`.
  void update_synthesis(const Objects& before, std::set<std::string> concerned,
                        const Tenants& tenants, const InjectionRules& injection);

 private:
  bool count_namespace(const kube::ObjectKey& key, bool more);
  void synthesize_namespace(const std::string& ns, const Tenants& tenants,
                            const InjectionRules& injection);

  std::map<std::string, size_t>
      namespace_objects_;             // how many of the user's speak of the namespace
  std::set<std::string> namespaces_;  // the keys of that
  std::set<std::string> moved_;
  std::map<std::string, std::vector<kube::ObjectKey>> synthesized_;  // by namespace
};

}  // namespace mesh::index
