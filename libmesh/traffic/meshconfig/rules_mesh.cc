// What Istio refuses in a MeshConfig beside its ProxyConfig (ValidateMeshConfig).
#include <algorithm>
#include <set>

#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/rules_locality.h"
#include "libmesh/traffic/check/words.h"
#include "libmesh/traffic/meshconfig/rules.h"

namespace mesh::traffic {
namespace {

constexpr int32_t kMillisecond = 1'000'000;  // in nanoseconds
constexpr int64_t kHour = 3600;              // in seconds

void check_times(const meshconfig::MeshConfig& config, Finder& finder) {
  const auto connect = config.connect_timeout.value_or(schema::Duration());
  check_duration(connect, "connectTimeout", finder);
  if (connect.seconds > kHour || (connect.seconds == kHour && connect.nanos > 0)) {
    finder.invalid("connectTimeout", "is more than an hour", "write 1h or less");
  }
  // 0 is no detection; below it Istio refuses nothing (ValidateProtocolDetectionTimeout).
  if (config.protocol_detection_timeout.value_or(schema::Duration()).nanos % kMillisecond != 0) {
    finder.invalid("protocolDetectionTimeout", "has parts of a millisecond",
                   "write whole milliseconds");
  }
}

// DNS labels with dots between; a dot may end it (ValidateTrustDomain).
bool is_trust_domain(std::string_view text) {
  if (text.ends_with('.') && text != ".") text.remove_suffix(1);
  for (size_t begin = 0;;) {
    const size_t end = std::min(text.find('.', begin), text.size());
    if (!is_dns_label(text.substr(begin, end - begin))) return false;
    if (end == text.size()) return true;
    begin = end + 1;
  }
}

void check_trust_domain(const std::string& domain, const std::string& field, Finder& finder) {
  if (is_trust_domain(domain)) return;
  finder.invalid(field,
                 domain.empty() ? "is empty" : quoted(domain) + " is no name of a trust domain",
                 "write a name like cluster.local: letters, digits and \"-\" with dots between");
}

// Names that BoringSSL has (pkg/config/security/security.go, ValidECDHCurves).
void check_curves(const meshconfig::MeshConfig& config, Finder& finder) {
  static const std::set<std::string> kCurves = {
      "P-224", "P-256", "P-384", "P-521", "X25519", "X25519Kyber768Draft00", "X25519MLKEM768"};
  if (config.mesh_mTLS && !config.mesh_mTLS->ecdh_curves.empty()) {
    finder.invalid("meshMTLS.ecdhCurves", "cannot be chosen between the proxies of a mesh",
                   "take it away; tlsDefaults.ecdhCurves is for everybody else");
  }
  if (!config.tls_defaults) return;
  std::set<std::string> seen;
  for (size_t i = 0; i < config.tls_defaults->ecdh_curves.size(); ++i) {
    const std::string& curve = config.tls_defaults->ecdh_curves[i];
    const std::string field = at("tlsDefaults.ecdhCurves", i);
    if (!curve.empty() && !kCurves.contains(curve)) {
      finder.warn(Code::kNoEffect, field, quoted(curve) + " is no curve",
                  Surroundings::mend_name(curve, kCurves, ""));
    } else if (!seen.insert(curve).second) {
      finder.warn(Code::kNoEffect, field, quoted(curve) + " stands here twice", "write it once");
    }
  }
}

void check_names(const meshconfig::MeshConfig& config, Finder& finder) {
  for (size_t i = 0; i < config.service_settings.size(); ++i) {
    const auto& hosts = config.service_settings[i].hosts;
    for (size_t j = 0; j < hosts.size(); ++j) {
      if (is_wildcard_domain(hosts[j])) continue;
      finder.invalid(at(at("serviceSettings", i) + ".hosts", j),
                     quoted(hosts[j]) + " is no name of a host",
                     "write a name alone, like a.shop.svc.cluster.local or *.cluster.local");
    }
  }
  check_trust_domain(config.trust_domain, "trustDomain", finder);
  for (size_t i = 0; i < config.trust_domain_aliases.size(); ++i) {
    check_trust_domain(config.trust_domain_aliases[i], at("trustDomainAliases", i), finder);
  }
}

void check_traffic_policy(const meshconfig::MeshConfig_DefaultTrafficPolicy& policy,
                          Finder& finder) {
  if (policy.connection_pool) {
    check_pool_settings(*policy.connection_pool, "defaultTrafficPolicy.connectionPool", finder);
  }
  if (policy.outlier_detection) {
    check_outlier_detection(*policy.outlier_detection, "defaultTrafficPolicy.outlierDetection",
                            finder);
  }
}

}  // namespace

void check_mesh_rules(const meshconfig::MeshConfig& config, Finder& finder) {
  check_signed_port(config.proxy_listen_port, "proxyListenPort", finder);
  check_times(config, finder);
  if (config.default_config) check_proxy_rules(*config.default_config, "defaultConfig.", finder);
  if (config.locality_lb_setting) {
    check_locality_setting(*config.locality_lb_setting, "localityLbSetting", finder);
  }
  if (config.zone_aware_lb_setting) {
    check_zone_aware_setting(*config.zone_aware_lb_setting, "zoneAwareLbSetting", finder);
  }
  check_names(config, finder);
  check_curves(config, finder);
  if (config.default_traffic_policy) check_traffic_policy(*config.default_traffic_policy, finder);
}

}  // namespace mesh::traffic
