#include "mesh/reach.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/tenancy/plan/plan.h"
#include "libmesh/tenancy/reach/reach.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::document::JsonWriter;
using mesh::tenancy::Decision;
using mesh::tenancy::Network;

namespace {

void write(JsonWriter& json, const mesh::kube::ObjectKey& key, std::string_view field) {
  json.key("object").begin_object();
  if (!key.name.empty()) mesh::capi::write_key(json, key);
  json.end_object();
  json.key("field").value(field);
}

void write_because(JsonWriter& json, const Decision& decision) {
  json.key("because").begin_array();
  for (const auto& reason : decision.because) {
    json.begin_object();
    json.key("side").value(mesh::tenancy::side_name(reason.side));
    json.key("effect").value(mesh::tenancy::answer_name(reason.effect));
    write(json, reason.object, reason.field);
    json.key("message").value(reason.message);
    json.end_object();
  }
  json.end_array();
}

void write_holes(JsonWriter& json, const Decision& decision) {
  json.key("holes").begin_array();
  for (const auto& hole : decision.holes) {
    json.begin_object();
    json.key("hole").value(mesh::tenancy::hole_name(hole.kind));
    write(json, hole.object, hole.field);
    json.key("message").value(hole.message);
    json.end_object();
  }
  json.end_array();
}

void write_ports(JsonWriter& json, const Decision& decision) {
  json.key("ports").begin_array();
  for (const auto& port : decision.ports) {
    json.begin_object();
    json.key("port").value(port.port.number == 0 ? "other" : std::to_string(port.port.number));
    json.key("protocol").value(port.port.protocol);
    json.key("answer").value(mesh::tenancy::answer_name(port.answer));
    json.end_object();
  }
  json.end_array();
}

std::string to_json(const Decision& decision) {
  JsonWriter json;
  json.begin_object();
  json.key("answer").value(mesh::tenancy::answer_name(decision.answer));
  json.key("from").value(decision.from);
  json.key("to").value(decision.to);
  json.key("strategy").value(mesh::tenancy::strategy_name(decision.strategy));
  json.key("planned").value(decision.planned);
  write_ports(json, decision);
  write_because(json, decision);
  json.key("missing").begin_array();
  for (const std::string& each : decision.missing) json.value(each);
  json.end_array();
  write_holes(json, decision);
  json.end_object();
  return json.take();
}

Network network_of(const mesh::index::SnapshotPtr& snapshot, bool planned) {
  if (!planned) return Network(snapshot);
  return Network(snapshot, mesh::tenancy::plan(*snapshot).objects);
}

}  // namespace

extern "C" mesh_error* mesh_snapshot_reach(const mesh_snapshot* snapshot, mesh_view from,
                                           mesh_view to, mesh_view options, mesh_buffer** out) {
  return guard(out,
               {given(snapshot, "snapshot"), given(from, "from"), given(to, "to"),
                given(options, "options")},
               [&]() -> mesh::Result<mesh_buffer*> {
                 bool planned = false;
                 mesh::capi::Options read(text(options), "options");
                 read.read("planned", planned);
                 if (auto end = read.end(); !end) return end.error();
                 auto decision = mesh::tenancy::reach(network_of(snapshot->value, planned),
                                                      text(from), text(to));
                 if (!decision) return decision.error();
                 return make_buffer(to_json(*decision));
               });
}
