// Which Sidecar a workload follows (pilot/pkg/model/push_context.go, getSidecarScope).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/index/tables/text_table.h"

namespace mesh::traffic {

class SidecarIndex {
 public:
  explicit SidecarIndex(const index::Mesh& mesh);

  // Of its namespace with a matching selector (oldest first), of its namespace without selector, the root namespace's;
  // or null. Lives as long as this.
  const index::Sidecar* select(const std::string& ns, const Labels& labels) const;

 private:
  struct NamespaceOf {
    std::string_view operator()(const index::Sidecar& sidecar) const { return sidecar.ns(); }
  };
  using Table = index::TextTable<index::Sidecar, NamespaceOf>;

  // The oldest one of the namespace that is as wanted, or null.
  template <typename Wanted>
  const index::Sidecar* first(std::string_view ns, Wanted&& wanted) const {
    const std::vector<index::Sidecar>& list = list_;
    for (uint32_t at = of_namespace_.find(list, ns); at != Table::kNone;
         at = of_namespace_.next(at)) {
      if (wanted(*list[at].spec)) return &list[at];
    }
    return nullptr;
  }
  const index::Sidecar* of_all(std::string_view ns) const;

  const index::Shared<std::vector<index::Sidecar>> list_;
  const std::string root_namespace_;
  Table of_namespace_;
};

}  // namespace mesh::traffic
