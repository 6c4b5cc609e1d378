// WhatIf: the configuration of one proxy if some objects were not there, or said something else.
//
// A store of its own with the objects of a snapshot, and a generator over it. It stands at the snapshot's state
// except while something is tried, so each question costs what the change touches.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "libmesh/index/store.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/proxy.h"
#include "libmesh/xds/generator.h"

namespace mesh::xds {

class WhatIf {
 public:
  // The proxy stays as it is described, whatever becomes of its pod.
  WhatIf(const index::Snapshot& snapshot, model::Proxy proxy);

  // What a user wrote in the namespaces of the proxy's mesh, and what belongs to no namespace.
  const std::vector<kube::ObjectPtr>& objects() const { return objects_; }
  const model::Proxy& proxy() const { return proxy_; }

  // The configuration as it is, with what was taken out. Null when the proxy has no mesh then.
  ProxyConfigPtr config();

  void take_out(std::span<const kube::ObjectPtr> objects);
  // Puts objects in, or back.
  void put(std::span<const kube::ObjectPtr> objects);

 private:
  index::Store store_;
  Generator generator_;
  model::Proxy proxy_;
  std::vector<kube::ObjectPtr> objects_;
};

// An object with another document; null when that can no longer be read as the same object.
kube::ObjectPtr with_document(const kube::Object& object, const document::Value& document);

}  // namespace mesh::xds
