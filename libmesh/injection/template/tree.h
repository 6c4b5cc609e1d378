// GoTree: a parsed template, immutable and shared by all threads that execute it.
//
// Nodes lie in one array and name one another by index. Names and texts are views of the source,
// which the tree owns. What parse.Tree of text/template/parse knows is here: the position of every
// node, and how it prints (ErrorContext), so that errors read as Go's do.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::injection {

struct GoFunction;  // functions.h

enum class GoNodeKind : uint8_t {
  kList,
  kText,
  kAction,
  kIf,
  kWith,
  kRange,
  kTemplate,
  kBreak,
  kContinue,
  kPipe,
  kCommand,
  kIdentifier,
  kField,
  kVariable,
  kChain,
  kDot,
  kNil,
  kBool,
  kNumber,
  kString,
};

constexpr uint32_t kNoNode = UINT32_MAX;

struct GoNode {
  GoNodeKind kind = GoNodeKind::kList;
  bool flag = false;      // kBool: the value; kPipe: assigns; kRange: assigns
  uint32_t position = 0;  // byte offset in the source
  // kText, kString: the text; kIdentifier: its name; kTemplate: the name; kNumber: as written
  std::string_view text = {};
  uint32_t first = 0;  // children in GoTree::children: nodes, commands, operands
  uint32_t count = 0;
  uint32_t first_name = 0;  // kField, kVariable, kChain: GoTree::names; kPipe: declared variables
  uint32_t name_count = 0;
  // kAction, kIf, kWith, kRange, kTemplate: the pipeline; kChain: what it begins with
  uint32_t pipe = kNoNode;
  // kIf, kWith, kRange: the list; kNumber: in GoTree::numbers; kIdentifier: GoTree::functions;
  // kString: GoTree::quoted
  uint32_t body = kNoNode;
  uint32_t otherwise = kNoNode;  // the list after else
};

// The types that a constant can have (parse.NumberNode).
struct GoNumber {
  bool is_int = false;
  bool is_uint = false;
  bool is_float = false;
  bool written_as_float = false;  // what it is when nothing says its type
  int64_t integer = 0;
  uint64_t natural = 0;
  double number = 0;
};

struct GoTree {
  std::string name;
  std::string source;
  std::vector<GoNode> nodes;
  std::vector<uint32_t> children;
  std::vector<std::string_view> names;
  std::vector<GoNumber> numbers;
  std::vector<const GoFunction*> functions;
  std::deque<std::string> quoted;                          // strings as written
  std::deque<std::string> unquoted;                        // what they mean
  std::map<std::string, uint32_t, std::less<>> templates;  // name -> its list

  GoTree() = default;
  GoTree(const GoTree&) = delete;
  GoTree& operator=(const GoTree&) = delete;

  const GoNode& node(uint32_t index) const { return nodes[index]; }
  std::span<const uint32_t> children_of(const GoNode& node) const {
    return std::span(children).subspan(node.first, node.count);
  }
  std::span<const std::string_view> names_of(const GoNode& node) const {
    return std::span(names).subspan(node.first_name, node.name_count);
  }
};

// A node as Go prints it, in one style whatever the source's.
std::string go_node_text(const GoTree& tree, uint32_t index);
// "inject:12:4", the column counted from 0 as ErrorContext does.
std::string go_node_place(const GoTree& tree, uint32_t index);
struct GoPlace {
  uint32_t line = 0;    // 1-based
  uint32_t column = 0;  // 0-based
};
GoPlace go_place_of(std::string_view source, uint32_t position);

}  // namespace mesh::injection
