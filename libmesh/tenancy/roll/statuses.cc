// The statuses of members and rolls, and all of them together.
#include <algorithm>
#include <set>
#include <utility>

#include "libmesh/index/tenants/membership.h"
#include "libmesh/index/tenants/tenant_decision.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/maistra.h"
#include "libmesh/tenancy/roll/lists.h"
#include "libmesh/tenancy/roll/records.h"
#include "libmesh/tenancy/roll/status.h"

namespace mesh::tenancy {

using document::Value;
using index::MemberState;
using index::Tenant;
using kube::Kind;
using kube::ObjectPtr;

namespace {

constexpr const char* kDefault = "default";

// A ServiceMeshMember that is there or that a roll makes.
struct MemberSubject {
  kube::ObjectKey key;
  std::string plane_ns;
  std::string plane_name;
  const kube::Object* object = nullptr;
};

// An error with the reason that it gives the conditions.
struct Trouble {
  std::string reason;
  std::string message;
};

std::optional<Trouble> failure_in(const std::string& ns, const StatusOptions& options) {
  for (const auto& [key, error] : options.failures) {
    const std::string& in = key.kind == Kind::kNamespace ? key.name : key.ns;
    if (in != ns) continue;
    if (key.kind == Kind::kServiceMeshMemberRoll) return Trouble{"CreateMemberRollFailed", error};
    return Trouble{"ErrorConfiguringNamespace", error};
  }
  return std::nullopt;
}

std::optional<Trouble> trouble_of(const index::Snapshot& snapshot, const MemberSubject& subject,
                                  const ControlPlaneStatus* plane, const StatusOptions& options) {
  if (subject.key.name != kDefault) {
    return Trouble{"InvalidName", "the ServiceMeshMember name is invalid; must be \"default\""};
  }
  if (plane == nullptr) {
    return Trouble{"ErrorControlPlaneMissing",
                   "the referenced ServiceMeshControlPlane object does not exist"};
  }
  const kube::ObjectKey roll{Kind::kServiceMeshMemberRoll, subject.plane_ns, kDefault};
  if (auto failed = options.failures.find(roll); failed != options.failures.end()) {
    return Trouble{"CreateMemberRollFailed", "Could not create ServiceMeshMemberRoll " +
                                                 subject.plane_ns + "/default: " + failed->second};
  }
  const std::string& ns = subject.key.ns;
  const Tenant* tenant = snapshot.tenants().find(plane->tenant);
  const index::Member* entry = tenant == nullptr ? nullptr : tenant->members.get(ns);
  if (entry == nullptr || entry->state == MemberState::kPending) {
    return Trouble{"ErrorConfiguringNamespace", "namespace is terminating"};
  }
  if (entry->state == MemberState::kRefused) {
    const bool taken = entry->reason == "BelongsToAnotherMesh";
    return Trouble{"ErrorConfiguringNamespace",
                   taken ? "cannot reconcile namespace " + ns + " in mesh " + subject.plane_ns +
                               ", as it is already a member of another mesh"
                         : entry->message};
  }
  return failure_in(ns, options);
}

MemberStatus member_status(const index::Snapshot& snapshot, const MemberSubject& subject,
                           const ControlPlaneStatus* plane, bool makes_the_roll,
                           const StatusOptions& options, std::vector<Event>& events) {
  MemberStatus out;
  out.key = subject.key;
  out.exists = subject.object != nullptr;
  if (plane != nullptr) out.tenant = plane->tenant;
  const Value* before = subject.object == nullptr ? nullptr : status_of(*subject.object);
  out.conditions = read_conditions(before);
  const Condition old = condition_of(out.conditions, "Reconciled");
  if (subject.object != nullptr) {
    out.observed_generation = number_at(subject.object->document, "metadata", "generation");
    out.mesh_generation = number_at(subject.object->document, "status", "meshGeneration");
    if (before != nullptr) out.mesh_reconciled_version = before->string_at("meshReconciledVersion");
  }
  std::optional<Trouble> trouble = trouble_of(snapshot, subject, plane, options);
  if (subject.key.name == kDefault) {
    out.annotations["controlPlaneRef"] = subject.plane_ns + "/" + subject.plane_name;
  }
  if (!trouble) {
    out.mesh_generation = plane->observed_generation;
    out.mesh_reconciled_version = plane->reconciled_version();
  }
  for (const char* type : {"Reconciled", "Ready"}) {
    set_condition(out.conditions,
                  {type, trouble ? "False" : "True", trouble ? trouble->reason : "",
                   trouble ? trouble->message : "", ""},
                  options.now);
  }
  if (!trouble && makes_the_roll) {
    events.push_back(
        {out.key, "Normal", "Reconciled", "Successfully created ServiceMeshMemberRoll"});
  }
  if (trouble && (!old.is_false() || old.message != trouble->message)) {
    events.push_back({out.key, "Warning", "FailedReconcile", trouble->message});
  }
  return out;
}

// Of the control planes of a namespace only the oldest counts.
bool counts(const ControlPlaneStatus& plane) {
  return plane.tenant.value == plane.key.ns + "/" + plane.key.name;
}

// ---- rolls ----------------------------------------------------------------------------------

class RollReporter {
 public:
  RollReporter(const index::Snapshot& snapshot, const StatusOptions& options, const Statuses& known)
      : snapshot_(snapshot), options_(options) {
    for (const ControlPlaneStatus& plane : known.control_planes) {
      if (counts(plane)) planes_[plane.key.ns] = &plane;
    }
    for (const MemberStatus& member : known.members) {
      if (member.key.name == kDefault) members_[member.key.ns] = &member;
    }
    for (const auto& [key, object] : snapshot.objects(Kind::kServiceMeshMember)) {
      const auto& ref = object->as<maistra::MemberSpec>().control_plane_ref;
      if (ref) members_of_[ref->namespace_].push_back(object);
    }
  }

