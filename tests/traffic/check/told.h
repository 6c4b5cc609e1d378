// What a check tells of objects in YAML, and objects in few words.
#pragma once

#include <string>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/store.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

// Of the first tenant; `check` is given its Surroundings.
template <typename Check>
Diagnostics told_by(const std::string& text, Check&& check) {
  index::Store store;
  store.apply(text, "f.yaml");
  const auto snapshot = store.snapshot();
  const auto mesh = snapshot->mesh(snapshot->tenants().list.front().id);
  return check(Surroundings(*snapshot, *mesh));
}

inline constexpr const char* kCreated = "2026-01-01T00:00:00Z";
inline constexpr const char* kLater = "2026-01-02T00:00:00Z";

inline std::string object(const std::string& kind, const std::string& name, const std::string& spec,
                          const std::string& created = kCreated, const std::string& ns = "app") {
  const bool security = kind == "PeerAuthentication" || kind == "RequestAuthentication";
  const std::string group = security ? "security" : "networking";
  return "---\napiVersion: " + group + ".istio.io/v1\nkind: " + kind +
         "\nmetadata: {name: " + name + ", namespace: " + ns + ", creationTimestamp: \"" + created +
         "\"}\nspec: " + spec + "\n";
}

// "VirtualService app/a spec.http[0]", one for each that was told.
inline std::vector<std::string> places(const Diagnostics& found) {
  std::vector<std::string> out;
  for (const Diagnostic& each : found) out.push_back(each.object + " " + each.field);
  return out;
}

}  // namespace mesh::traffic
