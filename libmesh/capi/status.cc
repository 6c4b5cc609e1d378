#include "mesh/status.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/kube/kinds.h"
#include "libmesh/tenancy/roll/status.h"

using mesh::Error;
using mesh::ErrorCode;
using mesh::Result;
using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::Options;
using mesh::capi::text;
using mesh::capi::write_key;
using mesh::document::JsonWriter;
using mesh::document::Value;
using namespace mesh::tenancy;

namespace {

struct Asked {
  StatusOptions options;
  bool full = false;
};

Result<void> read_failures(const Value& in, StatusOptions& out) {
  const Value* entries = in.find("list");
  const auto* list = entries == nullptr ? nullptr : entries->if_list();
  if (list == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 "status options: \"failures\" must be {\"list\": […]}"};
  }
  for (const Value& each : *list) {
    auto kind = mesh::kube::kind_by_name(each.string_at("kind"));
    if (!kind) {
      return Error{ErrorCode::kInvalidArgument, "status options: \"failures\": \"" +
                                                    std::string(each.string_at("kind")) +
                                                    "\" is no kind"};
    }
    out.failures[{*kind, std::string(each.string_at("namespace")),
                  std::string(each.string_at("name"))}] = each.string_at("message");
  }
  return {};
}

Result<Asked> read_options(std::string_view bytes) {
  Asked out;
  Options options(bytes, "status options");
  options.read("now", out.options.now);
  options.read("operatorVersion", out.options.plan.operator_version);
  options.read("operatorNamespace", out.options.plan.operator_namespace);
  options.read("defaultProfile", out.options.release.default_profile);
  options.read("cni", out.options.plan.cni);
  options.read("full", out.full);
  if (const Value* failures = options.object("failures")) {
    if (auto read = read_failures(*failures, out.options); !read) return read.error();
  }
  if (auto end = options.end(); !end) return end.error();
  out.options.release.operator_namespace = out.options.plan.operator_namespace;
  out.options.release.cni = out.options.plan.cni;
  return out;
}

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

// What all three kinds have; the object stays open.
void begin(JsonWriter& json, const ObjectStatus& status) {
  json.begin_object();
  write_key(json, status.key);
  json.key("tenant").value(status.tenant.value);
  json.key("exists").value(status.exists);
  json.key("ready").value(status.ready());
  json.key("conditions").value(to_value(status.conditions));
  json.key("annotations").value(to_value(status.annotations));
}

template <typename Status>
void end(JsonWriter& json, const Status& status, bool full) {
  if (full) json.key("status").value(to_value(status));
  json.end_object();
}

void write(JsonWriter& json, const ControlPlaneStatus& status, bool full) {
  begin(json, status);
  json.key("reconciledVersion").value(status.reconciled_version());
  write_texts(json, "readyComponents", status.ready_components);
  write_texts(json, "unreadyComponents", status.unready_components);
  write_texts(json, "pendingComponents", status.pending_components);
  end(json, status, full);
}

void write(JsonWriter& json, const RollStatus& status, bool all, bool full) {
  begin(json, status);
  write_texts(json, "members", status.members);
  write_texts(json, "configuredMembers", status.configured_members);
  write_texts(json, "pendingMembers", status.pending_members);
  write_texts(json, "terminatingMembers", status.terminating_members);
  json.key("memberStatuses").begin_array();
  for (const MemberSummary& member : status.member_statuses) {
    json.begin_object();
    json.key("namespace").value(member.ns);
    json.key("conditions").value(to_value(member.conditions));
    if (all && !member.holder.empty()) json.key("holder").value(member.holder);
    json.end_object();
  }
  json.end_array();
  end(json, status, full);
}

std::string to_json(const Statuses& statuses, bool all, bool full) {
  JsonWriter json;
  json.begin_object();
  json.key("ready").value(statuses.ready());
  json.key("controlPlanes").begin_array();
  for (const ControlPlaneStatus& each : statuses.control_planes) write(json, each, full);
  json.end_array().key("memberRolls").begin_array();
  for (const RollStatus& each : statuses.rolls) write(json, each, all, full);
  json.end_array().key("members").begin_array();
  for (const MemberStatus& each : statuses.members) {
    begin(json, each);
    end(json, each, full);
  }
  json.end_array().key("events").begin_array();
  for (const Event& event : statuses.events) {
    json.begin_object();
    write_key(json, event.object);
    json.key("type").value(event.type);
    json.key("reason").value(event.reason);
    json.key("message").value(event.message);
    json.end_object();
  }
  json.end_array().end_object();
  return json.take();
}

}  // namespace

extern "C" mesh_error* mesh_snapshot_status(const mesh_snapshot* snapshot, mesh_view tenant,
                                            mesh_view options, mesh_buffer** out) {
  return guard(
      out, {given(snapshot, "snapshot"), given(tenant, "tenant"), given(options, "options")},
      [&]() -> Result<mesh_buffer*> {
        const auto asked = read_options(text(options));
        if (!asked) return asked.error();
        const bool all = tenant.size == 0;
        const mesh::model::TenantId id{std::string(text(tenant))};
        const auto& now = *snapshot->value;
        if (!all && now.tenants().find(id) == nullptr) {
          return Error{ErrorCode::kNotFound, "there is no control plane \"" + id.value + "\""};
        }
        return make_buffer(
            to_json(all ? statuses(now, asked->options) : statuses_of(now, id, asked->options), all,
                    asked->full));
      });
}
