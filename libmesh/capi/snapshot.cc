#include "mesh/snapshot.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/tenancy/check.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;

namespace {

// What reading and claiming found, and what only tenancy can see.
mesh::Diagnostics all_diagnostics(const mesh::index::Snapshot& snapshot) {
  mesh::Diagnostics out = snapshot.diagnostics();
  const mesh::Diagnostics more = mesh::tenancy::check(snapshot);
  if (more.empty()) return out;
  out.insert(out.end(), more.begin(), more.end());
  mesh::sort_and_dedupe(out);
  return out;
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

mesh_error* mesh_snapshot_diagnostics(const mesh_snapshot* snapshot, mesh_buffer** out) {
  return guard(out, {given(snapshot, "snapshot")},
               [&] { return make_buffer(mesh::capi::to_json(all_diagnostics(*snapshot->value))); });
}
}
