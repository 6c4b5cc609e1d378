#include "libmesh/xds/diff.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/testing/effect/effect.h"
#include "libmesh/testing/walk/request_json.h"
#include "mesh/xds.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::document::JsonWriter;
using namespace mesh::testing;
using namespace mesh::xds;

namespace {

void write_names(JsonWriter& json, std::string_view key, const std::vector<std::string>& names) {
  json.key(key).begin_array();
  for (const std::string& name : names) json.value(name);
  json.end_array();
}

std::string_view state_text(ProxyDiff::State state) {
  switch (state) {
    case ProxyDiff::State::kJoins:
      return "joins";
    case ProxyDiff::State::kStays:
      return "stays";
    case ProxyDiff::State::kLeaves:
      return "leaves";
  }
  return "";
}

void write(JsonWriter& json, const ProxyDiff& proxy) {
  json.begin_object();
  json.key("tenant").value(proxy.tenant);
  json.key("namespace").value(proxy.ns);
  json.key("name").value(proxy.name);
  if (!proxy.cluster.empty()) json.key("cluster").value(proxy.cluster);
  json.key("state").value(state_text(proxy.state));
  json.key("changes").begin_array();
  for (const TypeDiff& change : proxy.changes) {
    json.begin_object();
    json.key("type").value(type_name(change.type));
    write_names(json, "added", change.added);
    write_names(json, "changed", change.changed);
    write_names(json, "removed", change.removed);
    json.key("bytes").value(change.bytes);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_diagnostics(JsonWriter& json, std::string_view key, const mesh::Diagnostics& list) {
  json.key(key).begin_array();
  for (const mesh::Diagnostic& diagnostic : list) mesh::capi::write(json, diagnostic);
  json.end_array();
}

void write(JsonWriter& json, const RequestEffect& effect) {
  json.begin_object();
  json.key("effect").value(to_string(effect.kind));
  json.key("tenant").value(effect.tenant);
  json.key("namespace").value(effect.ns);
  json.key("name").value(effect.name);
  if (!effect.cluster.empty()) json.key("cluster").value(effect.cluster);
  json.key("caller").value(effect.caller);
  json.key("request");
  write(json, effect.request);
  json.key("before").begin_object();
  json.key("verdict").value(to_string(effect.verdict_before));
  json.key("detail").value(effect.before);
  json.end_object();
  json.key("after").begin_object();
  json.key("verdict").value(to_string(effect.verdict_after));
  json.key("detail").value(effect.after);
  json.end_object();
  json.end_object();
}

void write_requests(JsonWriter& json, const Effects& effects) {
  json.key("requests").begin_object();
  json.key("asked").value(effects.asked);
  json.key("complete").value(effects.complete);
  json.key("effects").begin_array();
  for (const RequestEffect& each : effects.list) write(json, each);
  json.end_array();
  json.end_object();
}

std::string to_json(const SnapshotDiff& diff, const Effects& effects) {
  JsonWriter json;
  json.begin_object();
  json.key("proxies").begin_array();
  for (const ProxyDiff& proxy : diff.proxies) write(json, proxy);
  json.end_array();
  json.key("unchanged").value(diff.unchanged);
  json.key("members").begin_array();
  for (const MemberDiff& member : diff.members) {
    json.begin_object();
    json.key("namespace").value(member.ns);
    json.key("before").value(member.before);
    json.key("after").value(member.after);
    json.end_object();
  }
  json.end_array();
  json.key("diagnostics").begin_object();
  write_diagnostics(json, "appeared", diff.appeared);
  write_diagnostics(json, "gone", diff.gone);
  json.end_object();
  write_requests(json, effects);
  json.end_object();
  return json.take();
}

}  // namespace

extern "C" mesh_error* mesh_snapshot_diff(const mesh_snapshot* before, const mesh_snapshot* after,
                                          mesh_buffer** out) {
  return guard(out, {given(before, "before"), given(after, "after")}, [&] {
    const DiffSide old(before->value);
    const DiffSide now(after->value);
    return make_buffer(to_json(diff(old, now), effect(old, now)));
  });
}
