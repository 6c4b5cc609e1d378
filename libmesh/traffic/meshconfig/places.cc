#include "libmesh/traffic/meshconfig/places.h"

#include <algorithm>
#include <charconv>

#include "libmesh/model/mesh_config.h"

namespace mesh::traffic {
namespace {

using document::Value;

constexpr std::string_view kProviders = "extensionProviders";
constexpr std::string_view kAliases = "trustDomainAliases";

// A field of a message in either spelling; what is null is not there.
const document::Member* field_of(const Value& message, const std::string& name) {
  const document::Map* map = message.if_map();
  if (map == nullptr) return nullptr;
  const document::Member* out = nullptr;
  for (const document::Member& each : *map) {
    const bool same = each.key == name || model::json_name(each.key) == name;
    if (same && !each.value.is_null()) out = &each;
  }
  return out;
}

// What an element is known by: a provider by its name, an alias by itself.
std::string_view known_by(const Value& element) {
  const std::string* text = element.if_string();
  return text != nullptr ? std::string_view(*text) : element.string_at("name");
}

template <typename Visit>
void each_of(const Value& message, std::string_view name, Visit visit) {
  const document::Member* found = field_of(message, std::string(name));
  const document::List* list = found == nullptr ? nullptr : found->value.if_list();
  for (size_t i = 0; list != nullptr && i < list->size(); ++i) visit(known_by((*list)[i]), i);
}

}  // namespace

Places::Places(std::span<const index::MeshLayer> layers, const Value& merged) : layers_(layers) {
  each_of(merged, kProviders,
          [&](std::string_view name, size_t) { providers_.emplace_back(name); });
  each_of(merged, kAliases, [&](std::string_view name, size_t) { aliases_.emplace_back(name); });
  for (const index::MeshLayer& layer : layers_) {
    Elements& providers = layer_providers_.emplace_back();
    Elements& aliases = layer_aliases_.emplace_back();
    // Of providers of one name the last counts.
    each_of(layer.document, kProviders,
            [&](std::string_view name, size_t i) { providers[name] = i; });
    each_of(layer.document, kAliases, [&](std::string_view name, size_t i) { aliases[name] = i; });
  }
}

// "a.b[3].c" -> a, b, 3, c.
std::vector<Places::Step> Places::steps_of(std::string_view field) {
  std::vector<Step> out;
  while (!field.empty()) {
    if (field.front() == '[') {
      size_t element = 0;
      std::from_chars(field.data() + 1, field.data() + field.size(), element);
      out.push_back({"", element});
      field.remove_prefix(std::min(field.find(']'), field.size() - 1) + 1);
    } else {
      const size_t end = std::min(field.find_first_of(".["), field.size());
      if (end > 0) out.push_back({std::string(field.substr(0, end)), 0});
      field.remove_prefix(end);
    }
    if (field.starts_with('.')) field.remove_prefix(1);
  }
  return out;
}

// How many steps lead to what a layer overrides as a whole (apply_mesh_config).
size_t Places::overridden(const std::vector<Step>& steps) {
  if (steps.empty()) return 0;
  const std::string& first = steps.front().key;
  size_t out = 1;
  if (first == kProviders || first == kAliases || first == "defaultProviders") out = 2;
  if (first == "defaultConfig") {
    const bool merged =
        steps.size() > 1 && (steps[1].key == "proxyMetadata" || steps[1].key == "proxyHeaders");
    out = merged ? 3 : 2;
  }
  return std::min(out, steps.size());
}

size_t Places::element_in(size_t layer, const std::string& list, size_t at) const {
  const bool providers = list == kProviders;
  if (!providers && list != kAliases) return at;
  const std::vector<std::string>& merged = providers ? providers_ : aliases_;
  const Elements& own = providers ? layer_providers_[layer] : layer_aliases_[layer];
  const auto found = at < merged.size() ? own.find(merged[at]) : own.end();
  return found == own.end() ? SIZE_MAX : found->second;
}

const document::Member* Places::member(const Value& message, const std::string& name) {
  const auto [known, added] = members_.try_emplace({&message, name}, nullptr);
  if (added) known->second = field_of(message, name);
  return known->second;
}

Places::Way Places::follow(size_t layer, const Value& from, const std::vector<Step>& steps) {
  Way out;
  const Value* at = &from;
  for (const Step& step : steps) {
    if (!step.key.empty()) {
      const document::Member* next = member(*at, step.key);
      if (next == nullptr) break;
      out.field += (out.field.empty() ? "" : ".") + next->key;
      at = &next->value;
    } else {
      const size_t element =
          out.length == 1 ? element_in(layer, steps.front().key, step.element) : step.element;
      const document::List* list = at->if_list();
      if (list == nullptr || element >= list->size()) break;
      out.field += "[" + std::to_string(element) + "]";
      at = &(*list)[element];
    }
    ++out.length;
  }
  out.position = at->position;
  for (size_t i = out.length; i < steps.size(); ++i) {
    if (steps[i].key.empty()) {
      out.field += "[" + std::to_string(steps[i].element) + "]";
    } else {
      out.field += (out.field.empty() ? "" : ".") + steps[i].key;
    }
  }
  return out;
}

bool Places::trace(Diagnostic& found) {
  const std::vector<Step> steps = steps_of(found.field);
  const size_t needed = overridden(steps);
  for (size_t length = needed; length > 0; --length) {
    for (size_t i = layers_.size(); i-- > 0;) {
      const Way way = follow(i, layers_[i].document, steps);
      if (way.length < length) continue;
      if (layers_[i].kind == index::LayerKind::kControlPlane) {
        place_in_control_plane(i, steps, found);
        return true;
      }
      found.field = way.field;
      found.line = way.position.line;
      found.column = way.position.column;
      place_in_layer(layers_[i], found);
      return true;
    }
  }
  return false;
}

// The layer is what its values make of it: what a control plane writes as a MeshConfig is found there again.
void Places::place_in_control_plane(size_t layer, const std::vector<Step>& steps,
                                    Diagnostic& found) {
  const kube::Object& owner = *layers_[layer].owner;
  place_in_layer(layers_[layer], found);
  for (const auto& path : {std::vector<std::string>{"spec", "techPreview", "meshConfig"},
                           {"spec", "meshConfig"},
                           {"spec", "istio", "meshConfig"}}) {
    const Value* at = &owner.document;
    std::string prefix;
    for (const std::string& key : path) {
      at = at == nullptr ? nullptr : at->find(key);
      prefix += key + ".";
    }
    if (at == nullptr) continue;
    const Way way = follow(layer, *at, steps);
    if (way.length < overridden(steps)) continue;
    found.field = prefix + way.field;
    found.line = way.position.line;
    found.column = way.position.column;
    return;
  }
  found.message = "of its MeshConfig, " + found.field + " " + found.message;
  found.field = "spec";
}

}  // namespace mesh::traffic
