/** @file explain.h
 *  @brief Why a proxy is sent what it is sent: the objects and fields behind each resource.
 *
 *  Nothing is told from rules: every object and field is taken away, and what then differs is what it
 *  does. mesh_explain_member (plan.h) and mesh_injector_explain (injection.h) explain the other decisions.
 */
#ifndef MESH_EXPLAIN_H
#define MESH_EXPLAIN_H

#include "mesh/base.h"
#include "mesh/proxy.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** What makes a resource of a proxy, and what shapes it (schema explain-resource.json): objects, their
 *  fields, and what each of these puts into the resource.
 *  @param type  "clusters", "endpoints", "listeners", "routes", "extensions", "secrets" or "nametable".
 *  @param name  of the resource; a part of one name; "<name>/<part>", or the part alone, with the name or a
 *         domain of a virtual host, or the name of a filter chain.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT for the type; MESH_NOT_FOUND, saying what there is, for a name that
 *  means no resource or several, or when the proxy's mesh is gone.  @since 0.1 */
MESH_API mesh_error *mesh_explain_resource(const mesh_snapshot *snapshot, const mesh_proxy *proxy,
                                           mesh_view type, mesh_view name, mesh_buffer **out);

/** What one object of the mesh does to a proxy (schema explain-policy.json): each resource that would not be
 *  there, or would say something else, without it.
 *  @param name  "Kind/namespace/name"; or "namespace/name" or a name alone (in the proxy's or the root
 *         namespace) of a policy: AuthorizationPolicy, PeerAuthentication, RequestAuthentication, Telemetry,
 *         EnvoyFilter, WasmPlugin, TrafficExtension, DestinationRule, Sidecar, ProxyConfig.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND, saying what there is, for a name that means no object or several, or when the
 *  proxy's mesh is gone.  @since 0.1 */
MESH_API mesh_error *mesh_explain_policy(const mesh_snapshot *snapshot, const mesh_proxy *proxy,
                                         mesh_view name, mesh_buffer **out);

MESH_END_DECLS
#endif
