// A place in a history: an object, or a text that a frontend fetched, in a few variants.
#pragma once

#include <string>
#include <vector>

#include "libmesh/index/store.h"
#include "libmesh/kube/object.h"

namespace mesh::testing {

using kube::Kind;

// An object that can be there in one of several variants, or not be there.
struct Slot {
  kube::ObjectKey key;  // of a fetched text: the name is its URL, the variants are texts
  std::vector<std::string> variants;
  bool first_tenant = false;
  bool fetched_text = false;

  void put(index::Store& store, size_t variant) const {
    if (fetched_text) {
      store.give_text(key.name, variants[variant]);
    } else {
      store.apply(variants[variant], "");
    }
  }
  void take_back(index::Store& store) const {
    if (fetched_text) {
      store.give_text(key.name, "");
    } else {
      store.erase(key);
    }
  }
};

inline std::string header(const char* api, const char* kind, const std::string& ns,
                          const std::string& name, const std::string& created = "") {
  return "---\napiVersion: " + std::string(api) + "\nkind: " + kind + "\nmetadata: {name: " + name +
         ", namespace: " + ns + (created.empty() ? "" : ", creationTimestamp: " + created) + "}\n";
}

// The control planes' age: the second mesh's is older.
inline std::string created(const std::string& tenant) {
  return tenant == "a" ? "\"2024-05-01T00:00:00Z\"" : "\"2023-05-01T00:00:00Z\"";
}

}  // namespace mesh::testing
