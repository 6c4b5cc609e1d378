#include "tests/smcp/recorded.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/smcp/path.h"
#include "tests/support/paths.h"

namespace mesh::smcp {

std::optional<std::string> recorded_folder() {
  const char* given = std::getenv("MESH_MAISTRA_DATA");
  const std::string folder = given != nullptr && *given != '\0'
                                 ? std::string(given)
                                 : testing::source_path("../shared/data/maistra");
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<document::Value> read_cases(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return {};
  Diagnostics diagnostics;
  const auto documents = document::read_yaml(*text, path, diagnostics);
  if (documents.size() != 1 || !documents.front().root.is_list()) return {};
  return *documents.front().root.if_list();
}

namespace {

std::string text(const document::Value* value) {
  if (value == nullptr) return "absent";
  std::string json = document::write_json(*value);
  return json.size() > 160 ? json.substr(0, 160) + "…" : json;
}

std::string differs(const document::Value* got, const document::Value* recorded,
                    const std::string& path) {
  if (got != nullptr && recorded != nullptr) {
    if (*got == *recorded) return "";
    if (got->is_map() && recorded->is_map()) {
      for (const document::Member& member : *recorded->if_map()) {
        std::string found = differs(got->find(member.key), &member.value, path + "." + member.key);
        if (!found.empty()) return found;
      }
      for (const document::Member& member : *got->if_map()) {
        if (recorded->find(member.key) == nullptr) {
          return differs(&member.value, nullptr, path + "." + member.key);
        }
      }
      return "";
    }
  }
  return path + ": is " + text(got) + ", recorded " + text(recorded);
}

}  // namespace

std::string difference(const document::Value& got, const document::Value& recorded,
                       const std::string& path) {
  document::Value left = got;
  document::Value right = recorded;
  normalize_numbers(left);
  normalize_numbers(right);
  return differs(&left, &right, path);
}

}  // namespace mesh::smcp
