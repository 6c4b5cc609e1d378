#include "libmesh/injection/pod/access.h"

#include <cmath>

namespace mesh::injection {

using document::List;
using document::Map;
using document::Value;

const Value* metadata_map(const Value& pod, std::string_view which) {
  const Value* metadata = pod.find("metadata");
  const Value* map = metadata == nullptr ? nullptr : metadata->find(which);
  return map != nullptr && map->is_map() ? map : nullptr;
}

bool in_host_network(const Value& pod) {
  const Value* spec = pod.find("spec");
  const Value* flag = spec == nullptr ? nullptr : spec->find("hostNetwork");
  return flag != nullptr && flag->if_bool() != nullptr && *flag->if_bool();
}

Value& make_metadata_map(Value& pod, std::string_view which) {
  Value* metadata = pod.find("metadata");
  if (metadata == nullptr || !metadata->is_map()) metadata = &pod.set("metadata", Value(Map{}));
  Value* map = metadata->find(which);
  if (map == nullptr || !map->is_map()) map = &metadata->set(which, Value(Map{}));
  return *map;
}

namespace {

const std::string* metadata_text(const Value& pod, std::string_view which, std::string_view key) {
  const Value* map = metadata_map(pod, which);
  const Value* value = map == nullptr ? nullptr : map->find(key);
  return value == nullptr ? nullptr : value->if_string();
}

}  // namespace

const std::string* annotation(const Value& pod, std::string_view key) {
  return metadata_text(pod, "annotations", key);
}

const std::string* label(const Value& pod, std::string_view key) {
  return metadata_text(pod, "labels", key);
}

const List* spec_list(const Value& pod, std::string_view list) {
  const Value* spec = pod.find("spec");
  const Value* value = spec == nullptr ? nullptr : spec->find(list);
  return value == nullptr ? nullptr : value->if_list();
}

List* spec_list(Value& pod, std::string_view list) {
  return const_cast<List*>(spec_list(static_cast<const Value&>(pod), list));
}

const Value* find_named(const List* list, std::string_view name) {
  if (list == nullptr) return nullptr;
  for (const Value& element : *list) {
    const Value* own = element.find("name");
    const std::string* text = own == nullptr ? nullptr : own->if_string();
    if (text != nullptr && *text == name) return &element;
  }
  return nullptr;
}

Value* find_named(List* list, std::string_view name) {
  return const_cast<Value*>(find_named(static_cast<const List*>(list), name));
}

NameIndex::NameIndex(const List* list) : list_(list) {
  if (list == nullptr || list->size() <= 16) return;
  index_.reserve(list->size());
  for (const Value& element : *list) {
    const Value* name = element.find("name");
    const std::string* text = name == nullptr ? nullptr : name->if_string();
    if (text != nullptr) index_.emplace(*text, &element);
  }
}

const Value* NameIndex::find(std::string_view name) const {
  if (list_ == nullptr || list_->size() <= 16) return find_named(list_, name);
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : found->second;
}

const Value* find_container(const Value& pod, std::string_view name) {
  if (const Value* found = find_named(spec_list(pod, kContainers), name)) return found;
  return find_named(spec_list(pod, kInitContainers), name);
}

Value* find_container(Value& pod, std::string_view name) {
  return const_cast<Value*>(find_container(static_cast<const Value&>(pod), name));
}

std::optional<int64_t> integer_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  if (value == nullptr) return std::nullopt;
  if (const int64_t* number = value->if_int()) return *number;
  const double* number = value->if_double();
  if (number != nullptr && std::abs(*number) < 0x1p53 && std::trunc(*number) == *number) {
    return static_cast<int64_t>(*number);
  }
  return std::nullopt;
}

}  // namespace mesh::injection
