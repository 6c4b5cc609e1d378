// OTEL_RESOURCE_ATTRIBUTES: how OpenTelemetry names the service of a pod (otelResourceAttributes in
// pkg/kube/inject/template.go, after OpenTelemetry's conventions for Kubernetes).
#pragma once

#include <string>
#include <string_view>

#include "libmesh/injection/forms/view.h"

namespace mesh::injection::forms {

std::string otel_resource_attributes(const View& view);

struct ImageVersion {
  std::string_view tag;
  std::string_view digest;
};
// Of "registry:5000/name:tag@sha256:…".
ImageVersion image_version(std::string_view image);

}  // namespace mesh::injection::forms
