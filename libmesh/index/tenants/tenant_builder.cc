#include "libmesh/index/tenants/tenant_builder.h"

#include <algorithm>
#include <utility>

#include "libmesh/index/tenants/tenant_checks.h"

namespace mesh::index {

using kube::Kind;
using kube::ObjectKey;
using kube::ObjectPtr;

namespace {

// Maistra 2.3 has the mode in the technology preview.
bool is_cluster_wide(const maistra::ControlPlaneSpec& spec) {
  return spec.mode.value_or("") == "ClusterWide" ||
         spec.tech_preview.string_at("controlPlaneMode") == "ClusterScoped";
}

const Labels& labels_of(const ObjectPtr& object) {
  static const Labels kNone;
  return object == nullptr ? kNone : object->labels;
}

// The control plane's namespace that a ServiceMeshMember speaks of.
std::string reference_of(const ObjectPtr& member) {
  if (member == nullptr) return {};
  const auto& spec = member->as<maistra::MemberSpec>();
  return spec.control_plane_ref ? spec.control_plane_ref->namespace_ : std::string();
}

const ObjectKey& key_of(const ObjectPtr& before, const ObjectPtr& after) {
  return (after == nullptr ? before : after)->key;
}

}  // namespace

std::set<std::string> TenantBuilder::update(const Objects& now,
                                            const std::set<std::string>& existing,
                                            const std::set<std::string>& moved) {
  existing_ = &existing;
  undecided_ = moved;
  stale_rolls_.clear();
  differing_.clear();
  note_namespaces(now);
  note_members(now);
  note_planes(now);
  note_rolls(now);
  if (everything_) {
    undecided_.insert(existing.begin(), existing.end());
    for (const auto& [ns, planes] : entries_of_) undecided_.insert(ns);
    everything_ = false;
  }
  const TenancyFacts facts{now, existing, planes_, rolls_, cluster_wide_};
  for (const std::string& ns : undecided_) apply(ns, decide(facts, ns));
  seen_ = now;
  publish();
  return std::move(differing_);
}

void TenantBuilder::publish() {
  for (auto& [ns, record] : records_) {
    if (!record.touched) continue;
    record.touched = false;
    current_.list.set(std::make_shared<const Tenant>(record.tenant));
  }
  tenants_ = std::make_shared<const Tenants>(current_);
}

// ---- what changed, as namespaces that are undecided -----------------------------------------

void TenantBuilder::note_namespaces(const Objects& now) {
  ObjectMap::difference(seen_.of(Kind::kNamespace), now.of(Kind::kNamespace),
                        [&](const ObjectPtr& old, const ObjectPtr& object) {
                          const std::string& ns = key_of(old, object).name;
                          labels_.set(ns, labels_of(old), labels_of(object));
                          undecided_.insert(ns);
                        });
}

void TenantBuilder::note_members(const Objects& now) {
  ObjectMap::difference(
      seen_.of(Kind::kServiceMeshMember), now.of(Kind::kServiceMeshMember),
      [&](const ObjectPtr& old, const ObjectPtr& object) {
        const ObjectKey& key = key_of(old, object);
        if (key.name != kOnlyName) {
          say(to_string(key), object == nullptr ? Diagnostics() : Diagnostics{wrong_name(object)});
          return;
        }
        members_of_[reference_of(old)].erase(key.ns);
        if (object != nullptr) members_of_[reference_of(object)].insert(key.ns);
        undecided_.insert(key.ns);
      });
}

void TenantBuilder::note_planes(const Objects& now) {
  std::set<std::string> changed;
  ObjectMap::difference(seen_.of(Kind::kServiceMeshControlPlane),
                        now.of(Kind::kServiceMeshControlPlane),
                        [&](const ObjectPtr& old, const ObjectPtr& object) {
                          changed.insert(key_of(old, object).ns);
                        });
  for (const std::string& ns : changed) note_plane(ns, now);
  choose_implicit();
  if (!changed.empty()) choose_cluster_wide();
  // Exclusions change who may be in.
  ObjectMap::difference(seen_.of(Kind::kMeshOptions), now.of(Kind::kMeshOptions),
                        [&](const ObjectPtr& old, const ObjectPtr& object) {
                          const std::string& ns = key_of(old, object).ns;
                          if (records_.contains(ns)) decide_all_of(ns);
                        });
}

void TenantBuilder::note_plane(const std::string& ns, const Objects& now) {
  std::vector<ObjectPtr> all;
  for (const auto& [key, object] : now.of(Kind::kServiceMeshControlPlane).in_namespace(ns)) {
    all.push_back(object);
  }
  // One control plane per namespace: the oldest. (Maistra's roll stops when there are two, which
  // would let a tenant switch itself off.)
  std::sort(all.begin(), all.end(), older);
  say("control planes of " + ns, second_control_planes(all));
  stale_rolls_.insert(ns);

  Record& record = records_[ns];
  Tenant& tenant = record.tenant;
  const ObjectPtr before = tenant.control_plane;
  const ObjectPtr first = all.empty() ? nullptr : all.front();
  // What it says of injection may be another thing now.
  differing_.insert(tenant.namespaces.begin(), tenant.namespaces.end());
  if (before == nullptr || first == nullptr || before->key != first->key ||
      before->creation_time != first->creation_time) {
    if (before != nullptr) current_.list.erase(tenant.id);
    decide_all_of(ns);
  }
  if (first == nullptr) {
    records_.erase(ns);
    planes_.erase(ns);
    return;
  }
  const auto& spec = first->as<maistra::ControlPlaneSpec>();
  tenant.id.value = ns + "/" + first->key.name;
  tenant.ns = ns;
  tenant.name = first->key.name;
  tenant.version = spec.version.value_or("");
  tenant.cluster_wide = is_cluster_wide(spec);
  tenant.control_plane = first;
  record.touched = true;
  planes_[ns] = &tenant;
}

// Without any control plane there is one mesh, which has everything.
void TenantBuilder::choose_implicit() {
  const bool was = records_.contains("");
  const bool is = records_.size() == (was ? 1 : 0);
  if (was == is) return;
  everything_ = true;
  if (is) {
    records_[""].tenant.implicit = true;
    planes_[""] = &records_[""].tenant;
  } else {
    current_.list.erase(records_[""].tenant.id);
    records_.erase("");
    planes_.erase("");
  }
}

// One cluster-wide control plane, the oldest, has what nobody else has.
void TenantBuilder::choose_cluster_wide() {
  const Tenant* first = nullptr;
  for (const auto& [ns, tenant] : planes_) {
    if (!tenant->cluster_wide) continue;
    if (first == nullptr || older(tenant->control_plane, first->control_plane)) first = tenant;
  }
  std::string chosen = first == nullptr ? std::string() : first->ns;
  if (chosen == cluster_wide_) return;
  cluster_wide_ = std::move(chosen);
  undecided_.insert(existing_->begin(), existing_->end());
}

void TenantBuilder::note_rolls(const Objects& now) {
  ObjectMap::difference(
      seen_.of(Kind::kServiceMeshMemberRoll), now.of(Kind::kServiceMeshMemberRoll),
      [&](const ObjectPtr& old, const ObjectPtr& object) {
        const ObjectKey& key = key_of(old, object);
        if (key.name == kOnlyName) {
          stale_rolls_.insert(key.ns);
        } else {
          say(to_string(key), object == nullptr ? Diagnostics() : Diagnostics{wrong_name(object)});
        }
      });
  for (const std::string& plane : stale_rolls_) refresh_roll(plane, now);
}

void TenantBuilder::refresh_roll(const std::string& plane, const Objects& now) {
  const ObjectKey key{Kind::kServiceMeshMemberRoll, plane, kOnlyName};
  const ObjectPtr* object = now.get(key);
  const auto tenant = planes_.find(plane);
  const bool has_plane = tenant != planes_.end();
  say(to_string(key), object == nullptr ? Diagnostics() : check_roll(*object, has_plane));

  std::optional<Roll> roll;
  if (object != nullptr && !is_being_deleted(**object)) {
    roll = Roll(*object);
  } else if (object == nullptr && has_plane && tenant->second->cluster_wide) {
    roll = Roll::implied(tenant->second->control_plane);
  }
  const Roll* before = rolls_.find(plane);
  if (before != nullptr && roll) {
    decide_differences(*before, *roll);
  } else {
    decide_wanted_by(before);
    decide_wanted_by(roll ? &*roll : nullptr);
  }
  if (roll) {
    rolls_.set(plane, std::move(*roll));
  } else {
    rolls_.erase(plane);
  }
}

// Everything that has an answer because of the plane, or gets one.
void TenantBuilder::decide_all_of(const std::string& plane) {
  undecided_.insert(plane);
  const Tenant& tenant = records_[plane].tenant;
  for (const Member& member : tenant.members) undecided_.insert(member.ns);
  undecided_.insert(tenant.namespaces.begin(), tenant.namespaces.end());
  decide_wanted_by(rolls_.find(plane));
  if (auto members = members_of_.find(plane); members != members_of_.end()) {
    undecided_.insert(members->second.begin(), members->second.end());
  }
}

void TenantBuilder::decide_wanted_by(const Roll* roll) {
  if (roll == nullptr) return;
  for (const auto& [ns, place] : roll->names()) undecided_.insert(ns);
  labels_.add_selected(*roll, *existing_, undecided_);
}

void TenantBuilder::decide_differences(const Roll& before, const Roll& after) {
  const ObjectPtr& old = before.object();
  const ObjectPtr& now = after.object();
  if (old->key != now->key || old->creation_time != now->creation_time || old->file != now->file) {
    decide_wanted_by(&before);
    decide_wanted_by(&after);
    return;
  }
  auto place = [](const Roll& roll, const std::string& ns) {
    auto found = roll.names().find(ns);
    if (found == roll.names().end()) return std::pair(size_t(0), document::Position{});
    return std::pair(found->second + 1, roll.member_positions()[found->second]);
  };
  for (const Roll* roll : {&before, &after}) {
    for (const auto& [ns, at] : roll->names()) {
      if (place(before, ns) != place(after, ns)) undecided_.insert(ns);
    }
  }
  if (before.wildcard() != after.wildcard() ||
      (before.wildcard() && before.member_positions() != after.member_positions())) {
    undecided_.insert(existing_->begin(), existing_->end());
  }
  if (before.spec().member_selectors != after.spec().member_selectors ||
      before.selector_positions() != after.selector_positions()) {
    labels_.add_selected(before, *existing_, undecided_);
    labels_.add_selected(after, *existing_, undecided_);
  }
  std::set_symmetric_difference(before.held().begin(), before.held().end(), after.held().begin(),
                                after.held().end(), std::inserter(undecided_, undecided_.end()));
}

// ---- decisions ------------------------------------------------------------------------------

Tenant* TenantBuilder::edit(const std::string& plane) {
  auto found = records_.find(plane);
  if (found == records_.end()) return nullptr;
  found->second.touched = true;
  return &found->second.tenant;
}

void TenantBuilder::say(std::string cause, Diagnostics found) {
  const Said* before = current_.said.get(cause);
  if (found.empty()) {
    if (before != nullptr) current_.said.erase(cause);
  } else if (before == nullptr || before->found != found) {
    current_.said.set({std::move(cause), std::move(found)});
  }
}

void TenantBuilder::apply(const std::string& ns, Decision decision) {
  apply_members(ns, std::move(decision.members));
  apply_owner(ns, decision.owner);
  say("namespace " + ns, std::move(decision.found));
}

void TenantBuilder::apply_members(const std::string& ns,
                                  std::vector<std::pair<std::string, Member>> members) {
  std::vector<std::string> listed;
  for (auto& [plane, member] : members) {
    listed.push_back(plane);
    const Member* before = records_.at(plane).tenant.members.get(ns);
    if (before != nullptr && *before == member) continue;
    differing_.insert(ns);
    edit(plane)->members.set(std::move(member));
  }
  auto known = entries_of_.find(ns);
  if (known != entries_of_.end()) {
    for (const std::string& plane : known->second) {
      if (std::find(listed.begin(), listed.end(), plane) != listed.end()) continue;
      differing_.insert(ns);
      if (Tenant* tenant = edit(plane)) tenant->members.erase(ns);
    }
  }
  if (!listed.empty()) {
    entries_of_[ns] = std::move(listed);
  } else if (known != entries_of_.end()) {
    entries_of_.erase(known);
  }
}

void TenantBuilder::apply_owner(const std::string& ns, const Tenant* owner) {
  const Owned* before = current_.by_namespace.get(ns);
  const bool was = before != nullptr;
  const std::string& id = was ? before->tenant.value : std::string();
  const std::string plane = id.substr(0, id.find('/'));
  if (was && (owner == nullptr || owner->ns != plane)) {
    if (Tenant* tenant = edit(plane)) tenant->namespaces.erase(ns);
  }
  if (owner != nullptr && !owner->namespaces.contains(ns)) edit(owner->ns)->namespaces.set(ns);
  if (was ? owner != nullptr && owner->id == before->tenant : owner == nullptr) return;
  differing_.insert(ns);
  if (owner == nullptr) {
    current_.by_namespace.erase(ns);
  } else {
    current_.by_namespace.set({ns, owner->id});
  }
}

Tenants build_tenants(const Objects& objects, const std::set<std::string>& namespaces) {
  TenantBuilder builder;
  builder.update(objects, namespaces, {});
  return *builder.tenants();
}

}  // namespace mesh::index
