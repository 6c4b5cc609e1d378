// What a resource asks for by name: the route configurations of a listener, the endpoints of a
// cluster, the secrets of both. Read from the serialized bytes, so that it holds whoever wrote them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/text_index.h"

namespace mesh::xds {

// RDS names of the filter chains of Listeners, in order, without repetitions. The listeners' bytes must stay.
class RouteNames {
 public:
  void add(std::string_view listener);
  const std::vector<std::string_view>& list() const { return list_; }

 private:
  void visit_chain(std::string_view chain);
  bool is_known(std::string_view name);

  std::vector<std::string_view> list_;
  std::optional<TextIndex> index_;  // of the list, once it is long
};
// The EDS name of a Cluster of type EDS (its service_name, else its own name); empty for others.
std::string endpoint_name(std::string_view cluster);

}  // namespace mesh::xds
