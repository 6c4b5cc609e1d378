// What a plan is made of: objects as they shall be, and the steps from what is there to them.
//
// A PlannedObject is a value that says what must hold and why. Its body is shared: the thousand
// copies of one NetworkPolicy differ only by namespace, so they point to one tree, and the
// namespace and name are put in when somebody asks for the document. Others of tenancy/ that know
// of objects (rolls, gateways, options) return lists of these; plan.h merges them and compares them
// with the snapshot.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/ids.h"

namespace mesh::tenancy {

// One reason: a field of an object of the input, and what follows from it.
struct Because {
  kube::ObjectKey object;  // "ServiceMeshMemberRoll istio-system/default"
  std::string field;       // "spec.members[2]", or empty for the object as a whole
  std::string reason;      // "names the namespace as a member"
  bool operator==(const Because&) const = default;
};
using BecausePtr = std::shared_ptr<const Because>;  // shared by the objects that have it in common
BecausePtr because(kube::ObjectKey object, std::string field, std::string reason);

// How much of an object is ours.
enum class Ownership : uint8_t {
  // All but status, and of the metadata the labels and annotations named: what the body has not is
  // taken away (subjects that somebody added to a copied RoleBinding).
  kWhole,
  // Only what the body names, as a JSON merge patch (RFC 7396) would set it: mappings are merged,
  // lists replaced, and a null says that the field must not be there.
  kFields,
  // Only that it is there: it is created with the body, and left alone afterwards.
  kExistence,
  // It must not be there.
  kAbsent,
};

// The order of a plan. Whoever leaves loses the policies before the label, and whoever joins gets
// the label before the policies, so that no namespace is cut off from itself in between.
enum class Phase : uint8_t {
  kLeavePolicies = 10,  // copied NetworkPolicies go, NetNamespaces are isolated again
  kLeaveAccess = 20,    // copied RoleBindings and NetworkAttachmentDefinitions go
  kLeaveLabel = 30,     // the namespace is nobody's
  kRecords = 40,        // ServiceMeshMemberRoll and ServiceMeshMember objects
  kLabels = 50,         // namespaces get the label of their mesh
  kAccess = 60,         // Roles, RoleBindings, NetworkAttachmentDefinitions, ServiceAccounts
  kPolicies = 70,       // NetworkPolicies, NetNamespaces joined
  kReleases = 80,       // charts and what they stand for, gateways, configuration of the mesh
  kLists = 90,          // Prometheus' and Kiali's member lists, CA bundles
  kPods = 100,          // labels on pods
  kPrune = 110,         // what is left of our own and no longer wanted
};
std::string_view phase_name(Phase phase);  // "leave-policies", …, as in JSON and tables
Phase default_phase(kube::Kind kind);      // of an object that is wanted

struct PlannedObject {
  kube::ObjectKey key;
  std::string api_version;
  // The object without apiVersion, kind, metadata.name and metadata.namespace; null for kAbsent.
  std::shared_ptr<const document::Value> body;
  Ownership ownership = Ownership::kWhole;
  Phase phase{};
  std::vector<BecausePtr> because;
  model::TenantId owner;  // the mesh that wants it; empty when no living mesh does (leftovers)

  // The whole object, as `kubectl apply` reads it. Nulls of kFields are left out.
  document::Value document() const;
};

// A planned object of a kind, with that kind's newest API version and default phase.
PlannedObject planned(kube::Kind kind, std::string ns, std::string name, document::Value body,
                      std::vector<BecausePtr> because, model::TenantId owner,
                      Ownership ownership = Ownership::kWhole);
// The same from a complete document (apiVersion, kind and metadata are taken out of it).
PlannedObject planned_document(kube::Kind kind, const document::Value& document,
                               std::vector<BecausePtr> because, model::TenantId owner,
                               Ownership ownership = Ownership::kWhole);
// An object that must not be there.
PlannedObject absent(kube::ObjectKey key, std::vector<BecausePtr> because, model::TenantId owner);

enum class Action : uint8_t { kCreate, kUpdate, kDelete };
std::string_view action_name(Action action);  // "create", "update", "delete"

// One field in which the object that is there differs from the planned one.
struct Difference {
  std::string path;           // "spec.ingress", "metadata.labels[maistra.io/member-of]"
  document::Value is;         // null when it is not there
  document::Value should_be;  // null when it must go
};

struct Step {
  Action action{};
  Phase phase{};
  size_t object = 0;         // index in the plan's objects
  kube::ObjectPtr existing;  // what an update starts from, what a delete removes, what is made anew
  std::vector<Difference> differences;  // of an update; and of a delete that a create follows
};

}  // namespace mesh::tenancy
