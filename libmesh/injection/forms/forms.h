// Istio's own templates as code (manifests/charts/istio-control/istio-discovery/files of Istio
// 1.31): each gives the overlay that its template's text gives.
#pragma once

#include "libmesh/document/value.h"
#include "libmesh/injection/forms/view.h"

namespace mesh::injection::forms {

document::Value sidecar(View& view);      // injection-template.yaml
document::Value gateway(View& view);      // gateway-injection-template.yaml
document::Value grpc_simple(View& view);  // grpc-simple.yaml
document::Value grpc_agent(View& view);   // grpc-agent.yaml

}  // namespace mesh::injection::forms
