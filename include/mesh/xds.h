/** @file xds.h
 *  @brief What proxies are sent: Envoy's resources, made when asked for and shared.
 */
#ifndef MESH_XDS_H
#define MESH_XDS_H

#include "mesh/base.h"
#include "mesh/proxy.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** Makes and keeps the resources of every proxy of a snapshot. Proxies that see the same share one set;
 *  a new snapshot keeps what it cannot have changed. Every function but mesh_xds_delete may be called
 *  from any thread at any time.  @since 0.1 */
typedef struct mesh_xds mesh_xds;

/** Ownership: the caller frees *out with mesh_xds_delete.  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_xds_new(mesh_xds **out);

/** Frees it; sessions of it must be gone. NULL is allowed.  @since 0.1 */
MESH_API void mesh_xds_delete(mesh_xds *xds);

/** Takes a newer snapshot; an older one is ignored. Nothing is made until it is asked for.
 *  Ownership: the snapshot stays the caller's.  Threads: any.  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_xds_update(mesh_xds *xds, const mesh_snapshot *snapshot);

/** The resources of one type for one proxy, as JSON: [{"name", "resource": {protobuf JSON, Anys with "@type"}}],
 *  sorted by name.
 *  @param type  "clusters", "endpoints", "listeners", "routes", "extensions" or "nametable"; routes, endpoints and
 *         extensions are those that listeners and clusters name. "secrets" is empty here: see mesh_xds_sent_json.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT for the type, MESH_NOT_FOUND when the proxy's mesh is gone.  @since 0.1 */
MESH_API mesh_error *mesh_xds_resources_json(const mesh_xds *xds, const mesh_proxy *proxy,
                                             mesh_view type, mesh_buffer **out);

/** The same as bytes: a serialized envoy.service.discovery.v3.DiscoveryResponse with all of them in the
 *  order they would be sent.
 *  Ownership, threads and errors as mesh_xds_resources_json.  @since 0.1 */
MESH_API mesh_error *mesh_xds_resources(const mesh_xds *xds, const mesh_proxy *proxy,
                                        mesh_view type, mesh_buffer **out);

/** The same for a caller whose identity is known: with one, "secrets" are those that listeners and clusters name
 *  and the caller may have, and "extensions" carry their pull secrets.
 *  @param caller  JSON object: {"identity": "spiffe://…/ns/…/sa/…", as the frontend has verified it, absent: nobody is known;
 *         "believeNode": false, it is who the proxy says; "readsSecrets": whether its account may list the Secrets of its
 *         namespace, absent: gateways may}.
 *  Ownership and threads as mesh_xds_resources_json.  Errors: also MESH_INVALID_ARGUMENT and MESH_PARSE for the
 *  caller, and MESH_INVALID_ARGUMENT when the identity is not the proxy's.  @since 0.1 */
MESH_API mesh_error *mesh_xds_sent_json(const mesh_xds *xds, const mesh_proxy *proxy,
                                        mesh_view type, mesh_view caller, mesh_buffer **out);

/** The names of the secrets that a proxy's listeners and clusters ask for, as a sorted JSON array.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors as mesh_xds_resources_json.  @since 0.1 */
MESH_API mesh_error *mesh_xds_secret_names(const mesh_xds *xds, const mesh_proxy *proxy,
                                           mesh_buffer **out);

/** Counts and bytes per type without the resources: {"clusters": {"count", "bytes"}, …}.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors as mesh_xds_resources_json.  @since 0.1 */
MESH_API mesh_error *mesh_xds_sizes(const mesh_xds *xds, const mesh_proxy *proxy,
                                    mesh_buffer **out);

/** The Envoy bootstrap of a proxy, as JSON.
 *  @param options  JSON object: {"xdsAddress": "127.0.0.1:15010", "adminAddress": "127.0.0.1", "adminPort": 15000, "delta": false,
 *         "static": false, "identity": what mesh_authority_issue gave (static only)}. With "static" the configuration
 *         is complete in itself: endpoints, routes and secrets inline, no control plane.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT, MESH_PARSE; MESH_NOT_FOUND when the proxy's mesh is gone.  @since 0.1 */
MESH_API mesh_error *mesh_xds_bootstrap(const mesh_xds *xds, const mesh_proxy *proxy,
                                        mesh_view options, mesh_buffer **out);

/** What a change does (schema diff.json): per proxy and type the resources added, changed and removed, in
 *  names, counts and bytes; members that join or leave; diagnostics that appear or go; requests that are refused or
 *  let through now, or go elsewhere.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_diff(const mesh_snapshot *before, const mesh_snapshot *after,
                                        mesh_buffer **out);

MESH_END_DECLS
#endif
