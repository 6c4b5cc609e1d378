#include "libmesh/injection/forms/text.h"

#include <algorithm>
#include <array>

#include "libmesh/document/scalar.h"
#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection::forms {
namespace {

using document::Value;

// The largest integer below which a float64 in %v has no exponent.
constexpr int64_t kNoExponent = 1'000'000;

constexpr std::array<bool, 256> plain_table() {
  std::array<bool, 256> out{};
  for (char c = 'a'; c <= 'z'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (char c : std::string_view("_-./:,=*+@$()%")) out[static_cast<unsigned char>(c)] = true;
  return out;
}
constexpr std::array<bool, 256> kPlain = plain_table();

}  // namespace

std::string sprint(const Value* value) {
  if (value == nullptr || value->is_null()) return "<nil>";
  if (const std::string* text = value->if_string()) return *text;
  if (const bool* flag = value->if_bool()) return *flag ? "true" : "false";
  if (const int64_t* number = value->if_int()) {
    if (*number > -kNoExponent && *number < kNoExponent) return std::to_string(*number);
    std::string out;
    append_go_float(out, static_cast<double>(*number), 'g', -1);
    return out;
  }
  std::string out;
  if (const uint64_t* number = value->if_uint()) {
    append_go_float(out, static_cast<double>(*number), 'g', -1);
  } else if (const double* floating = value->if_double()) {
    append_go_float(out, *floating, 'g', -1);
  }
  return out;
}

bool is_quotable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
  });
}

bool is_plain_part(std::string_view text) {
  if (text.ends_with(':')) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kPlain[static_cast<unsigned char>(c)]; });
}

bool is_plain_string(std::string_view text) {
  if (text.empty() || !is_plain_part(text)) return false;
  constexpr std::string_view kIndicators = "-?:,*%@=";
  if (kIndicators.find(text.front()) != std::string_view::npos) return false;
  return document::resolves_to_itself(text);
}

bool is_truthy(const Value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (const bool* flag = value->if_bool()) return *flag;
  if (const std::string* text = value->if_string()) return !text->empty();
  if (const int64_t* number = value->if_int()) return *number != 0;
  if (const double* number = value->if_double()) return *number != 0;
  if (const document::List* list = value->if_list()) return !list->empty();
  if (const document::Map* map = value->if_map()) return !map->empty();
  return true;
}

}  // namespace mesh::injection::forms
