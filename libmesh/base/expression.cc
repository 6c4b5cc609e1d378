#include "libmesh/base/expression.h"

#include <algorithm>

namespace mesh {
namespace {

// Where a class that begins at "[" ends, behind its "]": one that stands first is a character, as are those of "[:alpha:]".
size_t class_end(std::string_view text, size_t at) {
  ++at;
  if (text.substr(at).starts_with('^')) ++at;
  if (text.substr(at).starts_with(']')) ++at;
  while (at < text.size() && text[at] != ']') {
    if (text.substr(at).starts_with("[:")) {
      const size_t end = text.find(":]", at + 2);
      if (end != text.npos) at = end + 1;
    }
    at += text[at] == '\\' ? 2 : 1;
  }
  return std::min(at + 1, text.size());
}

// Calls `visit` with each part of an expression: an escape, a quotation, a class, a character.
template <typename Visit>
void each_part(std::string_view text, Visit&& visit) {
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (text[at] == '[') {
      end = class_end(text, at);
    } else if (text.substr(at).starts_with("\\Q")) {
      const size_t close = text.find("\\E", at);
      end = close == text.npos ? text.size() : close + 2;
    } else if (text[at] == '\\') {
      end = std::min(at + 2, text.size());
    }
    visit(at, text.substr(at, end - at));
    at = end;
  }
}

// "(?<name", and not "(?<=" or "(?<!", which nobody has.
bool is_named_group(std::string_view rest) {
  constexpr std::string_view kOpen = "(?<";
  return rest.starts_with(kOpen) && rest.size() > kOpen.size() && rest[kOpen.size()] != '=' &&
         rest[kOpen.size()] != '!';
}

}  // namespace

std::string with_old_groups(std::string_view expression) {
  std::string out;
  size_t skipped = 0;  // of "(?<", which was written with its parenthesis
  each_part(expression, [&](size_t at, std::string_view part) {
    if (at < skipped) return;
    if (!is_named_group(expression.substr(at))) {
      out += part;
      return;
    }
    out += "(?P<";
    skipped = at + 3;
  });
  return out;
}

bool has_any_byte(std::string_view expression) {
  bool found = false;
  each_part(expression, [&](size_t, std::string_view part) { found = found || part == "\\C"; });
  return found;
}

}  // namespace mesh
