// Sorts what mostly is in order already: lists of objects that come namespace by namespace, each in
// order. Finds the ascending runs and merges neighbours, so one run costs one look at each element.
#pragma once

#include <algorithm>
#include <vector>

namespace mesh::index {

template <typename T, typename Less>
void sort_runs(std::vector<T>& list, const Less& less) {
  using Iterator = typename std::vector<T>::iterator;
  std::vector<Iterator> ends{list.begin()};
  while (ends.back() != list.end()) {
    ends.push_back(std::is_sorted_until(ends.back(), list.end(), less));
  }
  while (ends.size() > 2) {
    std::vector<Iterator> merged{list.begin()};
    for (size_t i = 0; i + 2 < ends.size(); i += 2) {
      std::inplace_merge(ends[i], ends[i + 1], ends[i + 2], less);
      merged.push_back(ends[i + 2]);
    }
    if (merged.back() != list.end()) merged.push_back(list.end());
    ends = std::move(merged);
  }
}

}  // namespace mesh::index
