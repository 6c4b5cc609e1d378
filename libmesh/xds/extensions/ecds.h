// ECDS: the configuration of the Wasm filters that listeners name.
//
// Follows buildWasmConfig (pilot/pkg/model/extensions.go) and InsertedTrafficExtensionConfigurations
// (pilot/pkg/networking/core/extension/extensionfilter.go) in Istio. A pull secret goes to the proxy's agent as a variable of
// the virtual machine, which the agent takes out again: only a caller that is known is given its content
// (pilot/pkg/xds/ecds.go).
#pragma once

#include <string_view>

#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// The resource of that name, of an EnvoyFilter first; null when no Wasm extension of the proxy's or the root namespace
// has it. Lua stands in the
// listener.
ResourcePtr extension_config(const traffic::ProxyView& view, std::string_view name,
                             bool with_pull_secrets);

}  // namespace mesh::xds
