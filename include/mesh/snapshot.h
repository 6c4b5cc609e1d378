/** @file snapshot.h
 *  @brief A snapshot is everything known at one moment: immutable, counted, for any thread.
 */
#ifndef MESH_SNAPSHOT_H
#define MESH_SNAPSHOT_H

#include "mesh/base.h"

MESH_BEGIN_DECLS

/** An immutable state of a store. A handle is cheap to clone. All functions that take a const
 *  mesh_snapshot* may be called concurrently.  @since 0.1 */
typedef struct mesh_snapshot mesh_snapshot;

/** A further handle of the same snapshot; NULL gives NULL.
 *  Ownership: the caller frees it with mesh_snapshot_delete.  Threads: any.  @since 0.1 */
MESH_API mesh_snapshot *mesh_snapshot_clone(const mesh_snapshot *snapshot);

/** Frees a handle; NULL is allowed.  Threads: any.  @since 0.1 */
MESH_API void mesh_snapshot_delete(mesh_snapshot *snapshot);

/** Grows with every change of the store; 0 is the empty store.  Threads: any.  @since 0.1 */
MESH_API uint64_t mesh_snapshot_revision(const mesh_snapshot *snapshot);

/** The keys that changed since the snapshot before it: JSON array of {"kind","namespace","name"}, sorted.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_changed(const mesh_snapshot *snapshot, mesh_buffer **out);

/** The texts that the configuration points to and that somebody has to fetch: keys of RequestAuthentications
 *  (schema wanted-texts.json), by URL. Give them with mesh_store_give_text. As long as keys are not there, no token is
 *  valid.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_wanted_texts(const mesh_snapshot *snapshot, mesh_buffer **out);

/** All diagnostics: of reading, of tenancy, of the configuration (schema diagnostics.json), sorted by place.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_diagnostics(const mesh_snapshot *snapshot, mesh_buffer **out);

/** Those diagnostics that one tenant may be shown: of objects in its namespaces. What others do changes nothing in
 *  them (schema diagnostics.json).
 *  @param tenant  "namespace/name" of a control plane.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when the tenant is unknown.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_tenant_diagnostics(const mesh_snapshot *snapshot,
                                                      mesh_view tenant, mesh_buffer **out);

MESH_END_DECLS
#endif
