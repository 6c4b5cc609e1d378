// Numbers and durations as Go's strconv and time read and write them, independent of the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::injection {

// strconv.ParseInt(text, base, 64); base 0 takes 0x, 0o, 0b, a leading 0 and underscores.
std::optional<int64_t> parse_go_int(std::string_view text, int base);
std::optional<uint64_t> parse_go_uint(std::string_view text, int base);
// strconv.ParseFloat(text, 64), hexadecimal and underscores included.
std::optional<double> parse_go_float(std::string_view text);

// strconv.AppendFloat: format 'e', 'f' or 'g'; precision -1 is the shortest that reads back.
void append_go_float(std::string& out, double number, char format, int precision);

// time.ParseDuration in nanoseconds, and time.Duration's String.
std::optional<int64_t> parse_go_duration(std::string_view text);
std::string go_duration_text(int64_t nanoseconds);

// strconv.Quote, and Unquote of "…", `…` and '…'.
void append_go_quoted(std::string& out, std::string_view text);
std::optional<std::string> go_unquote(std::string_view quoted);
// strconv.UnquoteChar of a whole character constant with its quotes.
std::optional<char32_t> go_unquote_char(std::string_view quoted);

// unicode.IsPrint, for what templates hold: ASCII exactly, else everything but controls, spaces,
// surrogates and noncharacters.
bool go_is_print(char32_t c);
// Decodes one rune as Go does: what is not UTF-8 is U+FFFD, one byte long.
char32_t go_decode_rune(std::string_view text, size_t& length);

}  // namespace mesh::injection
