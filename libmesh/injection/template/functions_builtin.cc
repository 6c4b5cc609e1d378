// The functions of text/template itself (funcs.go).
#include <algorithm>

#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

enum class Basic : uint8_t { kNone, kBool, kInt, kUint, kFloat, kString };

Basic basic_kind(const GoValue& value) {
  switch (value.kind()) {
    case GoKind::kBool:
      return Basic::kBool;
    case GoKind::kInt:
      return Basic::kInt;
    case GoKind::kUint:
      return Basic::kUint;
    case GoKind::kFloat:
      return Basic::kFloat;
    case GoKind::kString:
      return Basic::kString;
    default:
      return Basic::kNone;
  }
}

[[noreturn]] void incompatible(const GoValue& a, const GoValue& b) {
  go_fail("incompatible types for comparison: " + a.type->name + " and " + b.type->name);
}

bool is_nil(const GoValue& value) {
  switch (value.kind()) {
    case GoKind::kInvalid:
    case GoKind::kInterface:
      return true;
    case GoKind::kMap:
    case GoKind::kSlice:
    case GoKind::kPointer:
      return value.is_nil();
    default:
      return false;
  }
}

// Values without a basic kind: nils, and what Go's == compares by identity.
bool other_equal(const GoValue& a, const GoValue& b) {
  if (!a.is_nothing() && !b.is_nothing() && a.kind() != b.kind()) {
    go_fail("non-comparable types " + a.type->name + ", " + b.type->name);
  }
  if (is_nil(a) || is_nil(b)) return is_nil(a) == is_nil(b);
  if (b.kind() == GoKind::kMap || b.kind() == GoKind::kSlice) {
    go_fail("non-comparable type: " + b.type->name);
  }
  return a.type == b.type && a.rep == b.rep && a.node == b.node;
}

bool less(const GoValue& a, const GoValue& b) {
  const Basic ka = basic_kind(a);
  const Basic kb = basic_kind(b);
  if (ka == Basic::kNone || kb == Basic::kNone) go_fail("invalid type for comparison");
  if (ka == Basic::kInt && kb == Basic::kUint) {
    return a.integer < 0 || static_cast<uint64_t>(a.integer) < b.natural;
  }
  if (ka == Basic::kUint && kb == Basic::kInt) {
    return b.integer >= 0 && a.natural < static_cast<uint64_t>(b.integer);
  }
  if (ka != kb) incompatible(a, b);
  switch (ka) {
    case Basic::kInt:
      return a.integer < b.integer;
    case Basic::kUint:
      return a.natural < b.natural;
    case Basic::kFloat:
      return a.number < b.number;
    case Basic::kString:
      return a.string() < b.string();
    case Basic::kBool:
    case Basic::kNone:
      break;
  }
  go_fail("invalid type for comparison");
}

GoValue eq(const GoCall& call) {
  if (call.size() < 2) go_fail("missing argument for comparison");
  for (size_t i = 1; i < call.size(); ++i) {
    if (go_equal(call[0], call[i])) return go_bool(true);
  }
  return go_bool(false);
}

GoValue ne(const GoCall& call) { return go_bool(!go_equal(call[0], call[1])); }
GoValue lt(const GoCall& call) { return go_bool(less(call[0], call[1])); }
GoValue le(const GoCall& call) {
  return go_bool(less(call[0], call[1]) || go_equal(call[0], call[1]));
}
GoValue gt(const GoCall& call) {
  return go_bool(!(less(call[0], call[1]) || go_equal(call[0], call[1])));
}
GoValue ge(const GoCall& call) { return go_bool(!less(call[0], call[1])); }

GoValue go_not(const GoCall& call) { return go_bool(!go_truth(call[0])); }

GoValue len(const GoCall& call) {
  bool nil = false;
  const GoValue item = go_indirect(call[0], nil);
  if (nil) go_fail("len of nil pointer");
  switch (item.kind()) {
    case GoKind::kString:
    case GoKind::kSlice:
    case GoKind::kMap:
      return go_int(static_cast<int64_t>(go_length(item)));
    case GoKind::kInvalid:
      go_fail("reflect: call of reflect.Value.Type on zero Value");
    default:
      go_fail("len of type " + item.type->name);
  }
}

size_t index_of(const GoValue& index, size_t length) {
  if (index.is_nothing()) go_fail("cannot index slice/array with nil");
  if (index.kind() != GoKind::kInt && index.kind() != GoKind::kUint) {
    go_fail("cannot index slice/array with type " + index.type->name);
  }
  const auto at = static_cast<uint64_t>(index.integer);
  if (index.integer < 0 || at > length) {
    go_fail("index out of range: " + std::to_string(index.integer));
  }
  if (at == length) {
    go_fail("reflect: slice index out of range");
  }
  return static_cast<size_t>(at);
}

GoValue map_item(const GoValue& map, const GoValue& key) {
  const GoType* wanted = map.type->key;
  if (key.is_nothing()) {
    go_fail("value is nil; should be of type " + wanted->name);
  }
  if (key.type != wanted) {
    go_fail("value has type " + key.type->name + "; should be " + wanted->name);
  }
  const GoValue found = go_lookup(map, key.string());
  return found.valid() ? found : go_zero(map.type->elem);
}

