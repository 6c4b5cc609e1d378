#include "libmesh/traffic/sidecar_index.h"

namespace mesh::traffic {

SidecarIndex::SidecarIndex(const index::Mesh& mesh)
    : list_(mesh.sidecars), root_namespace_(mesh.root_namespace) {
  for (uint32_t i = 0; i < list_.size(); ++i) of_namespace_[list_[i].ns()].push_back(i);
}

const index::Sidecar* SidecarIndex::of_all(std::string_view ns) const {
  const auto found = of_namespace_.find(ns);
  if (found == of_namespace_.end()) return nullptr;
  for (const uint32_t place : found->second) {
    if (!list_[place].spec->workload_selector) return &list_[place];
  }
  return nullptr;
}

const index::Sidecar* SidecarIndex::select(const std::string& ns, const Labels& labels) const {
  if (list_.empty()) return nullptr;
  if (const auto found = of_namespace_.find(ns); found != of_namespace_.end()) {
    for (const uint32_t place : found->second) {
      const auto& selector = list_[place].spec->workload_selector;
      if (selector && labels_match(selector->labels, labels)) return &list_[place];
    }
  }
  const index::Sidecar* of_namespace = of_all(ns);
  return of_namespace != nullptr ? of_namespace : of_all(root_namespace_);
}

}  // namespace mesh::traffic
