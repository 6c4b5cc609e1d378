/** @file store.h
 *  @brief The store takes Kubernetes objects in any order and yields immutable snapshots.
 */
#ifndef MESH_STORE_H
#define MESH_STORE_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** Objects under change. One thread at a time; the snapshots it gives may go to any.  @since 0.1 */
typedef struct mesh_store mesh_store;

/** Makes an empty store.
 *  @param config JSON object, or empty for the defaults: {"clusterId": "Kubernetes", "clusterDomain":
 *         "cluster.local", "synthesize": true, "meshConfig": "<YAML laid over every other layer>"}. An unknown
 *         key is refused by name.
 *  Ownership: the caller frees *out with mesh_store_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT, MESH_PARSE for the configuration.  @since 0.1 */
MESH_API mesh_error *mesh_store_new(mesh_view config, mesh_store **out);

/** Frees a store; its snapshots live on. NULL is allowed.  Threads: none other in the store.  @since 0.1 */
MESH_API void mesh_store_delete(mesh_store *store);

/** A second handle of the same store, for the objects of a remote cluster of the mesh: what mesh_store_apply,
 *  mesh_store_replace_file and mesh_store_delete_object are given through it is of that cluster. A remote cluster gives services,
 *  endpoints, pods and workloads (as istiod reads through remote secrets); the mesh is configured in the store's own cluster, so
 *  Istio's kinds of a remote one are kept and told by a diagnostic to count for nothing. Snapshots and texts are those of the
 *  store, through whichever handle they are asked or given.
 *  @param cluster  id of the cluster, which its proxies have as CLUSTER_ID; that of the store ("clusterId") is its own cluster.
 *  Ownership: the caller frees *out with mesh_store_delete, in any order: the store lives as long as one of its handles.
 *  Threads: one at a time in all handles of a store.
 *  Errors: MESH_INVALID_ARGUMENT, also for an empty cluster and for one that is no name (letters, digits, '-', '_', '.').
 *  @since 0.1 */
MESH_API mesh_error *mesh_store_cluster(mesh_store *store, mesh_view cluster, mesh_store **out);

/** Adds or replaces every object of a text: YAML or JSON, any number of documents, `List` kinds expanded; a document
 *  without `kind` is a MeshConfig. Mistakes do not stop anything: what can be read is applied.
 *  @param file  name of the text for messages; may be empty.
 *  @param diagnostics  NULL, or receives a JSON array of diagnostics (schema diagnostics.json), sorted.
 *  Ownership: the caller frees *diagnostics with mesh_buffer_delete.  Threads: one at a time.
 *  Errors: MESH_INVALID_ARGUMENT for NULL handles only.  @since 0.1 */
MESH_API mesh_error *mesh_store_apply(mesh_store *store, mesh_view text, mesh_view file,
                                      mesh_buffer **diagnostics);

/** Removes one object. ns is empty for cluster-scoped kinds.
 *  Threads: one at a time.  Errors: MESH_NOT_FOUND when there is none, MESH_INVALID_ARGUMENT for an
 *  unknown kind.  @since 0.1 */
MESH_API mesh_error *mesh_store_delete_object(mesh_store *store, mesh_view kind, mesh_view ns,
                                              mesh_view name);

/** Makes the text of a file the only source of its objects: applies it, and removes those that an earlier
 *  text of the same file brought and this one does not. A file that cannot be read as YAML or JSON
 *  keeps its last good objects and shows a diagnostic; so does the last good version of an object that has errors in it (an API
 *  server refuses such an update). An empty text removes them all.
 *  Parameters, ownership and errors as mesh_store_apply; file must not be empty.  @since 0.1 */
MESH_API mesh_error *mesh_store_replace_file(mesh_store *store, mesh_view text, mesh_view file,
                                             mesh_buffer **diagnostics);

/** Gives the text behind a URL that mesh_snapshot_wanted_texts lists; an empty text takes it back. The library fetches
 *  nothing itself. Snapshots made from then on have it.
 *  Threads: one at a time.  Errors: MESH_INVALID_ARGUMENT, also for an empty url.  @since 0.1 */
MESH_API mesh_error *mesh_store_give_text(mesh_store *store, mesh_view url, mesh_view text);

/** The present state. Unchanged stores give an equal revision.
 *  Ownership: the caller frees *out with mesh_snapshot_delete.  Threads: one at a time.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_store_snapshot(mesh_store *store, mesh_snapshot **out);

MESH_END_DECLS
#endif
