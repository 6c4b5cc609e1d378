#include "libmesh/traffic/sidecar_index.h"

namespace mesh::traffic {

SidecarIndex::SidecarIndex(const index::Mesh& mesh)
    : list_(mesh.sidecars), root_namespace_(mesh.root_namespace) {
  of_namespace_.add_all(list_);
}

const index::Sidecar* SidecarIndex::of_all(std::string_view ns) const {
  return first(ns, [](const auto& spec) { return !spec.workload_selector; });
}

const index::Sidecar* SidecarIndex::select(const std::string& ns, const Labels& labels) const {
  if (list_.empty()) return nullptr;
  const auto selects = [&](const auto& spec) {
    return spec.workload_selector && labels_match(spec.workload_selector->labels, labels);
  };
  if (const index::Sidecar* own = first(ns, selects)) return own;
  const index::Sidecar* of_namespace = of_all(ns);
  return of_namespace != nullptr ? of_namespace : of_all(root_namespace_);
}

}  // namespace mesh::traffic
