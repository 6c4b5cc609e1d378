// Whether a text has capitals: hosts in small letters, which are nearly all, need no copy.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace mesh {

// ASCII only, as host names are; eight letters at a time.
inline bool has_capitals(std::string_view text) {
  // The high bit of each byte: not below 'A', and not above 'Z'.
  const auto capitals = [](const char* at, size_t size) {
    constexpr uint64_t kEach = 0x0101010101010101u;
    uint64_t word = 0;
    std::memcpy(&word, at, size);
    const uint64_t low = word & kEach * 0x7f;
    const uint64_t from_a = low + kEach * (0x80 - 'A');
    const uint64_t after_z = low + kEach * (0x80 - 'Z' - 1);
    return from_a & ~after_z & ~word & kEach * 0x80;
  };
  const char* at = text.data();
  size_t left = text.size();
  if (left < 8) return left != 0 && capitals(at, left) != 0;
  uint64_t any = 0;
  for (; left > 8; at += 8, left -= 8) any |= capitals(at, 8);
  // The last eight, some of them perhaps once more.
  return (any | capitals(at + left - 8, 8)) != 0;
}

}  // namespace mesh
