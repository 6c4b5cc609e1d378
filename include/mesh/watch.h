/** @file watch.h
 *  @brief A watch hands the newest snapshot to whoever waits for one.
 */
#ifndef MESH_WATCH_H
#define MESH_WATCH_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** Keeps the newest snapshot only: a slow reader misses what lies between, never the end. Every function
 *  but mesh_watch_delete may be called from any thread at any time.  @since 0.1 */
typedef struct mesh_watch mesh_watch;

/** Ownership: the caller frees *out with mesh_watch_delete.  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_watch_new(mesh_watch **out);

/** Frees a watch that nobody waits on; NULL is allowed.  @since 0.1 */
MESH_API void mesh_watch_delete(mesh_watch *watch);

/** Makes this the newest snapshot and wakes all who wait; one that is not newer is ignored.
 *  Ownership: the snapshot stays the caller's.  Threads: any.  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_watch_publish(mesh_watch *watch, const mesh_snapshot *snapshot);

/** Waits for a snapshot with a revision greater than `seen` and gives the newest.
 *  @param timeout_ms  milliseconds; 0 asks without waiting.
 *  Ownership: the caller frees *out with mesh_snapshot_delete.  Threads: any.
 *  Errors: MESH_TIMEOUT, MESH_CONFLICT when the watch was closed.  @since 0.1 */
MESH_API mesh_error *mesh_watch_wait(const mesh_watch *watch, uint64_t seen, uint32_t timeout_ms,
                                     mesh_snapshot **out);

/** Ends all waiting, now and later.  Threads: any.  @since 0.1 */
MESH_API void mesh_watch_close(mesh_watch *watch);

MESH_END_DECLS
#endif
