// The annotation sidecar.istio.io/status: what an injection put in (SidecarInjectionStatus in
// pkg/kube/inject/inject.go).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::injection {

struct InjectionStatus {
  std::vector<std::string> init_containers;
  std::vector<std::string> containers;
  std::vector<std::string> volumes;
  std::vector<std::string> image_pull_secrets;
  std::string revision;
};

// Of the pod's annotation; nothing when there is none or it cannot be read.
std::optional<InjectionStatus> read_status(const document::Value& pod);

// Of what the templates give together.
std::string status_text(const document::Value& template_pod, std::string_view revision);

// Only the names of what an overlay puts in: as much as status and overrides need to know of it.
document::Value names_of_overlay(const document::Value& overlay);

}  // namespace mesh::injection