  RollStatus report(const kube::ObjectKey& key, const kube::Object* roll) {
    RollStatus out;
    out.key = key;
    out.exists = roll != nullptr;
    if (roll != nullptr) {
      out.conditions = read_conditions(status_of(*roll));
      out.observed_generation = number_at(roll->document, "metadata", "generation");
      read_summaries(status_of(*roll));
    }
    if (key.name != kDefault) {
      ready(out, "False", "ErrInvalidName",
            "the ServiceMeshMemberRoll name is invalid; must be \"default\"");
    } else {
      const Tenant* tenant = snapshot_.tenants().of_namespace(key.ns);
      if (tenant != nullptr && (tenant->implicit || tenant->ns != key.ns)) tenant = nullptr;
      if (tenant == nullptr) {
        report_alone(out, roll);
      } else {
        report_mesh(out, *tenant);
      }
    }
    out.annotations["configuredMemberCount"] =
        std::to_string(out.configured_members.size()) + "/" + std::to_string(out.members.size());
    return out;
  }

 private:
  void ready(RollStatus& out, const char* status, const char* reason, std::string message) {
    set_condition(out.conditions, {"Ready", status, reason, std::move(message), ""}, options_.now);
  }

  // Without a control plane everybody whom the roll names waits.
  void report_alone(RollStatus& out, const kube::Object* roll) {
    std::set<std::string> members;
    if (roll != nullptr) {
      const auto& spec = roll->as<maistra::MemberRollSpec>();
      for (const std::string& ns : spec.members) {
        if (ns != "*") members.insert(ns);
      }
      if (index::matches_dynamically(spec)) {
        for (const auto& [key, ns] : snapshot_.objects(Kind::kNamespace)) {
          if (index::is_member(spec, out.key.ns, key.name, ns->labels)) members.insert(key.name);
        }
      }
    }
    for (const ObjectPtr& member : members_of_[out.key.ns]) {
      if (!index::is_made_by_roll(*member)) members.insert(member->key.ns);
    }
    members.erase(out.key.ns);
    out.members.assign(members.begin(), members.end());
    out.pending_members = out.members;
    for (const std::string& ns : out.members) out.member_statuses.push_back({ns, {}, ""});
    ready(out, "False", "ErrSMCPMissing", "No ServiceMeshControlPlane exists in the namespace");
  }

