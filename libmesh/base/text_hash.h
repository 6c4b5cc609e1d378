// A hash for tables of short texts, as host names are: inline, eight letters at a time. Not the same in every version, so
// nothing outside of the process may depend on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace mesh {

// Both halves of the product: texts that differ in their last letters alone differ in the upper one's low bits.
inline uint64_t mix_bits(uint64_t word) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(word) * 0x9e3779b97f4a7c15u;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// The bits of `same` are set in each eight letters: 0x20 in each makes those alike that differ in their case.
inline uint64_t hash_text(std::string_view text, uint64_t same = 0) {
  const auto letters = [same](const char* at, size_t size) {
    uint64_t word = 0;
    std::memcpy(&word, at, size);
    return word | same;
  };
  const char* at = text.data();
  size_t left = text.size();
  uint64_t hash = left;
  for (; left > 8; at += 8, left -= 8) hash = mix_bits(hash ^ letters(at, 8));
  // The last eight, some of them perhaps once more.
  if (text.size() >= 8) {
    hash ^= letters(at + left - 8, 8);
  } else if (left != 0) {
    hash ^= letters(at, left);
  }
  return mix_bits(hash);
}

// For the tables of the standard library: texts of any type, by this hash.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return hash_text(text); }
};

}  // namespace mesh
