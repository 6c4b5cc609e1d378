#include "mesh/snapshot.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/index/jwks.h"
#include "libmesh/tenancy/check.h"
#include "libmesh/xds/check/check.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::tenancy::all_diagnostics;
using mesh::tenancy::diagnostics_of;

namespace {

mesh::Diagnostics joined(mesh::Diagnostics all, const mesh::Diagnostics& more) {
  all.insert(all.end(), more.begin(), more.end());
  mesh::sort_and_dedupe(all);
  return all;
}

std::string texts_json(const mesh::index::Snapshot& snapshot) {
  mesh::document::JsonWriter json;
  json.begin_array();
  for (const mesh::index::WantedText& wanted : mesh::index::wanted_texts(snapshot)) {
    json.begin_object().key("url").value(wanted.url);
    json.key("timeout").value(wanted.timeout.as_seconds());
    json.key("known").value(wanted.known).key("objects").begin_array();
    for (const std::string& object : wanted.objects) json.value(object);
    json.end_array().end_object();
  }
  json.end_array();
  return std::move(json).take();
}

}  // namespace

extern "C" {

mesh_snapshot* mesh_snapshot_clone(const mesh_snapshot* snapshot) {
  return snapshot == nullptr ? nullptr : new (std::nothrow) mesh_snapshot{snapshot->value};
}

void mesh_snapshot_delete(mesh_snapshot* snapshot) { delete snapshot; }

uint64_t mesh_snapshot_revision(const mesh_snapshot* snapshot) {
  return snapshot == nullptr ? 0 : snapshot->value->revision();
}

mesh_error* mesh_snapshot_changed(const mesh_snapshot* snapshot, mesh_buffer** out) {
  return guard(out, {given(snapshot, "snapshot")},
               [&] { return make_buffer(mesh::capi::to_json(snapshot->value->changed())); });
}

mesh_error* mesh_snapshot_wanted_texts(const mesh_snapshot* snapshot, mesh_buffer** out) {
  return guard(out, {given(snapshot, "snapshot")},
               [&] { return make_buffer(texts_json(*snapshot->value)); });
}

mesh_error* mesh_snapshot_diagnostics(const mesh_snapshot* snapshot, mesh_buffer** out) {
  return guard(out, {given(snapshot, "snapshot")}, [&] {
    return make_buffer(mesh::capi::to_json(
        joined(all_diagnostics(*snapshot->value), mesh::xds::check(snapshot->value))));
  });
}

mesh_error* mesh_snapshot_tenant_diagnostics(const mesh_snapshot* snapshot, mesh_view tenant,
                                             mesh_buffer** out) {
  return guard(
      out, {given(snapshot, "snapshot"), given(tenant, "tenant")},
      [&]() -> mesh::Result<mesh_buffer*> {
        const std::string id(text(tenant));
        const auto* found = snapshot->value->tenants().find({id});
        if (found == nullptr) {
          return mesh::Error{mesh::ErrorCode::kNotFound,
                             "there is no control plane \"" + id + "\""};
        }
        return make_buffer(mesh::capi::to_json(joined(diagnostics_of(*snapshot->value, *found),
                                                      mesh::xds::check(snapshot->value, *found))));
      });
}
}
