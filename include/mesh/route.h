/** @file route.h
 *  @brief What becomes of a request: its way through the configuration that proxies are sent, as Envoy takes it.
 */
#ifndef MESH_ROUTE_H
#define MESH_ROUTE_H

#include "mesh/base.h"
#include "mesh/proxy.h"
#include "mesh/snapshot.h"
#include "mesh/xds.h"

MESH_BEGIN_DECLS

/** The way of a request through one proxy: listener, filter chain, filters, virtual host, route, clusters,
 *  endpoints, and what is done to the request there (schema route.json).
 *  @param request  JSON (schema route-request.json): an object, or an array of them; then the answer is an array of the
 *         same length. Every key may be left out.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_PARSE and MESH_INVALID_ARGUMENT for the request, by the field's path; MESH_NOT_FOUND when the
 *  proxy's mesh is gone.  @since 0.1 */
MESH_API mesh_error *mesh_route(const mesh_xds *xds, const mesh_proxy *proxy, mesh_view request,
                                mesh_buffer **out);

/** The same, and then through the proxies of the endpoints that the request may come to, with the identity of the
 *  caller: {"sent": route.json, "arrivals": [{"cluster", "endpoint", "proxy", "request", "outcome": route.json}]}
 *  (schema journey.json). Endpoints that answer alike are one arrival.
 *  @param caller  the proxy beside the workload that sends it.
 *  Ownership, threads and errors as mesh_route.  @since 0.1 */
MESH_API mesh_error *mesh_journey(const mesh_xds *xds, const mesh_proxy *caller, mesh_view request,
                                  mesh_buffer **out);

MESH_END_DECLS
#endif
