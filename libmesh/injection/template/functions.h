// The functions a template may call: text/template's own, sprig's text functions
// (github.com/Masterminds/sprig/v3, TxtFuncMap) and Istio's InjectionFuncmap
// (pkg/kube/inject/template.go), which win where names are equal.
//
// All are pure. Those of sprig that read the environment, the clock, the network or random numbers,
// or make keys, are known by name so that a template that calls one is told so when it is loaded.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/injection/template/go_format.h"
#include "libmesh/injection/template/go_value.h"

namespace mesh::injection {

struct GoFunction;

struct GoCall {
  Arena& arena;
  std::span<const GoValue> arguments;

  size_t size() const { return arguments.size(); }
  const GoValue& operator[](size_t i) const { return arguments[i]; }
  std::string_view text(size_t i) const { return arguments[i].string(); }
  int64_t integer(size_t i) const { return arguments[i].integer; }

  // A result of ours, copied into the arena.
  GoValue string(std::string_view made) const { return go_string(arena.copy(made)); }
};

using GoImplementation = GoValue (*)(const GoCall& call);

// One letter a parameter; '*' after the last: any number of it.
//   v reflect.Value   a any   s string   i int   b bool   f float64
//   m map[string]string   d map[string]any   M ObjectMeta   C []Container
//   P proto.Message   G *MeshConfig   D *durationpb.Duration
struct GoFunction {
  std::string_view name;
  std::string_view parameters;
  GoImplementation implementation;  // null: not supported
  bool builtin = false;
  std::string_view reason = {};  // why it is not supported

  bool variadic() const { return parameters.ends_with('*'); }
  size_t fixed() const { return variadic() ? parameters.size() - 2 : parameters.size(); }
};

// By name; null when there is no such function anywhere.
const GoFunction* find_go_function(std::string_view name);

// The tables, by subject.
std::span<const GoFunction> go_builtin_functions();
std::span<const GoFunction> go_istio_functions();
std::span<const GoFunction> go_string_functions();
std::span<const GoFunction> go_case_functions();
std::span<const GoFunction> go_list_functions();
std::span<const GoFunction> go_dict_functions();
std::span<const GoFunction> go_number_functions();
std::span<const GoFunction> go_default_functions();
std::span<const GoFunction> go_encoding_functions();
std::span<const GoFunction> go_regex_functions();
std::span<const GoFunction> go_path_functions();
std::span<const GoFunction> go_semver_functions();
std::span<const GoFunction> go_unsupported_functions();

// eq of text/template, which others are made of; throws on types that do not compare.
bool go_equal(const GoValue& a, const GoValue& b);

[[noreturn]] void go_fail(std::string message);

}  // namespace mesh::injection
