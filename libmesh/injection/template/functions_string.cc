// sprig's functions of strings (strings.go, and goutils behind them).
#include <algorithm>

#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/go_text.h"

namespace mesh::injection {
namespace {

std::string_view slice_of(std::string_view text, int64_t from, int64_t to) {
  const auto size = static_cast<int64_t>(text.size());
  if (to < 0 || to > size) {
    go_fail("runtime error: slice bounds out of range [:" + std::to_string(to) + "]" +
            (to < 0 ? "" : " with length " + std::to_string(size)));
  }
  if (from < 0 || from > to) {
    go_fail("runtime error: slice bounds out of range [" + std::to_string(from) + ":" +
            std::to_string(to) + "]");
  }
  return text.substr(static_cast<size_t>(from), static_cast<size_t>(to - from));
}

std::string abbreviated(std::string_view text, int64_t offset, int64_t width) {
  const auto size = static_cast<int64_t>(text.size());
  if (text.empty() || width < 4) return {};
  if (size <= width) return std::string(text);
  offset = std::min(offset, size);
  if (size - offset < width - 3) offset = size - (width - 3);
  if (offset <= 4) return std::string(slice_of(text, 0, width - 3)) + "...";
  if (width < 7) return {};
  if (offset + width - 3 < size) {
    return "..." + abbreviated(text.substr(static_cast<size_t>(offset)), 0, width - 3);
  }
  return "..." + std::string(slice_of(text, size - (width - 3), size));
}

GoValue abbrev(const GoCall& call) {
  if (call.integer(0) < 4) return call[1];
  return call.string(abbreviated(call.text(1), 0, call.integer(0)));
}

GoValue abbrevboth(const GoCall& call) {
  const int64_t left = call.integer(0);
  const int64_t right = call.integer(1);
  if (right < 4 || (left > 0 && right < 7)) return call[2];
  return call.string(abbreviated(call.text(2), std::max<int64_t>(left, 0), right));
}

GoValue trunc(const GoCall& call) {
  const int64_t count = call.integer(0);
  const std::string_view text = call.text(1);
  const auto size = static_cast<int64_t>(text.size());
  if (count < 0 && size + count > 0)
    return go_string(text.substr(static_cast<size_t>(size + count)));
  if (count >= 0 && size > count) return go_string(text.substr(0, static_cast<size_t>(count)));
  return call[1];
}

GoValue substr(const GoCall& call) {
  const int64_t start = call.integer(0);
  const int64_t end = call.integer(1);
  const std::string_view text = call.text(2);
  const auto size = static_cast<int64_t>(text.size());
  if (start < 0) return go_string(slice_of(text, 0, end));
  return go_string(slice_of(text, start, end < 0 || end > size ? size : end));
}

GoValue repeat(const GoCall& call) {
  const int64_t count = call.integer(0);
  const std::string_view text = call.text(1);
  if (count < 0) go_fail("strings: negative Repeat count");
  if (text.empty() || count == 0) return go_string({});
  if (static_cast<uint64_t>(count) > call.arena.limits().memory_bytes / text.size()) {
    go_fail("the template uses too much memory");
  }
  const size_t size = text.size() * static_cast<size_t>(count);
  char* place = call.arena.make<char>(size);
  for (size_t at = 0; at < size; at += text.size()) {
    std::copy(text.begin(), text.end(), place + at);
  }
  call.arena.step(size / 64);
  return go_string({place, size});
}

GoValue trim(const GoCall& call) { return go_string(go_trim_space(call.text(0))); }
GoValue trim_all(const GoCall& call) { return go_string(go_trim(call.text(1), call.text(0))); }

GoValue trim_suffix(const GoCall& call) {
  std::string_view text = call.text(1);
  if (text.ends_with(call.text(0))) text.remove_suffix(call.text(0).size());
  return go_string(text);
}

GoValue trim_prefix(const GoCall& call) {
  std::string_view text = call.text(1);
  if (text.starts_with(call.text(0))) text.remove_prefix(call.text(0).size());
  return go_string(text);
}

GoValue has_prefix(const GoCall& call) { return go_bool(call.text(1).starts_with(call.text(0))); }
GoValue has_suffix(const GoCall& call) { return go_bool(call.text(1).ends_with(call.text(0))); }

// goutils goes byte by byte and takes each for a rune.
GoValue nospace(const GoCall& call) {
  const std::string_view text = call.text(0);
  const auto is_space = [](char c) { return go_is_space(static_cast<unsigned char>(c)); };
  if (std::none_of(text.begin(), text.end(), is_space)) return call[0];
  std::vector<char32_t> kept;
  for (const char c : text) {
    if (!is_space(c)) kept.push_back(static_cast<unsigned char>(c));
  }
  return call.string(go_of_runes(kept));
}

GoValue initials(const GoCall& call) {
  std::vector<char32_t> kept;
  bool gap = true;
  for (const char c : call.text(0)) {
    const char32_t rune = static_cast<unsigned char>(c);
    if (go_is_space(rune)) {
      gap = true;
    } else if (gap) {
      kept.push_back(rune);
      gap = false;
    }
  }
  return call.string(go_of_runes(kept));
}

GoValue quote(const GoCall& call) {
  std::string out;
  for (const GoValue& value : call.arguments) {
    if (value.is_nothing()) continue;
    if (!out.empty()) out += ' ';
    if (value.kind() == GoKind::kString) {
      append_go_quoted(out, value.string());
    } else {
      std::string text;
      go_strval(call.arena, text, value);
      append_go_quoted(out, text);
    }
  }
  return call.string(out);
}

GoValue squote(const GoCall& call) {
  std::string out;
  for (const GoValue& value : call.arguments) {
    if (value.is_nothing()) continue;
    if (!out.empty()) out += ' ';
    out += '\'';
    go_print(call.arena, out, value);
    out += '\'';
  }
  return call.string(out);
}

// Formats as "%v %v", whose spaces at the ends it trims, not those of the values.
GoValue cat(const GoCall& call) {
  std::string out;
  bool first = true;
  for (const GoValue& value : call.arguments) {
    if (value.is_nothing()) continue;
    if (!first) out += ' ';
    first = false;
    go_print(call.arena, out, value);
  }
  return call.string(out);
}

std::string indented(const GoCall& call, int64_t spaces, std::string_view text) {
  if (spaces < 0) go_fail("strings: negative Repeat count");
  if (spaces > 1'000'000) go_fail("the template uses too much memory");
  const std::string pad(static_cast<size_t>(spaces), ' ');
  return pad + go_replace(call.arena, text, "\n", "\n" + pad);
}

GoValue indent(const GoCall& call) {
  return call.string(indented(call, call.integer(0), call.text(1)));
}
GoValue nindent(const GoCall& call) {
  return call.string("\n" + indented(call, call.integer(0), call.text(1)));
}

GoValue replace(const GoCall& call) {
  return call.string(go_replace(call.arena, call.text(2), call.text(0), call.text(1)));
}

GoValue plural(const GoCall& call) { return call.integer(2) == 1 ? call[0] : call[1]; }

GoValue contains(const GoCall& call) {
  return go_bool(call.text(1).find(call.text(0)) != std::string_view::npos);
}

GoValue to_string(const GoCall& call) {
  if (call[0].kind() == GoKind::kString) return go_string(call[0].string());
  std::string out;
  go_strval(call.arena, out, call[0]);
  return call.string(out);
}

GoValue numbered(const GoCall& call, const std::vector<std::string_view>& parts) {
  const GoValue made = go_map(call.arena, GoTypes::get().string_map);
  for (size_t i = 0; i < parts.size(); ++i) {
    go_map_set(call.arena, made, call.arena.copy("_" + std::to_string(i)), go_string(parts[i]));
  }
  return made;
}

GoValue split(const GoCall& call) {
  return numbered(call, go_split(call.arena, call.text(1), call.text(0)));
}
GoValue splitn(const GoCall& call) {
  return numbered(call, go_split(call.arena, call.text(2), call.text(0), call.integer(1)));
}
GoValue split_list(const GoCall& call) {
  return go_strings(call.arena, go_split(call.arena, call.text(1), call.text(0)));
}

GoValue to_strings(const GoCall& call) {
  return go_strings(call.arena, go_string_slice(call, call[0]));
}
GoValue join(const GoCall& call) {
  return go_joined(call, call.text(0), go_string_slice(call, call[1]));
}

GoValue sort_alpha(const GoCall& call) {
  std::vector<std::string_view> parts = go_string_slice(call, call[0]);
  std::sort(parts.begin(), parts.end());
  return go_strings(call.arena, parts);
}

// goutils.WrapCustom: counts bytes.
std::string wrapped(std::string_view text, int64_t width, std::string_view line, bool cut_long) {
  if (line.empty()) line = "\n";
  const size_t most = width < 1 ? 1 : static_cast<size_t>(width);
  std::string out;
  size_t at = 0;
  while (text.size() - at > most) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    size_t space = text.substr(at, most + 1).rfind(' ');
    if (space == std::string_view::npos && cut_long) {
      out += text.substr(at, most);
      out += line;
      at += most;
      continue;
    }
    space = space == std::string_view::npos ? text.find(' ', at + most) : at + space;
    out += text.substr(at, space - at);
    if (space == std::string_view::npos) return out;
    out += line;
    at = space + 1;
  }
  out += text.substr(at);
  return out;
}

GoValue wrap(const GoCall& call) {
  return call.string(wrapped(call.text(1), call.integer(0), "", false));
}
GoValue wrap_with(const GoCall& call) {
  if (call.text(1).size() > 1024) go_fail("the line break is longer than 1024 bytes");
  call.arena.charge_memory(call.text(2).size() * (call.text(1).size() + 1));
  return call.string(wrapped(call.text(2), call.integer(0), call.text(1), true));
}

GoValue hello(const GoCall&) { return go_string("Hello!"); }
GoValue fail(const GoCall& call) { go_fail(std::string(call.text(0))); }

constexpr GoFunction kFunctions[] = {
    {"hello", "", hello},
    {"abbrev", "is", abbrev},
    {"abbrevboth", "iis", abbrevboth},
    {"trunc", "is", trunc},
    {"trim", "s", trim},
    {"substr", "iis", substr},
    {"repeat", "is", repeat},
    {"trimall", "ss", trim_all},
    {"trimAll", "ss", trim_all},
    {"trimSuffix", "ss", trim_suffix},
    {"trimPrefix", "ss", trim_prefix},
    {"nospace", "s", nospace},
    {"initials", "s", initials},
    {"wrap", "is", wrap},
    {"wrapWith", "iss", wrap_with},
    {"contains", "ss", contains},
    {"hasPrefix", "ss", has_prefix},
    {"hasSuffix", "ss", has_suffix},
    {"quote", "a*", quote},
    {"squote", "a*", squote},
    {"cat", "a*", cat},
    {"indent", "is", indent},
    {"nindent", "is", nindent},
    {"replace", "sss", replace},
    {"plural", "ssi", plural},
    {"toString", "a", to_string},
    {"split", "ss", split},
    {"splitn", "sis", splitn},
    {"splitList", "ss", split_list},
    {"toStrings", "a", to_strings},
    {"join", "sa", join},
    {"sortAlpha", "a", sort_alpha},
    {"fail", "s", fail},
};

}  // namespace

std::span<const GoFunction> go_string_functions() { return kFunctions; }

}  // namespace mesh::injection
