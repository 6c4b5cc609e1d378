#include "libmesh/smcp/versions.h"

#include <array>
#include <string>

namespace mesh::smcp {
namespace {

constexpr std::string_view kGlobal = "global.trustDomain";
constexpr std::string_view kMeshConfig = "meshConfig.trustDomain";

// clang-format off
constexpr std::array<VersionFacts, 8> kVersions = {{
    {Version::kV1_1, "v1.1", false, false, "v1-1-istio-cni", kGlobal,     ModeField::kNone,        ""},
    {Version::kV2_0, "v2.0", false, true,  "v2-0-istio-cni", kGlobal,     ModeField::kNone,        ""},
    {Version::kV2_1, "v2.1", false, true,  "v2-1-istio-cni", kGlobal,     ModeField::kNone,        ""},
    {Version::kV2_2, "v2.2", true,  true,  "v2-2-istio-cni", kMeshConfig, ModeField::kNone,        ""},
    {Version::kV2_3, "v2.3", true,  true,  "v2-3-istio-cni", kMeshConfig, ModeField::kTechPreview, "global.clusterScoped"},
    {Version::kV2_4, "v2.4", true,  true,  "v2-4-istio-cni", kMeshConfig, ModeField::kFixed,       "global.clusterWide"},
    {Version::kV2_5, "v2.5", true,  true,  "v2-5-istio-cni", kMeshConfig, ModeField::kMutable,     "global.clusterWide"},
    {Version::kV2_6, "v2.6", true,  true,  "v2-6-istio-cni", kMeshConfig, ModeField::kMutable,     "global.clusterWide"},
}};
// clang-format on

constexpr std::string_view kDropped = "v1.0";

}  // namespace

std::span<const VersionFacts> all_versions() { return kVersions; }

const VersionFacts& facts(Version version) { return kVersions[static_cast<size_t>(version)]; }

Result<Version> parse_version(std::string_view text) {
  for (const VersionFacts& row : kVersions) {
    if (row.text == text) return row.version;
  }
  if (text == kDropped) {
    return Error{ErrorCode::kInvalidArgument, "support for v1.0 has been dropped"};
  }
  return Error{ErrorCode::kInvalidArgument, "invalid version: " + std::string(text)};
}

}  // namespace mesh::smcp
