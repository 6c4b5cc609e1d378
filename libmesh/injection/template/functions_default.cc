// sprig's defaults and reflection (defaults.go, reflect.go).
#include <algorithm>

#include "libmesh/injection/template/functions.h"

namespace mesh::injection {
namespace {

GoValue go_default(const GoCall& call) {
  return call.size() < 2 || go_empty(call[1]) ? call[0] : call[1];
}

GoValue empty(const GoCall& call) { return go_bool(go_empty(call[0])); }

GoValue coalesce(const GoCall& call) {
  for (const GoValue& value : call.arguments) {
    if (!go_empty(value)) return value;
  }
  return go_nil_any();
}

GoValue all(const GoCall& call) {
  return go_bool(std::none_of(call.arguments.begin(), call.arguments.end(), go_empty));
}
GoValue any(const GoCall& call) {
  return go_bool(std::any_of(call.arguments.begin(), call.arguments.end(), go_truth));
}

GoValue ternary(const GoCall& call) { return call[2].boolean ? call[0] : call[1]; }

GoValue type_of(const GoCall& call) { return go_string(go_type_name(call[0])); }
GoValue type_is(const GoCall& call) { return go_bool(call.text(0) == go_type_name(call[1])); }
GoValue type_is_like(const GoCall& call) {
  const std::string_view name = go_type_name(call[1]);
  return go_bool(name == call.text(0) || (name.starts_with('*') && name.substr(1) == call.text(0)));
}
GoValue kind_of(const GoCall& call) { return go_string(go_kind_name(call[0])); }
GoValue kind_is(const GoCall& call) { return go_bool(call.text(0) == go_kind_name(call[1])); }
GoValue deep_equal(const GoCall& call) {
  return go_bool(go_deep_equal(call.arena, call[0], call[1]));
}

constexpr GoFunction kFunctions[] = {
    {"default", "aa*", go_default},
    {"empty", "a", empty},
    {"coalesce", "a*", coalesce},
    {"all", "a*", all},
    {"any", "a*", any},
    {"ternary", "aab", ternary},
    {"typeOf", "a", type_of},
    {"typeIs", "sa", type_is},
    {"typeIsLike", "sa", type_is_like},
    {"kindOf", "a", kind_of},
    {"kindIs", "sa", kind_is},
    {"deepEqual", "aa", deep_equal},
};

}  // namespace

std::span<const GoFunction> go_default_functions() { return kFunctions; }

}  // namespace mesh::injection
