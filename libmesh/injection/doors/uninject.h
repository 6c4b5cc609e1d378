// Takes out of a pod or manifest what injection put in.
//
// The pod itself tells what that was: the annotation sidecar.istio.io/status names containers and
// volumes, ISTIO_KUBE_APP_PROBERS holds the probes, ISTIO_PROMETHEUS_ANNOTATIONS the annotations of
// Prometheus, proxy.istio.io/overrides what the user had written of the proxy. What the pod does not
// tell (whether a label that injection sets was the user's own before, whether a probe named its
// port) is listed, not guessed in silence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/limits.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

// Something that the pod does not tell, with what was done about it.
struct Unknown {
  std::string field;    // "metadata.labels[service.istio.io/canonical-name]"
  std::string message;  // "was removed; if the user had set it, set it again"
  bool operator==(const Unknown&) const = default;
};

struct Uninjected {
  document::Value pod;
  bool was_injected = false;  // without the status annotation nothing is done
  std::vector<Unknown> unknown;
};
Uninjected uninject_pod(const document::Value& pod);

struct UninjectReport {
  size_t uninjected = 0;
  Diagnostics diagnostics;  // what is not known (info), and documents that cannot be read
};
// In place; false when nothing was injected.
bool uninject_object(document::Value& object, UninjectReport& report);
std::string uninject_manifest(std::string_view text, std::string_view file, UninjectReport& report,
                              const document::Limits& limits = {});

}  // namespace mesh::injection
