/** @file status.h
 *  @brief What the statuses of control planes, member rolls and members say.
 */
#ifndef MESH_STATUS_H
#define MESH_STATUS_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** Statuses as Maistra's controllers would write them once the plan is applied, and the events that go with them
 *  (schema status.json): conditions, counts and lists by the objects and the workloads of the snapshot. The same
 *  input gives the same answer; written into the objects and asked again, it is the same with no events.
 *  @param tenant   "namespace/name" of one control plane, or empty for all. A tenant's own answer has nothing of
 *         others in it and does not say who holds a namespace; the answer for all does ("holder").
 *  @param options  {"now": RFC 3339 time for transitions, "operatorVersion": text, "operatorNamespace": name,
 *         "defaultProfile": name, "cni": bool, "full": bool (each status as it stands in its object, too),
 *         "failures": {"list": [{"kind", "namespace", "name", "message"}]}: objects that could not be written
 *         or deleted}, or empty.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when the tenant is unknown, MESH_INVALID_ARGUMENT for unknown options.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_status(const mesh_snapshot *snapshot, mesh_view tenant,
                                          mesh_view options, mesh_buffer **out);

MESH_END_DECLS
#endif
