// The images of the proxy and of the init container: hub, name, tag and variant of the values, the
// image type of the ProxyConfig and of the pod's annotation (ProxyImage, ProxyInitImage and
// imageURL in pkg/kube/inject/inject.go).
#pragma once

#include <string>

#include "libmesh/document/value.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection {

// For TemplateInput; `pod` gives the annotation sidecar.istio.io/proxyImageType.
std::string proxy_image(const Settings& settings, const ProxyConfig& config,
                        const document::Value& pod);
std::string proxy_init_image(const Settings& settings, const document::Value& pod);

}  // namespace mesh::injection
