// Multi-tenant or cluster-wide: where a version takes the word for it, and that one cluster-wide
// control plane excludes all others.
#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kPreviewMode = "techPreview.controlPlaneMode";

// The preview's text, or nullptr when it is not given or no text.
const std::string* preview_mode(const Value& spec) {
  const Value* mode = at(spec, kPreviewMode);
  return mode == nullptr ? nullptr : mode->if_string();
}

void check_no_mesh_config(const Checked& checked, Messages& out) {
  if (at(checked.spec, "meshConfig") != nullptr) {
    out.emplace_back("the spec.meshConfig field is only supported in version 2.4 and above");
  }
}

void check_no_discovery_selectors(const Checked& checked, Messages& out) {
  if (at(checked.spec, "meshConfig.discoverySelectors") != nullptr) {
    out.emplace_back(
        "the spec.meshConfig.discoverySelectors field is only supported in version 2.4 and above");
  }
}

}  // namespace

Result<bool> cluster_wide(const Value& spec, Version version) {
  switch (facts(version).mode) {
    case ModeField::kNone:
      return false;
    case ModeField::kTechPreview: {
      const Value* mode = at(spec, kPreviewMode);
      if (mode == nullptr) return false;
      if (const std::string* text = mode->if_string()) return *text == "ClusterScoped";
      return Error{ErrorCode::kInvalidArgument,
                   "controlPlaneMode accessor error: " + go_text(*mode) + " is of the type " +
                       std::string(go_type(*mode)) + ", expected string"};
    }
    case ModeField::kFixed:
    case ModeField::kMutable:
      return text_at(spec, "mode") == "ClusterWide";
  }
  return false;
}

void check_no_mode(const Checked& checked, Messages& out) {
  if (!text_at(checked.spec, "mode").empty()) {
    out.emplace_back("the spec.mode field is only supported in version 2.4 and above");
  } else if (preview_mode(checked.spec) != nullptr) {
    out.emplace_back(
        "the spec.techPreview.controlPlaneMode field is only supported in version 2.3");
  }
  check_no_discovery_selectors(checked, out);
  check_no_mesh_config(checked, out);
}

void check_mode_of_v2_3(const Checked& checked, Messages& out) {
  const std::string* preview = preview_mode(checked.spec);
  if (!text_at(checked.spec, "mode").empty()) {
    out.emplace_back(
        "the spec.mode field is not supported in version 2.3; use "
        "spec.techPreview.controlPlaneMode");
  } else if (preview != nullptr && *preview != "ClusterScoped" && *preview != "MultiTenant") {
    out.emplace_back(
        "spec.techPreview.controlPlaneMode must be either MultiTenant or ClusterScoped");
  }
  check_no_mesh_config(checked, out);
  check_no_discovery_selectors(checked, out);
}

void check_mode(const Checked& checked, Messages& out) {
  const std::string_view mode = text_at(checked.spec, "mode");
  // These two end the operator's look at the mode: what follows from it is not known then.
  if (!mode.empty() && mode != "ClusterWide" && mode != "MultiTenant") {
    out.emplace_back("spec.mode must be either MultiTenant or ClusterWide");
    return;
  }
  if (mode.empty() && preview_mode(checked.spec) != nullptr) {
    out.emplace_back(
        "the spec.techPreview.controlPlaneMode field is not supported in version 2.4+; use "
        "spec.mode");
    return;
  }
  if (mode != "ClusterWide" && at(checked.spec, "meshConfig.discoverySelectors") != nullptr) {
    out.emplace_back(
        "spec.meshConfig.discoverySelectors may only be used when spec.mode is ClusterWide");
  }
  check_only_cluster_wide(checked, out);
}

// The others are read as this one's version reads them, so a v2.3 control plane does not see that a
// later one is cluster-wide (validateGlobal in util.go).
void check_only_cluster_wide(const Checked& checked, Messages& out) {
  const Result<bool> wide = cluster_wide(checked.spec, checked.version);
  if (!wide) {
    out.push_back(wide.error().message);
    return;
  }
  if (*wide) {
    if (!checked.neighbours.control_planes.empty()) {
      out.emplace_back("a cluster-scoped SMCP may only be created when no other SMCPs exist");
    }
    return;
  }
  for (const Value* other : checked.neighbours.control_planes) {
    const Value* spec = other->find("spec");
    if (spec == nullptr) continue;
    const Result<bool> other_wide = cluster_wide(*spec, checked.version);
    if (other_wide && !*other_wide) continue;
    out.push_back(other_wide ? "no other SMCPs may be created when a cluster-scoped SMCP exists"
                             : other_wide.error().message);
    return;
  }
}

}  // namespace mesh::smcp
