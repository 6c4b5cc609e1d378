#include "libmesh/injection/forms/go_errors.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection::forms {

std::string error_list(const std::vector<std::string>& errors) {
  if (errors.empty()) return {};
  std::string out = errors.size() == 1 ? std::string("1 error occurred:")
                                       : std::to_string(errors.size()) + " errors occurred:";
  for (const std::string& error : errors) out.append("\n\t* ").append(error);
  return out.append("\n\n");
}

std::string go_quoted(std::string_view text) {
  std::string out;
  append_go_quoted(out, text);
  return out;
}

std::string unsigned_fault(std::string_view text, int bits) {
  const auto fault = [&](std::string_view why) {
    return "strconv.ParseUint: parsing " + go_quoted(text) + ": " + std::string(why);
  };
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || !digits) return fault("invalid syntax");
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool fits = error == std::errc() && (bits == 64 || number >> bits == 0);
  return fits ? std::string() : fault("value out of range");
}

}  // namespace mesh::injection::forms
