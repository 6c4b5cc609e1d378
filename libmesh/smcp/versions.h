// The mesh versions of a ServiceMeshControlPlane, and what differs between them, as one table.
//
// A version is the text of spec.version ("v2.5"). Everything that depends on it only by a fact (a
// name, a path, a yes or no) stands in the table, so that a new version is a new row; rules that
// need more than a fact compare versions ("at_least"). v1.0 is recognised and refused; v2.6 behaves
// as v2.5 does. Upstream: pkg/controller/versions/{versions,conversion_strategy_*}.go.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "libmesh/base/result.h"

namespace mesh::smcp {

enum class Version : uint8_t { kV1_1, kV2_0, kV2_1, kV2_2, kV2_3, kV2_4, kV2_5, kV2_6 };

// Where a control plane says that it serves the whole cluster.
enum class ModeField : uint8_t {
  kNone,         // it cannot
  kTechPreview,  // spec.techPreview.controlPlaneMode: MultiTenant | ClusterScoped, fixed for good
  kFixed,        // spec.mode: MultiTenant | ClusterWide, fixed for good
  kMutable,      // spec.mode, may be changed
};

struct VersionFacts {
  Version version;
  std::string_view text;          // as in spec.version
  bool supported;                 // may be installed; older ones can only be converted
  bool istiod;                    // v2: one istiod instead of pilot, citadel, galley, …
  std::string_view cni_network;   // of the plug-in and its NetworkAttachmentDefinition
  std::string_view trust_domain;  // path in the values
  ModeField mode;
  std::string_view cluster_wide;  // path in the values of the switch, or empty
};

// In order, oldest first.
std::span<const VersionFacts> all_versions();
const VersionFacts& facts(Version version);

// "v2.5" → the version. Errors in Maistra's words: "invalid version: x" (an empty text too), and
// "support for v1.0 has been dropped".
Result<Version> parse_version(std::string_view text);
inline std::string_view version_text(Version version) { return facts(version).text; }
inline bool supported(Version version) { return facts(version).supported; }
inline std::string_view cni_network_name(Version version) { return facts(version).cni_network; }
inline std::string_view trust_domain_path(Version version) { return facts(version).trust_domain; }
inline bool at_least(Version version, Version other) { return version >= other; }

// What an object gets that names no version: by the API version it was written in.
inline constexpr Version kDefaultV1 = Version::kV1_1;
inline constexpr Version kDefaultV2 = Version::kV2_5;

}  // namespace mesh::smcp
