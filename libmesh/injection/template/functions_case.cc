// sprig's functions that change the case of words (goutils, and xstrings' convert.go).
#include <algorithm>

#include "libmesh/document/utf8.h"
#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/go_text.h"

namespace mesh::injection {
namespace {

bool is_upper(char32_t c) { return go_lower(c) != c; }
bool is_number(char32_t c) { return c >= '0' && c <= '9'; }
bool is_connector(char32_t c) { return c == '-' || c == '_' || go_is_space(c); }
bool is_punct(char32_t c) {
  // unicode.IsPunct leaves out the symbols among ASCII's: $ + < = > ^ ` | ~
  return c < 0x80 && c > ' ' && c != 0x7f &&
         std::string_view("!\"#%&'()*,-./:;?@[\\]_{}").find(static_cast<char>(c)) !=
             std::string_view::npos;
}

GoValue mapped(const GoCall& call, char32_t (*map)(char32_t)) {
  std::vector<char32_t> runes = go_runes(call.arena, call.text(0));
  std::transform(runes.begin(), runes.end(), runes.begin(), map);
  return call.string(go_of_runes(runes));
}

GoValue upper(const GoCall& call) { return mapped(call, go_upper); }
GoValue lower(const GoCall& call) { return mapped(call, go_lower); }

// strings.Title: the letter after a character that separates words.
GoValue title(const GoCall& call) {
  const auto separates = [](char32_t c) {
    if (c < 0x80) return !(go_is_letter(c) || is_number(c) || c == '_');
    return go_is_space(c);
  };
  std::vector<char32_t> runes = go_runes(call.arena, call.text(0));
  char32_t before = ' ';
  for (char32_t& c : runes) {
    const char32_t kept = c;
    if (separates(before)) c = go_upper(c);
    before = kept;
  }
  return call.string(go_of_runes(runes));
}

GoValue untitle(const GoCall& call) {
  std::vector<char32_t> runes = go_runes(call.arena, call.text(0));
  bool next = true;
  for (char32_t& c : runes) {
    if (go_is_space(c)) {
      next = true;
    } else if (next) {
      c = go_lower(c);
      next = false;
    }
  }
  return call.string(go_of_runes(runes));
}

// goutils would make the first small letter of a word a title; in the scripts that go_upper knows
// that is the capital.
GoValue swapcase(const GoCall& call) {
  return mapped(call, [](char32_t c) { return is_upper(c) ? go_lower(c) : go_upper(c); });
}

// xstrings.ToPascalCase.
GoValue camelcase(const GoCall& call) {
  const std::vector<char32_t> runes = go_runes(call.arena, call.text(0));
  std::vector<char32_t> out;
  size_t at = 0;
  while (at < runes.size() && is_connector(runes[at])) out.push_back(runes[at++]);
  if (at == runes.size()) return call.string(go_of_runes(out));
  bool first_upper = is_upper(runes[at]);
  char32_t c = go_upper(runes[at++]);
  for (; at < runes.size(); ++at) {
    const char32_t before = c;
    c = runes[at];
    if (is_connector(c) && is_connector(before)) {
      out.push_back(before);
      continue;
    }
    if (is_connector(before)) {
      first_upper = is_upper(c);
      c = go_upper(c);
    } else {
      if (first_upper) {
        if (is_upper(c)) {
          c = go_lower(c);
        } else {
          first_upper = false;
        }
      }
      out.push_back(before);
    }
  }
  out.push_back(c);
  return call.string(go_of_runes(out));
}

enum class Word : uint8_t { kNone, kNumber, kUpper, kLetters, kConnector, kPunct, kOther };

// xstrings' camelCaseToLowerCase: words, and what joins them.
class Words {
 public:
  Words(const std::vector<char32_t>& runes, char32_t connector)
      : runes_(runes), connector_(connector) {}

  std::string text() {
    if (runes_.empty()) return {};
    next();
    while (at_ < runes_.size()) {
      if (type_ != Word::kConnector) lower();
      const Word before = type_;
      const size_t begin = begin_;
      const size_t end = at_;
      next();
      after(before, begin, end);
    }
    lower();
    return go_of_runes(out_);
  }

