// How far a mistyped name is from a right one, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace mesh::schema {

// Insertions, deletions, substitutions and swaps of neighbours; case and '_', '-' do not count.
size_t edit_distance(std::string_view a, std::string_view b);

// Whether a name at this distance is worth proposing: one mistake in three letters.
bool is_near(size_t distance, std::string_view written);

}  // namespace mesh::schema
