// Services by who may see them (pilot/pkg/model/push_context.go initServiceRegistry).
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/service.h"
#include "libmesh/traffic/entry_visibility.h"

namespace mesh::traffic {

class ServiceIndex {
 public:
  explicit ServiceIndex(const index::Mesh& mesh);

  // Exported to the namespace (its own private ones among them) first, then the public ones.
  std::vector<model::ServicePtr> visible_to(const std::string& ns) const;
  // Of these, what the given namespaces own.
  std::vector<model::ServicePtr> visible_to(const std::string& ns,
                                            const std::vector<std::string>& owners) const;
  bool is_visible(const model::Service& service, const std::string& ns) const;
  // Whether everybody sees all services of the mesh: then what is visible is its own list.
  bool shows_all_of(const index::Mesh& mesh) const { return public_.same(mesh.services); }

 private:
  Visibility visibility(const model::Service& service) const;
  bool is_public(const model::Service& service) const;

  std::vector<std::string> default_export_to_;
  bool public_by_default_ = false;
  EntryVisibility entries_;
  index::Shared<std::vector<model::ServicePtr>> public_;
  index::Shared<index::NamespaceServices> of_namespace_;
  std::unordered_map<std::string, std::vector<model::ServicePtr>> exported_;
};

}  // namespace mesh::traffic
