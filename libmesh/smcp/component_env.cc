#include <string>

#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

Value& child(Value& parent, std::string_view key) {
  if (!parent.is_map()) parent = Value(Map{});
  Value* found = parent.find(key);
  if (found == nullptr || !found->is_map()) found = &parent.set(key, Value(Map{}));
  return *found;
}

}  // namespace

// Key by key: component names hold dots ("mixer.policy").
void add_component_env(Value& spec, std::string_view component, std::string_view name,
                       std::string_view value) {
  Value& components = child(child(spec, "runtime"), "components");
  child(child(child(components, component), "container"), "env").set(name, Value(value));
}

std::optional<std::string> take_component_env(Tree& values, std::string_view component,
                                              std::string_view name) {
  const std::string path = std::string(component) + ".env";
  const Value* env = values.find(path);
  if (env == nullptr || env->is_null()) return std::nullopt;
  if (!env->is_map()) {
    values.faults().add(path + " is not a map[string]interface{}: " + std::string(go_type(*env)));
    return std::nullopt;
  }
  std::optional<std::string> found;
  if (const Value* value = env->find(name)) {
    // Go formats it with %s, which marks what is no string.
    found = value->is_string()
                ? *value->if_string()
                : "%!s(" + std::string(go_type(*value)) + "=" + go_text(*value) + ")";
    Path leaf = split_path(path);
    leaf.emplace_back(name);
    values.remove(leaf);
  }
  if (env->if_map()->empty()) values.remove(path);
  return found;
}

}  // namespace mesh::smcp
