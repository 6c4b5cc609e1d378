#include "mesh/explain.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/xds/explain/explain.h"

using mesh::Result;
using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::capi::write_key;
using mesh::document::JsonWriter;
using namespace mesh::xds;

namespace {

constexpr Type kTypes[] = {Type::kCluster,   Type::kEndpoint, Type::kListener, Type::kRoute,
                           Type::kExtension, Type::kSecret,   Type::kNameTable};

Result<Type> type_of(std::string_view name) {
  std::string known;
  for (Type type : kTypes) {
    if (type_name(type) == name) return type;
    known += (known.empty() ? "" : ", ") + std::string(type_name(type));
  }
  return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                     "type \"" + std::string(name) + "\" is none of " + known};
}

std::string_view text_of(Effect::Kind kind) {
  switch (kind) {
    case Effect::Kind::kMakes:
      return "makes";
    case Effect::Kind::kShapes:
      return "shapes";
    case Effect::Kind::kPrevents:
      return "prevents";
  }
  return "";
}

// "effect", and of what is shaped "changes" and "more", into an object that is open.
void write(JsonWriter& json, const Effect& effect) {
  json.key("effect").value(text_of(effect.kind));
  json.key("changes").begin_array();
  for (const Change& change : effect.changes) {
    json.begin_object();
    json.key("path").value(change.path);
    json.key("with").value(change.with);
    json.key("without").value(change.without);
    json.end_object();
  }
  json.end_array();
  json.key("more").value(effect.more);
}

void write_object(JsonWriter& json, const mesh::kube::Object& object) {
  json.key("object").begin_object();
  write_key(json, object.key);
  json.end_object();
  json.key("file").value(object.file);
}

void write(JsonWriter& json, const ObjectLink& link) {
  json.begin_object();
  write_object(json, *link.object);
  json.key("alternatives").begin_array();
  for (const mesh::kube::ObjectKey& key : link.alternatives) {
    write_key(json.begin_object(), key);
    json.end_object();
  }
  json.end_array();
  write(json, link.effect);
  json.key("fields").begin_array();
  for (const FieldLink& field : link.fields) {
    json.begin_object();
    json.key("field").value(field.field);
    json.key("value").value(field.value);
    json.key("line").value(field.line);
    write(json, field.effect);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

// Into an object that is open.
void write_proxy(JsonWriter& json, const mesh::model::Proxy& proxy) {
  json.key("proxy").value(proxy.id);
  if (proxy.remote) json.key("cluster").value(proxy.cluster_id);
  json.key("tenant").value(proxy.tenant.value);
}

std::string to_json(const Explanation& explanation, const mesh::model::Proxy& proxy) {
  JsonWriter json;
  json.begin_object();
  write_proxy(json, proxy);
  json.key("type").value(type_name(explanation.type));
  json.key("name").value(explanation.name);
  json.key("part").value(explanation.part);
  json.key("because").begin_array();
  for (const ObjectLink& link : explanation.because) write(json, link);
  json.end_array();
  json.key("diagnostics").raw(mesh::capi::to_json(explanation.diagnostics));
  json.key("complete").value(explanation.complete);
  json.end_object();
  return json.take();
}

std::string to_json(const ObjectExplanation& explanation, const mesh::model::Proxy& proxy) {
  JsonWriter json;
  json.begin_object();
  write_proxy(json, proxy);
  write_object(json, *explanation.object);
  json.key("resources").begin_array();
  for (const ResourceEffect& each : explanation.effects) {
    json.begin_object();
    json.key("type").value(type_name(each.type));
    json.key("name").value(each.name);
    write(json, each.effect);
    json.end_object();
  }
  json.end_array();
  json.key("diagnostics").raw(mesh::capi::to_json(explanation.diagnostics));
  json.end_object();
  return json.take();
}

}  // namespace

extern "C" {

mesh_error* mesh_explain_resource(const mesh_snapshot* snapshot, const mesh_proxy* proxy,
                                  mesh_view type, mesh_view name, mesh_buffer** out) {
  return guard(out,
               {given(snapshot, "snapshot"), given(proxy, "proxy"), given(type, "type"),
                given(name, "name")},
               [&]() -> Result<mesh_buffer*> {
                 const Result<Type> wanted = type_of(text(type));
                 if (!wanted) return wanted.error();
                 const auto found = explain(snapshot->value, proxy->value, *wanted, text(name));
                 if (!found) return found.error();
                 return make_buffer(to_json(*found, proxy->value));
               });
}

mesh_error* mesh_explain_policy(const mesh_snapshot* snapshot, const mesh_proxy* proxy,
                                mesh_view name, mesh_buffer** out) {
  return guard(out, {given(snapshot, "snapshot"), given(proxy, "proxy"), given(name, "name")},
               [&]() -> Result<mesh_buffer*> {
                 const auto found = explain_object(snapshot->value, proxy->value, text(name));
                 if (!found) return found.error();
                 return make_buffer(to_json(*found, proxy->value));
               });
}
}
