#include "libmesh/tenancy/plan/planned.h"

#include <utility>

#include "libmesh/kube/kinds.h"

namespace mesh::tenancy {
namespace {

using document::Map;
using document::Member;
using document::Value;

// The members of a mapping that are not null, in their order, and theirs in turn.
Value without_nulls(const Value& value) {
  const Map* map = value.if_map();
  if (map == nullptr) return value;
  Map out;
  out.reserve(map->size());
  for (const Member& member : *map) {
    if (member.value.is_null()) continue;
    out.push_back({member.key, without_nulls(member.value), {}});
  }
  return Value(std::move(out));
}

std::string api_version_of(kube::Kind kind) {
  const kube::KindInfo& info = kube::kind_info(kind);
  std::string_view version = info.versions.empty() ? "v1" : info.versions.front();
  if (info.group.empty()) return std::string(version);
  return std::string(info.group).append("/").append(version);
}

// metadata with the name and the namespace first, as people write it.
Value metadata_of(const kube::ObjectKey& key, const Value* from) {
  Map out;
  if (!key.ns.empty()) out.push_back({"namespace", Value(key.ns), {}});
  out.push_back({"name", Value(key.name), {}});
  if (const Map* map = from == nullptr ? nullptr : from->if_map()) {
    for (const Member& member : *map) {
      if (!member.value.is_null()) out.push_back({member.key, without_nulls(member.value), {}});
    }
  }
  return Value(std::move(out));
}

}  // namespace

BecausePtr because(kube::ObjectKey object, std::string field, std::string reason) {
  return std::make_shared<const Because>(
      Because{std::move(object), std::move(field), std::move(reason)});
}

std::string_view phase_name(Phase phase) {
  switch (phase) {
    case Phase::kLeavePolicies:
      return "leave-policies";
    case Phase::kLeaveAccess:
      return "leave-access";
    case Phase::kLeaveLabel:
      return "leave-label";
    case Phase::kRecords:
      return "records";
    case Phase::kLabels:
      return "labels";
    case Phase::kAccess:
      return "access";
    case Phase::kPolicies:
      return "policies";
    case Phase::kReleases:
      return "releases";
    case Phase::kLists:
      return "lists";
    case Phase::kPods:
      return "pods";
    case Phase::kPrune:
      return "prune";
  }
  return "";
}

Phase default_phase(kube::Kind kind) {
  using kube::Kind;
  static const std::vector<std::pair<Kind, Phase>> kPhases = {
      {Kind::kServiceMeshMemberRoll, Phase::kRecords},
      {Kind::kServiceMeshMember, Phase::kRecords},
      {Kind::kNamespace, Phase::kLabels},
      {Kind::kServiceAccount, Phase::kAccess},
      {Kind::kRole, Phase::kAccess},
      {Kind::kRoleBinding, Phase::kAccess},
      {Kind::kClusterRole, Phase::kAccess},
      {Kind::kClusterRoleBinding, Phase::kAccess},
      {Kind::kNetworkAttachmentDefinition, Phase::kAccess},
      {Kind::kNetworkPolicy, Phase::kPolicies},
      {Kind::kNetNamespace, Phase::kPolicies},
      {Kind::kConfigMap, Phase::kLists},
      {Kind::kKiali, Phase::kLists},
      {Kind::kMutatingWebhookConfiguration, Phase::kLists},
      {Kind::kValidatingWebhookConfiguration, Phase::kLists},
      {Kind::kPod, Phase::kPods},
  };
  for (const auto& [of, phase] : kPhases) {
    if (of == kind) return phase;
  }
  return Phase::kReleases;
}

Value PlannedObject::document() const {
  bool patch = ownership == Ownership::kFields;
  Map out;
  out.push_back({"apiVersion", Value(api_version), {}});
  out.push_back({"kind", Value(kube::kind_name(key.kind)), {}});
  out.push_back({"metadata", metadata_of(key, body ? body->find("metadata") : nullptr), {}});
  if (const Map* map = body ? body->if_map() : nullptr) {
    for (const Member& member : *map) {
      if (member.key == "metadata" || member.value.is_null()) continue;
      out.push_back({member.key, patch ? without_nulls(member.value) : member.value, {}});
    }
  }
  return Value(std::move(out));
}

PlannedObject planned(kube::Kind kind, std::string ns, std::string name, Value body,
                      std::vector<BecausePtr> because, model::TenantId owner, Ownership ownership) {
  PlannedObject out;
  out.key = {kind, std::move(ns), std::move(name)};
  out.api_version = api_version_of(kind);
  out.body = std::make_shared<const Value>(std::move(body));
  out.ownership = ownership;
  out.phase = default_phase(kind);
  out.because = std::move(because);
  out.owner = std::move(owner);
  return out;
}

PlannedObject planned_document(kube::Kind kind, const Value& document,
                               std::vector<BecausePtr> because, model::TenantId owner,
                               Ownership ownership) {
  Value body = document;
  std::string ns;
  std::string name;
  if (Value* metadata = body.find("metadata")) {
    ns = metadata->string_at("namespace");
    name = metadata->string_at("name");
    metadata->erase("namespace");
    metadata->erase("name");
  }
  std::string api_version(body.string_at("apiVersion"));
  body.erase("apiVersion");
  body.erase("kind");
  PlannedObject out = planned(kind, std::move(ns), std::move(name), std::move(body),
                              std::move(because), std::move(owner), ownership);
  if (!api_version.empty()) out.api_version = std::move(api_version);
  return out;
}

PlannedObject absent(kube::ObjectKey key, std::vector<BecausePtr> because, model::TenantId owner) {
  PlannedObject out;
  out.api_version = api_version_of(key.kind);
  out.key = std::move(key);
  out.ownership = Ownership::kAbsent;
  out.phase = Phase::kPrune;
  out.because = std::move(because);
  out.owner = std::move(owner);
  return out;
}

std::string_view action_name(Action action) {
  switch (action) {
    case Action::kCreate:
      return "create";
    case Action::kUpdate:
      return "update";
    case Action::kDelete:
      return "delete";
  }
  return "";
}

}  // namespace mesh::tenancy
