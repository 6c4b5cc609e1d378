// The parser's own state and steps: tokens looked at ahead, nodes made, the grammar. Only parser*.cc
// include this; everybody else asks parse_go_template (parser.h).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/injection/template/lexer.h"
#include "libmesh/injection/template/parser.h"

namespace mesh::injection {

// Why a list of nodes ended.
enum class GoListEnd : uint8_t { kEnd, kElse };

class GoParser {
 public:
  explicit GoParser(GoTree& tree, std::vector<GoUnsupportedCall>& unsupported)
      : tree_(tree), unsupported_(unsupported), lexer_(tree.source) {}

  void parse();

 private:
  struct Depth {
    explicit Depth(GoParser& parser);
    ~Depth() { --parser_.depth_; }
    GoParser& parser_;
  };
  struct Lists {
    uint32_t pipe = kNoNode;
    uint32_t list = kNoNode;
    uint32_t otherwise = kNoNode;
    uint32_t position = 0;
  };

  // Tokens, with three of them to look ahead.
  GoItem next();
  void backup() { ++peeked_; }
  void backup2(const GoItem& first);
  void backup3(const GoItem& second, const GoItem& first);
  GoItem peek();
  GoItem next_non_space();
  GoItem peek_non_space();
  GoItem expect(GoToken type, std::string_view context);
  [[noreturn]] void unexpected(const GoItem& item, std::string_view context);
  [[noreturn]] void fail(const std::string& message);

  // Nodes.
  uint32_t add(GoNode node);
  uint32_t add_list(uint32_t position, const std::vector<uint32_t>& nodes);
  void set_children(GoNode& node, const std::vector<uint32_t>& nodes);
  void set_names(GoNode& node, const std::vector<std::string_view>& names);
  bool is_empty(uint32_t index) const;
  void define(std::string_view name, uint32_t list);

  // The grammar.
  uint32_t item_list(GoListEnd& end);
  void definition();
  uint32_t action(GoListEnd& end, bool& ended);
  uint32_t control(GoNodeKind kind, std::string_view context);
  uint32_t otherwise(GoNodeKind kind, std::string_view context);
  Lists control_parts(GoNodeKind kind, std::string_view context);
  uint32_t block();
  uint32_t template_call();
  uint32_t jump(GoNodeKind kind, uint32_t position, std::string_view word);
  std::string_view template_name(const GoItem& item, std::string_view context);
  uint32_t pipeline(std::string_view context, GoToken end);
  bool declarations(std::string_view context, std::vector<std::string_view>& names);
  void check_pipeline(const std::vector<uint32_t>& commands, std::string_view context);
  uint32_t command();
  uint32_t operand();
  uint32_t term();
  uint32_t chained(uint32_t node);
  uint32_t identifier(const GoItem& item);
  uint32_t variable(const GoItem& item);
  uint32_t number(const GoItem& item);
  uint32_t string(const GoItem& item);
  std::string_view unquoted(const GoItem& item);

  GoTree& tree_;
  std::vector<GoUnsupportedCall>& unsupported_;
  GoLexer lexer_;
  std::array<GoItem, 3> token_;
  size_t peeked_ = 0;
  std::vector<std::string_view> variables_{"$"};
  uint32_t action_line_ = 0;
  int range_depth_ = 0;
  int depth_ = 0;
};

}  // namespace mesh::injection
