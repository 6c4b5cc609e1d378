// What Istio refuses in DestinationRules.
#include <cmath>

#include "libmesh/base/net.h"
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/rules_locality.h"
#include "libmesh/traffic/check/rules_tls.h"
#include "libmesh/traffic/check/targets.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

// As Envoy counts (validation.go, isPrime).
bool is_prime(uint64_t number) {
  if (number != 0 && number < 4) return true;
  if (number % 2 == 0) return false;
  for (uint64_t factor = 3; factor * factor <= number; factor += 2) {
    if (number % factor == 0) return false;
  }
  return true;
}

void check_hash(const networking::LoadBalancerSettings_ConsistentHashLB& hash,
                const std::string& path, Finder& finder) {
  constexpr uint64_t kLargestTable = 5'000'011;
  if (!hash.http_header_name && !hash.http_cookie && !hash.use_source_ip &&
      !hash.http_query_parameter_name) {
    finder.warn(Code::kNoEffect, path, "does not say by what",
                "write httpHeaderName, httpCookie, useSourceIp or httpQueryParameterName");
  }
  if (const auto* cookie = hash.http_cookie.get()) {
    if (cookie->name.empty()) {
      finder.invalid(path + ".httpCookie.name", "is not set", "name the cookie");
    }
    std::set<std::string> seen;
    for (size_t i = 0; i < cookie->attributes.size(); ++i) {
      const std::string& name = cookie->attributes[i].name;
      const std::string field = at(path + ".httpCookie.attributes", i) + ".name";
      if (name.empty()) {
        finder.invalid(field, "is not set", "name the attribute");
      } else if (!seen.insert(name).second) {
        finder.invalid(field, quoted(name) + " stands here twice", "write it once");
      }
    }
  }
  if (hash.minimum_ring_size != 0 && (hash.ring_hash || hash.maglev)) {
    finder.invalid(path + ".minimumRingSize", "stands beside ringHash or maglev",
                   "write ringHash.minimumRingSize");
  }
  if (!hash.maglev) return;
  const uint64_t size = hash.maglev->table_size;
  if (size >= kLargestTable || !is_prime(size)) {
    finder.invalid(path + ".maglev.tableSize", std::to_string(size) + " is no prime below 5000011",
                   "write a prime like 65537, or leave maglev out");
  }
}

void check_warmup(const networking::WarmupConfiguration& warmup, const std::string& path,
                  Finder& finder) {
  if (!warmup.duration) {
    finder.invalid(path + ".duration", "is not set", "write how long endpoints warm up");
  }
  check_duration(warmup.duration, path + ".duration", finder);
  const double percent = warmup.minimum_percent.value_or(0);
  if (!(percent >= 0 && percent <= 100)) {
    finder.invalid(path + ".minimumPercent", "is not from 0 to 100", "write a percentage");
  }
  if (warmup.aggression && !(*warmup.aggression > 0)) {
    finder.invalid(path + ".aggression", "is not more than 0", "write 1, which is linear, or more");
  }
}

void check_balancer(const networking::LoadBalancerSettings& balancer, const std::string& path,
                    Finder& finder) {
  if (balancer.consistent_hash) {
    check_hash(*balancer.consistent_hash, path + ".consistentHash", finder);
  }
  check_locality(balancer, path, finder);
  check_least_duration(balancer.warmup_duration_secs, path + ".warmupDurationSecs", finder);
  if (balancer.warmup) check_warmup(*balancer.warmup, path + ".warmup", finder);
}

