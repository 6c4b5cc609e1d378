#include "libmesh/xds/telemetry/access_log_providers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/schema/gen/envoy/accesslog.h"
#include "libmesh/schema/gen/envoy/common.h"
#include "libmesh/schema/gen/envoy/file_access_log.h"
#include "libmesh/schema/gen/envoy/grpc_access_log.h"
#include "libmesh/schema/gen/envoy/open_telemetry.h"
#include "libmesh/xds/telemetry/access_log_format.h"

namespace mesh::xds {
namespace {

using traffic::ExtensionProvider;
using traffic::ProviderCluster;
using FileProvider = meshconfig::MeshConfig_ExtensionProvider_EnvoyFileAccessLogProvider;
using OtelProvider = meshconfig::MeshConfig_ExtensionProvider_EnvoyOpenTelemetryLogProvider;
using FileConfig = envoy::file_access_log::FileAccessLog;
using HttpConfig = envoy::grpc_access_log::HttpGrpcAccessLogConfig;
using TcpConfig = envoy::grpc_access_log::TcpGrpcAccessLogConfig;

constexpr std::string_view kFileLog = "envoy.access_loggers.file";
constexpr std::string_view kHttpLog = "envoy.access_loggers.http_grpc";
constexpr std::string_view kTcpLog = "envoy.tcp_grpc_access_log";
constexpr std::string_view kOtelLog = "envoy.access_loggers.open_telemetry";

// The state that metadata exchange leaves about both ends.
constexpr std::string_view kPeerState[] = {"upstream_peer", "downstream_peer"};
// The older names as well, for services of before Istio 1.24.
constexpr std::string_view kAllPeerState[] = {"upstream_peer",        "downstream_peer",
                                              "wasm.upstream_peer",   "wasm.upstream_peer_id",
                                              "wasm.downstream_peer", "wasm.downstream_peer_id"};

template <typename Config, typename F>
std::string make_log(std::string_view extension, F&& fill) {
  std::string out;
  envoy::accesslog::AccessLog log(out);
  log.name(extension);
  log.typed_config<Config>(fill);
  return out;
}

// ---- files ----------------------------------------------------------------------------------

// Labels that are no mapping, or have no field, stand for Istio's own.
const document::Map* labels_of(const document::Value& labels) {
  const document::Map* map = labels.if_map();
  return map != nullptr && map->empty() ? nullptr : map;
}

std::string provider_file_log(const FileProvider& provider) {
  return make_log<FileConfig>(kFileLog, [&](FileConfig& config) {
    config.path(provider.path.empty() ? "/dev/stdout" : provider.path);
    // A format that says nothing is none, not even Istio's.
    const auto& format = provider.log_format;
    if (format && !format->text && format->labels.is_null()) return;
    config.log_format([&](envoy::core::SubstitutionFormatString out) {
      if (format && format->labels.is_map()) {
        put_json_format(out, labels_of(format->labels));
      } else {
        put_text_format(out, format ? format->text.value_or("") : "");
      }
      out.omit_empty_values(provider.omit_empty_values);
    });
  });
}

// ---- gRPC -----------------------------------------------------------------------------------

template <typename States>
void put_common(envoy::grpc_access_log::CommonGrpcAccessLogConfig& common, std::string_view name,
                const ProviderCluster& to, const States& states) {
  common.log_name(name);
  common.grpc_service([&](auto& service) {
    service.envoy_grpc([&](auto& grpc) {
      grpc.cluster_name(to.cluster);
      grpc.authority(to.host);
    });
  });
  common.transport_api_version(envoy::core::ApiVersion::V3);
  for (std::string_view state : states) common.filter_state_objects_to_log(state);
}

template <typename Provider>
void put_own_common(envoy::grpc_access_log::CommonGrpcAccessLogConfig& common,
                    const Provider& provider, std::string_view name, const ProviderCluster& to) {
  if (!provider.log_name.empty()) name = provider.log_name;
  if (provider.filter_state_objects_to_log.empty()) {
    put_common(common, name, to, kPeerState);
  } else {
    put_common(common, name, to, provider.filter_state_objects_to_log);
  }
}

template <typename Provider>
std::string provider_http_log(const Provider& provider, const ProviderCluster& to) {
  return make_log<HttpConfig>(kHttpLog, [&](HttpConfig& config) {
    config.common_config(
        [&](auto& common) { put_own_common(common, provider, "http_envoy_accesslog", to); });
    for (const std::string& header : provider.additional_request_headers_to_log) {
      config.additional_request_headers_to_log(header);
    }
    for (const std::string& header : provider.additional_response_headers_to_log) {
      config.additional_response_headers_to_log(header);
    }
    for (const std::string& trailer : provider.additional_response_trailers_to_log) {
      config.additional_response_trailers_to_log(trailer);
    }
  });
}

template <typename Provider>
std::string provider_tcp_log(const Provider& provider, const ProviderCluster& to) {
  return make_log<TcpConfig>(kTcpLog, [&](TcpConfig& config) {
    config.common_config(
        [&](auto& common) { put_own_common(common, provider, "tcp_envoy_accesslog", to); });
  });
}

// ---- OpenTelemetry --------------------------------------------------------------------------

// Attributes are texts; any other value is an empty one.
void put_attributes(envoy::common::KeyValueList& out, const document::Map& labels) {
  std::vector<const document::Member*> sorted;
  for (const document::Member& member : labels) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->key < b->key; });
  for (const document::Member* member : sorted) {
    const std::string* text = member->value.if_string();
    out.values([&](envoy::common::KeyValue pair) {
      pair.key(member->key);
      pair.value([&](auto& value) { value.string_value(text != nullptr ? *text : ""); });
    });
  }
}

