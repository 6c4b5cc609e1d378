#include "libmesh/injection/template/go_printer.h"

#include <algorithm>

#include "libmesh/document/utf8.h"
#include "libmesh/injection/template/go_format.h"
#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

constexpr int kDeepest = 100;

size_t runes(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool verb_takes_strings(char32_t verb) {
  return verb == 'v' || verb == 's' || verb == 'q' || verb == 'x' || verb == 'X';
}

}  // namespace

void GoPrinter::pad(std::string_view text) {
  const size_t have = flags.width < 0 ? 0 : runes(text);
  const size_t want = flags.width < 0 ? 0 : static_cast<size_t>(flags.width);
  const size_t gap = want > have ? want - have : 0;
  arena_.charge_memory(gap + text.size());
  if (flags.minus) {
    out_ += text;
    out_.append(gap, ' ');
  } else {
    out_.append(gap, flags.zero ? '0' : ' ');
    out_ += text;
  }
}

void GoPrinter::print(const GoValue& value, char32_t verb, int depth) {
  arena_.step();
  if (depth > kDeepest) throw GoError{"a value is nested too deeply to be printed"};
  if (value.is_nothing()) {
    if (verb == 'v' || verb == 'T') return pad("<nil>");
    return print_bad_verb(value, verb);
  }
  std::string text;
  if (!erroring_ && !flags.sharp_v && verb_takes_strings(verb) && go_stringer(value, text)) {
    return print_string(text, verb, value);
  }
  switch (value.kind()) {
    case GoKind::kBool:
      if (verb != 't' && verb != 'v') return print_bad_verb(value, verb);
      return pad(value.boolean ? "true" : "false");
    case GoKind::kInt:
      return print_integer(value, verb, true);
    case GoKind::kUint:
      return print_integer(value, verb, false);
    case GoKind::kFloat:
      return print_float(value, verb);
    case GoKind::kString:
      return print_string(value.string(), verb, value);
    case GoKind::kSlice:
      return print_list(value, verb, depth);
    case GoKind::kMap:
      return print_map(value, verb, depth);
    case GoKind::kStruct:
      return print_struct(value, verb, depth);
    case GoKind::kPointer:
      return print_pointer(value, verb, depth);
    case GoKind::kInvalid:
    case GoKind::kInterface:
      return;
  }
}

void GoPrinter::print_string(std::string_view text, char32_t verb, const GoValue& value) {
  if (flags.precision >= 0 && (verb == 's' || verb == 'q' || verb == 'v')) {
    size_t at = 0;
    for (int i = 0; i < flags.precision && at < text.size(); ++i) {
      size_t length = 0;
      go_decode_rune(text.substr(at), length);
      at += length;
    }
    text = text.substr(0, at);
  }
  std::string quoted;
  switch (verb) {
    case 'v':
      if (!flags.sharp_v) return pad(text);
      append_go_quoted(quoted, text);
      return pad(quoted);
    case 's':
      return pad(text);
    case 'q':
      if (flags.sharp && text.find('`') == std::string_view::npos &&
          std::all_of(text.begin(), text.end(), [](char c) {
            return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
          })) {
        quoted = "`" + std::string(text) + "`";
      } else {
        append_go_quoted(quoted, text);
      }
      return pad(quoted);
    case 'x':
    case 'X':
      return print_hex(text, verb == 'X');
    default:
      return print_bad_verb(value, verb);
  }
}

