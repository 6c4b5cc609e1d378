// Which Sidecar a workload follows (pilot/pkg/model/push_context.go, getSidecarScope).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/index/mesh.h"

namespace mesh::traffic {

class SidecarIndex {
 public:
  explicit SidecarIndex(const index::Mesh& mesh);

  // Of its namespace with a matching selector (oldest first), of its namespace without selector, the root namespace's;
  // or null. Lives as long as this.
  const index::Sidecar* select(const std::string& ns, const Labels& labels) const;

 private:
  const index::Sidecar* of_all(std::string_view ns) const;

  const index::Shared<std::vector<index::Sidecar>> list_;
  const std::string root_namespace_;
  std::unordered_map<std::string_view, std::vector<uint32_t>>
      of_namespace_;  // places, oldest first
};

}  // namespace mesh::traffic
