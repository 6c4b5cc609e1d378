// Objects: all objects of a store or snapshot, one map per kind. A copy is one counted pointer.
#pragma once

#include <array>
#include <map>
#include <string>

#include "libmesh/index/object_map.h"
#include "libmesh/index/shared.h"
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

  // True when an object of any kind, or a fetched text, does.
  bool differs(const Objects& other) const {
    if (!fetched_texts.same(other.fetched_texts)) return true;
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
};

}  // namespace mesh::index
