// How far a mistyped name is from a right one, for "did you mean".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mesh::schema {

// Insertions, deletions, substitutions and swaps of neighbours; case and '_', '-' do not count.
// One that is more than `limit` is told as some number beyond it.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit = SIZE_MAX);

// Whether a name at this distance is worth proposing: one mistake in three letters.
bool is_near(size_t distance, std::string_view written);
// What is farther is not.
size_t farthest(std::string_view written);

}  // namespace mesh::schema
