// GoRun: one execution of a template (text/template/exec.go), with Go's order of evaluation, scope
// of variables, rules of types and words of errors.
//
// Errors are thrown inside template/ (GoExecError) as Go's package panics, and end at render().
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_value.h"
#include "libmesh/injection/template/tree.h"

namespace mesh::injection {

struct GoExecError {
  std::string message;  // whole: `template: inject:3:4: executing "inject" at <.X>: …`
};

class GoRun {
 public:
  GoRun(const GoTree& tree, Arena& arena, std::string& out)
      : tree_(tree), arena_(arena), out_(out) {}

  // Writes to `out`; throws GoExecError.
  void execute(const GoValue& data);

 private:
  enum class Flow : uint8_t { kOn, kBreak, kContinue };
  struct Depth;

  // Statements.
  Flow walk(const GoValue& dot, uint32_t index);
  Flow walk_list(const GoValue& dot, uint32_t index);
  Flow walk_condition(const GoValue& dot, const GoNode& node);
  Flow walk_range(const GoValue& dot, uint32_t index);
  bool iterate(const GoValue& value, const GoNode& node, Flow& flow);
  bool iterate_numbers(const GoValue& value, const GoNode& node, Flow& flow);
  Flow iteration(const GoNode& node, const GoValue& key, const GoValue& element, size_t mark);
  void walk_template(const GoValue& dot, uint32_t index);
  void print(uint32_t index, const GoValue& value);
  void write(std::string_view text);

  // Expressions. `final` is the value piped in; null when there is none.
  GoValue pipeline(const GoValue& dot, uint32_t index);
  GoValue command(const GoValue& dot, uint32_t index, const GoValue* final);
  GoValue constant(uint32_t index);
  GoValue number(uint32_t index);
  GoValue variable(uint32_t index, std::span<const uint32_t> operands, const GoValue* final);
  GoValue chain(const GoValue& dot, uint32_t index, std::span<const uint32_t> operands,
                const GoValue* final);
  GoValue fields(GoValue receiver, std::span<const std::string_view> names,
                 std::span<const uint32_t> operands, const GoValue* final);
  GoValue field(const GoValue& receiver, std::string_view name, size_t arguments, bool& boxed);
  bool method(const GoValue& receiver, std::string_view name, size_t arguments, GoValue& result);
  GoValue call(const GoValue& dot, uint32_t index, uint32_t node,
               std::span<const uint32_t> operands, const GoValue* final);
  GoValue short_circuit(const GoValue& dot, const GoFunction& function,
                        std::span<const uint32_t> arguments, const GoValue* final);
  void check_count(const GoFunction& function, size_t given, bool piped);
  GoValue argument(const GoValue& dot, char parameter, uint32_t index);
  GoValue literal(char parameter, uint32_t index);
  GoValue fit(const GoValue& value, char parameter);
  void not_a_function(std::span<const uint32_t> operands, const GoValue* final);

  // Variables.
  void push(std::string_view name, const GoValue& value) { variables_.emplace_back(name, value); }
  void set(std::string_view name, const GoValue& value);
  const GoValue& get(std::string_view name);

  void at(uint32_t index) { at_ = index; }
  [[noreturn]] void fail(std::string_view message);

  const GoTree& tree_;
  Arena& arena_;
  std::string& out_;
  std::vector<std::pair<std::string_view, GoValue>> variables_;
  size_t bottom_ = 0;  // of the variables of the template being executed
  std::string_view template_;
  uint32_t at_ = kNoNode;
  int depth_ = 0;
};

}  // namespace mesh::injection
