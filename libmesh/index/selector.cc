#include "libmesh/index/selector.h"

namespace mesh::index {

bool is_selector_operator(std::string_view name) {
  return name == "In" || name == "NotIn" || name == "Exists" || name == "DoesNotExist";
}

bool requirement_matches(std::string_view key, std::string_view operation, const std::string* first,
                         const std::string* last, const Labels& labels) {
  auto found = labels.find(std::string(key));
  bool there = found != labels.end();
  bool listed = there && std::find(first, last, found->second) != last;
  if (operation == "In") return listed;
  if (operation == "NotIn") return !listed;  // also true without the label
  if (operation == "Exists") return there;
  if (operation == "DoesNotExist") return !there;
  return false;
}

}  // namespace mesh::index
