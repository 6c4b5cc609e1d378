// What Istio refuses in DestinationRules, Gateways, Sidecars and RequestAuthentications.
#include "libmesh/traffic/check/rules.h"

#include <algorithm>
#include <numeric>

#include "libmesh/base/net.h"
#include "libmesh/document/json.h"
#include "libmesh/model/protocol.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {
namespace {

using networking::ClientTLSSettings_TLSmode;
using networking::ServerTLSSettings_TLSmode;

constexpr const char* kMillisecond = "write 1ms or more";

// Port, ServicePort and SidecarPort have the same fields.
template <typename Port>
void check_port(const schema::Box<Port>& port, const std::string& path, Finder& finder) {
  if (!port) return finder.invalid(path, "is not set", "write number, name and protocol");
  if (port->number == 0 || port->number > 65535) {
    finder.invalid(path + ".number", std::to_string(port->number) + " is no port",
                   "write a number from 1 to 65535");
  }
  check_protocol(port->protocol, path + ".protocol", finder);
}

// ---- DestinationRules --------------------------------------------------------------------------

void check_client_tls(const networking::ClientTLSSettings& tls, const std::string& path,
                      Finder& finder) {
  if (tls.mode == ClientTLSSettings_TLSmode::MUTUAL && tls.credential_name.empty()) {
    if (tls.client_certificate.empty()) {
      finder.invalid(path + ".clientCertificate", "is not set, and mode MUTUAL needs it",
                     "or name a Secret: credentialName");
    }
    if (tls.private_key.empty()) {
      finder.invalid(path + ".privateKey", "is not set, and mode MUTUAL needs it",
                     "or name a Secret: credentialName");
    }
  }
  const bool files = !tls.client_certificate.empty() || !tls.private_key.empty();
  if (!tls.credential_name.empty() && files) {
    finder.invalid(path + ".credentialName", "stands beside files", "write one of them");
  }
  if (tls.mode == ClientTLSSettings_TLSmode::ISTIO_MUTUAL &&
      (files || !tls.ca_certificates.empty())) {
    finder.invalid(path + ".mode", "is ISTIO_MUTUAL, which brings its own certificates",
                   "take the certificates away, or write MUTUAL");
  }
}

void check_balancer(const networking::LoadBalancerSettings& balancer, const std::string& path,
                    Finder& finder) {
  if (const auto* hash = balancer.consistent_hash.get()) {
    if (!hash->http_header_name && !hash->http_cookie && !hash->use_source_ip &&
        !hash->http_query_parameter_name) {
      finder.invalid(path + ".consistentHash", "does not say by what",
                     "write httpHeaderName, httpCookie, useSourceIp or httpQueryParameterName");
    }
    if (hash->http_cookie && hash->http_cookie->name.empty()) {
      finder.invalid(path + ".consistentHash.httpCookie.name", "is not set", "name the cookie");
    }
  }
  const auto* locality = balancer.locality_lb_setting.get();
  if (locality == nullptr) return;
  const std::string where = path + ".localityLbSetting";
  for (size_t i = 0; i < locality->distribute.size(); ++i) {
    const auto& to = locality->distribute[i].to;
    const uint64_t total =
        std::accumulate(to.begin(), to.end(), uint64_t{0},
                        [](uint64_t sum, const auto& e) { return sum + e.second; });
    if (total == 100) continue;
    finder.invalid(at(where + ".distribute", i) + ".to",
                   "has weights that add up to " + std::to_string(total) + ", not to 100",
                   "share out 100");
  }
  if (!locality->distribute.empty() && !locality->failover.empty()) {
    finder.invalid(where, "has both distribute and failover", "write one of them");
  }
  for (size_t i = 0; i < locality->failover.size(); ++i) {
    if (locality->failover[i].from != locality->failover[i].to) continue;
    finder.invalid(at(where + ".failover", i), "fails over to where it comes from",
                   "name another region in to");
  }
}

void check_outliers(const networking::OutlierDetection& outliers, const std::string& path,
                    Finder& finder) {
  auto percent = [&](int32_t value, std::string_view key) {
    if (value < 0 || value > 100)
      finder.invalid(path + std::string(key), "is not from 0 to 100", "write a percentage");
  };
  percent(outliers.max_ejection_percent, ".maxEjectionPercent");
  percent(outliers.min_health_percent, ".minHealthPercent");
  auto duration = [&](const std::optional<schema::Duration>& value, std::string_view key) {
    if (value && value->seconds == 0 && value->nanos < 1'000'000) {
      finder.invalid(path + std::string(key), "is less than a millisecond", kMillisecond);
    }
  };
  duration(outliers.interval, ".interval");
  duration(outliers.base_ejection_time, ".baseEjectionTime");
}

void check_pool(const networking::ConnectionPoolSettings& pool, const std::string& path,
                Finder& finder) {
  auto natural = [&](int32_t value, std::string_view key) {
    if (value < 0) {
      finder.invalid(path + std::string(key), "is negative", "write 0, which is no limit, or more");
    }
  };
  if (pool.http) {
    natural(pool.http->http1_max_pending_requests, ".http.http1MaxPendingRequests");
    natural(pool.http->http2_max_requests, ".http.http2MaxRequests");
    natural(pool.http->max_requests_per_connection, ".http.maxRequestsPerConnection");
    natural(pool.http->max_retries, ".http.maxRetries");
  }
  if (pool.tcp) {
    natural(pool.tcp->max_connections, ".tcp.maxConnections");
    const auto& timeout = pool.tcp->connect_timeout;
    if (timeout && timeout->seconds == 0 && timeout->nanos < 1'000'000) {
      finder.invalid(path + ".tcp.connectTimeout", "is less than a millisecond", kMillisecond);
    }
  }
}

// TrafficPolicy and its settings of ports.
template <typename Policy>
void check_settings(const Policy& policy, const std::string& path, Finder& finder) {
  if (policy.tls) check_client_tls(*policy.tls, path + ".tls", finder);
  if (policy.load_balancer) check_balancer(*policy.load_balancer, path + ".loadBalancer", finder);
  if (policy.outlier_detection) {
    check_outliers(*policy.outlier_detection, path + ".outlierDetection", finder);
  }
  if (policy.connection_pool) check_pool(*policy.connection_pool, path + ".connectionPool", finder);
}

void check_policy(const schema::Box<networking::TrafficPolicy>& policy, const std::string& path,
                  Finder& finder) {
  if (!policy) return;
  check_settings(*policy, path, finder);
  for (size_t i = 0; i < policy->port_level_settings.size(); ++i) {
    const auto& port = policy->port_level_settings[i];
    const std::string here = at(path + ".portLevelSettings", i);
    if (!port.port || port.port->number == 0) {
      finder.invalid(here + ".port", "is not set", "write the number of the port that is meant");
    }
    check_settings(port, here, finder);
  }
}

void check_rule(const networking::DestinationRule& rule, Finder& finder) {
  if (rule.host.empty()) {
    finder.invalid("spec.host", "is not set", "name the host that the rule is for");
  }
  check_host_name(rule.host, "spec.host", finder);
  check_policy(rule.traffic_policy, "spec.trafficPolicy", finder);
  std::set<std::string> seen;
  for (size_t i = 0; i < rule.subsets.size(); ++i) {
    const std::string path = at("spec.subsets", i);
    if (rule.subsets[i].name.empty()) {
      finder.invalid(path + ".name", "is not set", "name the subset, so that routes can choose it");
    } else if (!seen.insert(rule.subsets[i].name).second) {
      finder.invalid(path + ".name", quoted(rule.subsets[i].name) + " stands here twice",
                     "the first one counts");
    }
    check_policy(rule.subsets[i].traffic_policy, path + ".trafficPolicy", finder);
  }
}

// ---- Gateways ----------------------------------------------------------------------------------

void check_server_tls(const networking::Server& server, const std::string& path, Finder& finder) {
  const auto protocol = model::parse_protocol(server.port ? server.port->protocol : "");
  const bool secure = model::is_tls(protocol);
  if (!server.tls) {
    if (secure) {
      finder.invalid(path + ".tls",
                     "is not set, and protocol " + server.port->protocol + " needs it",
                     "write mode and credentialName, or mode PASSTHROUGH");
    }
    return;
  }
  const auto& tls = *server.tls;
  // Istio refuses more than the redirect there (validation.go, validateServer).
  if (!secure && server.port && model::is_http(protocol) &&
      (tls.mode != ServerTLSSettings_TLSmode::PASSTHROUGH || !tls.credential_name.empty())) {
    finder.invalid(path + ".tls", "stands on a port of protocol " + server.port->protocol,
                   "write protocol HTTPS; a port of HTTP takes httpsRedirect only");
  }
  if (tls.https_redirect && secure) {
    finder.invalid(path + ".tls.httpsRedirect", "stands on a port that is HTTPS already",
                   "it is for the HTTP port");
  }
  const bool own = !tls.credential_name.empty() || !tls.credential_names.empty() ||
                   !tls.tls_certificates.empty() || !tls.server_certificate.empty();
  const bool needs = tls.mode == ServerTLSSettings_TLSmode::SIMPLE ||
                     tls.mode == ServerTLSSettings_TLSmode::MUTUAL ||
                     tls.mode == ServerTLSSettings_TLSmode::OPTIONAL_MUTUAL;
  if (secure && needs && !own) {
    finder.invalid(path + ".tls",
                   "has mode " + std::string(enum_name(tls.mode)) + " and no certificate",
                   "write credentialName");
  }
  if (tls.credential_name.empty() && !tls.server_certificate.empty() && tls.private_key.empty()) {
    finder.invalid(path + ".tls.privateKey", "is not set beside serverCertificate",
                   "write the path of the key, or credentialName in place of both");
  }
}

void check_gateway(const networking::Gateway& gateway, Finder& finder) {
  if (gateway.servers.empty()) {
    finder.invalid("spec.servers", "has no server", "write a port and its hosts");
  }
  std::set<std::string> names;
  for (size_t i = 0; i < gateway.servers.size(); ++i) {
    const networking::Server& server = gateway.servers[i];
    const std::string path = at("spec.servers", i);
    check_port(server.port, path + ".port", finder);
    if (server.port && server.port->name.empty()) {
      finder.invalid(path + ".port.name", "is not set",
                     "write one that begins with the protocol, like http-web");
    } else if (server.port && !names.insert(server.port->name).second) {
      finder.invalid(path + ".port.name", quoted(server.port->name) + " stands here twice",
                     "names of ports are told apart");
    }
    if (server.hosts.empty()) {
      finder.invalid(path + ".hosts", "names no host", "\"*\" is every host");
    }
    for (size_t j = 0; j < server.hosts.size(); ++j) {
      const std::string& host = server.hosts[j];
      check_host_name(host.substr(host.find('/') + 1), at(path + ".hosts", j), finder);
    }
    check_server_tls(server, path, finder);
  }
}

// ---- Sidecars, RequestAuthentications ----------------------------------------------------------

// "127.0.0.1:8080", "0.0.0.0:8080", "[::1]:8080", "unix:///path".
bool is_default_endpoint(std::string_view text) {
  if (text.starts_with("unix://")) return true;
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return false;
  const std::string_view port = text.substr(colon + 1);
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  return port.find_first_not_of("0123456789") == std::string_view::npos &&
         (address.empty() || is_ip_address(address));
}

void check_sidecar(const networking::Sidecar& sidecar, Finder& finder) {
  std::set<uint32_t> ports;
  for (size_t i = 0; i < sidecar.ingress.size(); ++i) {
    const auto& listener = sidecar.ingress[i];
    const std::string path = at("spec.ingress", i);
    check_port(listener.port, path + ".port", finder);
    if (listener.port && listener.port->number != 0 &&
        !ports.insert(listener.port->number).second) {
      finder.invalid(path + ".port.number",
                     std::to_string(listener.port->number) + " stands here twice",
                     "give each listener a port of its own");
    }
    if (!listener.default_endpoint.empty() && !is_default_endpoint(listener.default_endpoint)) {
      finder.invalid(path + ".defaultEndpoint",
                     quoted(listener.default_endpoint) + " is not ADDRESS:PORT",
                     "write \"127.0.0.1:PORT\" or \"unix:///PATH\"");
    }
  }
  for (size_t i = 0; i < sidecar.egress.size(); ++i) {
    if (sidecar.egress[i].hosts.empty()) {
      finder.invalid(at("spec.egress", i) + ".hosts", "names no host", "\"*/*\" is every host");
    }
  }
}

void check_keys(const std::string& jwks, const std::string& path, Finder& finder) {
  Diagnostics ignored;
  const auto read = document::read_json(jwks, "", ignored);
  const document::Value* keys = read ? read->find("keys") : nullptr;
  if (keys != nullptr && keys->is_list()) return;
  finder.invalid(path, "is no set of keys", "write JSON: {\"keys\": [...]}");
}

void check_authentication(const security::RequestAuthentication& policy, Finder& finder) {
  for (size_t i = 0; i < policy.jwt_rules.size(); ++i) {
    const auto& rule = policy.jwt_rules[i];
    const std::string path = at("spec.jwtRules", i);
    if (rule.issuer.empty()) {
      finder.invalid(path + ".issuer", "is not set", "write the \"iss\" of the tokens");
    }
    if (!rule.jwks_uri.empty() && !rule.jwks_uri.starts_with("https://") &&
        !rule.jwks_uri.starts_with("http://")) {
      finder.invalid(path + ".jwksUri", quoted(rule.jwks_uri) + " is no URL of HTTP",
                     "write one that begins with https://");
    }
    if (!rule.jwks.empty()) check_keys(rule.jwks, path + ".jwks", finder);
    if (!rule.jwks_uri.empty() && !rule.jwks.empty()) {
      finder.invalid(path + ".jwks", "stands beside jwksUri", "write one of them");
    }
    for (size_t j = 0; j < rule.from_headers.size(); ++j) {
      if (rule.from_headers[j].name.empty()) {
        finder.invalid(at(path + ".fromHeaders", j) + ".name", "is not set",
                       "name the header that brings the token");
      }
    }
  }
}

}  // namespace

Diagnostics check_rules(const index::Mesh& mesh) {
  Diagnostics out;
  auto each = [&](const auto& list, auto check) {
    for (const auto& config : list) {
      Finder finder(*config.object, out);
      check(*config.spec, finder);
    }
  };
  each(*mesh.destination_rules, check_rule);
  each(*mesh.gateways, check_gateway);
  each(*mesh.sidecars, check_sidecar);
  each(*mesh.request_authentications, check_authentication);
  return out;
}

}  // namespace mesh::traffic