void GoPrinter::print_hex(std::string_view text, bool upper) {
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  if (flags.precision >= 0) text = text.substr(0, static_cast<size_t>(flags.precision));
  std::string made;
  if (flags.sharp && !flags.space && !text.empty()) made += upper ? "0X" : "0x";
  for (size_t i = 0; i < text.size(); ++i) {
    if (flags.space) {
      if (i > 0) made += ' ';
      if (flags.sharp) made += upper ? "0X" : "0x";
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    made += digits[byte >> 4];
    made += digits[byte & 15];
  }
  pad(made);
}

void GoPrinter::print_rune(char32_t c) {
  std::string text;
  const bool valid = c <= 0x10ffff && !(c >= 0xd800 && c < 0xe000);
  document::append_utf8(text, valid ? c : 0xfffd);
  pad(text);
}

void GoPrinter::print_integer(const GoValue& value, char32_t verb, bool is_signed) {
  const bool negative = is_signed && value.integer < 0;
  const auto bits = static_cast<uint64_t>(value.integer);
  const uint64_t size = negative ? ~bits + 1 : bits;
  switch (verb) {
    case 'v':
    case 'd':
      return print_digits(size, negative, 10, false, verb);
    case 'b':
      return print_digits(size, negative, 2, false, verb);
    case 'o':
    case 'O':
      return print_digits(size, negative, 8, false, verb);
    case 'x':
      return print_digits(size, negative, 16, false, verb);
    case 'X':
      return print_digits(size, negative, 16, true, verb);
    case 'c':
      return print_rune(negative || size > 0x10ffff ? 0xfffd : static_cast<char32_t>(size));
    case 'q': {
      std::string rune;
      std::string quoted;
      document::append_utf8(rune,
                            negative || size > 0x10ffff ? 0xfffd : static_cast<char32_t>(size));
      if (rune == "'") {
        quoted = "'\\''";
      } else if (rune == "\"") {
        quoted = "'\"'";
      } else {
        append_go_quoted(quoted, rune);
        quoted.front() = '\'';
        quoted.back() = '\'';
      }
      return pad(quoted);
    }
    case 'U': {
      std::string digits;
      for (uint64_t rest = size; rest != 0 || digits.size() < 4; rest >>= 4) {
        digits.insert(digits.begin(), "0123456789ABCDEF"[rest & 15]);
      }
      return pad("U+" + digits);
    }
    default:
      return print_bad_verb(value, verb);
  }
}

void GoPrinter::print_digits(uint64_t size, bool negative, unsigned base, bool upper,
                             char32_t verb) {
  const char* alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string digits;
  if (!(flags.precision == 0 && size == 0)) {
    do {
      digits.insert(digits.begin(), alphabet[size % base]);
      size /= base;
    } while (size != 0);
  }
  size_t least = flags.precision > 0 ? static_cast<size_t>(flags.precision) : 0;
  if (flags.precision < 0 && flags.zero && !flags.minus && flags.width > 0) {
    least = static_cast<size_t>(flags.width);
    if ((negative || flags.plus || flags.space) && least > 0) --least;
  }
  arena_.charge_memory(least);
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  std::string text;
  if (negative) {
    text = "-";
  } else if (flags.plus) {
    text = "+";
  } else if (flags.space) {
    text = " ";
  }
  if (verb == 'O') text += "0o";
  if (flags.sharp && base == 2) text += "0b";
  if (flags.sharp && base == 8 && verb != 'O' && digits[0] != '0') text += '0';
  if (flags.sharp && base == 16) text += upper ? "0X" : "0x";
  const bool zero = flags.zero;
  flags.zero = false;  // it has been done
  pad(text + digits);
  flags.zero = zero;
}

void GoPrinter::print_float(const GoValue& value, char32_t verb) {
  std::string text;
  switch (verb) {
    case 'v':
      append_go_float(text, value.number, 'g', flags.precision);
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
      append_go_float(text, value.number, static_cast<char>(verb | 0x20),
                      flags.precision < 0 ? 6 : std::min(flags.precision, 1000));
      break;
    case 'g':
    case 'G':
      append_go_float(text, value.number, 'g', std::min(flags.precision, 1000));
      break;
    default:
      return print_bad_verb(value, verb);
  }
  if (verb == 'E' || verb == 'G') {
    std::replace(text.begin(), text.end(), 'e', 'E');
  }
  const bool has_sign = text[0] == '-' || text[0] == '+';
  if (text == "+Inf" && flags.space && !flags.plus) {
    text = " Inf";
  } else if (!has_sign && flags.plus) {
    text.insert(0, "+");
  } else if (!has_sign && flags.space) {
    text.insert(0, " ");
  }
  if (flags.zero && !flags.minus && flags.width > 0 &&
      text.size() < static_cast<size_t>(flags.width)) {
    const size_t sign = text[0] == '-' || text[0] == '+' || text[0] == ' ' ? 1 : 0;
    arena_.charge_memory(static_cast<size_t>(flags.width));
    text.insert(sign, static_cast<size_t>(flags.width) - text.size(), '0');
  }
  pad(text);
}

void GoPrinter::print_list(const GoValue& value, char32_t verb, int depth) {
  if (flags.sharp_v) {
    out_ += value.type->name;
    if (value.is_nil()) {
      out_ += "(nil)";
      return;
    }
  }
  out_ += flags.sharp_v ? '{' : '[';
  const size_t size = go_length(value);
  for (size_t i = 0; i < size; ++i) {
    if (i > 0) out_ += flags.sharp_v ? ", " : " ";
    print(go_index(value, i), verb, depth + 1);
    arena_.charge_memory(1);
  }
  out_ += flags.sharp_v ? '}' : ']';
}

void GoPrinter::print_map(const GoValue& value, char32_t verb, int depth) {
  if (flags.sharp_v) {
    out_ += value.type->name;
    if (value.is_nil()) {
      out_ += "(nil)";
      return;
    }
    out_ += '{';
  } else {
    out_ += "map[";
  }
  bool first = true;
  for (const GoMapEntry& entry : go_entries(arena_, value)) {
    if (!first) out_ += flags.sharp_v ? ", " : " ";
    first = false;
    print(go_string(entry.key), verb, depth + 1);
    out_ += ':';
    print(entry.value, verb, depth + 1);
  }
  out_ += flags.sharp_v ? '}' : ']';
}

void GoPrinter::print_struct(const GoValue& value, char32_t verb, int depth) {
  if (flags.sharp_v) out_ += value.type->name;
  out_ += '{';
  bool first = true;
  for (const GoField& field : value.type->fields) {
    if (field.oneof) continue;
    if (!first) out_ += flags.sharp_v ? ", " : " ";
    first = false;
    if (flags.plus_v || flags.sharp_v) {
      out_ += field.name;
      out_ += ':';
    }
    print(go_field(value, field), verb, depth + 1);
  }
  out_ += '}';
}

void GoPrinter::print_pointer(const GoValue& value, char32_t verb, int depth) {
  if (value.is_nil()) {
    if (flags.sharp_v) {
      out_ += "(" + value.type->name + ")(nil)";
      return;
    }
    if (verb == 'v') return pad("<nil>");
    return print_bad_verb(value, verb);
  }
  const GoKind target = value.type->elem->kind;
  if (depth == 0 &&
      (target == GoKind::kStruct || target == GoKind::kMap || target == GoKind::kSlice)) {
    out_ += '&';
    return print(go_deref(value), verb, depth + 1);
  }
  pad("0xc000000000");
}

void GoPrinter::print_bad_verb(const GoValue& value, char32_t verb) {
  const bool was = erroring_;
  erroring_ = true;
  out_ += "%!";
  document::append_utf8(out_, verb);
  out_ += '(';
  if (value.is_nothing()) {
    out_ += "<nil>";
  } else {
    out_ += value.type->name;
    out_ += '=';
    const GoFlags kept = flags;
    flags = {};
    print(value, 'v', 0);
    flags = kept;
  }
  out_ += ')';
  erroring_ = was;
}

}  // namespace mesh::injection
