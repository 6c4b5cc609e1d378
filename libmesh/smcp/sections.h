// The sections of the conversion: two functions each, in the order of the table in conversion.cc.
//
// `spec` is a decoded v2 spec (shape.h): what is there was given. *_to_values writes into the
// values; some change the part of the spec that a later section reads (as upstream does).
// *_from_values takes out of the values what it understands and puts it into the spec (decoded
// form too; the driver writes it with encode). Mistakes go to the tree's faults; the driver stops
// after the section that added one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libmesh/smcp/path.h"
#include "libmesh/smcp/shape.h"
#include "libmesh/smcp/versions.h"

namespace mesh::smcp {

struct Context {
  Version version;
  std::string_view name_space;  // of the object; to values only
};

// cluster_to.cc, cluster_from.cc
void cluster_to_values(Value& spec, const Context& context, Tree& values);
void cluster_from_values(Tree& values, const Context& context, Value& spec);
// general.cc
void general_to_values(Value& spec, const Context& context, Tree& values);
void general_from_values(Tree& values, const Context& context, Value& spec);
// policy.cc
void policy_to_values(Value& spec, const Context& context, Tree& values);
void policy_from_values(Tree& values, const Context& context, Value& spec);
// proxy_to.cc, proxy_from.cc
void proxy_to_values(Value& spec, const Context& context, Tree& values);
void proxy_from_values(Tree& values, const Context& context, Value& spec);
// security_to.cc, security_from.cc
void security_to_values(Value& spec, const Context& context, Tree& values);
void security_from_values(Tree& values, const Context& context, Value& spec);
// telemetry.cc
void telemetry_to_values(Value& spec, const Context& context, Tree& values);
void telemetry_from_values(Tree& values, const Context& context, Value& spec);
// tracing.cc
void tracing_to_values(Value& spec, const Context& context, Tree& values);
void tracing_from_values(Tree& values, const Context& context, Value& spec);
// gateways.cc
void gateways_to_values(Value& spec, const Context& context, Tree& values);
void gateways_from_values(Tree& values, const Context& context, Value& spec);
// addons.cc
void addons_to_values(Value& spec, const Context& context, Tree& values);
void addons_from_values(Tree& values, const Context& context, Value& spec);
// mesh_config.cc; v2.4 and later
void extension_providers_to_values(Value& spec, const Context& context, Tree& values);
void extension_providers_from_values(Tree& values, const Context& context, Value& spec);
void discovery_selectors_to_values(Value& spec, const Context& context, Tree& values);
void discovery_selectors_from_values(Tree& values, const Context& context, Value& spec);
// runtime.cc: last, because it adds to mappings that others made
void runtime_to_values(Value& spec, const Context& context, Tree& values);
void runtime_from_values(Tree& values, const Context& context, Value& spec);

// Parts that several sections share.

// gateways.cc: one decoded GatewayConfig to and from its own values (gatewayConfigToValues,
// gatewayValuesToConfig); the section of the cluster uses it for the ILB gateway.
void gateway_to_values(Value& gateway, Tree& values);
void gateway_from_values(Tree& values, Value& gateway);
// containers.cc: a decoded ContainerConfig, and the part common to all containers (registry, tag,
// pull policy, pull secrets, resources); true when something was found.
void container_to_values(const Value& container, Tree& values);
bool container_from_values(Tree& values, Value& container);
void common_container_to_values(const Value& container, Tree& values);
bool common_container_from_values(Tree& values, Value& container);
// component_env.cc: environment of a control plane component, kept in spec.runtime.components
// (which the section runtime writes) and in <component>.env of the values.
void add_component_env(Value& spec, std::string_view component, std::string_view name,
                       std::string_view value);
std::optional<std::string> take_component_env(Tree& values, std::string_view component,
                                              std::string_view name);

}  // namespace mesh::smcp
