// What Istio refuses in the settings of connection pools and outliers, of DestinationRules, Sidecars and the MeshConfig
// (validateConnectionPool, validateOutlierDetection, validateMeshConfigDefaultTrafficPolicy).
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {
namespace {

using HttpSettings = networking::ConnectionPoolSettings_HTTPSettings;
using TcpSettings = networking::ConnectionPoolSettings_TCPSettings;

void check_natural(int32_t value, const std::string& field, Finder& finder) {
  if (value < 0) finder.invalid(field, "is negative", "write 0, which is no limit, or more");
}

void check_http(const HttpSettings& http, const std::string& path, Finder& finder) {
  check_natural(http.http1_max_pending_requests, path + ".http1MaxPendingRequests", finder);
  check_natural(http.http2_max_requests, path + ".http2MaxRequests", finder);
  check_natural(http.max_requests_per_connection, path + ".maxRequestsPerConnection", finder);
  check_natural(http.max_retries, path + ".maxRetries", finder);
  check_natural(http.max_concurrent_streams, path + ".maxConcurrentStreams", finder);
  check_duration(http.idle_timeout, path + ".idleTimeout", finder);
  if (http.use_client_protocol &&
      http.h2_upgrade_policy ==
          networking::ConnectionPoolSettings_HTTPSettings_H2UpgradePolicy::UPGRADE) {
    finder.invalid(path + ".useClientProtocol", "stands beside h2UpgradePolicy UPGRADE",
                   "write one of them: connections are upgraded, or are as the client's");
  }
}

void check_ping(const HttpSettings& http, const std::string& path, Finder& finder) {
  const auto* ping = http.http2_keep_alive.get();
  if (ping == nullptr) return;
  for (const auto& [value, name] :
       {std::pair{&ping->interval, ".interval"}, {&ping->timeout, ".timeout"}}) {
    const std::string field = path + ".http2KeepAlive" + name;
    if (!*value) finder.invalid(field, "is not set", "write interval and timeout");
    check_duration(*value, field, finder);
  }
}

void check_tcp(const TcpSettings& tcp, const std::string& path, Finder& finder) {
  check_natural(tcp.max_connections, path + ".maxConnections", finder);
  check_duration(tcp.connect_timeout, path + ".connectTimeout", finder);
  check_duration(tcp.max_connection_duration, path + ".maxConnectionDuration", finder);
  // What is 0 is without end.
  const auto& idle = tcp.idle_timeout;
  if (idle && (idle->seconds != 0 || idle->nanos / 1'000'000 != 0)) {
    check_duration(idle, path + ".idleTimeout", finder);
  }
  if (!tcp.tcp_keepalive) return;
  check_duration(tcp.tcp_keepalive->time, path + ".tcpKeepalive.time", finder);
  check_duration(tcp.tcp_keepalive->interval, path + ".tcpKeepalive.interval", finder);
}

}  // namespace

void check_pool_settings(const networking::ConnectionPoolSettings& pool, const std::string& path,
                         Finder& finder) {
  if (!pool.http && !pool.tcp) {
    finder.invalid(path, "is empty", "write http or tcp, or take it away");
  }
  if (pool.http) check_http(*pool.http, path + ".http", finder);
  if (pool.tcp) check_tcp(*pool.tcp, path + ".tcp", finder);
}

void check_connection_pool(const schema::Box<networking::ConnectionPoolSettings>& pool,
                           const std::string& path, Finder& finder) {
  if (!pool) return;
  check_pool_settings(*pool, path, finder);
  if (pool->http) check_ping(*pool->http, path + ".http", finder);
}

void check_outlier_detection(const networking::OutlierDetection& outliers, const std::string& path,
                             Finder& finder) {
  auto percent = [&](int32_t value, const char* key) {
    if (value < 0 || value > 100) {
      finder.invalid(path + key, "is not from 0 to 100", "write a percentage");
    }
  };
  percent(outliers.max_ejection_percent, ".maxEjectionPercent");
  percent(outliers.min_health_percent, ".minHealthPercent");
  check_duration(outliers.interval, path + ".interval", finder);
  check_duration(outliers.base_ejection_time, path + ".baseEjectionTime", finder);
  if (!outliers.split_external_local_origin_errors &&
      outliers.consecutive_local_origin_failures.value_or(0) > 0) {
    finder.invalid(path + ".consecutiveLocalOriginFailures",
                   "counts only beside splitExternalLocalOriginErrors: true",
                   "write that, too, or take it away");
  }
}

}  // namespace mesh::traffic
