#include "mesh/plan.h"

#include <array>
#include <string>

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/index/tenants/membership.h"
#include "libmesh/tenancy/plan/compare.h"
#include "libmesh/tenancy/plan/explain.h"
#include "libmesh/tenancy/plan/plan.h"

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
using mesh::index::Snapshot;
using namespace mesh::tenancy;

namespace {

struct PlanRequest {
  PlanOptions options;
  std::string ns;
  bool objects = true;
  bool documents = true;
};

Result<PlanRequest> read_request(std::string_view bytes) {
  PlanRequest out;
  Options options(bytes, "plan options");
  options.read("namespace", out.ns);
  options.read("tenant", out.options.tenant.value);
  options.read("partial", out.options.partial);
  options.read("objects", out.objects);
  options.read("documents", out.documents);
  options.read("operatorVersion", out.options.operator_version);
  options.read("operatorNamespace", out.options.operator_namespace);
  options.read("cni", out.options.cni);
  options.read("defaultProfile", out.options.default_profile);
  if (auto end = options.end(); !end) return end.error();
  return out;
}

void write_because(JsonWriter& json, const Because& because) {
  json.begin_object();
  write_key(json.key("object").begin_object(), because.object);
  json.end_object();
  json.key("field").value(because.field);
  json.key("reason").value(because.reason);
  json.end_object();
}

void write_identity(JsonWriter& json, const PlannedObject& object) {
  json.key("apiVersion").value(object.api_version);
  write_key(json, object.key);
  json.key("tenant").value(object.owner.value);
  json.key("because").begin_array();
  for (const BecausePtr& because : object.because) write_because(json, *because);
  json.end_array();
}

void write_step(JsonWriter& json, const Plan& plan, const Step& step, bool documents) {
  const PlannedObject& object = plan.object_of(step);
  json.begin_object();
  json.key("action").value(action_name(step.action));
  json.key("phase").value(phase_name(step.phase));
  write_identity(json, object);
  json.key("differences").begin_array();
  for (const Difference& difference : step.differences) {
    json.begin_object().key("path").value(difference.path);
    json.key("is").value(difference.is);
    json.key("shouldBe").value(difference.should_be).end_object();
  }
  json.end_array();
  if (documents && step.action != Action::kDelete) {
    json.key("document").value(plan.document_of(step));
    if (step.action == Action::kUpdate && object.ownership == Ownership::kFields) {
      json.key("mergePatch").value(*object.body);
    }
  }
  json.end_object();
}

// Whether it is there, and as it should be.
std::string_view state_of(const Snapshot& snapshot, const PlannedObject& object) {
  const mesh::kube::ObjectPtr is = snapshot.find(object.key);
  const bool there = is != nullptr && !is->synthesized;
  if (object.ownership == Ownership::kAbsent) return there ? "surplus" : "gone";
  if (!there) return "missing";
  return is_as_planned(*is, object) ? "good" : "differs";
}

void write_notes(JsonWriter& json, const Plan& plan, bool all) {
  json.key("notes").begin_array();
  for (const Note& note : plan.notes) {
    json.begin_object();
    json.key("tenant").value(note.tenant.value);
    json.key("namespace").value(note.ns);
    json.key("reason").value(note.reason);
    json.key("message").value(note.message);
    if (all) json.key("holder").value(note.holder);
    json.end_object();
  }
  json.end_array();
}

std::string to_json(const Snapshot& snapshot, const Plan& plan, const PlanRequest& request) {
  std::array<size_t, 3> counts{};
  JsonWriter json;
  json.begin_object();
  json.key("steps").begin_array();
  for (const Step& step : plan.steps) {
    ++counts[static_cast<size_t>(step.action)];
    write_step(json, plan, step, request.documents);
  }
  json.end_array();
  if (request.objects) {
    json.key("objects").begin_array();
    for (const PlannedObject& object : plan.objects) {
      json.begin_object();
      json.key("state").value(state_of(snapshot, object));
      write_identity(json, object);
      json.end_object();
    }
    json.end_array();
  }
  write_notes(json, plan, request.options.tenant.value.empty());
  json.key("summary").begin_object();
  json.key("objects").value(plan.objects.size());
  for (Action action : {Action::kCreate, Action::kUpdate, Action::kDelete}) {
    json.key(action_name(action)).value(counts[static_cast<size_t>(action)]);
  }
  json.end_object().end_object();
  return json.take();
}

std::string to_json(const MemberExplanation& explanation, bool all) {
  JsonWriter json;
  json.begin_object();
  json.key("namespace").value(explanation.ns);
  json.key("exists").value(explanation.exists);
  json.key("terminating").value(explanation.terminating);
  json.key("mesh").value(explanation.mesh.value);
  json.key("conclusion").value(explanation.conclusion);
  json.key("label").value(explanation.label);
  json.key("chain").begin_array();
  for (const Because& because : explanation.chain) write_because(json, because);
  json.end_array();
  json.key("claims").begin_array();
  for (const MemberClaim& claim : explanation.claims) {
    json.begin_object();
    json.key("tenant").value(claim.tenant.value);
    json.key("state").value(claim.state);
    json.key("via").value(claim.via);
    json.key("reason").value(claim.reason);
    json.key("message").value(claim.message);
    if (all) json.key("holder").value(claim.holder);
    json.end_object();
  }
  json.end_array().end_object();
  return json.take();
}

}  // namespace

extern "C" mesh_error* mesh_snapshot_plan(const mesh_snapshot* snapshot, mesh_view options,
                                          mesh_buffer** out) {
  return guard(
      out, {given(snapshot, "snapshot"), given(options, "options")}, [&]() -> Result<mesh_buffer*> {
        const auto request = read_request(text(options));
        if (!request) return request.error();
        if (!request->ns.empty() && !mesh::index::is_namespace_name(request->ns)) {
          return Error{ErrorCode::kInvalidArgument,
                       "namespace: \"" + request->ns + "\" is no name that a namespace can have"};
        }
        const Snapshot& now = *snapshot->value;
        const auto& tenant = request->options.tenant;
        if (!tenant.value.empty() && now.tenants().find(tenant) == nullptr) {
          return Error{ErrorCode::kNotFound, "there is no control plane \"" + tenant.value + "\""};
        }
        const Plan made = request->ns.empty() ? plan(now, request->options)
                                              : plan_namespace(now, request->ns, request->options);
        return make_buffer(to_json(now, made, *request));
      });
}

extern "C" mesh_error* mesh_explain_member(const mesh_snapshot* snapshot, mesh_view ns,
                                           mesh_view tenant, mesh_buffer** out) {
  return guard(out, {given(snapshot, "snapshot"), given(ns, "ns"), given(tenant, "tenant")},
               [&]() -> Result<mesh_buffer*> {
                 const auto explained = explain_member(*snapshot->value, std::string(text(ns)),
                                                       {std::string(text(tenant))});
                 if (!explained) return explained.error();
                 return make_buffer(to_json(*explained, tenant.size == 0));
               });
}
