// Small things with text that the standard library lacks.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mesh {

// Eight ASCII letters made small.
inline void make_lower(char* at) {
  constexpr uint64_t kEach = 0x0101010101010101u;
  uint64_t word = 0;
  std::memcpy(&word, at, 8);
  const uint64_t low = word & kEach * 0x7f;
  // The high bit of each byte: not below 'A', above 'Z'.
  const uint64_t from_a = low + kEach * (0x80 - 'A');
  const uint64_t after_z = low + kEach * (0x80 - 'Z' - 1);
  word |= ((from_a & ~after_z & ~word) & kEach * 0x80) >> 2;
  std::memcpy(at, &word, 8);
}

// ASCII letters made small, behind what `out` holds; host names know no others.
inline void append_lower_ascii(std::string_view text, std::string& out) {
  out.append(text);
  char* const end = out.data() + out.size();
  char* at = end - text.size();
  if (text.size() >= 8) {
    for (; end - at > 8; at += 8) make_lower(at);
    make_lower(end - 8);  // some of them perhaps once more
    return;
  }
  for (; at < end; ++at) {
    if (*at >= 'A' && *at <= 'Z') *at = static_cast<char>(*at + ('a' - 'A'));
  }
}

inline std::string lower_ascii(std::string_view text) {
  std::string out;
  append_lower_ascii(text, out);
  return out;
}

}  // namespace mesh
