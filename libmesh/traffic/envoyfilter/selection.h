// Which patches of EnvoyFilters apply to a proxy, and in which order.
//
// EnvoyFilters of the root namespace and of the proxy's own that select it by labels or name its gateway
// (attachment.h), by priority, then the root namespace's, then the oldest; of each the patches whose match lets the
// proxy's version and metadata pass. As PushContext.EnvoyFilters and proxyMatch in Istio's
// pilot/pkg/model/{push_context,envoyfilter}.go. What the patches do is decided in xds/envoyfilter.
//
// Proxies with equal lists share them, and lists of what goes out and of what comes in are apart: a patch of one
// workload's inbound listeners does not give it outbound resources of its own.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/kube/memo.h"
#include "libmesh/model/proxy.h"
#include "libmesh/traffic/attachment.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace mesh::traffic {

// One of spec.configPatches, and the versions of proxies that it is for.
struct EnvoyPatch {
  const networking::EnvoyFilter_EnvoyConfigObjectPatch* spec = nullptr;
  uint32_t index = 0;                       // in spec.configPatches
  std::shared_ptr<const re2::RE2> version;  // null: any
  bool no_version = false;                  // its expression is too long: none
};

// The patches of one EnvoyFilter. Lives as long as the object, on which it is remembered.
struct EnvoyPatches {
  const kube::Object* object = nullptr;
  std::vector<EnvoyPatch> list;
  // Of the annotation envoyfilter.istio.io/referenced-services: "host" or "namespace/host".
  std::vector<std::string> referenced_services;
  kube::Memo values;  // what xds made of them
};
using EnvoyPatchesPtr = std::shared_ptr<const EnvoyPatches>;

EnvoyPatchesPtr envoy_patches(const index::EnvoyFilter& filter);

// Patches of one direction, in the order in which they are applied.
struct EnvoyPatchList {
  struct Entry {
    kube::ObjectPtr object;
    EnvoyPatchesPtr of;
    const EnvoyPatch* patch = nullptr;
  };
  std::vector<Entry> entries;  // never empty
  // Equal for equal lists, of whatever mesh; meaningful as long as one of them is there.
  std::string key;
  kube::Memo sorted;  // what xds made of them
};
using EnvoyPatchListPtr = std::shared_ptr<const EnvoyPatchList>;

// All of one proxy. Members are null when there is nothing.
struct EnvoyFilters {
  EnvoyPatchListPtr outbound;  // and all of a gateway's
  EnvoyPatchListPtr inbound;   // of a sidecar
  std::set<std::string> referenced_services;
  std::vector<EnvoyPatchesPtr> filters;  // all that select the proxy, in order
};
using EnvoyFiltersPtr = std::shared_ptr<const EnvoyFilters>;

// The EnvoyFilters of a mesh. Points into its objects. Threads: any.
class EnvoyFilterIndex {
 public:
  explicit EnvoyFilterIndex(const index::Mesh& mesh);

  bool empty() const { return index_.empty(); }
  // Null when no EnvoyFilter selects the proxy.
  EnvoyFiltersPtr select(const std::string& root_namespace, const model::Proxy& proxy) const;

 private:
  EnvoyPatchListPtr shared(std::vector<EnvoyPatchList::Entry> entries) const;

  PolicyIndex<index::EnvoyFilter> index_;
  mutable std::mutex mutex_;                                // guards lists_
  mutable std::map<std::string, EnvoyPatchListPtr> lists_;  // by key
};

}  // namespace mesh::traffic
