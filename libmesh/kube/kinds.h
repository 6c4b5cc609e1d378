// The kinds that the mesh reads, and the API groups and versions under which they come.
//
// One table; the reader looks up (apiVersion, kind) in it. Kinds that a cluster is full of and that
// do not concern the mesh (Roles, HorizontalPodAutoscalers, …) are known by name, so that only a
// real surprise is reported as one.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "libmesh/kube/object.h"

namespace mesh::kube {

struct KindInfo {
  Kind kind;
  std::string_view name;                       // "VirtualService"
  std::string_view group;                      // "networking.istio.io"; empty for the core group
  std::span<const std::string_view> versions;  // accepted ones, newest first
  bool cluster_scoped = false;
};

// Every kind, in the order of the enum (kMeshConfig has no group and no version).
std::span<const KindInfo> kinds();
const KindInfo& kind_info(Kind kind);
// The kind of that name, whatever its group.
std::optional<Kind> kind_by_name(std::string_view name);

struct ApiVersion {
  std::string_view group;
  std::string_view version;
};
// "v1" -> {"", "v1"}; "apps/v1" -> {"apps", "v1"}.
ApiVersion split_api_version(std::string_view api_version);

// True for kinds outside the table that are common beside a mesh and never concern it.
bool is_unrelated_kind(std::string_view group, std::string_view kind);

}  // namespace mesh::kube
