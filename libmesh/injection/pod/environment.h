// Variables of the proxy that come from neither template nor user: cluster and network of the
// webhook's URL (overwriteClusterInfo in pkg/kube/inject/inject.go) and Maistra's annotation
// sidecar.maistra.io/proxyEnv.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection {

inline constexpr std::string_view kProxyEnvAnnotation = "sidecar.maistra.io/proxyEnv";
inline constexpr std::string_view kClusterVariable = "ISTIO_META_CLUSTER_ID";
inline constexpr std::string_view kNetworkVariable = "ISTIO_META_NETWORK";

using Variables = ProxyEnv;

// Of the URL, the values and the pod's label topology.istio.io/network, the later over the earlier.
Variables proxy_variables(const document::Value& pod, const Settings& settings,
                          const Variables& of_url);

// Takes away what has one of the names, and puts these at the end; in a pod that was injected before
// in front of what injection put behind them then, so that injecting twice is injecting once.
void replace_variables(document::Value& pod, const Variables& variables, bool injected_before);

// A JSON mapping of texts. An error when it is none: the user's variables are not to get lost.
Result<Variables> parse_proxy_env(std::string_view annotation);

}  // namespace mesh::injection
