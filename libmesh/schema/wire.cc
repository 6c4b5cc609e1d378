#include "libmesh/schema/wire.h"

#include <algorithm>

#include "libmesh/base/copy_bytes.h"
#include "libmesh/schema/varint.h"

namespace mesh::wire {
void make_room(std::string& out, size_t size) {
  // From 15 bytes to the next power of two, and so on, would be five steps for an ordinary message.
  constexpr size_t kLeast = 256;
  out.reserve(std::max({out.size() + size, out.capacity() * 2, kLeast}));
}

void append(std::string& out, std::string_view bytes) {
  copy_bytes(extend(out, bytes.size()), bytes);
}

void put_varint_slow(std::string& out, uint64_t value) {
  if (value >= 0x80 && value < 0x4000) {
    char* const to = extend(out, 2);
    to[0] = static_cast<char>(value | 0x80);
    to[1] = static_cast<char>(value >> 7);
    return;
  }
  char bytes[10];
  out.append(bytes, write_varint(bytes, value));
}

void close_long(std::string& out, size_t start) {
  const size_t length = out.size() - start;
  const size_t size = varint_size(length);
  extend(out, size - 1);
  char* const first = out.data() + start;
  std::memmove(first + size - 1, first, length);
  write_varint(first - 1, length);
}

void close_unlikely(std::string& out, size_t start) {
  const size_t length = out.size() - start;
  if (length < 0x80) {
    char* const first = out.data() + start;
    std::memmove(first - 1, first, length);
    first[-2] = static_cast<char>(length);
    set_length(out, out.size() - 1);
    return;
  }
  const size_t more = varint_size(length) - 2;
  extend(out, more);
  char* const first = out.data() + start;
  std::memmove(first + more, first, length);
  write_varint(first - 2, length);
}

// Most are of one byte, which next() reads itself.
bool Reader::read_varint(uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return false;
    const auto byte = static_cast<uint8_t>(*at_++);
    if (shift == 63 && byte > 1) return false;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

const Field* Reader::fail() {
  ok_ = false;
  at_ = end_;
  return nullptr;
}

const Field* Reader::next() {
  if (at_ == end_) return nullptr;
  const auto read = [this](uint64_t& value) {
    if (at_ == end_ || static_cast<uint8_t>(*at_) >= 0x80) return read_varint(value);
    value = static_cast<uint8_t>(*at_++);
    return true;
  };
  uint64_t tag = 0;
  if (!read(tag) || tag > UINT32_MAX || tag >> 3 == 0) return fail();
  field_ = Field{static_cast<uint32_t>(tag >> 3), static_cast<Type>(tag & 7), 0, {}};
  const auto left = static_cast<size_t>(end_ - at_);
  switch (tag & 7) {
    case 0:
      return read(field_.number_value) ? &field_ : fail();
    case 1:
      if (left < 8) return fail();
      std::memcpy(&field_.number_value, at_, 8);
      at_ += 8;
      return &field_;
    case 2: {
      uint64_t length = 0;
      if (!read(length) || length > static_cast<size_t>(end_ - at_)) return fail();
      field_.bytes = std::string_view(at_, length);
      at_ += length;
      return &field_;
    }
    case 5: {
      if (left < 4) return fail();
      uint32_t value = 0;
      std::memcpy(&value, at_, 4);
      field_.number_value = value;
      at_ += 4;
      return &field_;
    }
    default:
      return fail();
  }
}

}  // namespace mesh::wire
