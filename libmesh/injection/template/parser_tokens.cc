// The parser's lower half: tokens with three to look ahead, and nodes put into the tree.
#include <utility>

#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/parser_state.h"

namespace mesh::injection {
namespace {

constexpr int kDeepest = 200;  // of nested parentheses and control structures

std::string item_text(const GoItem& item) {
  if (item.type == GoToken::kEnd || item.type == GoToken::kError) return std::string(item.text);
  if (item.type > GoToken::kKeyword) return "<" + std::string(item.text) + ">";
  std::string quoted;
  size_t end = 0;
  for (int runes = 0; runes < 10 && end < item.text.size(); ++runes) {
    size_t length = 0;
    go_decode_rune(item.text.substr(end), length);
    end += length;
  }
  append_go_quoted(quoted, item.text.substr(0, end));
  return item.text.size() > 10 ? quoted + "..." : quoted;
}

}  // namespace

GoParser::Depth::Depth(GoParser& parser) : parser_(parser) {
  if (++parser_.depth_ > kDeepest) parser_.fail("max expression depth exceeded");
}

// ---- tokens ---------------------------------------------------------------------------------

GoItem GoParser::next() {
  if (peeked_ > 0) {
    --peeked_;
  } else {
    token_[0] = lexer_.next();
  }
  return token_[peeked_];
}

void GoParser::backup2(const GoItem& first) {
  token_[1] = first;
  peeked_ = 2;
}

void GoParser::backup3(const GoItem& second, const GoItem& first) {
  token_[1] = first;
  token_[2] = second;
  peeked_ = 3;
}

GoItem GoParser::peek() {
  if (peeked_ > 0) return token_[peeked_ - 1];
  peeked_ = 1;
  token_[0] = lexer_.next();
  return token_[0];
}

GoItem GoParser::next_non_space() {
  GoItem item = next();
  while (item.type == GoToken::kSpace) item = next();
  return item;
}

GoItem GoParser::peek_non_space() {
  const GoItem item = next_non_space();
  backup();
  return item;
}

GoItem GoParser::expect(GoToken type, std::string_view context) {
  const GoItem item = next_non_space();
  if (item.type != type) unexpected(item, context);
  return item;
}

void GoParser::unexpected(const GoItem& item, std::string_view context) {
  if (item.type != GoToken::kError) {
    fail("unexpected " + item_text(item) + " in " + std::string(context));
  }
  std::string extra;
  if (action_line_ != 0 && action_line_ != item.line) {
    extra = " in action started at " + tree_.name + ":" + std::to_string(action_line_);
    if (item.text.ends_with(" action")) extra.erase(0, std::string_view(" in action").size());
  }
  fail(item_text(item) + extra);
}

void GoParser::fail(const std::string& message) {
  const uint32_t line = token_[0].line;
  throw GoParseError{"template: " + tree_.name + ":" + std::to_string(line) + ": " + message, line};
}

// ---- nodes ----------------------------------------------------------------------------------

uint32_t GoParser::add(GoNode node) {
  tree_.nodes.push_back(node);
  return static_cast<uint32_t>(tree_.nodes.size() - 1);
}

void GoParser::set_children(GoNode& node, const std::vector<uint32_t>& nodes) {
  node.first = static_cast<uint32_t>(tree_.children.size());
  node.count = static_cast<uint32_t>(nodes.size());
  tree_.children.insert(tree_.children.end(), nodes.begin(), nodes.end());
}

void GoParser::set_names(GoNode& node, const std::vector<std::string_view>& names) {
  node.first_name = static_cast<uint32_t>(tree_.names.size());
  node.name_count = static_cast<uint32_t>(names.size());
  tree_.names.insert(tree_.names.end(), names.begin(), names.end());
}

uint32_t GoParser::add_list(uint32_t position, const std::vector<uint32_t>& nodes) {
  GoNode list{.kind = GoNodeKind::kList, .position = position};
  set_children(list, nodes);
  return add(list);
}

// parse.IsEmptyTree.
bool GoParser::is_empty(uint32_t index) const {
  for (const uint32_t child : tree_.children_of(tree_.node(index))) {
    const GoNode& node = tree_.node(child);
    if (node.kind != GoNodeKind::kText) return false;
    if (node.text.find_first_not_of(" \t\r\n\v\f") != std::string_view::npos) return false;
  }
  return true;
}

void GoParser::define(std::string_view name, uint32_t list) {
  const auto [place, added] = tree_.templates.try_emplace(std::string(name), list);
  if (added) return;
  if (is_empty(place->second)) {
    place->second = list;
  } else if (!is_empty(list)) {
    std::string quoted;
    append_go_quoted(quoted, name);
    fail("template: multiple definition of template " + quoted);
  }
}

}  // namespace mesh::injection
