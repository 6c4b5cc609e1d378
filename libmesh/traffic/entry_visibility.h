// The mesh's serviceEntryVisibility: how far ServiceEntries of a namespace are seen at most, whatever
// their exportTo says (pilot/pkg/model/serviceentry_visibility.go, and serviceExportTo in
// push_context.go). It only narrows, and only when it says applyToSidecars.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "libmesh/index/mesh.h"
#include "libmesh/traffic/visibility.h"

namespace mesh::traffic {

class EntryVisibility {
 public:
  explicit EntryVisibility(const index::Mesh& mesh);

  // The mesh's setting does anything; it goes by the labels of namespaces.
  static bool narrows(const index::Mesh& mesh);

  bool says_nothing() const { return by_namespace_.empty(); }
  // What is left of who sees the service.
  Visibility narrowed(const model::Service& service, Visibility said) const;

 private:
  enum class Most : uint8_t { kPublic, kNamespace, kNone };
  Most most_of(const index::Mesh& mesh, const std::string& ns) const;

  std::unordered_map<std::string, Most> by_namespace_;  // of the mesh; empty: nothing is narrowed
};

}  // namespace mesh::traffic
