// Varints of protobuf's wire format, where a writer makes its own room (wire.h writes the rest).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace mesh::wire {

// 1 to 10 bytes.
constexpr size_t varint_size(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

// Writes varint_size(value) bytes and gives their end.
inline char* write_varint(char* to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

}  // namespace mesh::wire
