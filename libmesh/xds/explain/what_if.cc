#include "libmesh/xds/explain/what_if.h"

#include <utility>

#include "libmesh/kube/reader.h"

namespace mesh::xds {

WhatIf::WhatIf(const index::Snapshot& snapshot, model::Proxy proxy)
    : store_(snapshot.options()), proxy_(std::move(proxy)) {
  const index::Tenant* tenant = snapshot.tenants().find(proxy_.tenant);
  for (int i = 0; i < kube::kKindCount; ++i) {
    for (const auto& [key, object] : snapshot.objects(static_cast<kube::Kind>(i))) {
      if (object->synthesized) continue;
      store_.apply(object);
      const std::string& ns = key.kind == kube::Kind::kNamespace ? key.name : key.ns;
      const bool own = tenant != nullptr && (ns.empty() || tenant->namespaces.contains(ns));
      if (own) objects_.push_back(object);
    }
  }
  index::copy_remotes(snapshot, store_);
}

ProxyConfigPtr WhatIf::config() {
  generator_.update(store_.snapshot());
  return generator_.config(proxy_);
}

void WhatIf::take_out(std::span<const kube::ObjectPtr> objects) {
  for (const kube::ObjectPtr& object : objects) store_.erase(object->key);
}

void WhatIf::put(std::span<const kube::ObjectPtr> objects) {
  for (const kube::ObjectPtr& object : objects) store_.apply(object);
}

kube::ObjectPtr with_document(const kube::Object& object, const document::Value& document) {
  Diagnostics ignored;
  std::vector<kube::ObjectPtr> read = kube::read_objects({document, object.file}, ignored);
  return read.size() == 1 && read[0]->key == object.key ? read[0] : nullptr;
}

}  // namespace mesh::xds
