// A property that does not hold ends a fuzz target with the fact, as a crash would.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace mesh::fuzz {

inline void check(bool holds, std::string_view fact, const std::string& detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "property does not hold: %.*s\n%s\n", static_cast<int>(fact.size()),
               fact.data(), detail.c_str());
  std::abort();
}

}  // namespace mesh::fuzz
