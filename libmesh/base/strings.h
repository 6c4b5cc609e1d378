// Small things with text that the standard library lacks.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mesh {

// ASCII letters made small; host names know no others.
//
// Eight letters at a time, behind what `out` holds.
inline void append_lower_ascii(std::string_view text, std::string& out) {
  constexpr uint64_t kEach = 0x0101010101010101u;
  const size_t start = out.size();
  out.append(text);
  char* at = out.data() + start;
  size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    const uint64_t low = word & kEach * 0x7f;
    // The high bit of each byte: not below 'A', above 'Z'.
    const uint64_t from_a = low + kEach * (0x80 - 'A');
    const uint64_t after_z = low + kEach * (0x80 - 'Z' - 1);
    word |= ((from_a & ~after_z & ~word) & kEach * 0x80) >> 2;
    std::memcpy(at, &word, 8);
  }
  for (; left > 0; ++at, --left) {
    if (*at >= 'A' && *at <= 'Z') *at = static_cast<char>(*at + ('a' - 'A'));
  }
}

inline std::string lower_ascii(std::string_view text) {
  std::string out;
  append_lower_ascii(text, out);
  return out;
}

}  // namespace mesh
