// Objects: all objects of a store or snapshot, one map per kind; those of remote clusters apart, by
// cluster. A copy is a few counted pointers.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include "libmesh/index/tables/object_map.h"
#include "libmesh/index/tables/shared.h"
#include "libmesh/kube/object.h"

namespace mesh::index {

class Objects {
 public:
  const ObjectMap& of(kube::Kind kind) const { return *(*maps_)[static_cast<size_t>(kind)]; }
  ObjectMap& edit(kube::Kind kind) { return maps_.edit()[static_cast<size_t>(kind)].edit(); }
  const kube::ObjectPtr* get(const kube::ObjectKey& key) const { return of(key.kind).get(key); }
  // True when nothing of the kind differs.
  bool same(kube::Kind kind, const Objects& other) const {
    const size_t i = static_cast<size_t>(kind);
    const Map& mine = (*maps_)[i];
    const Map& theirs = (*other.maps_)[i];
    return mine.same(theirs) || mine->same(*theirs);
  }
  // By URL: texts that frontends fetched (jwks.h).
  Shared<std::map<std::string, std::string>> fetched_texts;

  // Of the remote clusters of the mesh, by the cluster's id. None is empty.
  using Remotes = std::map<std::string, Objects>;
  const Remotes& remotes() const {
    static const Remotes kNone;
    return remotes_ == nullptr ? kNone : *remotes_;
  }
  void set_remote(const std::string& cluster, Objects objects) {
    auto made = std::make_shared<Remotes>(remotes());
    if (objects.has_any()) {
      (*made)[cluster] = std::move(objects);
    } else {
      made->erase(cluster);
    }
    remotes_ = made->empty() ? nullptr : std::move(made);
  }
  bool has_any() const {
    for (int i = 0; i < kube::kKindCount; ++i) {
      if (!of(static_cast<kube::Kind>(i)).empty()) return true;
    }
    return false;
  }
  bool same_remotes(const Objects& other) const { return remotes_ == other.remotes_; }

  // True when an object of any kind and cluster, or a fetched text, does.
  bool differs(const Objects& other) const {
    if (!fetched_texts.same(other.fetched_texts)) return true;
    if (!same_remotes(other)) {
      if (remotes().size() != other.remotes().size()) return true;
      for (auto a = remotes().begin(), b = other.remotes().begin(); a != remotes().end();
           ++a, ++b) {
        if (a->first != b->first || a->second.differs(b->second)) return true;
      }
    }
    if (maps_.same(other.maps_)) return false;
    for (int i = 0; i < kube::kKindCount; ++i) {
      auto kind = static_cast<kube::Kind>(i);
      if (!same(kind, other) && !of(kind).same_objects(other.of(kind))) return true;
    }
    return false;
  }

 private:
  using Map = Shared<ObjectMap>;
  Shared<std::array<Map, kube::kKindCount>> maps_;
  std::shared_ptr<const Remotes> remotes_;  // null: none
};

}  // namespace mesh::index
