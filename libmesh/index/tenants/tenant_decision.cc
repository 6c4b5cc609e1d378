#include "libmesh/index/tenants/tenant_decision.h"

#include <algorithm>
#include <tuple>

#include "libmesh/base/codes.h"
#include "libmesh/index/tenants/exclusions.h"
#include "libmesh/index/tenants/membership.h"
#include "libmesh/index/tenants/tenant_checks.h"

namespace mesh::index {

using kube::Kind;
using kube::ObjectPtr;

bool is_being_deleted(const kube::Object& object) {
  const document::Value* metadata = object.document.find("metadata");
  const document::Value* time = metadata == nullptr ? nullptr : metadata->find("deletionTimestamp");
  return time != nullptr && !time->is_null();
}

bool is_made_by_roll(const kube::Object& member) {
  auto by = member.annotations.find(kCreatedBy);
  return by != member.annotations.end() && by->second == kMemberRollController;
}

namespace {

// How well the input shows that a mesh has the namespace; the smaller the better.
enum Evidence { kItsMember, kLabel, kStatus, kNothing };

// One wish for the namespace, with what decides between them.
struct Claim {
  const Tenant* tenant = nullptr;
  ObjectPtr by;  // the roll, the ServiceMeshMember, or a cluster-wide control plane
  Wish wish;
  Evidence evidence = kNothing;
  bool by_roll = false;
};

class Decider {
 public:
  Decider(const TenancyFacts& facts, const std::string& ns) : facts_(facts), ns_(ns) {
    const ObjectPtr* object = facts_.objects.get({Kind::kNamespace, "", ns});
    if (object != nullptr) namespace_ = object->get();
    const ObjectPtr* member = facts_.objects.get({Kind::kServiceMeshMember, ns, kOnlyName});
    if (member != nullptr) read_member(*member);
    // A namespace that is on its way out cannot be configured any more.
    exists_ =
        facts_.existing.contains(ns) && (namespace_ == nullptr || !is_being_deleted(*namespace_));
  }

  Decision decide() {
    if (facts_.planes.contains("")) {
      if (facts_.existing.contains(ns_)) out_.owner = facts_.planes.at("");
    } else if (auto own = facts_.planes.find(ns_); own != facts_.planes.end()) {
      out_.owner = own->second;
    }
    for (const Claim& claim : claims()) judge(claim);
    if (out_.owner == nullptr && !facts_.cluster_wide.empty() && facts_.existing.contains(ns_)) {
      out_.owner = facts_.planes.at(facts_.cluster_wide);
    }
    sort_and_dedupe(out_.found);
    return std::move(out_);
  }

 private:
  bool is_plane() const { return facts_.planes.contains(ns_); }

  const Tenant* referred() const {
    const auto& spec = member_->as<maistra::MemberSpec>();
    if (!spec.control_plane_ref) return nullptr;
    auto found = facts_.planes.find(spec.control_plane_ref->namespace_);
    if (found == facts_.planes.end() || found->second->implicit) return nullptr;
    return found->second->name == spec.control_plane_ref->name ? found->second : nullptr;
  }

  void read_member(const ObjectPtr& member) {
    member_ = member;
    member_of_ = referred();
    // One that a roll made follows the roll, and one that is going says nothing any more; both
    // still show who has the namespace.
    speaks_ = !is_made_by_roll(*member) && !is_being_deleted(*member);
    out_.found = check_member(member, member_of_ != nullptr);
    if (!member->as<maistra::MemberSpec>().control_plane_ref) speaks_ = false;
  }

  Evidence evidence(const Tenant& tenant, const Roll& roll) const {
    if (member_of_ == &tenant) return kItsMember;
    if (namespace_ != nullptr) {
      auto label = namespace_->labels.find(kMemberOf);
      if (label != namespace_->labels.end() && label->second == tenant.ns) return kLabel;
    }
    return roll.held().contains(ns_) ? kStatus : kNothing;
  }

  // The administrator of the mesh keeps it out (MeshOptions).
  bool is_kept_out_of(const Tenant& tenant) const {
    const auto& patterns = excluded_namespaces(facts_.objects.of(Kind::kMeshOptions), tenant.ns);
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches_exclusion(pattern, ns_); });
  }

