// Where two lists differ when what both have at their ends is passed over: one element that comes, goes or changes in a
// long list leaves a short piece to look into.
#pragma once

#include <algorithm>
#include <cstddef>

namespace mesh {

// The pieces [first, before) of the one list and [first, after) of the other.
struct Apart {
  size_t first = 0;
  size_t before = 0;
  size_t after = 0;
};

// Lists of random access.
template <typename List>
Apart common_ends(const List& before, const List& after) {
  const size_t most = std::min(before.size(), after.size());
  size_t first = 0;
  while (first < most && before[first] == after[first]) ++first;
  size_t last = 0;
  while (last < most - first &&
         before[before.size() - 1 - last] == after[after.size() - 1 - last]) {
    ++last;
  }
  return {first, before.size() - last, after.size() - last};
}

}  // namespace mesh
