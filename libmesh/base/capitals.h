// Whether a text has capitals: hosts in small letters, which are nearly all, need no copy.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace mesh {

// ASCII only, as host names are; eight letters at a time.
inline bool has_capitals(std::string_view text) {
  constexpr uint64_t kEach = 0x0101010101010101u;
  uint64_t any = 0;
  const char* at = text.data();
  for (size_t left = text.size(); left > 0;) {
    const size_t size = left < 8 ? left : 8;
    uint64_t word = 0;
    std::memcpy(&word, at, size);
    const uint64_t low = word & kEach * 0x7f;
    // The high bit of each byte: not below 'A', above 'Z'.
    const uint64_t from_a = low + kEach * (0x80 - 'A');
    const uint64_t after_z = low + kEach * (0x80 - 'Z' - 1);
    any |= from_a & ~after_z & ~word & kEach * 0x80;
    at += size;
    left -= size;
  }
  return any != 0;
}

}  // namespace mesh
