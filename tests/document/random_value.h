// Random values and texts for property tests; the same seed gives the same ones.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "libmesh/document/utf8.h"
#include "libmesh/document/value.h"

namespace mesh::document {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  size_t below(size_t bound) { return static_cast<size_t>(engine_() % bound); }
  bool chance(size_t percent) { return below(100) < percent; }

  // A string that tries a writer: words that are not strings, indicators, white space, controls.
  std::string string() {
    static constexpr std::string_view kPieces[] = {"y",
                                                   "no",
                                                   "null",
                                                   "~",
                                                   "true",
                                                   "1",
                                                   "0x1F",
                                                   "010",
                                                   "1e3",
                                                   "1_0",
                                                   ".5",
                                                   ".inf",
                                                   "2001-01-01",
                                                   "<<",
                                                   "=",
                                                   "-",
                                                   "?",
                                                   ":",
                                                   "- ",
                                                   "? ",
                                                   ": ",
                                                   " #",
                                                   "#",
                                                   ",",
                                                   "[",
                                                   "]",
                                                   "{",
                                                   "}",
                                                   "&a",
                                                   "*a",
                                                   "!",
                                                   "!!str",
                                                   "|",
                                                   ">",
                                                   "'",
                                                   "\"",
                                                   "%",
                                                   "@",
                                                   "`",
                                                   "\\",
                                                   "\n",
                                                   "\n\n",
                                                   " \n",
                                                   "\n ",
                                                   " ",
                                                   "  ",
                                                   "\t",
                                                   "\r",
                                                   "\r\n",
                                                   "\x01",
                                                   "\x7f",
                                                   "é",
                                                   "日本",
                                                   "😀",
                                                   "\xC2\x85",
                                                   "\xC2\xA0",
                                                   "\xE2\x80\xA8",
                                                   "\xEF\xBB\xBF",
                                                   "\xEF\xBF\xBE",
                                                   "\xC2\x80",
                                                   "---",
                                                   "...",
                                                   "--- a",
                                                   "%YAML",
                                                   "app",
                                                   "shop",
                                                   "*.example.com",
                                                   "http://a/b?c=d#e",
                                                   "a: b",
                                                   "key",
                                                   "/metrics",
                                                   "15s",
                                                   "100m",
                                                   "@type",
                                                   "regex.*[a-z]+",
                                                   "\x1f",
                                                   "\x0b",
                                                   "\xF0\x90\x80\x80",
                                                   "\xEE\x80\x80"};
    std::string text;
    for (size_t n = below(5); n > 0; --n) text += kPieces[below(std::size(kPieces))];
    if (chance(2)) text += std::string(below(3000), 'x');
    if (chance(5)) text.push_back('\0');
    return text;
  }

  Value scalar() {
    switch (below(9)) {
      case 0:
        return Value();
      case 1:
        return Value(chance(50));
      case 2:
        return Value(static_cast<int64_t>(engine_()));
      case 3:
        return Value(static_cast<int64_t>(below(2000)) - 1000);
      case 4:
        return Value((uint64_t{1} << 63) + engine_() % (uint64_t{1} << 63));
      case 5:
        return Value(static_cast<double>(engine_()) / 1e5);
      case 6:
        return Value(finite_double());
      default:
        return Value(string());
    }
  }

  Value value(size_t depth = 4) {
    if (depth == 0 || chance(35)) return scalar();
    if (chance(40)) {
      List list;
      for (size_t n = below(5); n > 0; --n) list.push_back(value(depth - 1));
      return Value(std::move(list));
    }
    Value map{Map{}};
    for (size_t n = below(6); n > 0; --n) map.set(string(), value(depth - 1));
    return map;
  }

  // Changes a text at some places: deletes, doubles, moves, or puts in what matters to a parser.
  std::string mutate(std::string text) {
    static constexpr std::string_view kPieces[] = {
        ",",       ":",       ": ",           "- ",   "[",  "]",      "{",    "}", "\"",   "'",
        "#",       " #",      "&a ",          "*a",   "!",  "!!int ", "|",    ">", "|-\n", "\n",
        "\n---\n", "\n...\n", "\t",           " ",    "  ", "? ",     "<<: ", "%", "\\",   "\r\n",
        "~",       "\xC3",    "\xEF\xBB\xBF", "\x01", "a",  "1"};
    for (size_t n = 1 + below(4); n > 0; --n) {
      const size_t at = below(text.size() + 1);
      if (chance(60)) {
        text.insert(at, kPieces[below(std::size(kPieces))]);
      } else if (chance(50)) {
        text.erase(at, below(4) + 1);
      } else {
        text.insert(below(text.size() + 1), text.substr(at, below(20)));
      }
    }
    return text;
  }

 private:
  double finite_double() {
    const uint64_t bits = engine_() & 0xFFEFFFFFFFFFFFFF;  // an exponent below that of infinity
    double number = 0;
    static_assert(sizeof number == sizeof bits);
    __builtin_memcpy(&number, &bits, sizeof number);
    return number;
  }

  std::mt19937_64 engine_;
};

}  // namespace mesh::document
