#include "libmesh/traffic/check/gateway_hosts.h"

#include <algorithm>

#include "libmesh/base/strings.h"
#include "libmesh/model/host.h"
#include "libmesh/model/protocol.h"

namespace mesh::traffic {

ServerUse use_of(const networking::Server& server) {
  using Mode = networking::ServerTLSSettings_TLSmode;
  const auto protocol = model::parse_protocol(server.port ? server.port->protocol : "");
  if (server.tls && server.tls->mode == Mode::AUTO_PASSTHROUGH) return ServerUse::kNone;
  if (server.tls && server.tls->mode == Mode::PASSTHROUGH) return ServerUse::kTls;
  const bool reads = model::is_http(protocol) || protocol == model::Protocol::kHttps;
  return reads ? ServerUse::kHttp : ServerUse::kTcp;
}

GatewayHosts::GatewayHosts(const index::Gateway& gateway) {
  for (size_t i = 0; i < gateway->servers.size(); ++i) {
    for (const std::string& written : gateway->servers[i].hosts) {
      const size_t slash = written.find('/');
      std::string ns = slash == std::string::npos ? "*" : written.substr(0, slash);
      if (ns == ".") ns = gateway.ns();
      const std::string host =
          lower_ascii(std::string_view(written).substr(slash == std::string::npos ? 0 : slash + 1));
      by_host_[host].push_back({static_cast<uint32_t>(i), std::move(ns)});
      if (model::is_wildcard(host)) wildcard_sizes_.insert(host.size() - 1);
    }
  }
}

void GatewayHosts::add(const std::string& known, const std::string& name, const std::string& ns,
                       std::vector<Served>& out) const {
  const auto found = by_host_.find(known);
  if (found == by_host_.end()) return;
  for (const Entry& entry : found->second) {
    if (entry.ns == "*" || entry.ns == ns) out.push_back({entry.server, name});
  }
}

std::vector<GatewayHosts::Served> GatewayHosts::servers_of(const std::string& host,
                                                           const std::string& ns) const {
  std::vector<Served> out;
  const std::string asked = lower_ascii(host);
  if (!model::is_wildcard(asked)) add(asked, asked, ns, out);
  const std::string_view end = std::string_view(asked).substr(model::is_wildcard(asked) ? 1 : 0);
  for (const size_t size : wildcard_sizes_) {
    if (size > end.size()) break;
    const std::string known = "*" + std::string(end.substr(end.size() - size));
    if (model::host_subset_of(asked, known)) add(known, asked, ns, out);
  }
  if (model::is_wildcard(asked)) {
    for (const auto& [known, entries] : by_host_) {
      if (known != asked && model::host_subset_of(known, asked)) add(known, known, ns, out);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace mesh::traffic
