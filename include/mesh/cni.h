/** @file cni.h
 *  @brief The annotation k8s.v1.cni.cncf.io/networks, for whoever adds a network to a pod.
 */
#ifndef MESH_CNI_H
#define MESH_CNI_H

#include "mesh/base.h"

MESH_BEGIN_DECLS

/** The annotation's value with a network added, unless it is there already (docs/cni.md): what the user wrote stays as it
 *  was written, in the form that it has (`[namespace/]name[@interface], …` or a JSON list), and calling twice changes
 *  nothing more. What Multus could not read is left alone. Schema cni-networks.json: "outcome" ("added", "present",
 *  "left-alone" or "overwritten"), "value", "warning" for whoever creates the pod, "lost" (networks that overwriting took
 *  away), and what the value asks for: "form" and "networks".
 *  @param annotation  the value; empty when the pod has none.
 *  @param network     `[namespace/]name`: the network to add.
 *  @param options     {"podNamespace": where names without a namespace are looked up, "overwrite": false (what OpenShift
 *         Service Mesh 1.x does: the value becomes the network alone)}, or empty.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT when the network is none; MESH_PARSE for the options.  @since 0.1 */
MESH_API mesh_error *mesh_cni_networks_merge(mesh_view annotation, mesh_view network,
                                             mesh_view options, mesh_buffer **out);

MESH_END_DECLS
#endif
