// The annotation proxy.istio.io/config, checked as a whole ProxyConfig over Istio's defaults
// (ValidateMeshConfigProxyConfig in pkg/config/validation/agent/validation.go).
#pragma once

#include <string>
#include <string_view>

namespace mesh::injection::forms {

// What is wrong, in Istio's words; empty when nothing is.
std::string proxy_config_fault(std::string_view yaml);

}  // namespace mesh::injection::forms
