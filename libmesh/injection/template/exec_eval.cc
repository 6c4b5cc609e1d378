// Pipelines, commands, calls and their arguments.
#include <algorithm>

#include "libmesh/injection/template/exec.h"
#include "libmesh/injection/template/exec_depth.h"

namespace mesh::injection {
namespace {

using Kind = GoNodeKind;

const GoType* parameter_type(char parameter) {
  const GoTypes& types = GoTypes::get();
  switch (parameter) {
    case 's':
      return types.string;
    case 'i':
      return types.integer;
    case 'b':
      return types.boolean;
    case 'f':
      return types.float64;
    case 'm':
      return types.string_map;
    case 'd':
      return types.any_map;
    case 'M':
      return types.object_meta;
    case 'C':
      return types.containers;
    case 'G':
      return types.mesh_config;
    case 'D':
      return types.duration;
    default:
      return types.any;
  }
}

std::string_view parameter_name(char parameter) {
  if (parameter == 'P') return "protoreflect.ProtoMessage";
  if (parameter == 'v') return "reflect.Value";
  return parameter_type(parameter)->name;
}

bool can_be_nil(char parameter) {
  return std::string_view("vamdCPGD").find(parameter) != std::string_view::npos;
}

bool assignable(const GoType& type, char parameter) {
  if (parameter == 'P') {
    return type.kind == GoKind::kPointer &&
           (type.elem->form == GoForm::kMessage || type.elem->form == GoForm::kWrapper ||
            type.elem->form == GoForm::kDuration);
  }
  return &type == parameter_type(parameter);
}

}  // namespace

GoValue GoRun::pipeline(const GoValue& dot, uint32_t index) {
  const Depth depth(*this);
  at(index);
  const GoNode& pipe = tree_.node(index);
  GoValue value;
  bool first = true;
  for (const uint32_t child : tree_.children_of(pipe)) {
    value = command(dot, child, first ? nullptr : &value);
    first = false;
    if (value.kind() == GoKind::kInterface) value = {};  // what a nil interface holds
  }
  for (const std::string_view name : tree_.names_of(pipe)) {
    if (pipe.flag) {
      set(name, value);
    } else {
      push(name, value);
    }
  }
  return value;
}

void GoRun::not_a_function(std::span<const uint32_t> operands, const GoValue* final) {
  if (operands.size() > 1 || final != nullptr) {
    fail("can't give argument to non-function " +
         (operands.empty() ? std::string() : go_node_text(tree_, operands[0])));
  }
}

GoValue GoRun::command(const GoValue& dot, uint32_t index, const GoValue* final) {
  arena_.step();
  const auto operands = tree_.children_of(tree_.node(index));
  const uint32_t first = operands[0];
  const GoNode& word = tree_.node(first);
  switch (word.kind) {
    case Kind::kField:
      at(first);
      return fields(dot, tree_.names_of(word), operands, final);
    case Kind::kChain:
      return chain(dot, first, operands, final);
    case Kind::kIdentifier:
      return call(dot, first, index, operands, final);
    case Kind::kPipe:
      not_a_function(operands, final);
      return pipeline(dot, first);
    case Kind::kVariable:
      return variable(first, operands, final);
    default:
      break;
  }
  at(first);
  not_a_function(operands, final);
  if (word.kind == Kind::kDot) return dot;
  if (word.kind == Kind::kNil) fail("nil is not a command");
  return constant(first);
}

GoValue GoRun::constant(uint32_t index) {
  const GoNode& node = tree_.node(index);
  if (node.kind == Kind::kBool) return go_bool(node.flag);
  if (node.kind == Kind::kString) return go_string(node.text);
  return number(index);
}

// The type of a constant where nothing else says it (idealConstant).
GoValue GoRun::number(uint32_t index) {
  at(index);
  const GoNode& node = tree_.node(index);
  const GoNumber& constant = tree_.numbers[node.body];
  if (constant.is_float && constant.written_as_float) return go_float(constant.number);
  if (!constant.is_int) fail(std::string(node.text) + " overflows int");
  return go_int(constant.integer);
}

GoValue GoRun::variable(uint32_t index, std::span<const uint32_t> operands, const GoValue* final) {
  at(index);
  const auto names = tree_.names_of(tree_.node(index));
  const GoValue value = get(names[0]);
  if (names.size() > 1) return fields(value, names.subspan(1), operands, final);
  not_a_function(operands, final);
  return value;
}

GoValue GoRun::chain(const GoValue& dot, uint32_t index, std::span<const uint32_t> operands,
                     const GoValue* final) {
  at(index);
  const GoNode& node = tree_.node(index);
  const GoNode& begin = tree_.node(node.pipe);
  GoValue value;
  if (begin.kind == Kind::kPipe) {
    value = pipeline(dot, node.pipe);
  } else {
    value = argument(dot, 'v', node.pipe);
  }
  return fields(value, tree_.names_of(node), operands, final);
}

void GoRun::check_count(const GoFunction& function, size_t given, bool piped) {
  const size_t all = given + (piped ? 1 : 0);
  const std::string name(function.name);
  if (function.variadic()) {
    if (all < function.fixed()) {
      fail("wrong number of args for " + name + ": want at least " +
           std::to_string(function.fixed()) + " got " + std::to_string(given));
    }
  } else if (all != function.fixed()) {
    fail("wrong number of args for " + name + ": want " + std::to_string(function.fixed()) +
         " got " + std::to_string(all));
  }
}

// `and` and `or` evaluate as far as they must.
GoValue GoRun::short_circuit(const GoValue& dot, const GoFunction& function,
                             std::span<const uint32_t> arguments, const GoValue* final) {
  GoValue value;
  for (const uint32_t index : arguments) {
    value = argument(dot, 'v', index);
    if (go_truth(value) == (function.name == "or")) return value;
  }
  return final != nullptr ? *final : value;
}

GoValue GoRun::call(const GoValue& dot, uint32_t index, uint32_t node,
                    std::span<const uint32_t> operands, const GoValue* final) {
  at(index);
  const GoFunction& function = *tree_.functions[tree_.node(index).body];
  const auto given = operands.empty() ? operands : operands.subspan(1);
  check_count(function, given.size(), final != nullptr);
  if (function.builtin && (function.name == "and" || function.name == "or")) {
    return short_circuit(dot, function, given, final);
  }
  constexpr size_t kFew = 8;
  GoValue few[kFew];
  std::vector<GoValue> many;
  const size_t count = given.size() + (final == nullptr ? 0 : 1);
  if (count > kFew) many.resize(count);
  GoValue* values = count > kFew ? many.data() : few;
  const auto parameter = [&](size_t i) {
    return function
        .parameters[std::min(i, function.parameters.size() - (function.variadic() ? 2 : 1))];
  };
  for (size_t i = 0; i < given.size(); ++i) values[i] = argument(dot, parameter(i), given[i]);
  if (final != nullptr) values[count - 1] = fit(*final, parameter(count - 1));
  for (size_t i = 0; i < count; ++i) {
    arena_.step(values[i].kind() == GoKind::kString ? values[i].length / 64 : 1);
  }
  try {
    if (function.implementation == nullptr)
      go_fail("it is not supported: " + std::string(function.reason));
    return function.implementation(GoCall{arena_, std::span(values, count)});
  } catch (const GoError& error) {
    at(node);
    fail("error calling " + std::string(function.name) + ": " + error.message);
  }
}

// The value of an operand as a parameter takes it (evalArg).
GoValue GoRun::argument(const GoValue& dot, char parameter, uint32_t index) {
  at(index);
  const GoNode& node = tree_.node(index);
  switch (node.kind) {
    case Kind::kDot:
      return fit(dot, parameter);
    case Kind::kNil:
      if (!can_be_nil(parameter)) {
        fail("cannot assign nil to " + std::string(parameter_name(parameter)));
      }
      return parameter == 'v' || parameter == 'P' ? GoValue{} : go_zero(parameter_type(parameter));
    case Kind::kField: {
      const uint32_t self[] = {index};
      return fit(fields(dot, tree_.names_of(node), self, nullptr), parameter);
    }
    case Kind::kVariable:
      return fit(variable(index, {}, nullptr), parameter);
    case Kind::kPipe:
      return fit(pipeline(dot, index), parameter);
    case Kind::kIdentifier:
      return fit(call(dot, index, index, {}, nullptr), parameter);
    case Kind::kChain:
      return fit(chain(dot, index, {}, nullptr), parameter);
    default:
      return literal(parameter, index);
  }
}

GoValue GoRun::literal(char parameter, uint32_t index) {
  const GoNode& node = tree_.node(index);
  const bool is_number = node.kind == Kind::kNumber;
  std::string_view wanted;
  switch (parameter) {
    case 'a':
    case 'v':
      return constant(index);
    case 's':
      if (node.kind == Kind::kString) return go_string(node.text);
      wanted = "string";
      break;
    case 'b':
      if (node.kind == Kind::kBool) return go_bool(node.flag);
      wanted = "bool";
      break;
    case 'i':
      if (is_number && tree_.numbers[node.body].is_int) {
        return go_int(tree_.numbers[node.body].integer);
      }
      wanted = "integer";
      break;
    case 'f':
      if (is_number && tree_.numbers[node.body].is_float) {
        return go_float(tree_.numbers[node.body].number);
      }
      wanted = "float";
      break;
    default:
      fail("can't handle " + go_node_text(tree_, index) + " for arg of type " +
           std::string(parameter_name(parameter)));
  }
  fail("expected " + std::string(wanted) + "; found " + go_node_text(tree_, index));
}

// validateType.
GoValue GoRun::fit(const GoValue& value, char parameter) {
  if (parameter == 'v') return value;
  const std::string name(parameter_name(parameter));
  if (!value.valid()) {
    if (!can_be_nil(parameter)) fail("invalid value; expected " + name);
    return parameter == 'P' ? GoValue{} : go_zero(parameter_type(parameter));
  }
  if (parameter == 'a' || assignable(*value.type, parameter)) return value;
  if (value.kind() == GoKind::kPointer && assignable(*value.type->elem, parameter)) {
    const GoValue target = go_deref(value);
    if (!target.valid()) fail("dereference of nil pointer of type " + name);
    return target;
  }
  fail("wrong type for value; expected " + name + "; got " + value.type->name);
}

}  // namespace mesh::injection
