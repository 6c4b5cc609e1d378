// Addons: 3scale is gone, and Kiali shows what Prometheus has.
#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {

void check_no_3scale(const Checked& checked, Messages& out) {
  if (at(checked.spec, "addons.3scale") == nullptr) return;
  out.emplace_back(
      "support for 3scale has been removed in v2.1; please remove the spec.addons.3scale section "
      "from the SMCP and configure the 3scale WebAssembly adapter using a ServiceMeshExtension "
      "resource");
}

void check_kiali_has_prometheus(const Checked& checked, Messages& out) {
  if (!is_true(checked.spec, "addons.kiali.enabled") ||
      is_true(checked.spec, "addons.prometheus.enabled")) {
    return;
  }
  if (!at_least(checked.version, Version::kV2_4)) {
    out.emplace_back(
        ".spec.addons.prometheus.enabled must be true when .spec.addons.kiali.enabled is true");
  } else if (text_at(checked.spec, "addons.kiali.name").empty()) {
    // A Kiali of one's own may have a Prometheus of one's own.
    out.emplace_back(
        ".spec.addons.prometheus.enabled must be true when .spec.addons.kiali.enabled is true and "
        "spec.addons.kiali.name is not specified");
  }
}

}  // namespace mesh::smcp