  void report_mesh(RollStatus& out, const Tenant& tenant) {
    out.tenant = tenant.id;
    const ControlPlaneStatus* plane = planes_.at(tenant.ns);
    out.mesh_generation = plane->observed_generation;
    out.mesh_reconciled_version = plane->reconciled_version();
    std::set<std::string> terminating;
    for (const ObjectPtr& member : members_of_[tenant.ns]) {
      if (is_deleting(*member) && member->key.ns != tenant.ns) terminating.insert(member->key.ns);
    }
    std::set<std::string> all = terminating;
    for (const index::Member& member : tenant.members) {
      if (member.ns != tenant.ns) all.insert(member.ns);
    }
    for (const std::string& ns : all) {
      out.members.push_back(ns);
      const index::Member* member = tenant.members.get(ns);
      MemberSummary summary = summarize(ns, member);
      const bool configured = condition_of(summary.conditions, "Reconciled").is_true();
      if (configured) out.configured_members.push_back(ns);
      if (terminating.contains(ns)) {
        out.terminating_members.push_back(ns);
      } else if (!configured) {
        out.pending_members.push_back(ns);
      }
      out.member_statuses.push_back(std::move(summary));
    }
    MeshLists lists;
    std::string problem;
    if (auto facts = read_facts(snapshot_, tenant, options_.plan, problem)) {
      lists = mesh_lists(snapshot_, tenant, *facts, options_.plan);
    }
    add_lists(out, lists);
    judge(out, tenant, lists);
  }

  // What the roll said of its members, for the times of transitions.
  void read_summaries(const Value* status) {
    before_.clear();
    const Value* list = status == nullptr ? nullptr : status->find("memberStatuses");
    if (list == nullptr || !list->is_list()) return;
    for (const Value& each : *list->if_list()) {
      before_[std::string(each.string_at("namespace"))] = read_conditions(&each);
    }
  }

  MemberSummary summarize(const std::string& ns, const index::Member* member) {
    MemberSummary out{ns, before_[ns], member == nullptr ? "" : member->holder.value};
    Condition condition{"Reconciled", "False", "", "", ""};
    if (member == nullptr || member->state == MemberState::kConfigured) {
      auto known = members_.find(ns);
      if (known == members_.end()) return out;
      condition = condition_of(known->second->conditions, "Reconciled");
      if (member == nullptr) condition = {"Reconciled", "False", "Terminating", "", ""};
    } else if (member->state == MemberState::kPending) {
      condition.reason = "NamespaceNotExists";
      condition.message = "Namespace " + ns + " does not exist";
    } else if (member->reason == "Excluded" || member->reason == "ControlPlaneNamespace") {
      condition.reason = member->reason;
      condition.message = member->message;
    } else {
      // By whom is not for the tenant to know; Maistra names the control plane.
      condition.reason = "ReferencesDifferentControlPlane";
      condition.message = "Namespace " + ns + " belongs to another ServiceMeshControlPlane";
    }
    set_condition(out.conditions, std::move(condition), options_.now);
    return out;
  }

  void add_lists(RollStatus& out, const MeshLists& lists) const {
    if (lists.kiali) out.annotations["kialiName"] = lists.kiali_name;
    if (!lists.prometheus) return;
    std::string names;
    for (const std::string& ns : out.configured_members) names += (names.empty() ? "" : ",") + ns;
    out.annotations["PrometheusScrapingMemebers"] = names;
  }

  void judge(RollStatus& out, const Tenant& tenant, const MeshLists& lists) {
    auto failed = [&](Kind kind, const std::string& name) {
      auto found = options_.failures.find({kind, tenant.ns, name});
      return found == options_.failures.end() ? std::string() : found->second;
    };
    const std::string kiali = failed(Kind::kKiali, lists.kiali_name);
    const std::string prometheus = failed(Kind::kConfigMap, "prometheus");
    if (!out.pending_members.empty()) {
      ready(out, "False", "ReconcileError",
            "The following namespaces are not yet configured: " + go_list(out.pending_members));
    } else if (!kiali.empty()) {
      ready(out, "False", "ReconcileError", "Kiali could not be configured: " + kiali);
    } else if (!prometheus.empty() || !lists.problem.empty()) {
      ready(out, "False", "ReconcileError",
            "Prometheus could not be configured: " +
                (prometheus.empty() ? lists.problem : prometheus));
    } else {
      ready(out, "True", "Configured", "All namespaces have been configured successfully");
    }
  }

