// The conversion against what Maistra's own code made of the same objects (recorded.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "libmesh/smcp/conversion.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/shape.h"
#include "tests/smcp/recorded.h"

namespace mesh::smcp {
namespace {

// What differs on purpose, by what the recorded case says; each has a row in
// docs/tenancy-differences.md. `check` is true for a case that the row explains.
struct Deliberate {
  const char* why;
  bool (*check)(const Value& recorded);
};

bool starts(const Value& recorded, std::string_view prefix) {
  return text_at(recorded, "error").starts_with(prefix);
}

// Upstream writes its own suffix over the one that follows "global".
bool suffix_after_global(const Value& recorded) {
  const bool* enabled = bool_at(recorded, "smcp.spec.cluster.multiCluster.enabled");
  const Value* suffixes = at(recorded, "smcp.spec.proxy.networking.dns.searchSuffixes");
  if (enabled == nullptr || !*enabled || suffixes == nullptr || !suffixes->is_list()) return false;
  const List& list = *suffixes->if_list();
  const auto global = std::find(list.begin(), list.end(), Value("global"));
  return global != list.end() && global + 1 != list.end();
}

const Deliberate kDeliberate[] = {
    {"a search suffix that follows global is kept", suffix_after_global},
    {"what made the original panic is converted",
     [](const Value& recorded) { return starts(recorded, "panic"); }},
};

// "" when equal, else the first difference.
std::string compare_frame(const Value& got, const Value& recorded_values, const Value* other) {
  const Value* istio = got.find("istio");
  std::string found = difference(istio == nullptr ? Value() : *istio, recorded_values, "values");
  if (!found.empty()) return found;
  for (std::string_view key : {"threeScale", "template"}) {
    const Value* mine = got.find(key);
    const Value* theirs = other == nullptr ? nullptr : other->find(key);
    const std::string path = "v1_other." + std::string(key);
    if ((mine == nullptr) != (theirs == nullptr)) return path + ": only one has it";
    if (mine == nullptr) continue;
    found = difference(*mine, *theirs, path);
    if (!found.empty()) return found;
  }
  return "";
}

std::string compare_way_back(const Value& v1, const Value& typed, const Value& recorded,
                             std::string_view name_space) {
  const Value* expected = recorded.find("roundtrip");
  if (expected == nullptr) return "";
  const Result<Value> back = spec_to_v2(v1);
  if (!back) return "roundtrip: " + back.error().message;
  const bool same = expected->is_string() && *expected->if_string() == "same";
  std::string found = difference(*back, same ? typed : *expected, "roundtrip");
  if (!found.empty()) return found;
  const Value* again = recorded.find("values_again");
  // Recorded without a trip through the API server in between.
  const Result<Value> unwritten = decoded_spec_to_v2(v1);
  const Result<Value> second = spec_to_v1(*unwritten, name_space);
  if (!second) return "values_again: " + second.error().message;
  const Value* istio = second->find("istio");
  if (again == nullptr) again = recorded.find("values");
  return difference(istio == nullptr ? Value() : *istio, *again, "values_again");
}

std::string compare_error(const Result<Value>& typed, const Result<Value>& v1,
                          std::string_view error) {
  constexpr std::string_view kToV1 = "v2-to-v1: ";
  if (error.starts_with("decode:")) return typed ? "decode: accepted, recorded refused" : "";
  if (!error.starts_with(kToV1)) return "error: not compared: " + std::string(error);
  if (v1) return "v2-to-v1: converted, recorded refused";
  error.remove_prefix(kToV1.size());
  if (v1.error().message == error) return "";
  return "v2-to-v1: says \"" + v1.error().message + "\", recorded \"" + std::string(error) + "\"";
}

std::string compare(const Value& recorded) {
  const Value* smcp = recorded.find("smcp");
  const Value* spec = smcp == nullptr ? nullptr : smcp->find("spec");
  if (spec == nullptr) return "the case has no smcp.spec";
  const std::string_view name_space = text_at(*smcp, "metadata.namespace");
  const Result<Value> decoded = decode(*spec, shape("ControlPlaneSpec"), "spec");
  const Result<Value> v1 = spec_to_v1(*spec, name_space);
  if (std::string_view error = text_at(recorded, "error"); !error.empty()) {
    return compare_error(decoded, v1, error);
  }
  if (!v1) return "refused: " + v1.error().message;
  const Value* values = recorded.find("values");
  std::string found =
      compare_frame(*v1, values == nullptr ? Value() : *values, recorded.find("v1_other"));
  if (!found.empty()) return found;
  return compare_way_back(*v1, encode(*decoded, shape("ControlPlaneSpec")), recorded, name_space);
}

std::string compare_v1(const Value& recorded) {
  const Value* smcp = recorded.find("smcp");
  const Value* spec = smcp == nullptr ? nullptr : smcp->find("spec");
  const Value* expected = recorded.find("v2");
  if (spec == nullptr || expected == nullptr) return "the case has no smcp.spec or no v2";
  const Result<Value> v2 = spec_to_v2(*spec);
  if (!v2) return "refused: " + v2.error().message;
  std::string found = difference(*v2, *expected, "v2");
  if (!found.empty()) return found;
  const Value* again = recorded.find("v1_again");
  if (again == nullptr) return "";
  const Result<Value> v1 = spec_to_v1(*v2, text_at(*smcp, "metadata.namespace"));
  if (!v1) return "v1_again: " + v1.error().message;
  const bool same = again->is_string() && *again->if_string() == "same";
  return difference(*v1, same ? *spec : *again, "v1_again");
}

// Counts a file's cases and fails for each that differs without a reason.
void compare_file(const std::string& path, std::string (*compare_case)(const Value&)) {
  const std::vector<Value> cases = read_cases(path);
  ASSERT_FALSE(cases.empty()) << path;
  size_t equal = 0;
  size_t deliberate = 0;
  for (const Value& recorded : cases) {
    const bool known = std::any_of(std::begin(kDeliberate), std::end(kDeliberate),
                                   [&](const Deliberate& row) { return row.check(recorded); });
    const std::string found = compare_case(recorded);
    if (found.empty()) {
      ++equal;
    } else if (known) {
      ++deliberate;
    } else {
      ADD_FAILURE() << text_at(recorded, "name") << ": " << found;
    }
  }
  std::cout << std::filesystem::path(path).filename().string() << ": " << equal << " of "
            << cases.size() << " equal";
  if (deliberate > 0) std::cout << ", " << deliberate << " differ on purpose";
  std::cout << "\n";
}

std::vector<std::string> files(const std::string& folder, std::string_view prefix) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".yaml")) found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(Recorded, V2ToValuesAndBack) {
  const auto folder = recorded_folder();
  if (!folder) GTEST_SKIP() << "no recorded cases: set MESH_MAISTRA_DATA to their folder";
  for (const std::string& path : files(*folder, "values-")) compare_file(path, compare);
}

TEST(Recorded, V1ToV2AndBack) {
  const auto folder = recorded_folder();
  if (!folder) GTEST_SKIP() << "no recorded cases: set MESH_MAISTRA_DATA to their folder";
  for (const std::string& path : files(*folder, "v1-to-v2")) compare_file(path, compare_v1);
}

}  // namespace
}  // namespace mesh::smcp
