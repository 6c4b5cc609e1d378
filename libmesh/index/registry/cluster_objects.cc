#include "libmesh/index/registry/cluster_objects.h"

#include "libmesh/index/registry/synthesis.h"

namespace mesh::index {

using kube::Kind;
using kube::ObjectKey;
using kube::ObjectPtr;

// True when the namespace came with this object.
bool ClusterObjects::count_namespace(const ObjectKey& key, bool more) {
  std::string ns = key.kind == Kind::kNamespace ? key.name : key.ns;
  if (ns.empty()) return false;
  size_t& count = namespace_objects_[ns];
  count += more ? 1 : static_cast<size_t>(-1);
  const bool first = more && count == 1;
  if (!first && count != 0) return false;
  moved_.insert(ns);
  if (first) {
    namespaces_.insert(ns);
  } else {
    namespace_objects_.erase(ns);
    namespaces_.erase(ns);
  }
  return first;
}

ClusterObjects::Put ClusterObjects::put(const ObjectPtr& object) {
  const ObjectKey& key = object->key;
  const ObjectPtr* old = objects.get(key);
  const bool known = old != nullptr && !(*old)->synthesized;
  if (known && (*old)->document == object->document && (*old)->file == object->file) return {};
  objects.edit(key.kind).set(object);
  return {true, !known && count_namespace(key, true)};
}

bool ClusterObjects::remove(const ObjectKey& key) {
  const ObjectPtr* old = objects.get(key);
  if (old == nullptr || (*old)->synthesized) return false;
  objects.edit(key.kind).erase(key);
  count_namespace(key, false);
  return true;
}

void ClusterObjects::synthesize_namespace(const std::string& ns, const Tenants& tenants,
                                          const InjectionRules& injection) {
  std::vector<ObjectPtr> made = synthesize(ns, objects, tenants, injection);
  std::vector<ObjectKey>& keys = synthesized_[ns];
  std::set<ObjectKey> wanted;
  for (const ObjectPtr& object : made) wanted.insert(object->key);
  for (const ObjectKey& key : keys) {
    const ObjectPtr* old = objects.get(key);
    if (old != nullptr && (*old)->synthesized && !wanted.contains(key)) {
      objects.edit(key.kind).erase(key);
    }
  }
  keys.assign(wanted.begin(), wanted.end());
  for (ObjectPtr& object : made) {
    const ObjectPtr* old = objects.get(object->key);
    if (old != nullptr && (*old)->document == object->document) continue;
    Kind kind = object->key.kind;
    objects.edit(kind).set(std::move(object));
  }
  if (keys.empty()) synthesized_.erase(ns);
}

void ClusterObjects::update_synthesis(const Objects& before, std::set<std::string> concerned,
                                      const Tenants& tenants, const InjectionRules& injection) {
  const std::string* last = nullptr;  // most are of the same one as the one before
  for (int i = 0; i < kube::kKindCount; ++i) {
    auto kind = static_cast<Kind>(i);
    if (!matters_for_synthesis(kind) || before.same(kind, objects)) continue;
    ObjectMap::difference(before.of(kind), objects.of(kind),
                          [&](const ObjectPtr& old, const ObjectPtr& now) {
                            if (!matters_for_synthesis(old, now)) return;
                            const ObjectKey& key = old == nullptr ? now->key : old->key;
                            const std::string& ns = kind == Kind::kNamespace ? key.name : key.ns;
                            if (last == nullptr || *last != ns) last = &*concerned.insert(ns).first;
                          });
  }
  for (const std::string& ns : concerned) synthesize_namespace(ns, tenants, injection);
}

}  // namespace mesh::index
