#include "mesh/members.h"

#include "libmesh/capi/guard.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/index/tenants/tenants.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::document::JsonWriter;
using mesh::index::Member;
using mesh::index::MemberState;
using mesh::index::Tenant;

namespace {

std::string_view state_text(MemberState state) {
  switch (state) {
    case MemberState::kConfigured:
      return "configured";
    case MemberState::kPending:
      return "pending";
    case MemberState::kRefused:
      return "refused";
  }
  return "";
}

// Who holds a refused namespace is the administrator's to know, not the other tenant's.
void write(JsonWriter& json, const Member& member, bool all) {
  json.begin_object();
  json.key("namespace").value(member.ns);
  json.key("state").value(state_text(member.state));
  json.key("reason").value(member.reason);
  json.key("message").value(member.message);
  json.key("via").value(member.via);
  if (all) json.key("holder").value(member.holder.value);
  json.end_object();
}

void write(JsonWriter& json, const Tenant& tenant, bool all) {
  json.begin_object();
  json.key("tenant").value(tenant.id.value);
  json.key("namespace").value(tenant.ns);
  json.key("name").value(tenant.name);
  json.key("version").value(tenant.version);
  json.key("implicit").value(tenant.implicit);
  json.key("clusterWide").value(tenant.cluster_wide);
  for (MemberState state :
       {MemberState::kConfigured, MemberState::kPending, MemberState::kRefused}) {
    json.key(state == MemberState::kConfigured ? "members" : state_text(state)).begin_array();
    for (const Member& member : tenant.members) {
      if (member.state == state) write(json, member, all);
    }
    json.end_array();
  }
  json.key("namespaces").begin_array();
  for (const std::string& ns : tenant.namespaces) json.value(ns);
  json.end_array();
  json.end_object();
}

void write_unassigned(JsonWriter& json, const mesh::index::Snapshot& snapshot) {
  json.key("unassigned").begin_array();
  for (const auto& [key, object] : snapshot.objects(mesh::kube::Kind::kNamespace)) {
    if (snapshot.tenants().of_namespace(key.name) == nullptr) json.value(key.name);
  }
  json.end_array();
}

}  // namespace

extern "C" mesh_error* mesh_snapshot_members(const mesh_snapshot* snapshot, mesh_view tenant,
                                             mesh_buffer** out) {
  return guard(out, {given(snapshot, "snapshot"), given(tenant, "tenant")},
               [&]() -> mesh::Result<mesh_buffer*> {
                 const auto& tenants = snapshot->value->tenants();
                 const bool all = tenant.size == 0;
                 const Tenant* one = all ? nullptr : tenants.find({std::string(text(tenant))});
                 if (!all && one == nullptr) {
                   return mesh::Error{
                       mesh::ErrorCode::kNotFound,
                       "there is no control plane \"" + std::string(text(tenant)) + "\""};
                 }
                 JsonWriter json;
                 json.begin_object().key("controlPlanes").begin_array();
                 for (const Tenant& each : tenants.list) {
                   if (all || &each == one) write(json, each, all);
                 }
                 json.end_array();
                 if (all) write_unassigned(json, *snapshot->value);
                 json.end_object();
                 return make_buffer(json.take());
               });
}
