// Profiles against what Maistra's own code made of the same objects (recorded.h).
#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "libmesh/smcp/path.h"
#include "libmesh/smcp/profiles.h"
#include "tests/smcp/recorded.h"

namespace mesh::smcp {
namespace {

// The recording's operator had images for v2.5 only.
Images recorded_images(std::string_view version) {
  if (version != "v2.5") return {};
  return {{"grafana", "img/grafana"},       {"pilot", "img/pilot"},
          {"prometheus", "img/prometheus"}, {"prometheus-config-reloader", "img/reloader"},
          {"proxyv2", "img/proxyv2"},       {"rls", "img/rls"}};
}

// "" when equal, else the first difference.
std::string compare(const Value& recorded) {
  const Value& smcp = *recorded.find("smcp");
  ProfileSource source;
  source.images = recorded_images(text_at(smcp, "spec.version"));
  const auto effective = apply_profiles(smcp, source);
  const bool refused = recorded.find("error") != nullptr;
  if (refused != !effective.ok()) {
    return refused ? "is accepted" : "is refused: " + effective.error().message;
  }
  if (refused) {
    // The name alone is checked in the original's words; its other message names files.
    const std::string_view message = text_at(recorded, "error");
    if (message.starts_with("profile name")) {
      return message == effective.error().message ? "" : effective.error().message;
    }
    return effective.error().message.find("is not known") == std::string::npos ? "other error" : "";
  }
  const Value* values = at(effective->values, "istio");
  std::string found = difference(*values, *recorded.find("values"), "values");
  if (!found.empty()) return found;
  return difference(effective->spec, *recorded.find("applied_spec"), "applied_spec");
}

TEST(Recorded, Profiles) {
  const auto folder = recorded_folder();
  if (!folder) GTEST_SKIP() << "no recorded cases (MESH_MAISTRA_DATA)";
  const auto cases = read_cases(*folder + "/profiles.yaml");
  ASSERT_FALSE(cases.empty());
  size_t equal = 0;
  for (const Value& recorded : cases) {
    const std::string found = compare(recorded);
    if (found.empty()) {
      ++equal;
    } else {
      ADD_FAILURE() << text_at(recorded, "name") << ": " << found;
    }
  }
  std::cout << "profiles.yaml: " << equal << " of " << cases.size() << " equal\n";
}

}  // namespace
}  // namespace mesh::smcp
