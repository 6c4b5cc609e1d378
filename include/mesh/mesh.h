/** @file mesh.h
 *  @brief libmesh: a service mesh's control plane as a library.
 *
 *  # Guide
 *
 *  Give a store a cluster's objects, take a snapshot, ask it:
 *
 *      mesh_store *store;
 *      mesh_store_new((mesh_view){0}, &store);
 *      mesh_store_apply(store, text, file, NULL);        // YAML or JSON, any number of documents
 *      mesh_snapshot *now;
 *      mesh_store_snapshot(store, &now);
 *      mesh_buffer *members;
 *      mesh_snapshot_members(now, (mesh_view){0}, &members);   // JSON
 *
 *  ## Linking
 *  `pkg-config --cflags --libs mesh`, or CMake: `find_package(mesh)` and `target_link_libraries(app mesh::mesh)`.
 *  The library contains no generated protobuf code: a host that links Envoy's or Istio's own messages
 *  loads it beside them.
 *
 *  ## Bytes across every boundary
 *  Objects go in as YAML or JSON; answers come out as JSON with a published schema (docs/schemas), or as
 *  protobuf bytes for Envoy. Options are one JSON object; an unknown key is refused by name. There are no
 *  public structs but mesh_view.
 *
 *  ## Errors and diagnostics
 *  A function that can fail returns a mesh_error, NULL for success; nothing is thread-local, no exception
 *  crosses. On error out parameters are set to NULL. A mistake in a user's configuration is not an error but
 *  a diagnostic, and the rest of the input still works.
 *
 *  ## Ownership
 *  What a function gives through an out parameter is the caller's, to be freed with the function named beside it;
 *  what it returns as a mesh_view belongs to the object it was asked of. Every `_delete` takes NULL.
 *
 *  ## Threads
 *  A `const X *` may be used by many threads at once, an `X *` by one. mesh_watch, mesh_xds and mesh_authority
 *  say themselves that they may be shared.
 *
 *  ## Stability
 *  docs/abi.md. Numbers and symbols are only added to; tests compare the library with the list of symbols and
 *  with the last baseline.
 */
#ifndef MESH_MESH_H
#define MESH_MESH_H

#include "mesh/admission.h"
#include "mesh/authority.h"
#include "mesh/base.h"
#include "mesh/cni.h"
#include "mesh/diagnostics.h"
#include "mesh/explain.h"
#include "mesh/injection.h"
#include "mesh/members.h"
#include "mesh/plan.h"
#include "mesh/proxy.h"
#include "mesh/reach.h"
#include "mesh/route.h"
#include "mesh/session.h"
#include "mesh/snapshot.h"
#include "mesh/status.h"
#include "mesh/store.h"
#include "mesh/testing.h"
#include "mesh/values.h"
#include "mesh/version.h"
#include "mesh/watch.h"
#include "mesh/xds.h"

#endif
