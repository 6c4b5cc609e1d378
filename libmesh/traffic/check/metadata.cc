#include "libmesh/traffic/check/metadata.h"

#include "libmesh/schema/istio.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {
namespace {

constexpr const char* kDryRun = "istio.io/dry-run";
// Istio's own; whoever sets them could speak for other namespaces.
constexpr std::array kRefused = {"internal.istio.io/webhook-always-reject",
                                 "internal.istio.io/parent-namespace", "internal.istio.io/parents"};

// Policies that allow or deny can be tried; what their value says is told in xds/security/check.cc.
void check_dry_run(const kube::Object& object, Finder& finder) {
  using Action = security::AuthorizationPolicy_Action;
  if (!object.annotations.contains(kDryRun)) return;
  const std::string field = std::string("metadata.annotations[") + kDryRun + "]";
  if (object.key.kind != kube::Kind::kAuthorizationPolicy) {
    return finder.invalid(field, "is for AuthorizationPolicies only", "take it away");
  }
  const Action action = object.as<security::AuthorizationPolicy>().action;
  if (action == Action::ALLOW || action == Action::DENY) return;
  finder.invalid(field, "does not go with action " + std::string(enum_name(action)),
                 "take it away, or write ALLOW or DENY");
}

}  // namespace

Diagnostics check_metadata(const index::Snapshot& snapshot, const index::Tenant& tenant) {
  Diagnostics out;
  for (const std::string& ns : tenant.namespaces) {
    for (const kube::Kind kind : kMeshKinds) {
      for (const auto& [key, object] : snapshot.objects(kind).in_namespace(ns)) {
        if (object->synthesized || object->annotations.empty()) continue;
        Finder finder(*object, out);
        check_dry_run(*object, finder);
        for (const char* name : kRefused) {
          if (!object->annotations.contains(name)) continue;
          finder.invalid("metadata.annotations[" + std::string(name) + "]",
                         "is Istio's own, and refused on other objects", "take it away");
        }
      }
    }
  }
  return out;
}

}  // namespace mesh::traffic
