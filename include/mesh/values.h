/** @file values.h
 *  @brief Helm values of control planes, and their documents in another API version.
 */
#ifndef MESH_VALUES_H
#define MESH_VALUES_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** Effective values of control planes, with their profiles, and the charts they are made of, in order
 *  (schema values.json). A control plane whose values cannot be made has an "error" instead.
 *  @param tenant   "namespace/name" of one control plane, or empty for all.
 *  @param options  one JSON object, or empty: "operatorNamespace" (where the ConfigMap smcp-templates with
 *         profiles of one's own is; "openshift-operators"), "cni" (the plug-in is installed; true),
 *         "defaultProfile" ("maistra" or "servicemesh": what the profile "default" is), "images" (an object:
 *         images of the operator's configuration by key, as "pilot", written over those of the profiles),
 *         "chartDefaults" (an object: the charts' global.yaml), "releaseValues" (the values of each chart, too;
 *         false).
 *  Source of the rules: Maistra's operator, pkg/controller/versions; docs/controlplanes.md.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when the tenant is unknown; MESH_PARSE and MESH_INVALID_ARGUMENT for the options.
 *  @since 0.1 */
MESH_API mesh_error *mesh_snapshot_values(const mesh_snapshot *snapshot, mesh_view tenant,
                                          mesh_view options, mesh_buffer **out);

/** ServiceMeshControlPlanes of a text in another API version; other objects as they are
 *  (schema convert.json: the documents in order, and what was wrong with those that are missing).
 *  @param text     YAML or JSON, any number of documents; items of a List count as such.
 *  @param file     what diagnostics call the text.
 *  @param version  "v1" or "v2" (of maistra.io).
 *  Source of the rules: Maistra's operator, pkg/apis/maistra/conversion; docs/controlplanes.md.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT when there is no such version.  @since 0.1 */
MESH_API mesh_error *mesh_convert(mesh_view text, mesh_view file, mesh_view version,
                                  mesh_buffer **out);

MESH_END_DECLS
#endif
