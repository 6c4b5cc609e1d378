/** @file proxy.h
 *  @brief Proxies: the Envoys that ask for configuration.
 */
#ifndef MESH_PROXY_H
#define MESH_PROXY_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** One proxy: which it is, not what it is sent. Immutable, for any thread.  @since 0.1 */
typedef struct mesh_proxy mesh_proxy;

/** All proxies of pods in namespaces that a mesh owns, by tenant, namespace and name (schema proxies.json); those of remote
 *  clusters (mesh_store_cluster) have a member "cluster", and come after that of the config cluster with the same name.
 *  docs/proxies.md says which pods are proxies.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_proxies(const mesh_snapshot *snapshot, mesh_buffer **out);

/** The proxy of one pod. A workload without pods may be named instead: the pod that was made up for it (docs/synthesis.md).
 *  @param ns  its namespace; "CLUSTER=NAMESPACE" of a remote cluster (mesh_store_cluster). Without a cluster the pod of the
 *         config cluster is meant; where that has none, that of the only remote cluster which has one.
 *  Ownership: the caller frees *out with mesh_proxy_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when there is no such pod or cluster, or it has no sidecar; MESH_INVALID_ARGUMENT when several
 *  remote clusters have the pod; the message says which.  @since 0.1 */
MESH_API mesh_error *mesh_proxy_of_pod(const mesh_snapshot *snapshot, mesh_view ns, mesh_view name,
                                       mesh_proxy **out);

/** A proxy from its description, YAML or JSON: type (sidecar, gateway), id, ip, namespace, labels,
 *  serviceAccount, clusterID, network, locality, dnsDomain, istioVersion, flavour, metadata. Unknown keys are
 *  refused by name.
 *  Ownership: the caller frees *out with mesh_proxy_delete.  Threads: any.
 *  Errors: MESH_PARSE, MESH_INVALID_ARGUMENT, MESH_NOT_FOUND when its namespace is in no mesh.  @since 0.1 */
MESH_API mesh_error *mesh_proxy_read(const mesh_snapshot *snapshot, mesh_view description,
                                     mesh_view file, mesh_proxy **out);

/** The same proxy of another flavour: "istio" (all of Istio's filters) or "envoy" (a stock Envoy).
 *  Ownership: the caller frees *out with mesh_proxy_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT for another word.  @since 0.1 */
MESH_API mesh_error *mesh_proxy_with_flavour(const mesh_proxy *proxy, mesh_view flavour,
                                             mesh_proxy **out);

/** The proxy as one element of proxies.json, without counts.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_proxy_describe(const mesh_proxy *proxy, mesh_buffer **out);

/** Frees a proxy; NULL is allowed.  Threads: any.  @since 0.1 */
MESH_API void mesh_proxy_delete(mesh_proxy *proxy);

MESH_END_DECLS
#endif