GoValue index(const GoCall& call) {
  GoValue item = call[0];
  if (item.is_nothing()) go_fail("index of untyped nil");
  for (size_t i = 1; i < call.size(); ++i) {
    bool nil = false;
    item = go_indirect(item, nil);
    if (nil) go_fail("index of nil pointer");
    switch (item.kind()) {
      case GoKind::kString: {
        const size_t at = index_of(call[i], item.length);
        GoValue byte = go_zero(GoTypes::get().find("uint8"));
        byte.natural = static_cast<unsigned char>(item.text[at]);
        item = byte;
        break;
      }
      case GoKind::kSlice:
        item = go_index(item, index_of(call[i], go_length(item)));
        break;
      case GoKind::kMap:
        item = map_item(item, call[i]);
        break;
      default:
        go_fail("can't index item of type " + item.type->name);
    }
  }
  return item;
}

// fmt.Sprint of the arguments, pointers followed (evalArgs).
std::string text_of(const GoCall& call) {
  std::string text;
  std::vector<GoValue> values(call.arguments.begin(), call.arguments.end());
  for (GoValue& value : values) {
    if (value.kind() != GoKind::kPointer) continue;
    bool nil = false;
    const GoValue target = go_indirect(value, nil);
    std::string ignored;
    if (!nil && !go_stringer(value, ignored)) value = target;
  }
  go_sprint(call.arena, text, values);
  return text;
}

GoValue html(const GoCall& call) {
  std::string out;
  for (const char c : text_of(call)) {
    switch (c) {
      case '\0':
        out += "\xef\xbf\xbd";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return call.string(out);
}

void append_js_rune(std::string& out, char32_t c, std::string_view bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  if (c == '\\' || c == '\'' || c == '"') {
    out += '\\';
    out += static_cast<char>(c);
  } else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '=') {
    out += "\\u00";
    out += kHex[c >> 4];
    out += kHex[c & 15];
  } else if (go_is_print(c) || c == 0x7f) {
    out += bytes;
  } else {
    out += "\\u";
    for (int shift = c > 0xffff ? 16 : 12; shift >= 0; shift -= 4) out += kHex[(c >> shift) & 15];
  }
}

GoValue js(const GoCall& call) {
  const std::string text = text_of(call);
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t length = 0;
    const char32_t c = go_decode_rune(std::string_view(text).substr(at), length);
    append_js_rune(out, c, std::string_view(text).substr(at, length));
    at += length;
  }
  return call.string(out);
}

GoValue urlquery(const GoCall& call) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text_of(call)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return call.string(out);
}

GoValue print(const GoCall& call) {
  std::string out;
  go_sprint(call.arena, out, call.arguments);
  return call.string(out);
}

GoValue printf(const GoCall& call) {
  std::string out;
  go_sprintf(call.arena, out, call.text(0), call.arguments.subspan(1));
  return call.string(out);
}

GoValue println(const GoCall& call) {
  std::string out;
  go_sprintln(call.arena, out, call.arguments);
  return call.string(out);
}

// No value of a template is a function.
GoValue go_call(const GoCall& call) {
  if (call[0].is_nothing()) go_fail("call of nil");
  go_fail("non-function of type " + call[0].type->name);
}

GoValue special(const GoCall&) { return {}; }  // and, or: the execution knows them

constexpr GoFunction kFunctions[] = {
    {"and", "vv*", special, true},    {"or", "vv*", special, true},
    {"not", "v", go_not, true},       {"eq", "vv*", eq, true},
    {"ne", "vv", ne, true},           {"lt", "vv", lt, true},
    {"le", "vv", le, true},           {"gt", "vv", gt, true},
    {"ge", "vv", ge, true},           {"len", "v", len, true},
    {"index", "vv*", index, true},    {"html", "a*", html, true},
    {"js", "a*", js, true},           {"urlquery", "a*", urlquery, true},
    {"print", "a*", print, true},     {"printf", "sa*", printf, true},
    {"println", "a*", println, true}, {"call", "vv*", go_call, true},
};

}  // namespace

std::span<const GoFunction> go_builtin_functions() { return kFunctions; }

bool go_equal(const GoValue& a, const GoValue& b) {
  const Basic ka = basic_kind(a);
  const Basic kb = basic_kind(b);
  if (ka == Basic::kInt && kb == Basic::kUint) {
    return a.integer >= 0 && static_cast<uint64_t>(a.integer) == b.natural;
  }
  if (ka == Basic::kUint && kb == Basic::kInt) {
    return b.integer >= 0 && a.natural == static_cast<uint64_t>(b.integer);
  }
  if (ka != kb) {
    if (!a.is_nothing() && !b.is_nothing()) incompatible(a, b);
    return false;
  }
  switch (ka) {
    case Basic::kBool:
      return a.boolean == b.boolean;
    case Basic::kInt:
      return a.integer == b.integer;
    case Basic::kUint:
      return a.natural == b.natural;
    case Basic::kFloat:
      return a.number == b.number;
    case Basic::kString:
      return a.string() == b.string();
    case Basic::kNone:
      break;
  }
  return other_equal(a, b);
}

}  // namespace mesh::injection
