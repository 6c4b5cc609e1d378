#include "libmesh/model/network/cluster_local.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "libmesh/model/host.h"

namespace mesh::model {
namespace {

// "istiod.istio-system.svc:15012" -> "istiod.istio-system.svc.<domain>"; empty when there is no port.
std::string discovery_host(const meshconfig::MeshConfig& config, const std::string& domain) {
  if (!config.default_config) return {};
  std::string_view address = config.default_config->discovery_address;
  size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return {};
  std::string_view port = address.substr(colon + 1);
  bool number = !port.empty() &&
                std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return {};
  std::string host(address.substr(0, colon));
  if (!host.ends_with(domain)) host.append(".").append(domain);
  return host;
}

bool takes_away(const std::string& said, const std::string& of_default) {
  return said == of_default || (is_wildcard(of_default) && said.ends_with(of_default.substr(1)));
}

using Hosts = std::map<std::string, bool, std::less<>>;

Hosts local_hosts(const meshconfig::MeshConfig& config, const std::string& domain) {
  std::vector<std::string> defaults = {"*.kube-system.svc." + domain,
                                       "kubernetes.default.svc." + domain,
                                       discovery_host(config, domain)};
  Hosts out;
  for (const auto& settings : config.service_settings) {
    const bool local = settings.settings && settings.settings->cluster_local;
    for (const std::string& host : settings.hosts) {
      if (!local) {
        std::erase_if(defaults, [&](const std::string& d) { return takes_away(host, d); });
      }
      out[host] = local;
    }
  }
  for (std::string& host : defaults) {
    if (!host.empty()) out[std::move(host)] = true;
  }
  return out;
}

}  // namespace

bool is_cluster_local(const meshconfig::MeshConfig& config, const std::string& cluster_domain,
                      const std::string& host) {
  const Hosts hosts = local_hosts(config, cluster_domain);
  if (auto exact = hosts.find(host); exact != hosts.end()) return exact->second;
  std::string_view name = host;
  if (is_wildcard(host)) name.remove_prefix(1);
  const Hosts::value_type* best = nullptr;
  for (const auto& pattern : hosts) {
    if (!is_wildcard(pattern.first)) continue;
    if (!name.ends_with(std::string_view(pattern.first).substr(1))) continue;
    if (best == nullptr || host_more_specific(pattern.first, best->first)) best = &pattern;
  }
  return best != nullptr && best->second;
}

}  // namespace mesh::model
