#include "libmesh/injection/template/go_text.h"

#include <algorithm>
#include <cmath>

#include "libmesh/document/utf8.h"
#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

bool in(char32_t c, char32_t from, char32_t to) { return c >= from && c <= to; }

size_t rune_length(std::string_view text) {
  size_t length = 0;
  go_decode_rune(text, length);
  return length;
}

}  // namespace

std::vector<std::string_view> go_split(Arena& arena, std::string_view text,
                                       std::string_view separator, int64_t limit) {
  std::vector<std::string_view> parts;
  if (limit == 0) return parts;
  const auto full = [&] { return limit > 0 && parts.size() + 1 >= static_cast<size_t>(limit); };
  if (separator.empty()) {
    while (!text.empty() && !full()) {
      const size_t length = rune_length(text);
      parts.push_back(text.substr(0, length));
      text.remove_prefix(length);
      arena.step();
    }
    if (!text.empty()) parts.push_back(text);
    return parts;
  }
  size_t at = 0;
  while (!full() && (at = text.find(separator)) != std::string_view::npos) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
    arena.step();
  }
  parts.push_back(text);
  return parts;
}

std::string go_replace(Arena& arena, std::string_view text, std::string_view from,
                       std::string_view to) {
  std::string out;
  if (from.empty()) {  // between all runes
    out += to;
    while (!text.empty()) {
      const size_t length = rune_length(text);
      out += text.substr(0, length);
      out += to;
      text.remove_prefix(length);
      arena.charge_memory(length + to.size());
    }
    return out;
  }
  size_t at = 0;
  while ((at = text.find(from)) != std::string_view::npos) {
    out += text.substr(0, at);
    out += to;
    text.remove_prefix(at + from.size());
    arena.charge_memory(at + to.size());
  }
  out += text;
  return out;
}

bool go_is_space(char32_t c) {
  return c == ' ' || in(c, '\t', '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         in(c, 0x2000, 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

std::string_view go_trim_space(std::string_view text) {
  while (!text.empty()) {
    size_t length = 0;
    if (!go_is_space(go_decode_rune(text, length))) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
    size_t length = 0;
    const char32_t c = go_decode_rune(text.substr(begin), length);
    if (!go_is_space(c) || begin + length != text.size()) break;
    text = text.substr(0, begin);
  }
  return text;
}

std::string_view go_trim(std::string_view text, std::string_view cutset) {
  const auto cut = [&](std::string_view rune) {
    return !rune.empty() && cutset.find(rune) != std::string_view::npos;
  };
  while (!text.empty()) {
    const size_t length = rune_length(text);
    if (!cut(text.substr(0, length))) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
    if (!cut(text.substr(begin))) break;
    text = text.substr(0, begin);
  }
  return text;
}

char32_t go_upper(char32_t c) {
  if (in(c, 'a', 'z') || (in(c, 0xe0, 0xfe) && c != 0xf7)) return c - 0x20;
  if ((in(c, 0x3b1, 0x3c9) && c != 0x3c2) || in(c, 0x430, 0x44f)) return c - 0x20;
  if (in(c, 0x450, 0x45f)) return c - 0x50;
  return c;
}

char32_t go_lower(char32_t c) {
  if (in(c, 'A', 'Z') || (in(c, 0xc0, 0xde) && c != 0xd7)) return c + 0x20;
  if ((in(c, 0x391, 0x3a9) && c != 0x3a2) || in(c, 0x410, 0x42f)) return c + 0x20;
  if (in(c, 0x400, 0x40f)) return c + 0x50;
  return c;
}

bool go_is_letter(char32_t c) {
  if (c < 0x80) return in(c, 'a', 'z') || in(c, 'A', 'Z');
  return c >= 0xc0 && c != 0xd7 && c != 0xf7 && !in(c, 0x2000, 0x2bff) && go_is_print(c);
}

std::vector<char32_t> go_runes(Arena& arena, std::string_view text) {
  arena.charge_memory(text.size() * sizeof(char32_t));
  std::vector<char32_t> runes;
  runes.reserve(text.size());
  while (!text.empty()) {
    size_t length = 0;
    runes.push_back(go_decode_rune(text, length));
    text.remove_prefix(length);
  }
  return runes;
}

std::string go_of_runes(const std::vector<char32_t>& runes) {
  std::string out;
  for (const char32_t c : runes) document::append_utf8(out, c);
  return out;
}

std::vector<std::string_view> go_string_slice(const GoCall& call, const GoValue& list) {
  std::vector<std::string_view> parts;
  const auto add = [&](const GoValue& item) {
    if (item.is_nothing()) return;
    if (item.kind() == GoKind::kString) return parts.push_back(item.string());
    std::string text;
    go_strval(call.arena, text, item);
    parts.push_back(call.arena.copy(text));
  };
  if (list.kind() != GoKind::kSlice) {
    add(list);
    return parts;
  }
  const size_t size = go_length(list);
  parts.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    call.arena.step();
    add(go_index(list, i));
  }
  return parts;
}

GoValue go_joined(const GoCall& call, std::string_view separator,
                  const std::vector<std::string_view>& parts) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
    call.arena.charge_memory(separator.size() + parts[i].size());
  }
  return call.string(out);
}

int64_t go_to_int64(const GoValue& value) {
  switch (value.kind()) {
    case GoKind::kBool:
      return value.boolean ? 1 : 0;
    case GoKind::kInt:
    case GoKind::kUint:
      return value.integer;
    case GoKind::kFloat:
      if (!(value.number >= -9.2e18 && value.number <= 9.2e18)) return INT64_MIN;
      return static_cast<int64_t>(value.number);
    case GoKind::kString: {
      // cast drops a fraction of zeros.
      std::string_view text = value.string();
      if (const size_t dot = text.find('.');
          dot != std::string_view::npos && dot > 0 &&
          text.substr(dot + 1).find_first_not_of('0') == std::string_view::npos) {
        text = text.substr(0, dot);
      }
      return parse_go_int(text, 0).value_or(0);
    }
    case GoKind::kPointer:
      return value.is_nil() ? 0 : go_to_int64(go_deref(value));
    default:
      return 0;
  }
}

double go_to_float64(const GoValue& value) {
  switch (value.kind()) {
    case GoKind::kBool:
      return value.boolean ? 1 : 0;
    case GoKind::kInt:
      return static_cast<double>(value.integer);
    case GoKind::kUint:
      return static_cast<double>(value.natural);
    case GoKind::kFloat:
      return value.number;
    case GoKind::kString:
      return parse_go_float(value.string()).value_or(0);
    case GoKind::kPointer:
      return value.is_nil() ? 0 : go_to_float64(go_deref(value));
    default:
      return 0;
  }
}

}  // namespace mesh::injection