  // Each mesh that wants it once, the one with the best right first.
  std::vector<Claim> claims() const {
    std::vector<Claim> out;
    const bool by_member = speaks_ && member_of_ != nullptr && !is_plane();
    if (by_member) {
      const document::Value* spec = member_->document.find("spec");
      const document::Value* ref = spec == nullptr ? nullptr : spec->find("controlPlaneRef");
      Wish wish{"ServiceMeshMember " + ns_ + "/" + kOnlyName,
                ref == nullptr ? document::Position() : ref->position, true};
      out.push_back({member_of_, member_, std::move(wish), kItsMember, false});
    }
    const Labels* labels = namespace_ == nullptr ? nullptr : &namespace_->labels;
    for (const std::string& plane : facts_.rolls.planes_for(ns_, labels)) {
      auto tenant = facts_.planes.find(plane);
      if (tenant == facts_.planes.end()) continue;
      if (by_member && tenant->second == member_of_) continue;
      const Roll& roll = *facts_.rolls.find(plane);
      std::optional<Wish> wish = roll.wish(ns_, labels);
      // What "*" and selectors say is not about namespaces that are no question at all.
      if (!wish) continue;
      if (!wish->literal && (is_plane() || !facts_.existing.contains(ns_))) continue;
      if (!wish->literal && is_kept_out_of(*tenant->second)) continue;
      Evidence shown = evidence(*tenant->second, roll);
      out.push_back({tenant->second, roll.object(), std::move(*wish), shown, true});
    }
    std::sort(out.begin(), out.end(), [](const Claim& a, const Claim& b) {
      if (a.by_roll != b.by_roll) return b.by_roll;
      if (a.evidence != b.evidence) return a.evidence < b.evidence;
      return older(a.by, b.by);
    });
    return out;
  }

  void judge(const Claim& claim) {
    if (is_plane()) {
      refuse(claim, "ControlPlaneNamespace",
             "namespace \"" + ns_ + "\" holds a control plane and cannot be a member",
             "take it away: a mesh has the namespace of its control plane anyway");
    } else if (claim.by_roll && is_reserved_namespace(ns_)) {
      refuse(claim, "Excluded",
             "namespace \"" + ns_ + "\" is of the cluster itself and cannot be a member",
             "take it away");
    } else if (is_kept_out_of(*claim.tenant)) {
      refuse(claim, "Excluded",
             "namespace \"" + ns_ + "\" is excluded by the MeshOptions of the mesh",
             "take it away, or change excludedNamespaces of the MeshOptions");
    } else if (out_.owner != nullptr) {
      refuse(claim, "BelongsToAnotherMesh",
             "namespace \"" + ns_ + "\" already belongs to another mesh",
             "take it away here or there: a namespace has one mesh", out_.owner->id);
    } else if (claim.by_roll && speaks_ && member_of_ != claim.tenant) {
      // The namespace's own word counts, be the control plane that it names there or not.
      refuse(claim, "ReferencesDifferentControlPlane",
             "ServiceMeshMember " + ns_ + "/default references another control plane",
             "take the namespace away here, or change the ServiceMeshMember");
    } else if (!exists_) {
      std::string message = "namespace \"" + ns_ + "\" does not exist";
      out_.found.push_back(tenancy_diagnostic(Severity::kInfo, Code::kMemberPending, claim.by,
                                              claim.wish.via, claim.wish.position, message,
                                              "create the namespace, or take it away"));
      list(claim, MemberState::kPending, "NamespaceNotExists", std::move(message));
    } else {
      list(claim, MemberState::kConfigured, "", "");
      out_.owner = claim.tenant;
    }
  }

  void list(const Claim& claim, MemberState state, std::string reason, std::string message,
            model::TenantId holder = {}) {
    out_.members.emplace_back(
        claim.tenant->ns, Member{ns_, state, std::move(reason), std::move(message), claim.wish.via,
                                 std::move(holder)});
  }

  void refuse(const Claim& claim, std::string reason, std::string message, std::string mend,
              model::TenantId holder = {}) {
    std::string field = claim.wish.via.substr(0, claim.wish.via.find(' '));
    out_.found.push_back(tenancy_diagnostic(Severity::kWarning, Code::kMemberRefused, claim.by,
                                            std::move(field), claim.wish.position, message,
                                            std::move(mend)));
    list(claim, MemberState::kRefused, std::move(reason), std::move(message), std::move(holder));
  }

  const TenancyFacts& facts_;
  const std::string& ns_;
  const kube::Object* namespace_ = nullptr;
  ObjectPtr member_;                   // its ServiceMeshMember "default"
  const Tenant* member_of_ = nullptr;  // that it names
  bool speaks_ = false;                // it is somebody's word, to which rolls give way
  bool exists_ = false;
  Decision out_;
};

}  // namespace

Decision decide(const TenancyFacts& facts, const std::string& ns) {
  return Decider(facts, ns).decide();
}

}  // namespace mesh::index
