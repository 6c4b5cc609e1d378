#include "libmesh/injection/pod/status.h"

#include "libmesh/document/json.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/go_json.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

constexpr std::string_view kLists[] = {"initContainers", "containers", "volumes",
                                       "imagePullSecrets"};

std::vector<std::string> texts(const Value& map, std::string_view key) {
  std::vector<std::string> out;
  const Value* value = map.find(key);
  if (value == nullptr || !value->is_list()) return out;
  for (const Value& element : *value->if_list()) {
    if (const std::string* text = element.if_string()) out.push_back(*text);
  }
  return out;
}

// A list's elements with nothing but their names and directives.
Value names(const List& list) {
  List out;
  out.reserve(list.size());
  for (const Value& element : list) {
    Map map;
    if (const Map* members = element.if_map()) {
      for (const Member& member : *members) {
        if (member.key == "name" || member.key == "$patch") map.push_back(member);
      }
    }
    out.emplace_back(std::move(map));
  }
  return Value(std::move(out));
}

}  // namespace

std::optional<InjectionStatus> read_status(const Value& pod) {
  const std::string* text = annotation(pod, kStatusAnnotation);
  if (text == nullptr) return std::nullopt;
  Diagnostics ignored;
  const auto map = document::read_json(*text, "", ignored);
  if (!map || !map->is_map()) return std::nullopt;
  InjectionStatus out;
  out.init_containers = texts(*map, "initContainers");
  out.containers = texts(*map, "containers");
  out.volumes = texts(*map, "volumes");
  out.image_pull_secrets = texts(*map, "imagePullSecrets");
  out.revision = map->string_at("revision");
  return out;
}

std::string status_text(const Value& template_pod, std::string_view revision) {
  std::string out = "{";
  for (std::string_view list : kLists) {
    out.append("\"").append(list).append("\":");
    const List* elements = spec_list(template_pod, list);
    if (elements == nullptr || elements->empty()) {
      out += "null";
    } else {
      char separator = '[';
      for (const Value& element : *elements) {
        out += separator;
        append_go_string(out, element.string_at("name"));
        separator = ',';
      }
      out += ']';
    }
    out += ',';
  }
  out += "\"revision\":";
  append_go_string(out, revision.empty() ? "default" : revision);
  return out + "}";
}

Value names_of_overlay(const Value& overlay) {
  Value out{Map{}};
  const Value* spec = overlay.find("spec");
  const Map* members = spec == nullptr ? nullptr : spec->if_map();
  if (members == nullptr) return out;
  Value& into = out.set("spec", Value(Map{}));
  for (const Member& member : *members) {
    bool counts = member.key.starts_with("$");
    for (std::string_view list : kLists) counts |= member.key == list;
    if (!counts) continue;
    const List* list = member.value.if_list();
    into.set(member.key,
             list == nullptr || member.key.starts_with("$") ? member.value : names(*list));
  }
  return out;
}

}  // namespace mesh::injection