  const index::Snapshot& snapshot_;
  const StatusOptions& options_;
  std::map<std::string, const ControlPlaneStatus*> planes_;  // the one that counts
  std::map<std::string, const MemberStatus*> members_;
  std::map<std::string, std::vector<ObjectPtr>> members_of_;
  std::map<std::string, Conditions> before_;  // of the roll in question, by member
};

// ---- all of them ----------------------------------------------------------------------------

std::vector<MemberSubject> member_subjects(const index::Snapshot& snapshot) {
  std::vector<MemberSubject> out;
  for (const auto& [key, object] : snapshot.objects(Kind::kServiceMeshMember)) {
    const auto& ref = object->as<maistra::MemberSpec>().control_plane_ref;
    if (!ref || is_obsolete(snapshot, *object)) continue;
    if (ref->namespace_ == key.ns || is_deleting(*object)) continue;  // nothing is said of these
    // One that a roll made follows whoever has the namespace now.
    if (index::is_made_by_roll(*object) && key.name == kDefault) continue;
    out.push_back({key, ref->namespace_, ref->name, object.get()});
  }
  for (const Tenant& tenant : snapshot.tenants().list) {
    if (tenant.implicit || is_deleting(*tenant.control_plane)) continue;
    for (const index::Member& member : tenant.members) {
      if (!roll_makes_member(snapshot, member)) continue;
      const kube::ObjectKey key{Kind::kServiceMeshMember, member.ns, kDefault};
      out.push_back({key, tenant.ns, tenant.name, snapshot.find(key).get()});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const MemberSubject& a, const MemberSubject& b) { return a.key < b.key; });
  return out;
}

void add_control_planes(const index::Snapshot& snapshot, const StatusOptions& options,
                        Statuses& out) {
  for (const auto& [key, object] : snapshot.objects(Kind::kServiceMeshControlPlane)) {
    out.control_planes.push_back(control_plane_status(snapshot, *object, options, out.events));
  }
}

void add_members(const index::Snapshot& snapshot, const StatusOptions& options, Statuses& out) {
  std::map<std::string, const ControlPlaneStatus*> planes;  // by "ns/name"; those that count
  for (const ControlPlaneStatus& plane : out.control_planes) {
    if (counts(plane)) planes[plane.tenant.value] = &plane;
  }
  std::set<std::string> makers;
  for (const MemberSubject& subject : member_subjects(snapshot)) {
    auto plane = planes.find(subject.plane_ns + "/" + subject.plane_name);
    const ControlPlaneStatus* found = plane == planes.end() ? nullptr : plane->second;
    // The first member of a mesh without a roll makes one.
    const Tenant* tenant = found == nullptr ? nullptr : snapshot.tenants().find(found->tenant);
    const bool first = tenant != nullptr && !tenant->cluster_wide &&
                       makes_roll(snapshot, *tenant) && makers.insert(tenant->ns).second;
    out.members.push_back(member_status(snapshot, subject, found, first, options, out.events));
  }
}

void add_rolls(const index::Snapshot& snapshot, const StatusOptions& options, Statuses& out) {
  RollReporter reporter(snapshot, options, out);
  for (const auto& [key, object] : snapshot.objects(Kind::kServiceMeshMemberRoll)) {
    if (is_deleting(*object) || is_obsolete_roll(snapshot, *object)) continue;
    out.rolls.push_back(reporter.report(key, object.get()));
  }
  for (const Tenant& tenant : snapshot.tenants().list) {
    if (tenant.implicit || !makes_roll(snapshot, tenant)) continue;
    out.rolls.push_back(
        reporter.report({Kind::kServiceMeshMemberRoll, tenant.ns, kDefault}, nullptr));
  }
  std::sort(out.rolls.begin(), out.rolls.end(),
            [](const RollStatus& a, const RollStatus& b) { return a.key < b.key; });
}

}  // namespace

bool Statuses::ready() const {
  auto all = [](const auto& list) {
    return std::all_of(list.begin(), list.end(), [](const auto& one) { return one.ready(); });
  };
  return all(control_planes) && all(rolls) && all(members);
}

Statuses statuses(const index::Snapshot& snapshot, const StatusOptions& options) {
  Statuses out;
  add_control_planes(snapshot, options, out);
  add_members(snapshot, options, out);
  add_rolls(snapshot, options, out);
  return out;
}

Statuses statuses_of(const index::Snapshot& snapshot, const model::TenantId& tenant,
                     const StatusOptions& options) {
  Statuses out = statuses(snapshot, options);
  auto keep = [&](auto& list) {
    std::erase_if(list, [&](const auto& one) { return one.tenant != tenant; });
  };
  keep(out.control_planes);
  keep(out.rolls);
  keep(out.members);
  for (RollStatus& roll : out.rolls) {
    for (MemberSummary& summary : roll.member_statuses) summary.holder.clear();
  }
  std::set<kube::ObjectKey> shown;
  for (const auto& one : out.control_planes) shown.insert(one.key);
  for (const auto& one : out.rolls) shown.insert(one.key);
  for (const auto& one : out.members) shown.insert(one.key);
  std::erase_if(out.events, [&](const Event& event) { return !shown.contains(event.object); });
  return out;
}

}  // namespace mesh::tenancy
