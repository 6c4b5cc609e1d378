#include "libmesh/smcp/parts.h"

#include <array>
#include <string>
#include <utility>

#include "libmesh/smcp/fields.h"

namespace mesh::smcp {
namespace {

constexpr std::array kIngressRules = {
    FieldRule{"enabled", FieldKind::kBool, {"enabled"}},
    FieldRule{"contextPath", FieldKind::kText, {"contextPath"}},
    FieldRule{"hosts", FieldKind::kTexts, {"hosts"}},
};

void ingress_to_values(const Value& ingress, Tree& values) {
  for (const FieldRule& rule : kIngressRules) {
    const Value* field = at(ingress, rule.field);
    const bool nothing = field == nullptr || (field->is_list() && field->if_list()->empty());
    if (!nothing) fields_to_values({&rule, 1}, ingress, values);
  }
  metadata_to_values(at(ingress, "metadata"), values, "labels", "annotations");
  if (const Value* tls = at(ingress, "tls"); not_empty_map(tls)) values.set("tls", *tls);
}

bool ingress_from_values(Tree& values, Value& ingress) {
  ingress = Value(Map{});
  Parts parts(values);
  fields_from_values(kIngressRules, parts, ingress);
  Value metadata{Map{}};
  if (metadata_from_values(values, "labels", "annotations", Removal::kWhenRead, metadata)) {
    ingress.set("metadata", std::move(metadata));
  }
  if (auto tls = values.get_map("tls"); tls && not_empty_map(&*tls)) {
    ingress.set("tls", std::move(*tls));
    values.remove("tls");
  }
  return !ingress.if_map()->empty();
}

void node_port_to_values(const Value& service, Tree& values) {
  const Value* port = at(service, "nodePort");
  if (port == nullptr) return;
  const bool enabled = *port->if_int() != 0;
  values.set("service.nodePort.enabled", Value(enabled));
  if (enabled) values.set("service.nodePort.port", *port);
}

void node_port_from_values(Tree& values, Value& service) {
  const auto enabled = values.take_bool("service.nodePort.enabled");
  if (!enabled) return;
  if (!*enabled) {
    service.set("nodePort", Value(int64_t{0}));
  } else if (auto port = values.take_int("service.nodePort.port")) {
    service.set("nodePort", Value(int64_t{static_cast<int32_t>(*port)}));
  }
}

// Some add-ons have contextPath beside ingress, not in it.
void move_context_path(Tree& values) {
  const auto path = values.take_string("contextPath");
  if (!path || path->empty() || values.get_string("ingress.contextPath")) return;
  values.set("ingress.contextPath", Value(*path));
}

}  // namespace

bool not_empty_map(const Value* value) {
  const Map* map = value == nullptr ? nullptr : value->if_map();
  return map != nullptr && !map->empty();
}

std::optional<Value> typed_part(const Value& spec, std::string_view path, std::string_view type) {
  const Value* part = at(spec, path);
  if (part == nullptr) return std::nullopt;
  if (const List* list = part->if_list()) {
    if (list->empty()) return std::nullopt;
    List out;
    for (const Value& element : *list) out.push_back(encode(element, shape(type)));
    return Value(std::move(out));
  }
  Value written = encode(*part, shape(type));
  return not_empty_map(&written) ? std::optional(std::move(written)) : std::nullopt;
}

void typed_part_to_values(const Value& spec, std::string_view path, std::string_view type,
                          Tree& values, std::string_view place) {
  if (auto part = typed_part(spec, path, type)) values.set(place, std::move(*part));
}

Value decode_part(const Value& value, std::string_view type, Tree& values) {
  if (value.is_null()) return Value(Map{});
  auto read = decode(value, shape(type), type);
  if (read) return *std::move(read);
  values.faults().add(read.error().message);
  return Value(Map{});
}

std::optional<Value> take_decoded_part(Tree& values, std::string_view place,
                                       std::string_view type) {
  auto map = values.get_map(place);
  if (!map || !not_empty_map(&*map)) return std::nullopt;
  auto read = take_decoded(*map, shape(type), place);
  if (!read) {
    values.faults().add(read.error().message);
    return std::nullopt;
  }
  close_part(values, split_path(place), *map);
  return *std::move(read);
}

std::optional<Value> take_list_of(Tree& values, std::string_view place, std::string_view type) {
  const auto list = values.take_list(place);
  if (!list || list->empty()) return std::nullopt;
  List out;
  for (const Value& element : *list) out.push_back(decode_part(element, type, values));
  return Value(std::move(out));
}

std::optional<Value> strings_of(Tree& values, std::string_view place, std::string_view what) {
  auto map = values.get_map(place);
  if (!map || !not_empty_map(&*map)) return std::nullopt;
  for (const document::Member& member : *map->if_map()) {
    if (member.value.is_string()) continue;
    values.faults().add("error casting " + std::string(what) + " value to string");
    return std::nullopt;
  }
  return map;
}

bool metadata_from_values(Tree& values, std::string_view labels, std::string_view annotations,
                          Removal removal, Value& metadata) {
  const std::array<std::array<std::string_view, 3>, 2> places = {
      {{"annotations", annotations, "annotation"}, {"labels", labels, "label"}}};
  for (const auto& [field, place, what] : places) {
    auto read = strings_of(values, place, what);
    if (read || removal == Removal::kAlways) values.remove(place);
    if (read) metadata.set(field, std::move(*read));
  }
  return not_empty_map(&metadata);
}

void metadata_to_values(const Value* metadata, Tree& values, std::string_view labels,
                        std::string_view annotations) {
  if (metadata == nullptr) return;
  const Value* found = at(*metadata, "annotations");
  if (not_empty_map(found)) values.set(annotations, *found);
  found = at(*metadata, "labels");
  if (not_empty_map(found)) values.set(labels, *found);
}

std::optional<Value> open_part(Tree& values, std::string_view path) {
  auto map = values.get_map(path);
  return map && not_empty_map(&*map) ? map : std::nullopt;
}

void close_part(Tree& values, const Path& path, const Value& part) {
  if (not_empty_map(&part)) {
    values.set(path, part);
  } else {
    values.remove(path);
  }
}

void component_service_to_values(const Value& service, Tree& values) {
  metadata_to_values(at(service, "metadata"), values, "service.labels", "service.annotations");
  node_port_to_values(service, values);
  const Value* given = at(service, "ingress");
  if (given == nullptr) return;
  Value written{Map{}};
  Tree ingress(written, values.faults());
  ingress_to_values(*given, ingress);
  if (!not_empty_map(&written)) return;
  values.set("ingress", written);
  if (const Value* path = written.find("contextPath")) values.set("contextPath", *path);
}

bool component_service_from_values(Tree& values, Value& service) {
  service = Value(Map{});
  Value metadata{Map{}};
  if (metadata_from_values(values, "service.labels", "service.annotations", Removal::kWhenRead,
                           metadata)) {
    service.set("metadata", std::move(metadata));
  }
  node_port_from_values(values, service);
  move_context_path(values);
  if (auto part = open_part(values, "ingress")) {
    Tree tree(*part, values.faults());
    Value ingress;
    if (ingress_from_values(tree, ingress)) service.set("ingress", std::move(ingress));
    close_part(values, {"ingress"}, *part);
  }
  return not_empty_map(&service);
}

}  // namespace mesh::smcp
