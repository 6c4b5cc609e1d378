#include "libmesh/xds/rds/proxy_headers.h"

namespace mesh::xds {
namespace {

using Headers = meshconfig::ProxyConfig_ProxyHeaders;

// The node's own PROXY_CONFIG.proxyHeaders.HEADER.FLAG; null where it says nothing.
const bool* own_flag(const document::Value& config, std::string_view header,
                     std::string_view flag) {
  const document::Value* at = &config;
  for (std::string_view name : {std::string_view("proxyHeaders"), header, flag}) {
    at = at->find(name);
    if (at == nullptr) return nullptr;
  }
  return at->if_bool();
}

const Headers* shared_headers(const traffic::ProxyView& view) {
  const auto& config = view.mesh().config->default_config;
  return config ? config->proxy_headers.get() : nullptr;
}

}  // namespace

bool includes_attempt_count(const traffic::ProxyView& view) {
  if (const document::Value* own = view.proxy.metadata.find("PROXY_CONFIG"); own != nullptr) {
    const bool* disabled = own_flag(*own, "attemptCount", "disabled");
    return disabled == nullptr || !*disabled;
  }
  const Headers* set = shared_headers(view);
  return set == nullptr || !set->attempt_count || !set->attempt_count->disabled.value_or(false);
}

bool appends_forwarded_host(const traffic::ProxyView& view) {
  if (const document::Value* own = view.proxy.metadata.find("PROXY_CONFIG"); own != nullptr) {
    const bool* enabled = own_flag(*own, "xForwardedHost", "enabled");
    return enabled != nullptr && *enabled;
  }
  const Headers* set = shared_headers(view);
  return set != nullptr && set->x_forwarded_host && set->x_forwarded_host->enabled.value_or(false);
}

}  // namespace mesh::xds
