// Small text functions that several of sprig's functions share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/injection/template/functions.h"

namespace mesh::injection {

// strings.Split; an empty separator splits into runes. `limit` as SplitN's: negative is all.
std::vector<std::string_view> go_split(Arena& arena, std::string_view text,
                                       std::string_view separator, int64_t limit = -1);
std::string go_replace(Arena& arena, std::string_view text, std::string_view from,
                       std::string_view to);
std::string_view go_trim_space(std::string_view text);
// strings.Trim: of any of the runes of `cutset`.
std::string_view go_trim(std::string_view text, std::string_view cutset);

// unicode's mappings for ASCII, Latin-1, Greek and Cyrillic; others stay.
char32_t go_upper(char32_t c);
char32_t go_lower(char32_t c);
bool go_is_letter(char32_t c);
bool go_is_space(char32_t c);

// The runes of a text.
std::vector<char32_t> go_runes(Arena& arena, std::string_view text);
std::string go_of_runes(const std::vector<char32_t>& runes);

// sprig's strslice: the elements of a list as texts, without nils; of anything else one text.
std::vector<std::string_view> go_string_slice(const GoCall& call, const GoValue& list);
GoValue go_joined(const GoCall& call, std::string_view separator,
                  const std::vector<std::string_view>& parts);

// spf13/cast: ToInt64 and ToFloat64, 0 for what is no number.
int64_t go_to_int64(const GoValue& value);
double go_to_float64(const GoValue& value);

}  // namespace mesh::injection
