/** @file plan.h
 *  @brief Which objects the meshes of a snapshot need, what is to be done for it, and why.
 */
#ifndef MESH_PLAN_H
#define MESH_PLAN_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** The plan (schema plan.json): every object that a control plane needs in its own namespace and in its
 *  members, and the steps from what is there to them in a safe order, each with the reasons. A plan that was
 *  applied, whole or in part, and asked for again leads to the same objects. docs/plan.md has the table.
 *  @param options  {"namespace": name of one, "tenant": "namespace/name" of one control plane, whose answer
 *         tells of no other, "partial": true when the input is a part of a cluster, "objects": false to leave
 *         out the list of objects, "documents": false to leave out what each step writes, "operatorVersion":
 *         text, "operatorNamespace": name, "cni": bool, "defaultProfile": name}, or empty.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when the tenant is unknown, MESH_INVALID_ARGUMENT for an unknown option or what is no
 *  namespace's name.
 *  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_plan(const mesh_snapshot *snapshot, mesh_view options,
                                        mesh_buffer **out);

/** Why a namespace is, or is not, a member of a mesh, and of which (schema explain-member.json).
 *  @param ns      name of the namespace; it need not exist, but must be one that it could have.
 *  @param tenant  "namespace/name" of one control plane, or empty for administrators. A tenant is told that a
 *         namespace is taken, not by whom; "exists" is false for one that it neither has nor wants.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when the tenant is unknown, MESH_INVALID_ARGUMENT for what is no name.  @since 0.1 */
MESH_API mesh_error *mesh_explain_member(const mesh_snapshot *snapshot, mesh_view ns,
                                         mesh_view tenant, mesh_buffer **out);

MESH_END_DECLS
#endif
