#include "libmesh/injection/template/tree.h"

#include <algorithm>

#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {
namespace {

constexpr size_t kLongest = 4096;  // of a context in a message

class Writer {
 public:
  explicit Writer(const GoTree& tree) : tree_(tree) {}
  std::string take() { return std::move(out_); }

  void write(uint32_t index) {
    if (index == kNoNode || out_.size() > kLongest) return;
    const GoNode& node = tree_.node(index);
    switch (node.kind) {
      case GoNodeKind::kList:
      case GoNodeKind::kText:
        break;
      case GoNodeKind::kAction:
        return write_control("", node);
      case GoNodeKind::kIf:
        return write_control("if ", node);
      case GoNodeKind::kWith:
        return write_control("with ", node);
      case GoNodeKind::kRange:
        return write_control("range ", node);
      case GoNodeKind::kTemplate:
        return write_template(node);
      case GoNodeKind::kBreak:
        out_ += "{{break}}";
        break;
      case GoNodeKind::kContinue:
        out_ += "{{continue}}";
        break;
      case GoNodeKind::kPipe:
        return write_pipe(node);
      case GoNodeKind::kCommand:
        return write_command(node);
      case GoNodeKind::kField:
      case GoNodeKind::kVariable:
      case GoNodeKind::kChain:
        return write_chain(node);
      case GoNodeKind::kDot:
        out_ += '.';
        break;
      case GoNodeKind::kNil:
        out_ += "nil";
        break;
      case GoNodeKind::kBool:
        out_ += node.flag ? "true" : "false";
        break;
      case GoNodeKind::kIdentifier:
      case GoNodeKind::kNumber:
        out_ += node.text;
        break;
      case GoNodeKind::kString:
        out_ += tree_.quoted[node.body];
        break;
    }
  }

 private:
  void write_control(std::string_view word, const GoNode& node) {
    out_ += "{{";
    out_ += word;
    write(node.pipe);
    out_ += "}}";
  }

  void write_template(const GoNode& node) {
    out_ += "{{template ";
    append_go_quoted(out_, node.text);
    if (node.pipe != kNoNode) {
      out_ += ' ';
      write(node.pipe);
    }
    out_ += "}}";
  }

  void write_pipe(const GoNode& node) {
    bool first = true;
    for (const std::string_view name : tree_.names_of(node)) {
      if (!first) out_ += ", ";
      first = false;
      out_ += name;
    }
    if (!first) out_ += node.flag ? " = " : " := ";
    first = true;
    for (const uint32_t command : tree_.children_of(node)) {
      if (!first) out_ += " | ";
      first = false;
      write(command);
    }
  }

  void write_operand(uint32_t index) {
    const bool pipe = tree_.node(index).kind == GoNodeKind::kPipe;
    if (pipe) out_ += '(';
    write(index);
    if (pipe) out_ += ')';
  }

  void write_command(const GoNode& node) {
    bool first = true;
    for (const uint32_t operand : tree_.children_of(node)) {
      if (!first) out_ += ' ';
      first = false;
      write_operand(operand);
    }
  }

  void write_chain(const GoNode& node) {
    if (node.kind == GoNodeKind::kChain) write_operand(node.pipe);
    bool dot = node.kind != GoNodeKind::kVariable;
    for (const std::string_view name : tree_.names_of(node)) {
      if (dot) out_ += '.';
      dot = true;
      out_ += name;
    }
  }

  const GoTree& tree_;
  std::string out_;
};

}  // namespace

std::string go_node_text(const GoTree& tree, uint32_t index) {
  Writer writer(tree);
  writer.write(index);
  std::string text = writer.take();
  if (text.size() > kLongest) text.resize(kLongest);
  return text;
}

GoPlace go_place_of(std::string_view source, uint32_t position) {
  const std::string_view before = source.substr(0, position);
  const size_t newline = before.rfind('\n');
  GoPlace place;
  place.line = 1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
  place.column =
      static_cast<uint32_t>(newline == std::string_view::npos ? position : position - newline - 1);
  return place;
}

std::string go_node_place(const GoTree& tree, uint32_t index) {
  const GoPlace place = go_place_of(tree.source, tree.node(index).position);
  return tree.name + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace mesh::injection
