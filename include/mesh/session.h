/** @file session.h
 *  @brief A session is one client's discovery stream (ADS), bytes in and bytes out.
 *
 *      mesh_session_new(xds, options, authority, &session);
 *      mesh_session_receive(session, request_bytes);
 *      while (mesh_session_next(session, &message) == NULL && message != NULL) { send its slices; … }
 *      …                                       // after mesh_xds_update:
 *      mesh_session_update(session);           // queues what changed
 *
 *  No sockets, threads or clocks: the caller moves the bytes.
 */
#ifndef MESH_SESSION_H
#define MESH_SESSION_H

#include "mesh/authority.h"
#include "mesh/base.h"
#include "mesh/xds.h"

MESH_BEGIN_DECLS

/** One thread at a time; sessions of one mesh_xds may run side by side.  @since 0.1 */
typedef struct mesh_session mesh_session;

/** One response. Immutable, for any thread.  @since 0.1 */
typedef struct mesh_message mesh_message;

/** Opens a session.
 *  @param options  JSON object: {"delta": false, "flavour": "istio" | "envoy" (absent: as the node's metadata says),
 *         "identity": "spiffe://…/ns/…/sa/…", who the caller is, as the frontend has verified it: with none there are no secrets for it;
 *         "readsSecrets": whether its account may list the Secrets of its namespace (absent: gateways may);
 *         "believeNode": false, take it for who its node says: only where nobody else can connect}. Secrets are those of the
 *         snapshot that the identity may have (`kubernetes://NAME`, as `credentialName` names them) and its own certificate.
 *  @param authority  signs the workload certificates (SDS names `default`, `ROOTCA`). NULL: there are none of these.
 *  Ownership: xds and authority stay the caller's and must outlive the session; the caller frees *out with
 *  mesh_session_delete.  Threads: any.  Errors: MESH_INVALID_ARGUMENT, MESH_PARSE.  @since 0.1 */
MESH_API mesh_error *mesh_session_new(const mesh_xds *xds, mesh_view options,
                                      const mesh_authority *authority, mesh_session **out);

/** Frees a session; its messages live on. NULL is allowed.  @since 0.1 */
MESH_API void mesh_session_delete(mesh_session *session);

/** Takes one serialized DiscoveryRequest or DeltaDiscoveryRequest.
 *  Threads: one at a time.  Errors: end the stream: MESH_PARSE when the bytes are no request, MESH_INVALID_ARGUMENT when
 *  the first one carries no node or the identity is not its proxy's, MESH_NOT_FOUND when its proxy is in no mesh.  @since 0.1 */
MESH_API mesh_error *mesh_session_receive(mesh_session *session, mesh_view request);

/** Looks at the newest snapshot of the mesh_xds and queues what changed for this client.
 *  Threads: one at a time.  Errors: MESH_INVALID_ARGUMENT; MESH_NOT_FOUND when its pod or its tenant is gone, which ends the
 *  stream: from then on mesh_session_receive fails as well, until an update finds it again.  @since 0.1 */
MESH_API mesh_error *mesh_session_update(mesh_session *session);

/** The next message to send, in order; *out is NULL when the client is up to date.
 *  Ownership: the caller frees *out with mesh_message_delete.  Threads: one at a time.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_session_next(mesh_session *session, mesh_message **out);

/** The client's proxy, as its node and the newest snapshot that the session has looked at say it.
 *  Ownership: the caller frees *out with mesh_proxy_delete; it outlives the session.  Threads: one at a time.
 *  Errors: MESH_NOT_FOUND before the first request.  @since 0.1 */
MESH_API mesh_error *mesh_session_proxy(const mesh_session *session, mesh_proxy **out);

/** Who the client is and what it has of each type (schema session.json), for /debug/syncz.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: one at a time.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_session_describe(const mesh_session *session, mesh_buffer **out);

/** How many slices a message has; together, in order, they are the serialized response.
 *  Threads: any.  Errors: none; 0 for NULL.  @since 0.1 */
MESH_API size_t mesh_message_slice_count(const mesh_message *message);

/** One slice; the empty view past the last.
 *  Ownership: lives as long as the message.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API mesh_view mesh_message_slice(const mesh_message *message, size_t index);

/** All slices in one buffer.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_message_bytes(const mesh_message *message, mesh_buffer **out);

/** Frees a message; NULL is allowed.  Threads: any.  @since 0.1 */
MESH_API void mesh_message_delete(mesh_message *message);

MESH_END_DECLS
#endif