std::string provider_otel_log(const OtelProvider& provider, const ProviderCluster& to) {
  using Config = envoy::open_telemetry::OpenTelemetryAccessLogConfig;
  static const document::Map kNone;
  const auto& format = provider.log_format;
  const std::string_view text =
      format && !format->text.empty() ? std::string_view(format->text) : default_log_text();
  const document::Map* map = format ? format->labels.if_map() : nullptr;
  const document::Map& labels = map != nullptr ? *map : kNone;
  return make_log<Config>(kOtelLog, [&](Config& config) {
    config.common_config([&](auto& common) {
      const std::string_view name = provider.log_name;
      put_common(common, name.empty() ? "otel_envoy_accesslog" : name, to, kAllPeerState);
    });
    config.disable_builtin_labels(true);
    config.body([&](auto& body) { body.string_value(text); });
    if (!labels.empty()) {
      config.attributes([&](auto& attributes) { put_attributes(attributes, labels); });
    }
    if (needs_query_formatter(text) || needs_query_formatter(labels)) {
      config.formatters([](auto formatter) { put_query_formatter(formatter); });
    }
  });
}

}  // namespace

std::string mesh_file_log(const meshconfig::MeshConfig& config, std::string_view path) {
  return make_log<FileConfig>(kFileLog, [&](FileConfig& out) {
    out.path(path);
    out.log_format([&](envoy::core::SubstitutionFormatString format) {
      if (config.access_log_encoding == meshconfig::MeshConfig_AccessLogEncoding::TEXT) {
        put_text_format(format, config.access_log_format);
        return;
      }
      Diagnostics ignored;  // a format that is no JSON is reported where the MeshConfig is read
      const auto own = document::read_json(config.access_log_format, "", ignored);
      put_json_format(format, own ? own->if_map() : nullptr);
    });
  });
}

std::string service_http_log() {
  const ProviderCluster to{"", "envoy_accesslog_service"};
  return make_log<HttpConfig>(kHttpLog, [&](HttpConfig& config) {
    config.common_config(
        [&](auto& common) { put_common(common, "http_envoy_accesslog", to, kAllPeerState); });
  });
}

std::string service_tcp_log(std::string_view name) {
  const ProviderCluster to{"", "envoy_accesslog_service"};
  return make_log<TcpConfig>(kTcpLog, [&](TcpConfig& config) {
    config.common_config([&](auto& common) { put_common(common, name, to, kAllPeerState); });
  });
}

std::optional<std::string> provider_log(const index::Mesh& mesh,
                                        const ExtensionProvider& provider) {
  if (const auto& file = provider.envoy_file_access_log) {
    // The built-in provider takes its format from the MeshConfig unless it has one of its own.
    const bool plain = provider.name == "envoy" && !file->log_format && !file->omit_empty_values;
    return plain ? mesh_file_log(mesh.config, file->path) : provider_file_log(*file);
  }
  const auto send = [&](const auto& log, auto&& write) -> std::optional<std::string> {
    const auto to = traffic::provider_cluster(mesh, log.service, log.port);
    return to ? std::optional(write(log, *to)) : std::nullopt;
  };
  if (const auto& http = provider.envoy_http_als) {
    return send(*http, [](const auto& p, const auto& to) { return provider_http_log(p, to); });
  }
  if (const auto& tcp = provider.envoy_tcp_als) {
    return send(*tcp, [](const auto& p, const auto& to) { return provider_tcp_log(p, to); });
  }
  if (const auto& otel = provider.envoy_otel_als) return send(*otel, provider_otel_log);
  return std::nullopt;
}

}  // namespace mesh::xds
