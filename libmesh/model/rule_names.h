// Names in traffic rules made full: short hosts of VirtualServices and DestinationRules, and the
// gateways of VirtualServices (pilot/pkg/model/virtualservice.go resolveVirtualServiceShortnames).
//
// A rule with full names depends on its object and on the cluster's domain alone, so it is made
// once and remembered with the object.
#pragma once

#include <memory>
#include <string>

#include "libmesh/kube/object.h"
#include "libmesh/schema/istio.h"

namespace mesh::model {

// The name under which sidecars look for VirtualServices.
inline constexpr std::string_view kMeshGateway = "mesh";
// "gw" -> "<ns>/gw", "./gw" -> "<ns>/gw", "gw.other.svc…" -> "other/gw"; "mesh" stays.
std::string resolve_gateway_name(const std::string& name, const std::string& ns);

// The rule of the object with short host names made full and gateways as "ns/name" or "mesh".
std::shared_ptr<const networking::VirtualService> with_full_names(
    const kube::ObjectPtr& object, const networking::VirtualService& rule,
    const std::string& domain);
std::shared_ptr<const networking::DestinationRule> with_full_names(
    const kube::ObjectPtr& object, const networking::DestinationRule& rule,
    const std::string& domain);

// Makes them of an object of one of these kinds ahead of use.
void prepare_names(const kube::ObjectPtr& object, const std::string& domain);

}  // namespace mesh::model
