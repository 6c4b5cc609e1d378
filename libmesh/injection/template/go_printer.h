// GoPrinter: one conversion of fmt, with its flags. The parts of go_format.cc.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/injection/template/go_value.h"

namespace mesh::injection {

struct GoFlags {
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  bool plus_v = false;   // %+v
  bool sharp_v = false;  // %#v
  int width = -1;
  int precision = -1;
};

class GoPrinter {
 public:
  GoPrinter(Arena& arena, std::string& out) : arena_(arena), out_(out) {}

  GoFlags flags;

  void print(const GoValue& value, char32_t verb, int depth);
  void pad(std::string_view text);

 private:
  void print_string(std::string_view text, char32_t verb, const GoValue& value);
  void print_hex(std::string_view text, bool upper);
  void print_integer(const GoValue& value, char32_t verb, bool is_signed);
  void print_digits(uint64_t size, bool negative, unsigned base, bool upper, char32_t verb);
  void print_float(const GoValue& value, char32_t verb);
  void print_list(const GoValue& value, char32_t verb, int depth);
  void print_map(const GoValue& value, char32_t verb, int depth);
  void print_struct(const GoValue& value, char32_t verb, int depth);
  void print_pointer(const GoValue& value, char32_t verb, int depth);
  void print_bad_verb(const GoValue& value, char32_t verb);
  void print_rune(char32_t c);

  Arena& arena_;
  std::string& out_;
  bool erroring_ = false;
};

}  // namespace mesh::injection
