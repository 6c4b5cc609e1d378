// Quantities as Kubernetes writes them: reading and writing one changes its text ("0.5" is "500m",
// "1024Mi" is "1Gi"), and the values of a control plane hold the written form.
// Upstream: apimachinery, pkg/api/resource/quantity.go (CanonicalizeBytes).
#pragma once

#include <string>
#include <string_view>

namespace mesh::smcp {

// The text itself when it is no quantity, or one of more digits than are needed anywhere.
std::string canonical_quantity(std::string_view text);

}  // namespace mesh::smcp
