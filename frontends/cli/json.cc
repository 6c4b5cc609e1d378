#include "frontends/cli/json.h"

#include <algorithm>
#include <array>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wclass-memaccess"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#pragma GCC diagnostic pop

#include "mesh/mesh.hpp"

namespace mesh::cli {

JsonDocument parse(std::string_view text) {
  JsonDocument document;
  // Not recursive: resources may be nested deeply.
  document.Parse<rapidjson::kParseFullPrecisionFlag | rapidjson::kParseIterativeFlag>(text.data(),
                                                                                      text.size());
  if (document.HasParseError()) throw Error(MESH_INTERNAL, "the library's answer is no JSON");
  return document;
}

const Json& at(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.IsObject()) return kNull;
  auto found = object.FindMember(key);
  return found == object.MemberEnd() ? kNull : found->value;
}

std::string_view text_at(const Json& object, const char* key) {
  const Json& value = at(object, key);
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength())
                          : std::string_view();
}

std::string name_of(const Json& object) {
  std::string out(text_at(object, "kind"));
  const std::string_view ns = text_at(object, "namespace");
  const std::string_view name = text_at(object, "name");
  if (!name.empty() || !ns.empty()) out += " ";
  if (!ns.empty()) out += std::string(ns) + "/";
  return out + std::string(name);
}

std::string with_cluster(const Json& object, std::string_view text, const char* key) {
  const std::string_view cluster = text_at(object, key);
  std::string out = cluster.empty() ? "" : std::string(cluster) + "=";
  return out.append(text);
}

std::string pod_of(const Json& object) {
  return with_cluster(object, text_at(object, "namespace")) + "/" +
         std::string(text_at(object, "name"));
}

uint64_t number_at(const Json& object, const char* key) {
  const Json& value = at(object, key);
  return value.IsUint64() ? value.GetUint64() : 0;
}

size_t size_at(const Json& object, const char* key) {
  const Json& value = at(object, key);
  return value.IsArray() ? value.Size() : 0;
}

Json text_value(std::string_view text, JsonDocument& owner) {
  return Json(text.data(), static_cast<rapidjson::SizeType>(text.size()), owner.GetAllocator());
}

void sort_keys(Json& value) {
  if (value.IsArray()) {
    for (Json& element : value.GetArray()) sort_keys(element);
  }
  if (!value.IsObject()) return;
  for (auto& member : value.GetObject()) sort_keys(member.value);
  std::sort(value.MemberBegin(), value.MemberEnd(), [](const auto& a, const auto& b) {
    return std::string_view(a.name.GetString(), a.name.GetStringLength()) <
           std::string_view(b.name.GetString(), b.name.GetStringLength());
  });
}

std::string print_json(const Json& value) {
  rapidjson::StringBuffer out;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(out);
  writer.SetIndent(' ', 2);
  value.Accept(writer);
  return std::string(out.GetString(), out.GetSize()) + "\n";
}

namespace {

// Text that every YAML reader takes for itself and not for a number, a boolean or a sign.
bool is_plain(std::string_view text) {
  constexpr std::array<std::string_view, 10> kWords = {"null", "true", "false", "yes", "no",
                                                       "on",   "off",  "y",     "n",   "nan"};
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
  };
  if (text.empty() || !letter(text.front()) || !std::all_of(text.begin(), text.end(), inner)) {
    return false;
  }
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return std::find(kWords.begin(), kWords.end(), small) == kWords.end();
}

std::string scalar(const Json& value) {
  if (value.IsString() && is_plain({value.GetString(), value.GetStringLength()})) {
    return std::string(value.GetString(), value.GetStringLength());
  }
  rapidjson::StringBuffer out;  // JSON's scalars are YAML's
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  value.Accept(writer);
  return {out.GetString(), out.GetSize()};
}

bool is_block(const Json& value) {
  return (value.IsObject() && value.MemberCount() > 0) || (value.IsArray() && value.Size() > 0);
}

// Writes behind what stands on the line already: a scalar on it, a block below it.
void write_yaml(const Json& value, size_t indent, bool after_dash, std::string& out) {
  if (!is_block(value)) {
    out += (after_dash ? "" : " ") + scalar(value) + "\n";
    return;
  }
  if (!after_dash && indent > 0) out += "\n";
  const size_t inside = value.IsArray() && indent >= 2 && !after_dash ? indent - 2 : indent;
  bool first = after_dash;
  auto begin_line = [&] {
    if (!first) out.append(inside, ' ');
    first = false;
  };
  if (value.IsArray()) {
    for (const Json& element : value.GetArray()) {
      begin_line();
      out += "- ";
      write_yaml(element, inside + 2, true, out);
    }
    return;
  }
  for (const auto& member : value.GetObject()) {
    begin_line();
    out += scalar(member.name) + ":";
    write_yaml(member.value, inside + 2, false, out);
  }
}

}  // namespace

std::string print_yaml(const Json& value) {
  std::string out;
  write_yaml(value, 0, !is_block(value), out);
  return out;
}

}  // namespace mesh::cli