void check_outliers(const networking::OutlierDetection& outliers, const std::string& path,
                    Finder& finder) {
  check_outlier_detection(outliers, path, finder);
  for (size_t i = 0; i < outliers.outlier_detection_http_error_codes.size(); ++i) {
    const uint32_t code = outliers.outlier_detection_http_error_codes[i];
    if (code >= 100 && code <= 599) continue;
    finder.invalid(at(path + ".outlierDetectionHttpErrorCodes", i),
                   std::to_string(code) + " is no HTTP status", "write one from 100 to 599");
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
  check_connection_pool(policy.connection_pool, path + ".connectionPool", finder);
}

template <typename Policy>
bool has_settings(const Policy& policy) {
  return policy.tls || policy.load_balancer || policy.outlier_detection || policy.connection_pool;
}

void check_tunnel(const networking::TrafficPolicy_TunnelSettings& tunnel, const std::string& path,
                  Finder& finder) {
  if (!tunnel.protocol.empty() && tunnel.protocol != "CONNECT" && tunnel.protocol != "POST") {
    finder.invalid(path + ".protocol", quoted(tunnel.protocol) + " is neither CONNECT nor POST",
                   "write CONNECT or POST");
  }
  if (!is_fqdn(tunnel.target_host) && !is_ip_address(tunnel.target_host)) {
    finder.invalid(path + ".targetHost",
                   quoted(tunnel.target_host) + " is no name of a host and no IP address",
                   "write the host that the tunnel leads to");
  }
  check_port_number(tunnel.target_port, path + ".targetPort", finder);
}

void check_policy(const schema::Box<networking::TrafficPolicy>& policy, const std::string& path,
                  Finder& finder) {
  if (!policy) return;
  if (!has_settings(*policy) && policy->port_level_settings.empty() && !policy->tunnel &&
      !policy->proxy_protocol && !policy->retry_budget) {
    finder.invalid(path, "is empty", "write a setting, or take it away");
  }
  check_settings(*policy, path, finder);
  for (size_t i = 0; i < policy->port_level_settings.size(); ++i) {
    const auto& port = policy->port_level_settings[i];
    const std::string here = at(path + ".portLevelSettings", i);
    if (!port.port) {
      finder.invalid(here + ".port", "is not set", "write the number of the port that is meant");
    } else if (port.port->number == 0) {
      finder.warn(Code::kNoEffect, here + ".port", "is not set, so no port is meant",
                  "write the number of the port that is meant");
    }
    if (!has_settings(port)) {
      finder.invalid(here, "has no setting",
                     "write loadBalancer, connectionPool, outlierDetection or tls");
    }
    check_settings(port, here, finder);
  }
  if (policy->tunnel) check_tunnel(*policy->tunnel, path + ".tunnel", finder);
  if (policy->tunnel && policy->proxy_protocol) {
    finder.invalid(path + ".proxyProtocol", "stands beside tunnel", "write one of them");
  }
  if (policy->retry_budget) {
    const double percent = policy->retry_budget->percent.value_or(0);
    if (!(percent >= 0 && percent <= 100)) {
      finder.invalid(path + ".retryBudget.percent", "is not from 0 to 100", "write a percentage");
    }
  }
}

void check_subset(const networking::Subset& subset, const std::string& path, Finder& finder) {
  if (subset.name.empty()) {
    finder.invalid(path + ".name", "is not set", "name the subset, so that routes can choose it");
  } else if (!is_dns_label(subset.name)) {
    finder.invalid(path + ".name", quoted(subset.name) + " is no name of a subset",
                   "write letters, digits and \"-\" between them, at most 63");
  }
  check_labels(subset.labels, path + ".labels", finder);
  check_policy(subset.traffic_policy, path + ".trafficPolicy", finder);
}

}  // namespace

void check_destination_rule(const networking::DestinationRule& rule, Finder& finder) {
  if (rule.host.empty()) {
    finder.invalid("spec.host", "is not set", "name the host that the rule is for");
  }
  check_host_name(rule.host, "spec.host", finder);
  if (is_ip_address(rule.host)) {
    finder.invalid("spec.host", quoted(rule.host) + " is an IP address, and no name of a host",
                   "name the host of a Service or ServiceEntry");
  }
  check_policy(rule.traffic_policy, "spec.trafficPolicy", finder);
  std::set<std::string> seen;
  for (size_t i = 0; i < rule.subsets.size(); ++i) {
    const std::string path = at("spec.subsets", i);
    check_subset(rule.subsets[i], path, finder);
    if (!rule.subsets[i].name.empty() && !seen.insert(rule.subsets[i].name).second) {
      finder.invalid(path + ".name", quoted(rule.subsets[i].name) + " stands here twice",
                     "the first one counts");
    }
  }
  const bool selects = static_cast<bool>(rule.workload_selector);
  check_export_rules(rule.export_to, {.own_only = selects}, finder);
  if (selects) {
    check_selector_words(rule.workload_selector->match_labels, "spec.workloadSelector.matchLabels",
                         finder);
  }
}

}  // namespace mesh::traffic
