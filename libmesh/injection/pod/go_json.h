// JSON as Go's encoding/json writes it: texts that stand in annotations and variables have to be
// Istio's to the byte.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::injection {

// With quotes; '<', '>', '&' and the line separators are escaped as well.
void append_go_string(std::string& out, std::string_view text);

// The structs of core/v1 that Istio writes.
enum class GoStruct : uint8_t {
  kContainer,
  kHttpGetAction,
  kTcpSocketAction,
  kGrpcAction,
  kProber,  // of pkg/kube/inject/app_probe.go
};
// Members in the order of the struct, unknown ones dropped, empty ones where the type says so,
// quantities in their canonical form.
void append_go_struct(std::string& out, const document::Value& value, GoStruct type);

// The value as it is once Go has read and written it: what `omitempty` leaves out is gone.
document::Value as_go_writes_it(const document::Value& container);

// resource.Quantity's canonical text: "1000m" is "1", "0.5" is "500m", "1024Mi" is "1Gi".
std::string canonical_quantity(std::string_view text);

}  // namespace mesh::injection
