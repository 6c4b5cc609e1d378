// Labels and annotations that the forms put onto a pod.
#pragma once

#include "libmesh/document/value.h"
#include "libmesh/injection/forms/view.h"

namespace mesh::injection::forms {

enum class CanonicalName : uint8_t {
  kAsIs,
  kTrimmed,  // as a label's value may be: at most 63 characters, no dots and dashes around
};
// service.istio.io/canonical-name and -revision.
void add_canonical_labels(View& view, CanonicalName form, document::Map& labels);
// istio.io/rev and the default containers of kubectl.
void add_common_annotations(View& view, document::Map& annotations);
// What the CNI plug-in reads of a pod.
void add_cni_annotations(View& view, document::Map& annotations);
// Maistra's label; nothing for Istio.
void add_flavour_labels(const View& view, document::Map& labels);

// The ports that are not to be redirected: the user's and the agent's own (excludeInboundPort).
std::string excluded_inbound_ports(std::string_view status_port, std::string_view excluded);

}  // namespace mesh::injection::forms
