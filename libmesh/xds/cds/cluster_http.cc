#include "libmesh/xds/cds/cluster_http.h"

#include <array>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/preserve_case.h"
#include "libmesh/schema/gen/envoy/upstream_http.h"

namespace mesh::xds {
namespace {

namespace cluster = envoy::cluster;
namespace core = envoy::core;
using HttpSettings = networking::ConnectionPoolSettings_HTTPSettings;
using UpstreamHttp = envoy::upstream_http::HttpProtocolOptions;
using Version = HttpChoice::Version;

// What a pool says of HTTP connections, TCP's idle timeout standing in for HTTP's.
struct Limits {
  const HttpSettings* http = nullptr;
  std::optional<schema::Duration> idle_timeout;
  std::optional<schema::Duration> max_duration;

  bool any() const {
    return idle_timeout || max_duration ||
           (http != nullptr && (http->max_requests_per_connection > 0 ||
                                http->max_concurrent_streams > 0 || http->http2_keep_alive));
  }
};

Limits limits_of(const networking::ConnectionPoolSettings* pool) {
  Limits out;
  if (pool == nullptr) return out;
  out.http = pool->http.get();
  if (out.http != nullptr) out.idle_timeout = out.http->idle_timeout;
  if (!pool->tcp) return out;
  out.max_duration = pool->tcp->max_connection_duration;
  if (!out.idle_timeout) out.idle_timeout = pool->tcp->idle_timeout;
  return out;
}

void write_common(const Limits& limits, core::HttpProtocolOptions& out) {
  if (limits.idle_timeout) out.idle_timeout(*limits.idle_timeout);
  if (limits.http != nullptr && limits.http->max_requests_per_connection > 0) {
    out.max_requests_per_connection(
        static_cast<uint32_t>(limits.http->max_requests_per_connection));
  }
  if (limits.max_duration) out.max_connection_duration(*limits.max_duration);
}

void write_http1(bool preserve_case, core::Http1ProtocolOptions& out) {
  if (!preserve_case) return;
  out.header_key_format([](auto& format) {
    format.stateful_formatter([](auto& formatter) {
      formatter.name("preserve_case");
      formatter.template typed_config<envoy::preserve_case::PreserveCaseFormatterConfig>();
    });
  });
}

void write_http2(const HttpSettings* http, core::Http2ProtocolOptions& out) {
  if (http == nullptr) return;
  if (http->max_concurrent_streams > 0) {
    out.max_concurrent_streams(static_cast<uint32_t>(http->max_concurrent_streams));
  }
  if (http->http2_keep_alive) {
    out.connection_keepalive([&](auto& keepalive) {
      if (http->http2_keep_alive->interval) keepalive.interval(*http->http2_keep_alive->interval);
      if (http->http2_keep_alive->timeout) keepalive.timeout(*http->http2_keep_alive->timeout);
    });
  }
}

void write_version(const HttpChoice& choice, const HttpSettings* http, UpstreamHttp& out) {
  switch (choice.version) {
    case Version::kDownstream:
      // Limits of HTTP/2 are lost here, as in Istio (setUseDownstreamProtocol).
      out.use_downstream_protocol_config([&](auto& downstream) {
        downstream.http_protocol_options([&](auto& o) { write_http1(choice.preserve_case, o); });
        downstream.http2_protocol_options();
      });
      return;
    case Version::kHttp2:
      out.explicit_http_config([&](auto& version) {
        version.http2_protocol_options([&](auto& o) { write_http2(http, o); });
      });
      return;
    case Version::kHttp1:
    case Version::kUnset:  // Envoy wants a version when there are options at all
      out.explicit_http_config([&](auto& version) {
        version.http_protocol_options([&](auto& o) { write_http1(choice.preserve_case, o); });
      });
      return;
  }
}

}  // namespace

HttpChoice http_of(const ClusterContext& context, model::Protocol protocol) {
  HttpChoice out;
  if (model::is_http2(protocol)) {
    out.version = Version::kHttp2;
    return out;
  }
  const bool sniffed = model::is_unsupported(protocol);
  if (context.preserve_case && (sniffed || model::is_http(protocol))) {
    out.version = Version::kHttp1;
    out.preserve_case = true;
  }
  // Gateways do not sniff, so they cannot follow the downstream's version either.
  if (sniffed && context.sidecar) out.version = Version::kDownstream;
  return out;
}

HttpChoice follow_client(HttpChoice http) {
  // Istio takes the options over from an explicit version only: a sniffed port loses the case.
  http.preserve_case = http.preserve_case && http.version == Version::kHttp1;
  http.version = Version::kDownstream;
  return http;
}

HttpChoice upgraded(const ClusterContext& context, HttpChoice http, model::Protocol protocol,
                    const networking::ConnectionPoolSettings* pool) {
  using Upgrade = networking::ConnectionPoolSettings_HTTPSettings_H2UpgradePolicy;
  const HttpSettings* settings = pool == nullptr ? nullptr : pool->http.get();
  if (settings != nullptr && settings->use_client_protocol) return follow_client(http);
  const Upgrade own = settings == nullptr ? Upgrade::DEFAULT : settings->h2_upgrade_policy;
  const bool mesh_upgrades =
      context.config.h2_upgrade_policy == meshconfig::MeshConfig_H2UpgradePolicy::UPGRADE;
  const bool upgrade = own == Upgrade::UPGRADE ||
                       (own == Upgrade::DEFAULT && mesh_upgrades && model::is_http(protocol));
  if (upgrade && http.version == Version::kUnset) http.version = Version::kHttp2;
  return http;
}

namespace {

// Without limits and names there is nothing but the version: these fields are written once.
std::string_view version_options(const HttpChoice& choice) {
  constexpr size_t kVersions = static_cast<size_t>(Version::kDownstream) + 1;
  static const auto known = [] {
    std::array<std::array<std::string, 2>, kVersions> out;
    for (size_t i = 0; i < kVersions; ++i) {
      for (const bool preserve_case : {false, true}) {
        cluster::Cluster fields(out[i][preserve_case ? 1 : 0]);
        fields.typed_extension_protocol_options<UpstreamHttp>(
            UpstreamHttp::kFullName, [&](auto& options) {
              write_version({static_cast<Version>(i), preserve_case}, nullptr, options);
            });
      }
    }
    return out;
  }();
  return known[static_cast<size_t>(choice.version)][choice.preserve_case ? 1 : 0];
}

std::string passthrough_options(bool preserve_case) {
  std::string out;
  cluster::Cluster fields(out);
  fields.typed_extension_protocol_options<UpstreamHttp>(
      UpstreamHttp::kFullName, [&](auto& options) {
        options.common_http_protocol_options(
            [](auto& common) { common.idle_timeout(schema::Duration{300, 0}); });
        write_version({Version::kDownstream, preserve_case}, nullptr, options);
      });
  return out;
}

}  // namespace

void write_http_options(const ClusterSettings& settings, cluster::Cluster& out) {
  const bool upstream = settings.auto_sni || settings.auto_san;
  if (settings.connection_pool == nullptr && !upstream) {
    if (settings.http.version != Version::kUnset) out.append_raw(version_options(settings.http));
    return;
  }
  const Limits limits = limits_of(settings.connection_pool);
  if (settings.http.version == Version::kUnset && !limits.any() && !upstream) return;
  out.typed_extension_protocol_options<UpstreamHttp>(UpstreamHttp::kFullName, [&](auto& options) {
    if (limits.any()) {
      options.common_http_protocol_options([&](auto& common) { write_common(limits, common); });
    }
    if (upstream) {
      options.upstream_http_protocol_options([&](auto& u) {
        u.auto_sni(settings.auto_sni);
        u.auto_san_validation(settings.auto_san);
      });
    }
    write_version(settings.http, limits.http, options);
  });
}

void write_passthrough_http_options(bool preserve_case, cluster::Cluster& out) {
  static const std::string usual = passthrough_options(false);
  static const std::string with_case = passthrough_options(true);
  out.append_raw(preserve_case ? with_case : usual);
}

}  // namespace mesh::xds
