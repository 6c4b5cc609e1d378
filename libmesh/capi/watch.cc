#include "mesh/watch.h"

#include <chrono>

#include "libmesh/capi/guard.h"

using mesh::capi::given;
using mesh::capi::guard;

extern "C" {

mesh_error* mesh_watch_new(mesh_watch** out) {
  return guard(out, {}, [&]() -> mesh::Result<mesh_watch*> { return new mesh_watch; });
}

void mesh_watch_delete(mesh_watch* watch) { delete watch; }

mesh_error* mesh_watch_publish(mesh_watch* watch, const mesh_snapshot* snapshot) {
  return guard({given(watch, "watch"), given(snapshot, "snapshot")}, [&]() -> mesh::Result<void> {
    watch->value.publish(snapshot->value);
    return {};
  });
}

mesh_error* mesh_watch_wait(const mesh_watch* watch, uint64_t seen, uint32_t timeout_ms,
                            mesh_snapshot** out) {
  return guard(out, {given(watch, "watch")}, [&]() -> mesh::Result<mesh_snapshot*> {
    auto found = watch->value.wait(seen, std::chrono::milliseconds(timeout_ms));
    if (found != nullptr) return new mesh_snapshot{std::move(found)};
    if (watch->value.closed()) {
      return mesh::Error{mesh::ErrorCode::kConflict, "the watch is closed"};
    }
    return mesh::Error{mesh::ErrorCode::kTimeout, "no snapshot after revision " +
                                                      std::to_string(seen) + " within " +
                                                      std::to_string(timeout_ms) + " ms"};
  });
}

void mesh_watch_close(mesh_watch* watch) {
  if (watch != nullptr) watch->value.close();
}
}
