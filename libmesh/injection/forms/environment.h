// Environment variables of the proxy that hang on the pod; those that do not are in Prepared.
#pragma once

#include "libmesh/document/value.h"
#include "libmesh/injection/forms/view.h"

namespace mesh::injection::forms {

document::Value proxy_config_variable(const View& view);  // PROXY_CONFIG
document::Value pod_ports_variable(const View& view);     // ISTIO_META_POD_PORTS
document::Value app_containers_variable(View& view);      // ISTIO_META_APP_CONTAINERS
// ISTIO_META_WORKLOAD_NAME and ISTIO_META_OWNER. `label`: service.istio.io/workload-name counts.
void add_workload(View& view, bool label, document::List& env);
void add_bootstrap_override(const View& view, document::List& env);  // ISTIO_BOOTSTRAP_OVERRIDE
void add_datadog(View& view, document::List& env);
void add_otel(View& view, document::List& env);            // OTEL_RESOURCE_ATTRIBUTES
void add_proxy_metadata(View& view, document::List& env);  // a variable each

// The list of the sidecar, of a gateway and of the gRPC agent.
document::List sidecar_environment(View& view);
document::List gateway_environment(View& view);
document::List agent_environment(View& view);

}  // namespace mesh::injection::forms
