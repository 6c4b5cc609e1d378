#include "libmesh/injection/template/parser.h"

#include <algorithm>
#include <utility>

#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/number_constant.h"
#include "libmesh/injection/template/parser_state.h"

namespace mesh::injection {
namespace {

constexpr size_t kLargest = size_t{4} << 20;

using Kind = GoNodeKind;

}  // namespace

void GoParser::parse() {
  const uint32_t position = peek().position;
  std::vector<uint32_t> nodes;
  while (peek().type != GoToken::kEnd) {
    if (peek().type == GoToken::kLeftDelimiter) {
      const GoItem delimiter = next();
      if (next_non_space().type == GoToken::kDefineWord) {
        definition();
        continue;
      }
      backup2(delimiter);
    }
    const GoItem item = next_non_space();
    if (item.type == GoToken::kText) {
      nodes.push_back(add({.kind = Kind::kText, .position = item.position, .text = item.text}));
    } else if (item.type == GoToken::kLeftDelimiter) {
      GoListEnd end = GoListEnd::kEnd;
      bool ended = false;
      action_line_ = item.line;
      const uint32_t node = action(end, ended);
      action_line_ = 0;
      if (ended) fail(end == GoListEnd::kEnd ? "unexpected {{end}}" : "unexpected {{else}}");
      nodes.push_back(node);
    } else {
      unexpected(item, "input");
    }
  }
  define(tree_.name, add_list(position, nodes));
}

void GoParser::definition() {
  const std::string_view context = "define clause";
  const GoItem item = next_non_space();
  if (item.type != GoToken::kString && item.type != GoToken::kRawString) unexpected(item, context);
  const std::string_view name = unquoted(item);
  expect(GoToken::kRightDelimiter, context);
  const auto outer = std::exchange(variables_, {"$"});
  const int outer_range = std::exchange(range_depth_, 0);
  GoListEnd end = GoListEnd::kEnd;
  const uint32_t list = item_list(end);
  if (end != GoListEnd::kEnd) fail("unexpected {{else}} in " + std::string(context));
  define(name, list);
  variables_ = outer;
  range_depth_ = outer_range;
}

uint32_t GoParser::item_list(GoListEnd& end) {
  const Depth depth(*this);
  const uint32_t position = peek_non_space().position;
  std::vector<uint32_t> nodes;
  while (peek_non_space().type != GoToken::kEnd) {
    const GoItem item = next_non_space();
    if (item.type == GoToken::kText) {
      nodes.push_back(add({.kind = Kind::kText, .position = item.position, .text = item.text}));
      continue;
    }
    if (item.type != GoToken::kLeftDelimiter) unexpected(item, "input");
    bool ended = false;
    action_line_ = item.line;
    const uint32_t node = action(end, ended);
    action_line_ = 0;
    if (ended) return add_list(position, nodes);
    nodes.push_back(node);
  }
  fail("unexpected EOF");
}

uint32_t GoParser::action(GoListEnd& end, bool& ended) {
  const GoItem item = next_non_space();
  switch (item.type) {
    case GoToken::kBlockWord:
      return block();
    case GoToken::kBreakWord:
      return jump(Kind::kBreak, item.position, "break");
    case GoToken::kContinueWord:
      return jump(Kind::kContinue, item.position, "continue");
    case GoToken::kElseWord: {
      ended = true;
      end = GoListEnd::kElse;
      const GoToken following = peek_non_space().type;
      if (following != GoToken::kIfWord && following != GoToken::kWithWord) {
        expect(GoToken::kRightDelimiter, "else");
      }
      return kNoNode;
    }
    case GoToken::kEndWord:
      ended = true;
      end = GoListEnd::kEnd;
      expect(GoToken::kRightDelimiter, "end");
      return kNoNode;
    case GoToken::kIfWord:
      return control(Kind::kIf, "if");
    case GoToken::kRangeWord:
      return control(Kind::kRange, "range");
    case GoToken::kTemplateWord:
      return template_call();
    case GoToken::kWithWord:
      return control(Kind::kWith, "with");
    default:
      break;
  }
  backup();
  const uint32_t position = peek().position;
  const uint32_t pipe = pipeline("command", GoToken::kRightDelimiter);
  return add({.kind = Kind::kAction, .position = position, .pipe = pipe});
}

uint32_t GoParser::jump(Kind kind, uint32_t position, std::string_view word) {
  const GoItem item = next_non_space();
  const std::string text = "{{" + std::string(word) + "}}";
  if (item.type != GoToken::kRightDelimiter) unexpected(item, text);
  if (range_depth_ == 0) fail(text + " outside {{range}}");
  return add({.kind = kind, .position = position});
}

uint32_t GoParser::control(Kind kind, std::string_view context) {
  const Depth depth(*this);
  const size_t variables = variables_.size();
  const Lists parts = control_parts(kind, context);
  variables_.resize(variables);
  return add({.kind = kind,
              .flag = tree_.node(parts.pipe).flag,
              .position = parts.position,
              .pipe = parts.pipe,
              .body = parts.list,
              .otherwise = parts.otherwise});
}

GoParser::Lists GoParser::control_parts(Kind kind, std::string_view context) {
  Lists parts;
  parts.pipe = pipeline(context, GoToken::kRightDelimiter);
  parts.position = tree_.node(parts.pipe).position;
  if (kind == Kind::kRange) ++range_depth_;
  GoListEnd end = GoListEnd::kEnd;
  parts.list = item_list(end);
  if (kind == Kind::kRange) --range_depth_;
  if (end == GoListEnd::kElse) parts.otherwise = otherwise(kind, context);
  return parts;
}

// {{else if …}} and {{else with …}} are an else with that inside, which one {{end}} closes.
uint32_t GoParser::otherwise(Kind kind, std::string_view context) {
  const GoItem following = peek();
  if ((kind == Kind::kIf && following.type == GoToken::kIfWord) ||
      (kind == Kind::kWith && following.type == GoToken::kWithWord)) {
    next();
    return add_list(following.position, {control(kind, context)});
  }
  GoListEnd end = GoListEnd::kEnd;
  const uint32_t list = item_list(end);
  if (end != GoListEnd::kEnd) fail("expected end; found {{else}}");
  return list;
}

std::string_view GoParser::template_name(const GoItem& item, std::string_view context) {
  if (item.type != GoToken::kString && item.type != GoToken::kRawString) unexpected(item, context);
  return unquoted(item);
}

uint32_t GoParser::block() {
  const std::string_view context = "block clause";
  const GoItem item = next_non_space();
  const std::string_view name = template_name(item, context);
  const uint32_t pipe = pipeline(context, GoToken::kRightDelimiter);
  const auto outer = std::exchange(variables_, {"$"});
  const int outer_range = std::exchange(range_depth_, 0);
  GoListEnd end = GoListEnd::kEnd;
  const uint32_t list = item_list(end);
  if (end != GoListEnd::kEnd) fail("unexpected {{else}} in " + std::string(context));
  define(name, list);
  variables_ = outer;
  range_depth_ = outer_range;
  return add({.kind = Kind::kTemplate, .position = item.position, .text = name, .pipe = pipe});
}

uint32_t GoParser::template_call() {
  const std::string_view context = "template clause";
  const GoItem item = next_non_space();
  const std::string_view name = template_name(item, context);
  uint32_t pipe = kNoNode;
  if (next_non_space().type != GoToken::kRightDelimiter) {
    backup();
    pipe = pipeline(context, GoToken::kRightDelimiter);
  }
  return add({.kind = Kind::kTemplate, .position = item.position, .text = name, .pipe = pipe});
}

// "$x :=", "$i, $x :=" or "$x ="; true when it assigns.
bool GoParser::declarations(std::string_view context, std::vector<std::string_view>& names) {
  for (;;) {
    const GoItem item = peek_non_space();
    if (item.type != GoToken::kVariable) return false;
    next();
    const GoItem after = peek();
    const GoItem following = peek_non_space();
    if (following.type == GoToken::kAssign || following.type == GoToken::kDeclare) {
      next_non_space();
      names.push_back(item.text);
      variables_.push_back(item.text);
      return following.type == GoToken::kAssign;
    }
    if (following.type != GoToken::kChar || following.text != ",") {
      if (after.type == GoToken::kSpace) {
        backup3(item, after);
      } else {
        backup2(item);
      }
      return false;
    }
    next_non_space();
    names.push_back(item.text);
    variables_.push_back(item.text);
    if (context != "range" || names.size() >= 2) {
      fail("too many declarations in " + std::string(context));
    }
    const GoToken type = peek_non_space().type;
    if (type != GoToken::kVariable && type != GoToken::kRightDelimiter &&
        type != GoToken::kRightParen) {
      fail("range can only initialize variables");
    }
  }
}

uint32_t GoParser::pipeline(std::string_view context, GoToken end) {
  const Depth depth(*this);
  GoNode pipe{.kind = Kind::kPipe, .position = peek_non_space().position};
  std::vector<std::string_view> names;
  pipe.flag = declarations(context, names);
  std::vector<uint32_t> commands;
  for (;;) {
    const GoItem item = next_non_space();
    if (item.type == end) {
      check_pipeline(commands, context);
      set_names(pipe, names);
      set_children(pipe, commands);
      return add(pipe);
    }
    switch (item.type) {
      case GoToken::kBool:
      case GoToken::kCharConstant:
      case GoToken::kComplex:
      case GoToken::kDot:
      case GoToken::kField:
      case GoToken::kIdentifier:
      case GoToken::kNumber:
      case GoToken::kNilWord:
      case GoToken::kRawString:
      case GoToken::kString:
      case GoToken::kVariable:
      case GoToken::kLeftParen:
        backup();
        commands.push_back(command());
        break;
      default:
        unexpected(item, context);
    }
  }
}

void GoParser::check_pipeline(const std::vector<uint32_t>& commands, std::string_view context) {
  if (commands.empty()) fail("missing value for " + std::string(context));
  for (size_t i = 1; i < commands.size(); ++i) {
    const uint32_t first = tree_.children_of(tree_.node(commands[i]))[0];
    switch (tree_.node(first).kind) {
      case Kind::kBool:
      case Kind::kDot:
      case Kind::kNil:
      case Kind::kNumber:
      case Kind::kString:
        fail("non executable command in pipeline stage " + std::to_string(i + 1));
      default:
        break;
    }
  }
}

uint32_t GoParser::command() {
  GoNode made{.kind = Kind::kCommand, .position = peek_non_space().position};
  std::vector<uint32_t> operands;
  for (;;) {
    peek_non_space();
    const uint32_t node = operand();
    if (node != kNoNode) operands.push_back(node);
    const GoItem item = next();
    if (item.type == GoToken::kSpace) continue;
    if (item.type == GoToken::kRightDelimiter || item.type == GoToken::kRightParen) {
      backup();
    } else if (item.type != GoToken::kPipe) {
      unexpected(item, "operand");
    }
    break;
  }
  if (operands.empty()) fail("empty command");
  set_children(made, operands);
  return add(made);
}

uint32_t GoParser::operand() {
  const uint32_t node = term();
  if (node == kNoNode || peek().type != GoToken::kField) return node;
  return chained(node);
}

// A term and the fields that follow it: `.A.B`, `$x.A`, `(pipeline).A`.
uint32_t GoParser::chained(uint32_t index) {
  const uint32_t position = peek().position;
  const GoNode term = tree_.node(index);
  std::vector<std::string_view> names;
  if (term.kind == Kind::kField || term.kind == Kind::kVariable) {
    const auto own = tree_.names_of(term);
    names.assign(own.begin(), own.end());
  }
  while (peek().type == GoToken::kField) names.push_back(next().text.substr(1));
  switch (term.kind) {
    case Kind::kField:
    case Kind::kVariable: {
      GoNode made{.kind = term.kind, .position = position};
      set_names(made, names);
      return add(made);
    }
    case Kind::kBool:
    case Kind::kString:
    case Kind::kNumber:
    case Kind::kNil:
    case Kind::kDot: {
      std::string quoted;
      append_go_quoted(quoted, go_node_text(tree_, index));
      fail("unexpected . after term " + quoted);
    }
    default: {
      GoNode made{.kind = Kind::kChain, .position = position, .pipe = index};
      set_names(made, names);
      return add(made);
    }
  }
}

uint32_t GoParser::term() {
  const GoItem item = next_non_space();
  switch (item.type) {
    case GoToken::kIdentifier:
      return identifier(item);
    case GoToken::kDot:
      return add({.kind = Kind::kDot, .position = item.position});
    case GoToken::kNilWord:
      return add({.kind = Kind::kNil, .position = item.position});
    case GoToken::kVariable:
      return variable(item);
    case GoToken::kField: {
      GoNode made{.kind = Kind::kField, .position = item.position};
      set_names(made, {item.text.substr(1)});
      return add(made);
    }
    case GoToken::kBool:
      return add({.kind = Kind::kBool, .flag = item.text == "true", .position = item.position});
    case GoToken::kCharConstant:
    case GoToken::kComplex:
    case GoToken::kNumber:
      return number(item);
    case GoToken::kLeftParen:
      return pipeline("parenthesized pipeline", GoToken::kRightParen);
    case GoToken::kString:
    case GoToken::kRawString:
      return string(item);
    default:
      backup();
      return kNoNode;
  }
}

uint32_t GoParser::identifier(const GoItem& item) {
  const GoFunction* function = find_go_function(item.text);
  if (function == nullptr) {
    std::string quoted;
    append_go_quoted(quoted, item.text);
    fail("function " + quoted + " not defined");
  }
  if (function->implementation == nullptr) {
    unsupported_.push_back({function, go_place_of(tree_.source, item.position)});
  }
  tree_.functions.push_back(function);
  return add({.kind = Kind::kIdentifier,
              .position = item.position,
              .text = item.text,
              .body = static_cast<uint32_t>(tree_.functions.size() - 1)});
}

uint32_t GoParser::variable(const GoItem& item) {
  if (std::find(variables_.begin(), variables_.end(), item.text) == variables_.end()) {
    std::string quoted;
    append_go_quoted(quoted, item.text);
    fail("undefined variable " + quoted);
  }
  GoNode made{.kind = Kind::kVariable, .position = item.position};
  set_names(made, {item.text});
  return add(made);
}

uint32_t GoParser::number(const GoItem& item) {
  const auto constant = read_number_constant(item);
  if (!constant) fail(constant.error().message);
  tree_.numbers.push_back(*constant);
  return add({.kind = Kind::kNumber,
              .position = item.position,
              .text = item.text,
              .body = static_cast<uint32_t>(tree_.numbers.size() - 1)});
}

std::string_view GoParser::unquoted(const GoItem& item) {
  auto text = go_unquote(item.text);
  if (!text) fail("invalid syntax");
  return tree_.unquoted.emplace_back(std::move(*text));
}

uint32_t GoParser::string(const GoItem& item) {
  const std::string_view text = unquoted(item);
  tree_.quoted.emplace_back(item.text);
  return add({.kind = Kind::kString,
              .position = item.position,
              .text = text,
              .body = static_cast<uint32_t>(tree_.quoted.size() - 1)});
}

GoParsed parse_go_template(std::string_view name, std::string_view text) {
  GoParsed parsed;
  auto tree = std::make_shared<GoTree>();
  tree->name = name;
  tree->source = text;
  if (text.size() > kLargest) {
    parsed.error = {"template: " + tree->name + ":1: the text is larger than 4 MB", 1};
    return parsed;
  }
  try {
    GoParser(*tree, parsed.unsupported).parse();
    parsed.tree = std::move(tree);
  } catch (GoParseError& error) {
    parsed.error = std::move(error);
  }
  return parsed;
}

}  // namespace mesh::injection
