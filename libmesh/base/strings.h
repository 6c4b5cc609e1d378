// Small things with text that the standard library lacks.
#pragma once

#include <string>
#include <string_view>

namespace mesh {

// ASCII letters made small; host names know no others.
inline std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

}  // namespace mesh
