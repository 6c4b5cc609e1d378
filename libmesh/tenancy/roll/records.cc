#include "libmesh/tenancy/roll/records.h"

#include <algorithm>
#include <utility>

#include "libmesh/index/tenants/tenant_decision.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/maistra.h"
#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/facts.h"
#include "libmesh/tenancy/plan/member_plan.h"
#include "libmesh/tenancy/plan/names.h"

namespace mesh::tenancy {

using document::Value;
using index::kCreatedBy;
using index::kMemberController;
using index::kMemberRollController;
using index::MemberState;
using index::Tenant;
using kube::Kind;
using kube::ObjectPtr;

namespace {

constexpr const char* kDefault = "default";

bool is_living(const Tenant& tenant) {
  return !tenant.implicit && !is_deleting(*tenant.control_plane);
}

ObjectPtr member_object(const index::Snapshot& snapshot, const std::string& ns) {
  return snapshot.find({Kind::kServiceMeshMember, ns, kDefault});
}

ObjectPtr roll_of(const index::Snapshot& snapshot, const Tenant& tenant) {
  return snapshot.find({Kind::kServiceMeshMemberRoll, tenant.ns, kDefault});
}

Value created_by(const char* controller) {
  return body::map({{"annotations", body::map({{kCreatedBy, body::text(controller)}})}});
}

// One for all members of the mesh: they differ by their namespace alone.
PlannedObject member_of(const Tenant& tenant) {
  Value body = body::map(
      {{"metadata", created_by(kMemberRollController)},
       {"spec",
        body::map({{"controlPlaneRef", body::map({{"name", body::text(tenant.name)},
                                                  {"namespace", body::text(tenant.ns)}})}})}});
  return planned(Kind::kServiceMeshMember, "", kDefault, std::move(body), {}, tenant.id,
                 Ownership::kFields);
}

BecausePtr because_of(const index::Snapshot& snapshot, const Tenant& tenant,
                      const index::Member& member) {
  if (ObjectPtr roll = roll_of(snapshot, tenant)) {
    return because(roll->key, member.via, "names the namespace as a member");
  }
  return because(tenant.control_plane->key, "spec.mode", "takes in namespaces that are injected");
}

// The mesh of that namespace is not among those of the input.
bool is_unknown_mesh(const index::Snapshot& snapshot, const std::string& ns) {
  return !ns.empty() && tenant_in(snapshot, ns) == nullptr;
}

// The mesh that a ServiceMeshMember refers to is not among those of the input.
bool refers_elsewhere(const index::Snapshot& snapshot, const kube::Object& member) {
  const auto& ref = member.as<maistra::MemberSpec>().control_plane_ref;
  return ref && is_unknown_mesh(snapshot, ref->namespace_);
}

// A mesh that the input does not have has the namespace: its label or its member says so.
bool is_held_elsewhere(const index::Snapshot& snapshot, const std::string& ns) {
  ObjectPtr object = snapshot.find({Kind::kNamespace, "", ns});
  const std::string* label = object == nullptr ? nullptr : member_label(*object);
  if (label != nullptr && is_unknown_mesh(snapshot, *label)) return true;
  ObjectPtr member = member_object(snapshot, ns);
  return member != nullptr && refers_elsewhere(snapshot, *member);
}

void plan_members_of(const index::Snapshot& snapshot, const Tenant& tenant, const std::string* only,
                     bool partial, std::vector<PlannedObject>& out) {
  const PlannedObject one = member_of(tenant);
  auto add = [&](const index::Member& member) {
    if (!roll_makes_member(snapshot, member)) return;
    if (partial && is_held_elsewhere(snapshot, member.ns)) return;
    PlannedObject& object = out.emplace_back(one);
    object.key.ns = member.ns;
    object.because.push_back(because_of(snapshot, tenant, member));
  };
  if (only != nullptr) {
    if (const index::Member* member = tenant.members.get(*only)) add(*member);
    return;
  }
  for (const index::Member& member : tenant.members) add(member);
}

void plan_roll(const index::Snapshot& snapshot, const Tenant& tenant,
               std::vector<PlannedObject>& out) {
  if (!makes_roll(snapshot, tenant)) return;
  Value body{document::Map()};
  BecausePtr why;
  if (tenant.cluster_wide) {
    if (!tenant.control_plane->uid.empty()) {
      body.set("metadata",
               body::map({{"ownerReferences",
                           body::list({body::map({{"apiVersion", body::text("maistra.io/v2")},
                                                  {"kind", body::text("ServiceMeshControlPlane")},
                                                  {"name", body::text(tenant.name)},
                                                  {"uid", body::text(tenant.control_plane->uid)},
                                                  {"controller", Value(true)}})})}}));
    }
    body.set(
        "spec",
        body::map(
            {{"memberSelectors",
              body::list({body::map(
                  {{"matchLabels", body::map({{"istio-injection", body::text("enabled")}})}})})}}));
    why = because(tenant.control_plane->key, "spec.mode", "takes in namespaces that are injected");
  } else {
    body.set("metadata", created_by(kMemberController));
    body.set("spec", Value(document::Map()));
    why = because(tenant.control_plane->key, "", "has a ServiceMeshMember and no member roll");
  }
  out.push_back(planned(Kind::kServiceMeshMemberRoll, tenant.ns, kDefault, std::move(body), {why},
                        tenant.id, Ownership::kExistence));
}

// Objects that are on their way out and wait for Maistra's finalizer.
void plan_release(const ObjectPtr& object, std::vector<PlannedObject>& out) {
  const Value* metadata = object->document.find("metadata");
  const Value* list = metadata == nullptr ? nullptr : metadata->find("finalizers");
  if (list == nullptr || !list->is_list() || !is_deleting(*object)) return;
  document::List rest;
  for (const Value& each : *list->if_list()) {
    if (each.if_string() == nullptr || *each.if_string() != names::kFinalizer) rest.push_back(each);
  }
  if (rest.size() == list->if_list()->size()) return;
  PlannedObject& planned_object = out.emplace_back(
      planned(object->key.kind, object->key.ns, object->key.name,
              body::map({{"metadata", body::map({{"finalizers", Value(std::move(rest))}})}}),
              {because(object->key, "metadata.deletionTimestamp", "is being deleted")}, {},
              Ownership::kFields));
  planned_object.phase = Phase::kPrune;
}

void plan_leftover(const index::Snapshot& snapshot, const ObjectPtr& object, bool partial,
                   std::vector<PlannedObject>& out) {
  const bool roll = object->key.kind == Kind::kServiceMeshMemberRoll;
  if (partial &&
      (roll ? is_unknown_mesh(snapshot, object->key.ns) : refers_elsewhere(snapshot, *object))) {
    return;
  }
  const bool obsolete = roll ? is_obsolete_roll(snapshot, *object) : is_obsolete(snapshot, *object);
  if (obsolete) {
    const char* reason = roll ? "the last ServiceMeshMember is gone" : "no member roll wants it";
    out.push_back(absent(object->key, {because(object->key, "metadata.annotations", reason)}, {}));
  } else {
    plan_release(object, out);
  }
}

}  // namespace

const Tenant* referred_tenant(const index::Snapshot& snapshot, const kube::Object& member) {
  const auto& ref = member.as<maistra::MemberSpec>().control_plane_ref;
  if (!ref) return nullptr;
  const Tenant* tenant = snapshot.tenants().find({ref->namespace_ + "/" + ref->name});
  return tenant != nullptr && is_living(*tenant) ? tenant : nullptr;
}

bool roll_makes_member(const index::Snapshot& snapshot, const index::Member& member) {
  if (member.state != MemberState::kConfigured) return false;
  ObjectPtr object = member_object(snapshot, member.ns);
  if (object == nullptr) return true;
  return index::is_made_by_roll(*object) && !is_deleting(*object);
}

bool is_obsolete(const index::Snapshot& snapshot, const kube::Object& member) {
  if (!index::is_made_by_roll(member) || is_deleting(member)) return false;
  const Tenant* tenant = snapshot.tenants().of_namespace(member.key.ns);
  if (tenant == nullptr || !is_living(*tenant) || member.key.name != kDefault) return true;
  const index::Member* entry = tenant->members.get(member.key.ns);
  return entry == nullptr || entry->state != MemberState::kConfigured;
}

bool makes_roll(const index::Snapshot& snapshot, const Tenant& tenant) {
  if (!is_living(tenant) || roll_of(snapshot, tenant) != nullptr) return false;
  if (tenant.cluster_wide) return true;
  // Without a roll whoever is named here is so by a ServiceMeshMember.
  return !tenant.members.empty();
}

bool is_obsolete_roll(const index::Snapshot& snapshot, const kube::Object& roll) {
  auto by = roll.annotations.find(kCreatedBy);
  if (by == roll.annotations.end() || by->second != kMemberController) return false;
  const auto& spec = roll.as<maistra::MemberRollSpec>();
  if (!spec.members.empty() || !spec.member_selectors.empty() || is_deleting(roll)) return false;
  const auto& members = snapshot.objects(Kind::kServiceMeshMember);
  return std::none_of(members.begin(), members.end(), [&](const auto& entry) {
    const auto& ref = entry.second->template as<maistra::MemberSpec>().control_plane_ref;
    return ref && ref->namespace_ == roll.key.ns && !is_deleting(*entry.second);
  });
}

void plan_records(const index::Snapshot& snapshot, const std::string* ns,
                  std::vector<PlannedObject>& out, bool partial) {
  for (const Tenant& tenant : snapshot.tenants().list) {
    if (!is_living(tenant)) continue;
    if (ns == nullptr || *ns == tenant.ns) plan_roll(snapshot, tenant, out);
    plan_members_of(snapshot, tenant, ns, partial, out);
  }
  for (Kind kind : {Kind::kServiceMeshMember, Kind::kServiceMeshMemberRoll}) {
    const index::ObjectMap& objects = snapshot.objects(kind);
    if (ns == nullptr) {
      for (const auto& [key, object] : objects) plan_leftover(snapshot, object, partial, out);
    } else {
      for (const auto& [key, object] : objects.in_namespace(*ns)) {
        plan_leftover(snapshot, object, partial, out);
      }
    }
  }
}

}  // namespace mesh::tenancy
