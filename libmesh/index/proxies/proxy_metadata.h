// Node metadata: what an Envoy tells about itself, by wire name, and what of it means something.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/document/value.h"
#include "libmesh/index/mesh.h"
#include "libmesh/index/proxies/proxy_configs.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/proxy.h"

namespace mesh::index {

// The metadata that the agent in this pod would send: from the mesh's defaultConfig.proxyMetadata, ProxyConfig objects of
// the root namespace and the pod's, the annotation proxy.istio.io/config, a ProxyConfig object that selects the pod, and the
// environment of the container istio-proxy (ISTIO_META_X, ISTIO_METAJSON_X, PROXY_CONFIG), later over earlier.
document::Value metadata_of_pod(const kube::Object& pod, const Mesh& mesh,
                                const ProxyConfigsOfPod& configs);

// Sets what the proxy knows from its metadata: interception, HTTP_PROXY_PORT, DNS_CAPTURE, HTTP10,
// ISTIO_VERSION, flavour. What the metadata does not say stays as it is.
void apply_metadata(model::Proxy& proxy);

// "1.26.0", "1.26", "release-1.26-abc"; anything else is the newest there is.
model::Version parse_version(std::string_view text);

}  // namespace mesh::index
