// Where a tracer or sampler is called: a host with a path behind it, as Go's url.JoinPath joins them.
// Istio uses that on bare hosts (pilot/pkg/networking/core/tracing.go), so what it does with odd paths
// is part of the answer: "." and ".." are resolved, what may not stand in a path is escaped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mesh::xds {

// Nothing when the path has a % without two hexadecimal digits behind it.
std::optional<std::string> join_url_path(std::string_view host, std::string_view path);

}  // namespace mesh::xds
