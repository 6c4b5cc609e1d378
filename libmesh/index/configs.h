// The objects of one kind of a mesh as a list in Istio's order, and the same list after a change.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/index/objects.h"
#include "libmesh/index/tables/sort_runs.h"

namespace mesh::index {

// Calls visit(object) for each object of these sorted namespaces, namespace by namespace.
template <typename Visit>
void each_in(const ObjectMap& objects, const std::vector<std::string>& namespaces, Visit&& visit) {
  if (objects.empty()) return;
  if (objects.size() / 8 > namespaces.size()) {
    for (const std::string& ns : namespaces) {
      for (const auto& [key, object] : objects.in_namespace(ns)) visit(object);
    }
    return;
  }
  auto ns = namespaces.begin();  // both are in order
  for (const auto& [key, object] : objects) {
    while (ns != namespaces.end() && *ns < key.ns) ++ns;
    if (ns == namespaces.end()) return;
    if (*ns == key.ns) visit(object);
  }
}

template <typename T>
bool comes_first(const Config<T>& a, const Config<T>& b) {
  return std::tie(a.object->creation_time, a.object->key.name, a.object->key.ns) <
         std::tie(b.object->creation_time, b.object->key.name, b.object->key.ns);
}

// `made`: what other objects mean, beside those of the kind.
template <typename T>
std::vector<Config<T>> configs(const ObjectMap& objects, const std::vector<std::string>& namespaces,
                               const std::vector<kube::ObjectPtr>& made = {}) {
  std::vector<Config<T>> out;
  const auto add = [&](const kube::ObjectPtr& object) {
    out.push_back({object, &object->template as<T>()});
  };
  for (const kube::ObjectPtr& object : made) add(object);
  each_in(objects, namespaces, add);
  sort_runs(out, comes_first<T>);
  return out;
}

// What a mesh saw of one kind at some state.
struct Seen {
  const ObjectMap& objects;
  const std::vector<std::string>& namespaces;  // sorted

  bool counts(const std::string& ns) const {
    return std::binary_search(namespaces.begin(), namespaces.end(), ns);
  }
};

// Calls gone(object) and come(object) for what differs: objects by the chunks that the two do not share, and those of
// namespaces that only one has.
template <typename Gone, typename Come>
void each_change(const Seen& before, const Seen& now, Gone&& gone, Come&& come) {
  ObjectMap::difference(before.objects, now.objects,
                        [&](const kube::ObjectPtr& old, const kube::ObjectPtr& next) {
                          const std::string& ns = (old == nullptr ? next : old)->key.ns;
                          if (!before.counts(ns) || !now.counts(ns)) return;
                          if (old != nullptr) gone(old);
                          if (next != nullptr) come(next);
                        });
  const auto each_of_one = [](const Seen& one, const Seen& other, auto&& visit) {
    std::vector<std::string> only;
    std::set_difference(one.namespaces.begin(), one.namespaces.end(), other.namespaces.begin(),
                        other.namespaces.end(), std::back_inserter(only));
    each_in(one.objects, only, visit);
  };
  if (before.namespaces == now.namespaces) return;
  each_of_one(before, now, gone);
  each_of_one(now, before, come);
}

// What configs() gave for `before`, brought to `now`: costs a copy of the list, and what differs.
template <typename T>
std::vector<Config<T>> configs_after(const std::vector<Config<T>>& list, const Seen& before,
                                     const Seen& now) {
  std::unordered_set<const kube::Object*> gone;
  std::vector<Config<T>> come;
  each_change(
      before, now, [&](const kube::ObjectPtr& object) { gone.insert(object.get()); },
      [&](const kube::ObjectPtr& object) { come.push_back({object, &object->template as<T>()}); });
  std::sort(come.begin(), come.end(), comes_first<T>);
  std::vector<Config<T>> out;
  out.reserve(list.size() + come.size());
  auto next = come.begin();
  for (const Config<T>& config : list) {
    for (; next != come.end() && comes_first(*next, config); ++next) out.push_back(*next);
    if (gone.empty() || !gone.contains(config.object.get())) out.push_back(config);
  }
  out.insert(out.end(), next, come.end());
  return out;
}

}  // namespace mesh::index
