// Words of extension providers that ask somebody else whether a request may pass
// (pkg/config/validation/agent/extensionprovider.go).
#pragma once

#include <string_view>

namespace mesh::traffic {

// The codes that Envoy's API names.
bool is_provider_status(std::string_view text);
// A path that Go's url.Parse takes.
bool is_provider_path(std::string_view text);

}  // namespace mesh::traffic