 private:
  bool joins() const { return type_ == Word::kConnector || type_ == Word::kPunct; }
  void connect() { out_.push_back(connector_); }

  void after(Word before, size_t begin, size_t end) {
    switch (before) {
      case Word::kNumber:
        lower_letters_and_numbers();
        if (type_ != Word::kNone && !joins()) connect();
        break;
      case Word::kConnector:
        lower(before, begin, end);
        break;
      case Word::kPunct:
        break;
      default:
        after_letters();
    }
  }

  void lower_letters_and_numbers() {
    while (type_ == Word::kLetters || type_ == Word::kNumber) {
      lower();
      next();
    }
  }

  // A number after letters belongs to them, unless small letters follow: bld4_floor, http_2xx.
  void after_letters() {
    if (type_ != Word::kNumber) {
      if (!joins()) connect();
      return;
    }
    if (at_ >= runes_.size()) return;
    const size_t begin = begin_;
    const size_t end = at_;
    next();
    if (type_ != Word::kLetters) {
      lower(Word::kNumber, begin, end);
      if (!joins()) connect();
      return;
    }
    connect();
    lower(Word::kNumber, begin, end);
    lower_letters_and_numbers();
    if (type_ != Word::kNone && !joins()) connect();
  }

  void lower() { lower(type_, begin_, at_); }
  void lower(Word type, size_t begin, size_t end) {
    if (type == Word::kNone) return;
    for (size_t i = begin; i < end; ++i) {
      out_.push_back(type == Word::kConnector ? connector_ : go_lower(runes_[i]));
    }
  }

  template <typename Test>
  void take(Word type, Test test) {
    type_ = type;
    ++at_;
    while (at_ < runes_.size() && test(runes_[at_])) ++at_;
  }

  void next() {
    begin_ = at_;
    type_ = Word::kNone;
    if (at_ >= runes_.size()) return;
    const char32_t c = runes_[at_];
    const auto small = [](char32_t r) { return go_is_letter(r) && !is_upper(r); };
    if (is_connector(c)) {
      take(Word::kConnector, is_connector);
    } else if (is_punct(c)) {
      take(Word::kPunct, is_punct);
    } else if (is_upper(c)) {
      if (at_ + 1 < runes_.size() && is_upper(runes_[at_ + 1])) {
        take(Word::kUpper, is_upper);
        if (at_ < runes_.size() && go_is_letter(runes_[at_])) --at_;  // HTTPStatus: HTTP, Status
      } else {
        take(Word::kUpper, small);
      }
    } else if (go_is_letter(c)) {
      take(Word::kLetters, small);
    } else if (is_number(c)) {
      take(Word::kNumber, is_number);
    } else {
      take(Word::kOther, [](char32_t r) {
        return !is_connector(r) && !go_is_letter(r) && !is_number(r) && !is_punct(r);
      });
    }
  }

  const std::vector<char32_t>& runes_;
  const char32_t connector_;
  std::vector<char32_t> out_;
  size_t at_ = 0;
  size_t begin_ = 0;
  Word type_ = Word::kNone;
};

GoValue snakecase(const GoCall& call) {
  const std::vector<char32_t> runes = go_runes(call.arena, call.text(0));
  return call.string(Words(runes, '_').text());
}

GoValue kebabcase(const GoCall& call) {
  const std::vector<char32_t> runes = go_runes(call.arena, call.text(0));
  return call.string(Words(runes, '-').text());
}

constexpr GoFunction kFunctions[] = {
    {"upper", "s", upper},         {"lower", "s", lower},         {"title", "s", title},
    {"untitle", "s", untitle},     {"swapcase", "s", swapcase},   {"camelcase", "s", camelcase},
    {"snakecase", "s", snakecase}, {"kebabcase", "s", kebabcase}, {"toLower", "s", lower},
};

}  // namespace

std::span<const GoFunction> go_case_functions() { return kFunctions; }

}  // namespace mesh::injection
