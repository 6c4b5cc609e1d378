// Statements; expressions are in exec_eval.cc, fields and methods in exec_field.cc.
#include "libmesh/injection/template/exec.h"

#include "libmesh/injection/template/exec_depth.h"
#include "libmesh/injection/template/go_format.h"
#include "libmesh/injection/template/go_numbers.h"

namespace mesh::injection {

using Kind = GoNodeKind;

void GoRun::fail(std::string_view message) {
  std::string text = "template: ";
  if (at_ == kNoNode) {
    text += tree_.name;
  } else {
    std::string name;
    append_go_quoted(name, template_);
    text += go_node_place(tree_, at_) + ": executing " + name + " at <" + go_node_text(tree_, at_) +
            ">";
  }
  text += ": ";
  text += message;
  throw GoExecError{std::move(text)};
}

void GoRun::execute(const GoValue& data) {
  template_ = tree_.name;
  try {
    push("$", data);
    walk_list(data, tree_.templates.find(tree_.name)->second);
  } catch (const GoError& error) {
    fail(error.message);
  }
}

void GoRun::set(std::string_view name, const GoValue& value) {
  for (size_t i = variables_.size(); i > bottom_; --i) {
    if (variables_[i - 1].first == name) {
      variables_[i - 1].second = value;
      return;
    }
  }
  fail("undefined variable: " + std::string(name));
}

const GoValue& GoRun::get(std::string_view name) {
  for (size_t i = variables_.size(); i > bottom_; --i) {
    if (variables_[i - 1].first == name) return variables_[i - 1].second;
  }
  fail("undefined variable: " + std::string(name));
}

void GoRun::write(std::string_view text) {
  out_ += text;
  arena_.step(text.size() / 64);
  if (out_.size() > arena_.limits().output_bytes) {
    throw GoError{"the output is larger than " + std::to_string(arena_.limits().output_bytes) +
                  " bytes"};
  }
}

GoRun::Flow GoRun::walk_list(const GoValue& dot, uint32_t index) {
  for (const uint32_t child : tree_.children_of(tree_.node(index))) {
    const Flow flow = walk(dot, child);
    if (flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

GoRun::Flow GoRun::walk(const GoValue& dot, uint32_t index) {
  at(index);
  arena_.step();
  const GoNode& node = tree_.node(index);
  switch (node.kind) {
    case Kind::kText:
      write(node.text);
      return Flow::kOn;
    case Kind::kAction: {
      const GoValue value = pipeline(dot, node.pipe);
      if (tree_.node(node.pipe).name_count == 0) print(index, value);
      return Flow::kOn;
    }
    case Kind::kIf:
    case Kind::kWith:
      return walk_condition(dot, node);
    case Kind::kRange:
      return walk_range(dot, index);
    case Kind::kTemplate:
      walk_template(dot, index);
      return Flow::kOn;
    case Kind::kBreak:
      return Flow::kBreak;
    case Kind::kContinue:
      return Flow::kContinue;
    default:
      return walk_list(dot, index);
  }
}

GoRun::Flow GoRun::walk_condition(const GoValue& dot, const GoNode& node) {
  const Depth depth(*this);
  const size_t mark = variables_.size();
  const GoValue value = pipeline(dot, node.pipe);
  Flow flow = Flow::kOn;
  if (go_truth(value)) {
    flow = walk_list(node.kind == Kind::kWith ? value : dot, node.body);
  } else if (node.otherwise != kNoNode) {
    flow = walk_list(dot, node.otherwise);
  }
  variables_.resize(mark);
  return flow;
}

GoRun::Flow GoRun::walk_range(const GoValue& dot, uint32_t index) {
  const Depth depth(*this);
  at(index);
  const GoNode& node = tree_.node(index);
  const size_t mark = variables_.size();
  bool nil = false;
  const GoValue value = go_indirect(pipeline(dot, node.pipe), nil);
  Flow flow = Flow::kOn;
  if (!iterate(value, node, flow) && node.otherwise != kNoNode) {
    flow = walk_list(dot, node.otherwise);
  }
  variables_.resize(mark);
  return flow;
}

// False when there was nothing to iterate over.
bool GoRun::iterate(const GoValue& value, const GoNode& node, Flow& flow) {
  const size_t mark = variables_.size();
  switch (value.kind()) {
    case GoKind::kInt:
    case GoKind::kUint:
      return iterate_numbers(value, node, flow);
    case GoKind::kSlice: {
      const size_t size = go_length(value);
      for (size_t i = 0; i < size; ++i) {
        if (iteration(node, go_int(static_cast<int64_t>(i)), go_index(value, i), mark) ==
            Flow::kBreak) {
          break;
        }
      }
      return size > 0;
    }
    case GoKind::kMap: {
      const std::vector<GoMapEntry> entries = go_entries(arena_, value);
      for (const GoMapEntry& entry : entries) {
        if (iteration(node, go_typed_string(value.type->key, entry.key), entry.value, mark) ==
            Flow::kBreak) {
          break;
        }
      }
      return !entries.empty();
    }
    case GoKind::kInvalid:
      return false;
    default: {
      std::string text;
      go_print(arena_, text, value);
      fail("range can't iterate over " + text);
    }
  }
}

bool GoRun::iterate_numbers(const GoValue& value, const GoNode& node, Flow& flow) {
  if (tree_.node(node.pipe).name_count > 1) {
    std::string text;
    go_print(arena_, text, value);
    fail("can't use " + text + " to iterate over more than one variable");
  }
  const size_t mark = variables_.size();
  for (int64_t i = 0; i < value.integer; ++i) {
    if (iteration(node, {}, go_typed_int(value.type, i), mark) == Flow::kBreak) break;
  }
  flow = Flow::kOn;
  return value.integer > 0;
}

GoRun::Flow GoRun::iteration(const GoNode& node, const GoValue& key, const GoValue& element,
                             size_t mark) {
  arena_.step();
  const GoNode& pipe = tree_.node(node.pipe);
  const auto names = tree_.names_of(pipe);
  if (pipe.flag) {  // the variables stand outside
    if (names.size() > 1) {
      set(names[0], key);
      set(names[1], element);
    } else if (!names.empty()) {
      set(names[0], element);
    }
  } else if (!names.empty()) {
    variables_[mark - 1].second = element;
    if (names.size() > 1) variables_[mark - 2].second = key;
  }
  const Flow flow = walk_list(element, node.body);
  variables_.resize(mark);
  return flow;
}

void GoRun::walk_template(const GoValue& dot, uint32_t index) {
  at(index);
  const GoNode& node = tree_.node(index);
  const auto found = tree_.templates.find(node.text);
  if (found == tree_.templates.end()) {
    std::string name;
    append_go_quoted(name, node.text);
    fail("template " + name + " not defined");
  }
  const Depth depth(*this);
  const GoValue data = node.pipe == kNoNode ? GoValue{} : pipeline(dot, node.pipe);
  const std::string_view outer = std::exchange(template_, found->first);
  const size_t bottom = std::exchange(bottom_, variables_.size());
  push("$", data);
  walk_list(data, found->second);
  variables_.resize(bottom_);
  bottom_ = bottom;
  template_ = outer;
}

void GoRun::print(uint32_t index, const GoValue& value) {
  at(index);
  GoValue printed = value;
  if (value.kind() == GoKind::kPointer) {
    bool nil = false;
    printed = go_indirect(value, nil);
    std::string text;
    // A nil *T, and what has its own String().
    if (nil || go_stringer(value, text)) printed = value;
  }
  if (!printed.valid() || printed.kind() == GoKind::kInterface) return write("<no value>");
  if (printed.kind() == GoKind::kString && printed.type->form == GoForm::kPlain) {
    return write(printed.string());
  }
  std::string text;
  go_print(arena_, text, printed);
  write(text);
}

}  // namespace mesh::injection
