#include "libmesh/traffic/check/header_value.h"

#include <algorithm>
#include <cstdint>

namespace mesh::traffic {
namespace {

enum class State : uint8_t {
  kText,
  kName,       // behind the first "%"
  kArguments,  // behind "("
  kElement,    // of a list in brackets: a quote must come
  kString,     // in an argument
  kNext,       // behind an element
  kClose,      // behind "]"
  kEnd,        // behind ")"
};

class Reader {
 public:
  explicit Reader(std::string_view value) : value_(value) {}

  std::string_view fault() {
    for (at_ = 0; at_ < value_.size(); ++at_) {
      const std::string_view found = in_text() ? read_text() : read_variable(value_[at_]);
      if (!found.empty()) return found;
    }
    return in_text() ? "" : "has a variable that does not end: write %% for a percent sign";
  }

 private:
  bool in_text() const { return state_ == State::kText; }
  bool has_next() const { return at_ + 1 < value_.size(); }

  std::string_view read_text() {
    if (value_[at_] != '%') return "";
    if (!has_next()) return "ends with a single percent sign: write %%";
    if (value_[at_ + 1] == '%') {
      ++at_;
    } else {
      state_ = State::kName;
    }
    return "";
  }

  // Goes on with `to` at `wanted`, passes spaces over, and says `fault` of all else.
  std::string_view expect(char c, char wanted, State to, std::string_view fault) {
    if (c == wanted) {
      state_ = to;
    } else if (c != ' ') {
      return fault;
    }
    return "";
  }

  std::string_view read_variable(char c) {
    switch (state_) {
      case State::kText:
        return "";
      case State::kName:
        if (c == '%') state_ = State::kText;
        if (c == '(') state_ = State::kArguments;
        return "";
      case State::kArguments:
        if (c != ' ') state_ = c == '[' ? State::kElement : State::kString;
        return "";
      case State::kElement:
        return expect(c, '"', State::kString, "has a list whose elements are not in quotes");
      case State::kString:
        return read_string(c);
      case State::kNext:
        if (c == ',') {
          state_ = State::kElement;
          return "";
        }
        return expect(c, ']', State::kClose, "has a list that does not go on with \",\" or \"]\"");
      case State::kClose:
        return expect(c, ')', State::kEnd, "has a variable whose arguments do not end with \")\"");
      case State::kEnd:
        return expect(c, '%', State::kText, "has a variable that does not end with a percent sign");
    }
    return "";
  }

  std::string_view read_string(char c) {
    if (c == '\\') {
      if (!has_next()) return "ends with a backslash";
      ++at_;
    } else if (c == ')') {
      state_ = State::kEnd;
    } else if (c == '"') {
      state_ = State::kNext;
    }
    return "";
  }

  std::string_view value_;
  size_t at_ = 0;
  State state_ = State::kText;
};

}  // namespace

std::string_view header_value_fault(std::string_view value) {
  const bool control = std::any_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7F;
  });
  return control ? "has a control character" : Reader(value).fault();
}

}  // namespace mesh::traffic
