// The objects of one kind of a mesh as a list in Istio's order, and the same list after a change.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "libmesh/base/common_ends.h"
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

// Two sorted lists of namespaces, and where they differ: asked once for all kinds.
struct NamespaceChange {
  NamespaceChange(const std::vector<std::string>& was, const std::vector<std::string>& is)
      : before(was), now(is) {
    const Apart apart = common_ends(was, is);
    const auto old = [&](size_t at) { return was.begin() + static_cast<std::ptrdiff_t>(at); };
    const auto next = [&](size_t at) { return is.begin() + static_cast<std::ptrdiff_t>(at); };
    std::set_difference(old(apart.first), old(apart.before), next(apart.first), next(apart.after),
                        std::back_inserter(left));
    std::set_difference(next(apart.first), next(apart.after), old(apart.first), old(apart.before),
                        std::back_inserter(joined));
  }
  // Whether both have it.
  bool stays(const std::string& ns) const {
    return std::binary_search(before.begin(), before.end(), ns) &&
           std::binary_search(now.begin(), now.end(), ns);
  }

  const std::vector<std::string>& before;
  const std::vector<std::string>& now;
  std::vector<std::string> left;
  std::vector<std::string> joined;
};

// Calls gone(object) and come(object) for what differs: objects by the chunks that the two do not share, and those of
// namespaces that only one has.
template <typename Gone, typename Come>
void each_change(const ObjectMap& before, const ObjectMap& now, const NamespaceChange& namespaces,
                 Gone&& gone, Come&& come) {
  ObjectMap::difference(before, now, [&](const kube::ObjectPtr& old, const kube::ObjectPtr& next) {
    if (!namespaces.stays((old == nullptr ? next : old)->key.ns)) return;
    if (old != nullptr) gone(old);
    if (next != nullptr) come(next);
  });
  if (!namespaces.left.empty()) each_in(before, namespaces.left, gone);
  if (!namespaces.joined.empty()) each_in(now, namespaces.joined, come);
}

// What configs() gave for `before`, brought to `now`: costs a copy of the list, and what differs.
template <typename T>
std::vector<Config<T>> configs_after(const std::vector<Config<T>>& list, const ObjectMap& before,
                                     const ObjectMap& now, const NamespaceChange& namespaces) {
  std::unordered_set<const kube::Object*> gone;
  std::vector<Config<T>> come;
  each_change(
      before, now, namespaces, [&](const kube::ObjectPtr& object) { gone.insert(object.get()); },
      [&](const kube::ObjectPtr& object) { come.push_back({object, &object->template as<T>()}); });
  std::sort(come.begin(), come.end(), comes_first<T>);
  std::vector<Config<T>> out;
  out.reserve(list.size() + come.size());
  auto rest = list.begin();
  const auto copy_up_to = [&](auto end) {
    if (gone.empty()) {
      out.insert(out.end(), rest, end);
    } else {
      std::copy_if(rest, end, std::back_inserter(out),
                   [&](const Config<T>& config) { return !gone.contains(config.object.get()); });
    }
    rest = end;
  };
  for (const Config<T>& each : come) {
    copy_up_to(std::upper_bound(rest, list.end(), each, comes_first<T>));
    out.push_back(each);
  }
  copy_up_to(list.end());
  return out;
}

}  // namespace mesh::index
