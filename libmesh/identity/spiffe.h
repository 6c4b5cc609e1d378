// The names of workloads: "spiffe://<trust domain>/ns/<namespace>/sa/<service account>".
//
// Read as strictly as ParseIdentity in Istio's pkg/spiffe/spiffe.go: five parts, in this order, nothing after.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/result.h"

namespace mesh::identity {

struct SpiffeId {
  std::string trust_domain;
  std::string ns;
  std::string account;
  bool operator==(const SpiffeId&) const = default;
};

// kInvalidArgument for any other form, or when a part is empty.
Result<SpiffeId> parse_spiffe_id(std::string_view text);

}  // namespace mesh::identity
