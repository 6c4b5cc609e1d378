// Locator: turns the offsets of a parser into lines and columns, in one pass over the text.
#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::document {

class Locator {
 public:
  explicit Locator(std::string_view text) : text_(text) {}

  // The position of an offset; offsets must not fall.
  Position at(size_t offset) {
    offset = std::min(offset, text_.size());
    const char* const end = text_.data() + offset;
    const char* at = text_.data() + at_;
    while (at < end) {
      const void* found = std::memchr(at, '\n', static_cast<size_t>(end - at));
      if (found == nullptr) break;
      at = static_cast<const char*>(found) + 1;
      ++line_;
      column_ = 1;
    }
    for (; at < end; ++at) {
      // Characters, not bytes: those that continue one do not count.
      column_ += static_cast<signed char>(*at) >= -0x40 ? 1 : 0;
    }
    at_ = offset;
    return {line_, column_};
  }

 private:
  const std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  uint32_t column_ = 1;
};

}  // namespace mesh::document
