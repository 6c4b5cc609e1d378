// The checks that validation.cc lists per version. Each adds what it finds to `out`.
#pragma once

#include <string_view>

#include "libmesh/smcp/path.h"
#include "libmesh/smcp/validation.h"

namespace mesh::smcp {

using document::Member;

struct Checked {
  const Value& spec;
  std::string_view ns;  // of the control plane
  Version version;
  const Neighbours& neighbours;
};
using Check = void (*)(const Checked&, Messages& out);

// mode.cc
void check_no_mode(const Checked&, Messages& out);            // v2.0 … v2.2
void check_mode_of_v2_3(const Checked&, Messages& out);       // techPreview.controlPlaneMode
void check_mode(const Checked&, Messages& out);               // ≥ v2.4: spec.mode
void check_only_cluster_wide(const Checked&, Messages& out);  // one excludes all others
// gateways.cc
void check_gateways(const Checked&, Messages& out);
// policy.cc
void check_policy(const Checked&, Messages& out);
void check_telemetry(const Checked&, Messages& out);
void check_no_mixer(const Checked&, Messages& out);  // ≥ v2.1
// proxy.cc
void check_no_protocol_detection(const Checked&, Messages& out);       // v2.0, v2.1
void check_protocol_detection_timeout(const Checked&, Messages& out);  // ≥ v2.2
// runtime.cc
void check_affinity(const Checked&, Messages& out);  // ≥ v2.1
// addons.cc
void check_no_3scale(const Checked&, Messages& out);  // ≥ v2.1
void check_kiali_has_prometheus(const Checked&, Messages& out);
// extensions.cc
void check_extensions_of_v2_4(const Checked&, Messages& out);
void check_extensions(const Checked&, Messages& out);        // ≥ v2.5
void check_zipkin_extension(const Checked&, Messages& out);  // ≥ v2.5
// values_v1.cc: an object of the v1 API, of v1.1.
void check_v1_values(const Value& smcp, const Neighbours& neighbours, Messages& out);

// A text in quotes, as Go's %q.
std::string quoted(std::string_view text);

// Groups of messages whose order the operator leaves to a Go map: added so that the whole sorts
// first.
void add_groups(std::vector<Messages> groups, Messages& out);

inline bool is_true(const Value& root, std::string_view path) {
  const bool* flag = bool_at(root, path);
  return flag != nullptr && *flag;
}

}  // namespace mesh::smcp
