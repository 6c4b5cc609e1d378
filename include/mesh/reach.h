/** @file reach.h
 *  @brief Isolation: whether the network lets a connection through.
 */
#ifndef MESH_REACH_H
#define MESH_REACH_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** Whether the network lets a connection through, which NetworkPolicy and rule says so, and which holes there
 *  are (schema reach.json): NetworkPolicies as Kubernetes documents them, OpenShift's multi-tenant and subnet
 *  plug-ins, pods with the node's network. What comes after the network (mutual TLS, AuthorizationPolicies) is
 *  not asked. docs/reach.md has the rules.
 *  @param from     "NAMESPACE/POD", or "CLUSTER=NAMESPACE/POD" of a remote cluster (as mesh_proxy_of_pod says), an IP address,
 *         or "router" (OpenShift's). Pods of a remote cluster are asked about with that cluster's objects, and so is what is
 *         at the other end; between pods of two clusters the answer is "unknown".
 *  @param to       the same, with an optional ":PORT" or ":PORT/PROTOCOL"; the port is a number or the name of
 *         a container port.
 *  @param options  {"planned": true} asks of the state that the plan leads to instead of the objects as they
 *         are; or empty.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when there is no such pod, MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_reach(const mesh_snapshot *snapshot, mesh_view from,
                                         mesh_view to, mesh_view options, mesh_buffer **out);

MESH_END_DECLS
#endif
