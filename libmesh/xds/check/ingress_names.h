// Ingress names: findings about what istiod makes of Ingresses, said of the Ingress and its field.
//
// The Gateways and VirtualServices of Ingresses (model/ingress) are checked like all others. Nobody has them in a file, so
// both what a finding is about and what its text names become the Ingress: "VirtualService shop/x-…-k8s-ingress
// spec.http[1]" is "Ingress shop/web spec.rules[0].http.paths[2]".
#pragma once

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"

namespace mesh::xds {

// `mesh` is of the snapshot.
void name_ingresses(const index::Snapshot& snapshot, const index::Mesh& mesh,
                    Diagnostics& diagnostics);

}  // namespace mesh::xds
