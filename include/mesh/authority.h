/** @file authority.h
 *  @brief Development certificate authorities, one per tenant, so that mTLS between proxies is real.
 */
#ifndef MESH_AUTHORITY_H
#define MESH_AUTHORITY_H

#include "mesh/base.h"
#include "mesh/proxy.h"

MESH_BEGIN_DECLS

/** Self-signed authorities, made when first asked for and kept in memory only; each tenant's is its own, so a
 *  certificate of one tenant is refused by the other. For development: nothing is rotated or revoked. Every
 *  function but mesh_authority_delete may be called from any thread at any time.  @since 0.1 */
typedef struct mesh_authority mesh_authority;

/** @param options  JSON object: {"now": seconds since 1970 (required: the library reads no clock), "lifetimeSeconds": 86400}.
 *  Ownership: the caller frees *out with mesh_authority_delete.
 *  Errors: MESH_INVALID_ARGUMENT, MESH_PARSE; MESH_INTERNAL when the random source fails.  @since 0.1 */
MESH_API mesh_error *mesh_authority_new(mesh_view options, mesh_authority **out);

/** Frees it; sessions that use it must be gone. NULL is allowed.  @since 0.1 */
MESH_API void mesh_authority_delete(mesh_authority *authority);

/** The certificate chain and key of a proxy's identity (spiffe://<trust domain>/ns/<ns>/sa/<account>), and its
 *  tenant's root: JSON {"certificateChain", "privateKey", "root"}, each PEM.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT, MESH_INTERNAL.  @since 0.1 */
MESH_API mesh_error *mesh_authority_issue(const mesh_authority *authority,
                                          const mesh_snapshot *snapshot, const mesh_proxy *proxy,
                                          mesh_buffer **out);

/** The certificate chain and key of a server, such as a webhook, and its root, for whom the host names and addresses
 *  are: JSON {"certificateChain", "privateKey", "root"}, each PEM. Another pair at each call, of the same root.
 *  @param options  JSON object: {"hosts": ["127.0.0.1", "istiod.istio-system.svc", …]}.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT, MESH_PARSE, MESH_INTERNAL.  @since 0.1 */
MESH_API mesh_error *mesh_authority_issue_server(const mesh_authority *authority, mesh_view options,
                                                 mesh_buffer **out);

MESH_END_DECLS
#endif
