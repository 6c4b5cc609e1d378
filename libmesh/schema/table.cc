#include "libmesh/schema/table.h"

#include <algorithm>

#include "libmesh/schema/near.h"
#include "libmesh/schema/reader.h"

namespace mesh::schema {

const FieldTable* find_field(const MessageTable& table, std::string_view name) {
  const auto at =
      std::lower_bound(table.names.begin(), table.names.end(), name,
                       [](const NameIndex& n, std::string_view t) { return n.name < t; });
  if (at == table.names.end() || at->name != name) return nullptr;
  return &table.fields[at->field];
}

std::string_view nearest_field(const MessageTable& table, std::string_view name) {
  std::string_view nearest;
  size_t best = SIZE_MAX;
  for (const FieldTable& field : table.fields) {
    const size_t distance = edit_distance(name, field.json);
    if (distance < best && is_near(distance, name)) {
      best = distance;
      nearest = field.json;
    }
  }
  return nearest;
}

std::string_view enum_text(const EnumTable& table, int32_t number) {
  for (const EnumName& entry : table.names) {
    if (entry.number == number) return entry.name;
  }
  return {};
}

}  // namespace mesh::schema
