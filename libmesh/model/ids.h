// Names with a type: what would otherwise be three std::strings in a row.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace mesh::model {

// The namespace that holds a control plane and its name, "ns/name"; the implicit mesh of a
// directory without a control plane is the empty id.
struct TenantId {
  std::string value;
  auto operator<=>(const TenantId&) const = default;
};

struct NamespacedName {
  std::string ns;
  std::string name;
  auto operator<=>(const NamespacedName&) const = default;
  std::string to_string() const { return ns + "/" + name; }
};

}  // namespace mesh::model

template <>
struct std::hash<mesh::model::TenantId> {
  size_t operator()(const mesh::model::TenantId& id) const noexcept {
    return std::hash<std::string>()(id.value);
  }
};
