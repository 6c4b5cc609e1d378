/** @file members.h
 *  @brief Control planes and their members.
 */
#ifndef MESH_MEMBERS_H
#define MESH_MEMBERS_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** Control planes with their members, those that wait for a namespace, and those that were refused and why
 *  (schema members.json).
 *  @param tenant  "namespace/name" of one control plane, or empty for all. A tenant's own answer does not say
 *         who holds a namespace that was refused to it; the answer for all does.
 *  Source of the rules: Maistra's member roll controller; docs/tenancy.md lists deliberate differences.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when the tenant is unknown.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_members(const mesh_snapshot *snapshot, mesh_view tenant,
                                           mesh_buffer **out);

MESH_END_DECLS
#endif
