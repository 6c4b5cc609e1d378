#include "libmesh/injection/forms/resources.h"

#include <string>
#include <utility>

#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/text.h"
#include "libmesh/smcp/quantity.h"

namespace mesh::injection::forms {
namespace {

using document::Member;

Value without_nulls(const Value& value);

Map map_without_nulls(const Map& map) {
  Map out;
  for (const Member& member : map) {
    Value kept = without_nulls(member.value);
    if (!kept.is_null()) add(out, member.key, std::move(kept));
  }
  return out;
}

bool has_null(const Value& value) {
  if (value.is_null()) return true;
  if (const Map* map = value.if_map()) {
    for (const Member& member : *map) {
      if (has_null(member.value)) return true;
    }
  }
  if (const List* list = value.if_list()) {
    for (const Value& item : *list) {
      if (has_null(item)) return true;
    }
  }
  return false;
}

// What becomes empty by it goes as well; what was empty before stays.
Value without_nulls(const Value& value) {
  if (!has_null(value)) return value;
  if (const Map* map = value.if_map()) {
    Map kept = map_without_nulls(*map);
    return kept.empty() ? Value() : Value(std::move(kept));
  }
  if (const List* list = value.if_list()) {
    List kept;
    for (const Value& item : *list) {
      Value inner = without_nulls(item);
      if (!inner.is_null()) kept.push_back(std::move(inner));
    }
    return kept.empty() ? Value() : Value(std::move(kept));
  }
  return Value();
}

Value quantities(const std::string* cpu, const std::string* memory) {
  Map out;
  if (cpu != nullptr) add(out, "cpu", Value(smcp::canonical_quantity(*cpu)));
  if (memory != nullptr) add(out, "memory", Value(smcp::canonical_quantity(*memory)));
  return Value(std::move(out));
}

}  // namespace

void write_quantities(Value& resources) {
  Map* kinds = resources.if_map();
  if (kinds == nullptr) return;
  for (Member& kind : *kinds) {
    Map* amounts = kind.value.if_map();
    if (amounts == nullptr) continue;
    for (Member& amount : *amounts) {
      if (const std::string* text = amount.value.if_string()) {
        amount.value = Value(smcp::canonical_quantity(*text));
      } else if (amount.value.if_int() != nullptr || amount.value.if_double() != nullptr) {
        amount.value = Value(smcp::canonical_quantity(sprint(&amount.value)));
      }
    }
  }
}

Value values_resources(const Value* resources) {
  if (!is_truthy(resources)) return Value();
  Value out = without_nulls(*resources);
  write_quantities(out);
  return out;
}

Value annotation_resources(const Annotations& annotations) {
  const std::string* cpu = annotations.get(Known::kProxyCpu);
  const std::string* memory = annotations.get(Known::kProxyMemory);
  const std::string* cpu_limit = annotations.get(Known::kProxyCpuLimit);
  const std::string* memory_limit = annotations.get(Known::kProxyMemoryLimit);
  Map out;
  if (cpu != nullptr || memory != nullptr) add(out, "requests", quantities(cpu, memory));
  if (cpu_limit != nullptr || memory_limit != nullptr) {
    add(out, "limits", quantities(cpu_limit, memory_limit));
  }
  return out.empty() ? Value() : Value(std::move(out));
}

}  // namespace mesh::injection::forms
