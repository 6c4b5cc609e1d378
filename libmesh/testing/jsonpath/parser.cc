// JsonPath::parse: the grammar of RFC 9535 (appendix A) by recursive descent, with its rules of
// well-typedness (2.4.3) told where they are broken.
#include <re2/re2.h>

#include <array>
#include <utility>

#include "libmesh/document/utf8.h"
#include "libmesh/testing/jsonpath/jsonpath.h"
#include "libmesh/testing/jsonpath/query.h"
#include "libmesh/testing/jsonpath/scanner.h"

namespace mesh::testing {
namespace jsonpath {
namespace {

// Expressions nest no deeper: the parser calls itself.
constexpr int kDeepest = 64;

// What an expression may stand for (RFC 9535, 2.4.1).
enum class Type : uint8_t { kValue, kLogical, kNodes };

struct Signature {
  std::string_view name;
  Function function;
  std::vector<Type> parameters;
  Type result;
};

const std::array<Signature, 5>& signatures() {
  static const std::array<Signature, 5> kAll = {{
      {"length", Function::kLength, {Type::kValue}, Type::kValue},
      {"count", Function::kCount, {Type::kNodes}, Type::kValue},
      {"match", Function::kMatch, {Type::kValue, Type::kValue}, Type::kLogical},
      {"search", Function::kSearch, {Type::kValue, Type::kValue}, Type::kLogical},
      {"value", Function::kValue, {Type::kNodes}, Type::kValue},
  }};
  return kAll;
}

Type result_of(Function function) {
  for (const Signature& signature : signatures()) {
    if (signature.function == function) return signature.result;
  }
  return Type::kValue;
}

using Kind = Expression::Kind;

bool is_value(const Expression& e) {
  if (e.kind == Kind::kLiteral) return true;
  if (e.kind == Kind::kQuery) return e.query.is_singular();
  return e.kind == Kind::kFunction && result_of(e.function) == Type::kValue;
}

bool is_test(const Expression& e) {
  if (e.kind == Kind::kLiteral) return false;
  return e.kind != Kind::kFunction || result_of(e.function) != Type::kValue;
}

bool fits(const Expression& argument, Type wanted) {
  switch (wanted) {
    case Type::kValue:
      return is_value(argument);
    case Type::kLogical:
      return is_test(argument);
    case Type::kNodes:
      return argument.kind == Kind::kQuery;
  }
  return false;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : in_(text) {}

  Result<Query> whole() {
    if (!in_.take("$")) return in_.error("a query begins with $");
    auto query = segments(false);
    if (query && !in_.done()) return in_.error("the query should end here");
    return query;
  }

 private:
  Result<Query> segments(bool relative) {
    Query out;
    out.relative = relative;
    while (true) {
      const size_t before = in_.offset();
      in_.skip_space();
      if (in_.peek() != '.' && in_.peek() != '[') {
        in_.go_back(before);
        return out;
      }
      auto next = segment();
      if (!next) return next.error();
      out.segments.push_back(*std::move(next));
    }
  }

  Result<Segment> segment() {
    Segment out;
    out.descendant = in_.take("..");
    const bool dot = out.descendant || in_.take(".");
    if (in_.peek() == '[' && (!dot || out.descendant)) {
      in_.take("[");
      return bracketed(std::move(out));
    }
    Selector selector;
    if (in_.take("*")) {
      selector.kind = Selector::Kind::kWildcard;
    } else {
      selector.kind = Selector::Kind::kName;
      selector.name = in_.shorthand();
      if (selector.name.empty()) return in_.error("a name, * or [ is expected");
    }
    out.selectors.push_back(std::move(selector));
    return out;
  }

  Result<Segment> bracketed(Segment out) {
    do {
      in_.skip_space();
      auto next = selector();
      if (!next) return next.error();
      out.selectors.push_back(*std::move(next));
      in_.skip_space();
    } while (in_.take(","));
    if (!in_.take("]")) return in_.error("] is expected");
    return out;
  }

  Result<Selector> selector() {
    Selector out;
    const char c = in_.peek();
    if (c == '\'' || c == '"') {
      auto name = in_.quoted();
      if (!name) return name.error();
      out.kind = Selector::Kind::kName;
      out.name = *std::move(name);
      return out;
    }
    if (in_.take("*")) {
      out.kind = Selector::Kind::kWildcard;
      return out;
    }
    if (in_.take("?")) {
      in_.skip_space();
      auto filter = logical();
      if (!filter) return filter.error();
      out.kind = Selector::Kind::kFilter;
      out.filter = std::make_shared<const Expression>(*std::move(filter));
      return out;
    }
    return index_or_slice();
  }

  Result<Selector> index_or_slice() {
    Selector out;
    out.kind = Selector::Kind::kIndex;
    if (in_.peek() != ':') {
      auto index = in_.integer();
      if (!index) return index.error();
      out.index = *index;
      const size_t before = in_.offset();
      in_.skip_space();
      if (in_.peek() != ':') {
        in_.go_back(before);
        return out;
      }
      out.start = out.index;
    }
    out.kind = Selector::Kind::kSlice;
    in_.take(":");
    if (auto end = optional_integer(out.end); !end) return end.error();
    if (!in_.take(":")) return out;
    std::optional<int64_t> step;
    if (auto read = optional_integer(step); !read) return read.error();
    out.step = step.value_or(1);
    return out;
  }

  // Blanks around it are its own: what follows is ':', ',' or ']'.
  Result<void> optional_integer(std::optional<int64_t>& out) {
    in_.skip_space();
    const char c = in_.peek();
    if (c == '-' || (c >= '0' && c <= '9')) {
      auto read = in_.integer();
      if (!read) return read.error();
      out = *read;
      in_.skip_space();
    }
    return {};
  }

  // ---- filters ----------------------------------------------------------------------------

  // What a filter tests; a value alone is none.
  Result<Expression> logical() {
    auto out = either();
    if (out && !is_test(*out)) return in_.error("a filter tests or compares; this is a value");
    return out;
  }

  Result<Expression> either() { return joined(Kind::kOr, "||", &Parser::both); }
  Result<Expression> both() { return joined(Kind::kAnd, "&&", &Parser::basic); }

  Result<Expression> joined(Kind kind, std::string_view sign,
                            Result<Expression> (Parser::*part)()) {
    auto first = (this->*part)();
    if (!first) return first;
    Expression out = *std::move(first);
    while (true) {
      const size_t before = in_.offset();
      in_.skip_space();
      if (!in_.take(sign)) {
        in_.go_back(before);
        return out;
      }
      in_.skip_space();
      auto next = (this->*part)();
      if (!next) return next;
      if (!is_test(out) || !is_test(*next)) return in_.error("a value is neither true nor false");
      if (out.kind != kind) {
        Expression list;
        list.kind = kind;
        list.parts.push_back(std::move(out));
        out = std::move(list);
      }
      out.parts.push_back(*std::move(next));
    }
  }

  Result<Expression> basic() {
    if (depth_ >= kDeepest) return in_.error("the filter is nested too deeply");
    ++depth_;
    auto out = basic_inside();
    --depth_;
    return out;
  }

  Result<Expression> basic_inside() {
    if (in_.take("!")) {
      in_.skip_space();
      auto inner = in_.peek() == '(' ? parenthesized() : operand();
      if (!inner) return inner;
      if (!is_test(*inner)) return in_.error("a value is neither true nor false");
      Expression out;
      out.kind = Kind::kNot;
      out.parts.push_back(*std::move(inner));
      return out;
    }
    return in_.peek() == '(' ? parenthesized() : comparison();
  }

  Result<Expression> parenthesized() {
    in_.take("(");
    in_.skip_space();
    auto inner = logical();
    if (!inner) return inner;
    in_.skip_space();
    if (!in_.take(")")) return in_.error(") is expected");
    // As an expression of its own it is no operand of a comparison.
    Expression out;
    out.kind = Kind::kAnd;
    out.parts.push_back(*std::move(inner));
    return out;
  }

  Result<Expression> comparison() {
    auto left = operand();
    if (!left) return left;
    const size_t before = in_.offset();
    in_.skip_space();
    const auto sign = comparison_sign();
    if (!sign) {
      in_.go_back(before);
      return left;
    }
    in_.skip_space();
    auto right = operand();
    if (!right) return right;
    if (!is_value(*left) || !is_value(*right)) {
      return in_.error(
          "what is compared is a literal, a query of one node or a value of a function");
    }
    Expression out;
    out.kind = Kind::kCompare;
    out.comparison = *sign;
    out.parts.push_back(*std::move(left));
    out.parts.push_back(*std::move(right));
    return out;
  }

  std::optional<Comparison> comparison_sign() {
    if (in_.take("==")) return Comparison::kEqual;
    if (in_.take("!=")) return Comparison::kNotEqual;
    if (in_.take("<=")) return Comparison::kLessEqual;
    if (in_.take(">=")) return Comparison::kGreaterEqual;
    if (in_.take("<")) return Comparison::kLess;
    if (in_.take(">")) return Comparison::kGreater;
    return std::nullopt;
  }

  Result<Expression> operand() {
    const char c = in_.peek();
    if (c == '@' || c == '$') {
      in_.take(c == '@' ? "@" : "$");
      auto query = segments(c == '@');
      if (!query) return query.error();
      Expression out;
      out.kind = Kind::kQuery;
      out.query = *std::move(query);
      return out;
    }
    if (c == '\'' || c == '"') {
      auto text = in_.quoted();
      if (!text) return text.error();
      return literal(document::Value(*std::move(text)));
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
      auto number = in_.number();
      if (!number) return number.error();
      return literal(*std::move(number));
    }
    return word();
  }

  static Expression literal(document::Value value) {
    Expression out;
    out.kind = Kind::kLiteral;
    out.literal = std::move(value);
    return out;
  }

  Result<Expression> word() {
    const std::string name = in_.function_name();
    if (in_.take("(")) return function(name);
    if (name == "true" || name == "false") return literal(document::Value(name == "true"));
    if (name == "null") return literal(document::Value());
    return in_.error("a query, a literal or a function is expected");
  }

  Result<Expression> function(const std::string& name) {
    for (const Signature& signature : signatures()) {
      if (signature.name == name) return call(signature);
    }
    return in_.error("there is no function \"" + name + "\"");
  }

  Result<Expression> call(const Signature& signature) {
    Expression out;
    out.kind = Kind::kFunction;
    out.function = signature.function;
    for (const Type wanted : signature.parameters) {
      in_.skip_space();
      if (!out.parts.empty() && !in_.take(",")) return in_.error("a further argument is expected");
      in_.skip_space();
      auto argument = either();
      if (!argument) return argument;
      if (!fits(*argument, wanted)) return in_.error("the argument is of another type");
      out.parts.push_back(*std::move(argument));
    }
    in_.skip_space();
    if (!in_.take(")")) return in_.error(") is expected");
    const bool matches = out.function == Function::kMatch || out.function == Function::kSearch;
    if (matches && out.parts[1].kind == Kind::kLiteral && out.parts[1].literal.is_string()) {
      out.expression = compile(*out.parts[1].literal.if_string(), out.function == Function::kMatch);
    }
    return out;
  }

  Scanner in_;
  int depth_ = 0;
};

}  // namespace

// I-Regexp has no anchors, and its dot stands for neither of the line's ends (RFC 9485, 5.4).
std::shared_ptr<const re2::RE2> compile(const std::string& text, bool whole) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      out.push_back(c);
      out.push_back(text[++i]);
      continue;
    }
    in_class = c == '[' || (in_class && c != ']');
    if (c == '.' && !in_class) {
      out.append("[^\\n\\r]");
    } else {
      out.push_back(c);
    }
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto made = std::make_shared<const re2::RE2>(whole ? "^(?:" + out + ")$" : out, options);
  return made->ok() ? made : nullptr;
}

}  // namespace jsonpath

Result<JsonPath> JsonPath::parse(std::string_view text) {
  if (document::find_invalid_utf8(text) != std::string_view::npos) {
    return Error{ErrorCode::kParse, "JSONPath: the query is not UTF-8"};
  }
  auto query = jsonpath::Parser(text).whole();
  if (!query) return query.error();
  return JsonPath(std::make_shared<const jsonpath::Query>(*std::move(query)));
}

}  // namespace mesh::testing
