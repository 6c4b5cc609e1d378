#include "libmesh/injection/template/go_format.h"

#include <algorithm>

#include "libmesh/document/numbers.h"
#include "libmesh/document/utf8.h"
#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/go_printer.h"

namespace mesh::injection {
namespace {

constexpr int kWidest = 1'000'000;

// The state of one Sprintf (fmt/print.go, doPrintf).
class Formatter {
 public:
  Formatter(Arena& arena, std::string& out, std::string_view format,
            std::span<const GoValue> arguments)
      : arena_(arena), printer_(arena, out), out_(out), format_(format), arguments_(arguments) {}

  void run();

 private:
  bool at_end() const { return at_ >= format_.size(); }
  void flags();
  std::optional<int> number();
  void argument_number();
  std::optional<int> star();
  void width();
  void precision();
  void verb();
  void extra();

  Arena& arena_;
  GoPrinter printer_;
  std::string& out_;
  const std::string_view format_;
  const std::span<const GoValue> arguments_;
  size_t at_ = 0;
  size_t next_ = 0;  // argument
  bool after_index_ = false;
  bool reordered_ = false;
  bool good_index_ = true;
};

void Formatter::flags() {
  for (; !at_end(); ++at_) {
    switch (format_[at_]) {
      case '#':
        printer_.flags.sharp = true;
        break;
      case '0':
        printer_.flags.zero = true;
        break;
      case '+':
        printer_.flags.plus = true;
        break;
      case '-':
        printer_.flags.minus = true;
        break;
      case ' ':
        printer_.flags.space = true;
        break;
      default:
        return;
    }
  }
}

std::optional<int> Formatter::number() {
  int value = 0;
  bool any = false;
  for (; !at_end() && format_[at_] >= '0' && format_[at_] <= '9'; ++at_) {
    value = std::min(value * 10 + (format_[at_] - '0'), kWidest + 1);
    any = true;
  }
  if (!any || value > kWidest) return std::nullopt;
  return value;
}

// "[3]": which argument comes next.
void Formatter::argument_number() {
  if (at_end() || format_[at_] != '[') return;
  reordered_ = true;
  const size_t close = format_.find(']', at_);
  if (close == std::string_view::npos) {
    good_index_ = false;
    ++at_;
    return;
  }
  ++at_;
  const auto index = number();
  if (!index || at_ != close || *index < 1 || static_cast<size_t>(*index) > arguments_.size()) {
    good_index_ = false;
  } else {
    next_ = static_cast<size_t>(*index) - 1;
    after_index_ = true;
  }
  at_ = close + 1;
}

std::optional<int> Formatter::star() {
  ++at_;
  if (next_ >= arguments_.size()) return std::nullopt;
  const GoValue& value = arguments_[next_++];
  after_index_ = false;
  if (value.kind() != GoKind::kInt || value.integer > kWidest || value.integer < -kWidest) {
    return std::nullopt;
  }
  return static_cast<int>(value.integer);
}

void Formatter::width() {
  argument_number();
  if (!at_end() && format_[at_] == '*') {
    const auto value = star();
    if (!value) out_ += "%!(BADWIDTH)";
    printer_.flags.width = value.value_or(-1);
    if (value && *value < 0) {
      printer_.flags.width = -*value;
      printer_.flags.minus = true;
      printer_.flags.zero = false;
    }
  } else {
    const auto value = number();
    printer_.flags.width = value.value_or(-1);
    if (after_index_ && value) good_index_ = false;
  }
}

void Formatter::precision() {
  if (at_ + 1 > format_.size() || at_end() || format_[at_] != '.') return;
  ++at_;
  if (after_index_) good_index_ = false;
  argument_number();
  if (!at_end() && format_[at_] == '*') {
    const auto value = star();
    if (!value || *value < 0) out_ += value ? "" : "%!(BADPREC)";
    printer_.flags.precision = value && *value >= 0 ? *value : -1;
  } else {
    printer_.flags.precision = number().value_or(0);
  }
}

void Formatter::verb() {
  size_t length = 0;
  const char32_t verb = go_decode_rune(format_.substr(at_), length);
  at_ += length;
  if (verb == '%') {
    out_ += '%';
  } else if (!good_index_) {
    out_ += "%!";
    document::append_utf8(out_, verb);
    out_ += "(BADINDEX)";
  } else if (next_ >= arguments_.size()) {
    out_ += "%!";
    document::append_utf8(out_, verb);
    out_ += "(MISSING)";
  } else {
    const GoValue& value = arguments_[next_++];
    if (verb == 'T') {
      printer_.pad(go_type_name(value));
      return;
    }
    if (verb == 'v') {
      printer_.flags.sharp_v = printer_.flags.sharp;
      printer_.flags.plus_v = printer_.flags.plus;
      printer_.flags.sharp = printer_.flags.plus = false;
    }
    if (verb == 'w') {
      printer_.print(value, 'w', 0);
      return;
    }
    printer_.print(value, verb, 0);
  }
}

void Formatter::extra() {
  if (reordered_ || next_ >= arguments_.size()) return;
  printer_.flags = {};
  out_ += "%!(EXTRA ";
  for (size_t i = next_; i < arguments_.size(); ++i) {
    if (i > next_) out_ += ", ";
    if (arguments_[i].is_nothing()) {
      out_ += "<nil>";
    } else {
      out_ += arguments_[i].type->name;
      out_ += '=';
      printer_.print(arguments_[i], 'v', 0);
    }
  }
  out_ += ')';
}

void Formatter::run() {
  while (!at_end()) {
    const size_t percent = std::min(format_.find('%', at_), format_.size());
    out_ += format_.substr(at_, percent - at_);
    at_ = percent;
    if (at_end()) break;
    ++at_;
    arena_.step();
    printer_.flags = {};
    after_index_ = false;
    good_index_ = true;
    flags();
    width();
    precision();
    if (!after_index_) argument_number();
    if (at_end()) {
      out_ += "%!(NOVERB)";
      break;
    }
    verb();
  }
  extra();
}

}  // namespace

bool go_stringer(const GoValue& value, std::string& text) {
  // The String() of Kubernetes' structs takes a nil receiver.
  if (value.kind() == GoKind::kPointer && value.is_nil() &&
      value.type->elem->kind == GoKind::kStruct && value.type->elem->form == GoForm::kPlain) {
    text = "nil";
    return true;
  }
  switch (value.type->form) {
    case GoForm::kEnum:
      for (const auto& [name, number] : value.type->enumerators) {
        if (number == value.integer) {
          text = name;
          return true;
        }
      }
      text = std::to_string(value.integer);
      return true;
    case GoForm::kGoDuration:
      text = go_duration_text(value.integer);
      return true;
    case GoForm::kQuantity:
    case GoForm::kIntOrString:
    case GoForm::kTime:
      if (value.rep != GoValue::Rep::kNode) {
        text = value.type->form == GoForm::kTime ? "0001-01-01 00:00:00 +0000 UTC" : "0";
      } else if (const std::string* node = value.node->if_string()) {
        text = *node;
      } else if (const int64_t* number = value.node->if_int()) {
        text = std::to_string(*number);
      } else if (const double* real = value.node->if_double()) {
        document::append_double(text, *real);
      }
      return true;
    case GoForm::kVersion:
      text = value.rep == GoValue::Rep::kFields ? value.fields[5].string() : std::string_view();
      return true;
    case GoForm::kDuration:
      if (value.rep == GoValue::Rep::kNode) {
        const GoType& type = *value.type;
        const int64_t seconds = go_field(value, type.fields[0]).integer;
        const int64_t nanos = go_field(value, type.fields[1]).integer;
        if (seconds != 0) text = "seconds:" + std::to_string(seconds);
        if (nanos != 0) text += (text.empty() ? "nanos:" : " nanos:") + std::to_string(nanos);
      }
      return true;
    default:
      break;
  }
  if (value.kind() == GoKind::kPointer && !value.is_nil() &&
      value.type->elem->form != GoForm::kPlain && value.type->elem->form != GoForm::kMessage) {
    return go_stringer(go_deref(value), text);
  }
  return false;
}

void go_print(Arena& arena, std::string& out, const GoValue& value) {
  if (value.kind() == GoKind::kString) {
    out += value.string();
    return;
  }
  GoPrinter(arena, out).print(value, 'v', 0);
}

void go_sprint(Arena& arena, std::string& out, std::span<const GoValue> arguments) {
  bool was_string = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool is_string = arguments[i].kind() == GoKind::kString;
    if (i > 0 && !is_string && !was_string) out += ' ';
    go_print(arena, out, arguments[i]);
    was_string = is_string;
  }
}

void go_sprintln(Arena& arena, std::string& out, std::span<const GoValue> arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) out += ' ';
    go_print(arena, out, arguments[i]);
  }
  out += '\n';
}

void go_sprintf(Arena& arena, std::string& out, std::string_view format,
                std::span<const GoValue> arguments) {
  Formatter(arena, out, format, arguments).run();
}

void go_strval(Arena& arena, std::string& out, const GoValue& value) {
  if (value.kind() == GoKind::kString) {
    out += value.string();
  } else if (value.type == GoTypes::get().bytes) {
    for (size_t i = 0; i < go_length(value); ++i) {
      out += static_cast<char>(go_index(value, i).natural);
    }
  } else {
    GoPrinter(arena, out).print(value, 'v', 0);
  }
}

}  // namespace mesh::injection
