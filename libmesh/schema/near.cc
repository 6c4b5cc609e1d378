#include "libmesh/schema/near.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mesh::schema {
namespace {

constexpr size_t kLongest = 64;  // no field name is longer; a long key is no typing mistake

// A text of at most kLongest characters without what does not count. On the stack: whole lists are compared.
struct Folded {
  std::array<char, kLongest> text;
  size_t size = 0;

  explicit Folded(std::string_view from) {
    for (const char c : from) {
      if (c == '_' || c == '-') continue;
      text[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  char operator[](size_t i) const { return text[i]; }
};

using Row = std::array<size_t, kLongest + 1>;

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > kLongest || b.size() > kLongest) return std::max(a.size(), b.size());
  const Folded from(a);
  const Folded to(b);
  const size_t apart = from.size > to.size ? from.size - to.size : to.size - from.size;
  if (apart > limit) return apart;
  std::array<Row, 3> rows;
  size_t* before = rows[0].data();
  size_t* last = rows[1].data();
  size_t* row = rows[2].data();
  for (size_t j = 0; j <= to.size; ++j) before[j] = last[j] = j;
  size_t least_before = 0;  // of the row before; no later one is less than both
  for (size_t i = 1; i <= from.size; ++i) {
    row[0] = i;
    size_t least = i;
    for (size_t j = 1; j <= to.size; ++j) {
      const size_t changed = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (std::min(least, least_before) > limit) return least;
    least_before = least;
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[to.size];
}

size_t farthest(std::string_view written) { return std::max<size_t>(1, written.size() / 3); }

bool is_near(size_t distance, std::string_view written) {
  return distance <= farthest(written) && distance < written.size();
}

}  // namespace mesh::schema
