// Profiles: the defaults that a control plane is merged onto, by name.
//
// A profile is a ServiceMeshControlPlane (v1 or v2) that may list profiles itself. The user's own
// ones (the ConfigMap `smcp-templates`) come before the built-in ones of the version. The listed
// profiles are walked from last to first, each followed by its own list; a value that is there
// already wins, maps are merged key by key, everything else is taken whole. So what the user wrote
// wins over any profile, and a later name over an earlier one. No list at all is [default].
// Upstream: pkg/controller/versions/template.go. Deliberately different: a profile that comes back
// to itself is an error that shows the way (upstream recurses for ever), and an unknown name is
// answered with the names there are.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/smcp/versions.h"

namespace mesh::smcp {

// Images by the key that the operator's configuration has for them
// (olm.relatedImage.v<X>_<Y>.<key>: "pilot", "proxyv2", …).
using Images = std::map<std::string, std::string, std::less<>>;

struct ProfileSource {
  // The user's own, by name: whole objects of kind ServiceMeshControlPlane.
  std::map<std::string, document::Value, std::less<>> own;
  // What the built-in "default" is a copy of: maistra (community build) or servicemesh (product).
  std::string_view default_profile = "maistra";
  // Written over the profiles' images unless the user set global.tag or global.hub; a key that is
  // missing writes an empty text, as upstream. Without a value the profiles' images stay.
  std::optional<Images> images;
};

// What a control plane comes to with its profiles.
struct Effective {
  Version version = kDefaultV2;
  document::Value values;  // v1 spec: profiles, version, istio, threeScale (appliedValues)
  document::Value spec;    // the same as v2 (appliedSpec)
  std::vector<std::string> profiles;  // every profile that was merged, in that order
};

// `smcp` is a whole object, v1 or v2. A missing version is the default of its apiVersion. Errors: a
// spec that does not convert, a profile name with a '/', an unknown or unreadable profile, a cycle.
Result<Effective> apply_profiles(const document::Value& smcp, const ProfileSource& source);

// The names of the built-in profiles of a version, sorted.
std::vector<std::string_view> built_in_profiles(Version version);
// The object of one (not "default"), or nothing.
std::optional<document::Value> built_in_profile(Version version, std::string_view name);

// `input` under `base`: what base has (a null, too) stays.
void merge_values(document::Value& base, const document::Value& input);

}  // namespace mesh::smcp
