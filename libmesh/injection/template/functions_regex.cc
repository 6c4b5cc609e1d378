// sprig's regular expressions (regex.go) with RE2, whose syntax Go's package follows. RE2 is linear
// in the text; the memory of one expression is bounded.
#include <re2/re2.h>

#include <algorithm>

#include "libmesh/injection/template/functions.h"

namespace mesh::injection {
namespace {

using Piece = re2::StringPiece;

Piece piece(std::string_view text) { return Piece(text.data(), text.size()); }
std::string_view view(const Piece& p) { return {p.data(), p.size()}; }

// Refuses as regexp.MustCompile panics.
RE2 compiled(const GoCall& call) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(4 << 20);
  options.set_log_errors(false);
  return RE2(piece(call.text(0)), options);
}

void check(const RE2& expression) {
  if (!expression.ok()) {
    go_fail("regexp: Compile(`" + expression.pattern() +
            "`): error parsing regexp: " + expression.error());
  }
}

size_t rune_length(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  const size_t length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  return std::min(length, text.size());
}

// All matches that do not overlap, as Go finds them: an empty one right after a match is none.
// `visit` gets the match and its groups, and says whether to go on.
template <typename Visit>
void each_match(const GoCall& call, const RE2& expression, std::string_view text, Visit visit) {
  const int groups = 1 + expression.NumberOfCapturingGroups();
  std::vector<Piece> found(static_cast<size_t>(groups));
  size_t at = 0;
  size_t last_end = std::string_view::npos;
  while (at <= text.size()) {
    call.arena.step(1 + (text.size() - at) / 64);
    if (!expression.Match(piece(text), at, text.size(), RE2::UNANCHORED, found.data(), groups)) {
      break;
    }
    const auto begin = static_cast<size_t>(found[0].data() - text.data());
    const size_t end = begin + found[0].size();
    const bool empty = begin == end;
    if (!(empty && begin == last_end) && !visit(begin, end, found)) break;
    last_end = end;
    at = empty ? (end < text.size() ? end + rune_length(text.substr(end)) : end + 1) : end;
  }
}

GoValue match(const GoCall& call) {
  const RE2 expression = compiled(call);
  if (!expression.ok()) return go_bool(false);
  return go_bool(RE2::PartialMatch(piece(call.text(1)), expression));
}

GoValue must_match(const GoCall& call) {
  check(compiled(call));
  return match(call);
}

GoValue find_all(const GoCall& call) {
  const RE2 expression = compiled(call);
  check(expression);
  const int64_t limit = call.integer(2);
  std::vector<std::string_view> found;
  const std::string_view text = call.text(1);
  if (limit != 0) {
    each_match(call, expression, text, [&](size_t begin, size_t end, const auto&) {
      found.push_back(text.substr(begin, end - begin));
      return limit < 0 || found.size() < static_cast<size_t>(limit);
    });
  }
  return found.empty() ? go_zero(GoTypes::get().string_list) : go_strings(call.arena, found);
}

GoValue find(const GoCall& call) {
  const RE2 expression = compiled(call);
  check(expression);
  std::string_view found;
  const std::string_view text = call.text(1);
  each_match(call, expression, text, [&](size_t begin, size_t end, const auto&) {
    found = text.substr(begin, end - begin);
    return false;
  });
  return go_string(found);
}

bool is_name(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Regexp.Expand: $1, ${1}, $name, ${name}, $$; the longest name counts.
void expand(std::string& out, std::string_view replacement, const RE2& expression,
            const std::vector<Piece>& groups) {
  while (!replacement.empty()) {
    const size_t dollar = replacement.find('$');
    out += replacement.substr(0, dollar);
    if (dollar == std::string_view::npos) return;
    replacement.remove_prefix(dollar + 1);
    if (replacement.starts_with('$')) {
      out += '$';
      replacement.remove_prefix(1);
      continue;
    }
    const bool brace = replacement.starts_with('{');
    size_t end = brace ? 1 : 0;
    while (end < replacement.size() && is_name(replacement[end])) ++end;
    const std::string name(replacement.substr(brace ? 1 : 0, end - (brace ? 1 : 0)));
    if (name.empty() || (brace && (end >= replacement.size() || replacement[end] != '}'))) {
      out += '$';
      continue;
    }
    replacement.remove_prefix(end + (brace ? 1 : 0));
    size_t group = groups.size();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      group = name.size() > 6 ? groups.size() : std::stoul(name);
    } else if (const auto& names = expression.NamedCapturingGroups(); names.count(name) > 0) {
      group = static_cast<size_t>(names.at(name));
    }
    if (group < groups.size()) out += view(groups[group]);
  }
}

GoValue replaced(const GoCall& call, bool literal) {
  const RE2 expression = compiled(call);
  check(expression);
  const std::string_view text = call.text(1);
  std::string out;
  size_t copied = 0;
  each_match(call, expression, text,
             [&](size_t begin, size_t end, const std::vector<Piece>& groups) {
               out += text.substr(copied, begin - copied);
               const size_t before = out.size();
               if (literal) {
                 out += call.text(2);
               } else {
                 expand(out, call.text(2), expression, groups);
               }
               call.arena.charge_memory(out.size() - before);
               copied = end;
               return true;
             });
  out += text.substr(copied);
  return call.string(out);
}

GoValue replace_all(const GoCall& call) { return replaced(call, false); }
GoValue replace_all_literal(const GoCall& call) { return replaced(call, true); }

GoValue split(const GoCall& call) {
  const RE2 expression = compiled(call);
  check(expression);
  const std::string_view text = call.text(1);
  const int64_t limit = call.integer(2);
  if (limit == 0) return go_zero(GoTypes::get().string_list);
  std::vector<std::string_view> parts;
  if (!call.text(0).empty() && text.empty()) return go_strings(call.arena, {text});
  size_t begin_of_part = 0;
  size_t last = 0;
  each_match(call, expression, text, [&](size_t begin, size_t end, const auto&) {
    if (limit > 0 && parts.size() + 1 == static_cast<size_t>(limit)) return false;
    last = begin;
    if (end != 0) {
      parts.push_back(text.substr(begin_of_part, begin - begin_of_part));
      begin_of_part = end;
    }
    return true;
  });
  if (last != text.size() || parts.empty()) parts.push_back(text.substr(begin_of_part));
  return go_strings(call.arena, parts);
}

GoValue quote_meta(const GoCall& call) {
  std::string out;
  for (const char c : call.text(0)) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return call.string(out);
}

constexpr GoFunction kFunctions[] = {
    {"regexMatch", "ss", match},
    {"mustRegexMatch", "ss", must_match},
    {"regexFindAll", "ssi", find_all},
    {"mustRegexFindAll", "ssi", find_all},
    {"regexFind", "ss", find},
    {"mustRegexFind", "ss", find},
    {"regexReplaceAll", "sss", replace_all},
    {"mustRegexReplaceAll", "sss", replace_all},
    {"regexReplaceAllLiteral", "sss", replace_all_literal},
    {"mustRegexReplaceAllLiteral", "sss", replace_all_literal},
    {"regexSplit", "ssi", split},
    {"mustRegexSplit", "ssi", split},
    {"regexQuoteMeta", "s", quote_meta},
};

}  // namespace

std::span<const GoFunction> go_regex_functions() { return kFunctions; }

}  // namespace mesh::injection
