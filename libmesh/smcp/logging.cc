#include "libmesh/smcp/logging.h"

#include <algorithm>
#include <vector>

#include "libmesh/smcp/fields.h"

namespace mesh::smcp {

std::string log_levels_text(const Value* levels) {
  std::vector<std::string> pairs;
  if (levels == nullptr || !levels->is_map()) return {};
  for (const document::Member& member : *levels->if_map()) {
    pairs.push_back(member.key + ":" + go_text(member.value));
  }
  std::sort(pairs.begin(), pairs.end());
  return join_commas(*texts_value(pairs).if_list());
}

Value parse_log_levels(std::string_view text, Faults& faults) {
  Value levels{Map{}};
  for (const std::string& piece : split_commas(text)) {
    const size_t colon = piece.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == piece.size()) {
      faults.add("invalid entry \"" + piece +
                 "\" in spec.istio.globals.logging.level. The correct format is "
                 "'component:level[,component:level]'");
      return levels;
    }
    levels.set(piece.substr(0, colon), Value(piece.substr(colon + 1)));
  }
  return levels;
}

}  // namespace mesh::smcp
