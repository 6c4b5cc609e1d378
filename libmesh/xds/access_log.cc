#include "libmesh/xds/access_log.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "libmesh/document/json.h"
#include "libmesh/schema/gen/envoy/accesslog.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/file_access_log.h"
#include "libmesh/schema/gen/envoy/grpc_access_log.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/req_without_query.h"

namespace mesh::xds {
namespace {

using Provider = meshconfig::MeshConfig_ExtensionProvider;
using FileProvider = meshconfig::MeshConfig_ExtensionProvider_EnvoyFileAccessLogProvider;

constexpr std::string_view kTextFormat =
    "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" "
    "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "
    "\"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
    "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" "
    "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% "
    "%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "
    "%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

using Entry = std::pair<std::string_view, std::string_view>;
constexpr std::array<Entry, 24> kJsonFormat = {{
    {"authority", "%REQ(:AUTHORITY)%"},
    {"bytes_received", "%BYTES_RECEIVED%"},
    {"bytes_sent", "%BYTES_SENT%"},
    {"connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"},
    {"downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"},
    {"downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"},
    {"duration", "%DURATION%"},
    {"method", "%REQ(:METHOD)%"},
    {"path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"},
    {"protocol", "%PROTOCOL%"},
    {"request_id", "%REQ(X-REQUEST-ID)%"},
    {"requested_server_name", "%REQUESTED_SERVER_NAME%"},
    {"response_code", "%RESPONSE_CODE%"},
    {"response_code_details", "%RESPONSE_CODE_DETAILS%"},
    {"response_flags", "%RESPONSE_FLAGS%"},
    {"route_name", "%ROUTE_NAME%"},
    {"start_time", "%START_TIME%"},
    {"upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"},
    {"upstream_host", "%UPSTREAM_HOST%"},
    {"upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"},
    {"upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"},
    {"upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"},
    {"user_agent", "%REQ(USER-AGENT)%"},
    {"x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"},
}};

constexpr std::string_view kWithoutQuery = "%REQ_WITHOUT_QUERY";

void put_value(envoy::pb::Value& out, const document::Value& value);

void put_struct(envoy::pb::Struct& out, const document::Map& map) {
  for (const document::Member& member : map) {
    out.fields(member.key, [&](envoy::pb::Value v) { put_value(v, member.value); });
  }
}

void put_value(envoy::pb::Value& out, const document::Value& value) {
  if (const bool* flag = value.if_bool()) {
    out.bool_value(*flag);
  } else if (const int64_t* number = value.if_int()) {
    out.number_value(static_cast<double>(*number));
  } else if (const uint64_t* large = value.if_uint()) {
    out.number_value(static_cast<double>(*large));
  } else if (const double* real = value.if_double()) {
    out.number_value(*real);
  } else if (const std::string* text = value.if_string()) {
    out.string_value(*text);
  } else if (const document::Map* map = value.if_map()) {
    out.struct_value([&](envoy::pb::Struct s) { put_struct(s, *map); });
  } else if (const document::List* list = value.if_list()) {
    out.list_value([&](envoy::pb::ListValue l) {
      for (const document::Value& item : *list) {
        l.values([&](envoy::pb::Value v) { put_value(v, item); });
      }
    });
  } else {
    out.null_value();
  }
}

void put_query_formatter(envoy::core::SubstitutionFormatString& format) {
  format.formatters([](envoy::core::TypedExtensionConfig formatter) {
    formatter.name("envoy.formatter.req_without_query");
    formatter.typed_config<envoy::req_without_query::ReqWithoutQuery>();
  });
}

void put_text_format(envoy::core::SubstitutionFormatString& format, std::string_view text) {
  std::string line(text.empty() ? kTextFormat : text);
  if (!line.ends_with('\n')) line.push_back('\n');
  format.text_format_source([&](auto& source) { source.inline_string(line); });
  if (line.find(kWithoutQuery) != std::string::npos) put_query_formatter(format);
}

// labels: null or empty for Istio's own.
void put_json_format(envoy::core::SubstitutionFormatString& format, const document::Map* labels) {
  bool without_query = false;
  if (labels == nullptr || labels->empty()) {
    format.json_format([](envoy::pb::Struct s) {
      for (const auto& [key, value] : kJsonFormat) s.string(key, value);
    });
  } else {
    format.json_format([&](envoy::pb::Struct s) { put_struct(s, *labels); });
    without_query = std::any_of(labels->begin(), labels->end(), [](const auto& member) {
      const std::string* text = member.value.if_string();
      return text != nullptr && text->find(kWithoutQuery) != std::string::npos;
    });
  }
  format.json_format_options();
  if (without_query) put_query_formatter(format);
}

// A log and the same log for listeners, where only connections that met no filter chain are of
// interest: what a chain took is logged there.
struct Log {
  std::string plain;
  std::string listener;
};

template <typename Config, typename F>
Log make_log(std::string_view name, F&& fill) {
  Log out;
  envoy::accesslog::AccessLog log(out.plain);
  log.name(name);
  log.typed_config<Config>(fill);
  out.listener = out.plain;
  envoy::accesslog::AccessLog(out.listener).filter([](auto& filter) {
    filter.response_flag_filter([](auto& flags) { flags.flags("NR"); });
  });
  return out;
}

template <typename F>
Log file_log(std::string_view path, F&& put_format) {
  using Config = envoy::file_access_log::FileAccessLog;
  return make_log<Config>("envoy.access_loggers.file", [&](Config& config) {
    config.path(path);
    config.log_format([&](envoy::core::SubstitutionFormatString format) { put_format(format); });
  });
}

Log mesh_file_log(const meshconfig::MeshConfig& config, std::string_view path) {
  return file_log(path, [&](envoy::core::SubstitutionFormatString& format) {
    if (config.access_log_encoding == meshconfig::MeshConfig_AccessLogEncoding::TEXT) {
      put_text_format(format, config.access_log_format);
      return;
    }
    Diagnostics ignored;  // a format that is no JSON is reported where the MeshConfig is read
    auto own = document::read_json(config.access_log_format, "", ignored);
    put_json_format(format, own ? own->if_map() : nullptr);
  });
}

Log provider_file_log(const FileProvider& provider) {
  return file_log(provider.path.empty() ? "/dev/stdout" : provider.path, [&](auto& format) {
    if (provider.log_format && provider.log_format->labels.is_map()) {
      put_json_format(format, provider.log_format->labels.if_map());
    } else {
      put_text_format(format, provider.log_format ? provider.log_format->text.value_or("") : "");
    }
    format.omit_empty_values(provider.omit_empty_values);
  });
}

// Where a gRPC log goes.
struct Upstream {
  std::string cluster;
  std::string authority;
};

// The state that metadata exchange leaves about both ends.
constexpr std::string_view kPeerState[] = {"upstream_peer", "downstream_peer"};
// The older names as well, for services of before Istio 1.24.
constexpr std::string_view kAllPeerState[] = {"upstream_peer",        "downstream_peer",
                                              "wasm.upstream_peer",   "wasm.upstream_peer_id",
                                              "wasm.downstream_peer", "wasm.downstream_peer_id"};

template <typename States>
void put_common(envoy::grpc_access_log::CommonGrpcAccessLogConfig& common, std::string_view name,
                const Upstream& to, const States& states) {
  common.log_name(name);
  common.grpc_service([&](auto& service) {
    service.envoy_grpc([&](auto& grpc) {
      grpc.cluster_name(to.cluster);
      grpc.authority(to.authority);
    });
  });
  common.transport_api_version(envoy::core::ApiVersion::V3);
  for (std::string_view state : states) common.filter_state_objects_to_log(state);
}

template <typename Config, typename States>
Log grpc_log(std::string_view extension, std::string_view name, const Upstream& to,
             const States& states) {
  return make_log<Config>(extension, [&](Config& config) {
    config.common_config([&](auto& common) { put_common(common, name, to, states); });
  });
}

constexpr std::string_view kHttpGrpcLog = "envoy.access_loggers.http_grpc";
constexpr std::string_view kTcpGrpcLog = "envoy.tcp_grpc_access_log";

// The cluster of a provider's service, "host" or "ns/host" (LookupCluster).
std::optional<Upstream> find_upstream(const index::Mesh& mesh, const std::string& service,
                                      uint32_t port) {
  std::string host = service;
  std::string ns;
  if (const size_t slash = service.find('/'); slash != std::string::npos) {
    ns = service.substr(0, slash);
    host = service.substr(slash + 1);
  }
  const model::Service* match = nullptr;
  bool ambiguous = false;
  mesh.each_of_host(host, [&](const model::ServicePtr& candidate) {
    if (!ns.empty() && candidate->ns != ns) return;
    if (match == nullptr) match = candidate.get();
    ambiguous = ambiguous || match->ns != candidate->ns;
  });
  if (match == nullptr || ambiguous) return std::nullopt;
  return Upstream{model::outbound_cluster_name(port, "", host), host};
}

template <typename Config, typename GrpcProvider>
std::optional<Log> provider_grpc_log(const index::Mesh& mesh, const GrpcProvider& provider,
                                     std::string_view extension, std::string_view default_name) {
  const auto to = find_upstream(mesh, provider.service, provider.port);
  if (!to) return std::nullopt;
  return make_log<Config>(extension, [&](Config& config) {
    config.common_config([&](auto& common) {
      const std::string_view name = provider.log_name.empty() ? default_name : provider.log_name;
      if (provider.filter_state_objects_to_log.empty()) {
        put_common(common, name, *to, kPeerState);
      } else {
        put_common(common, name, *to, provider.filter_state_objects_to_log);
      }
    });
    if constexpr (requires { provider.additional_request_headers_to_log; }) {
      for (const auto& h : provider.additional_request_headers_to_log) {
        config.additional_request_headers_to_log(h);
      }
      for (const auto& h : provider.additional_response_headers_to_log) {
        config.additional_response_headers_to_log(h);
      }
      for (const auto& h : provider.additional_response_trailers_to_log) {
        config.additional_response_trailers_to_log(h);
      }
    }
  });
}

std::optional<Log> provider_log(const index::Mesh& mesh, const Provider& provider) {
  if (const auto& file = provider.envoy_file_access_log) {
    // The built-in provider takes its format from the MeshConfig unless it has one of its own.
    const bool plain = provider.name == "envoy" && !file->log_format && !file->omit_empty_values;
    return plain ? mesh_file_log(mesh.config, file->path) : provider_file_log(*file);
  }
  if (const auto& http = provider.envoy_http_als) {
    return provider_grpc_log<envoy::grpc_access_log::HttpGrpcAccessLogConfig>(
        mesh, *http, kHttpGrpcLog, "http_envoy_accesslog");
  }
  if (const auto& tcp = provider.envoy_tcp_als) {
    return provider_grpc_log<envoy::grpc_access_log::TcpGrpcAccessLogConfig>(
        mesh, *tcp, kTcpGrpcLog, "tcp_envoy_accesslog");
  }
  return std::nullopt;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// The default providers' logs, in the order of their names.
std::vector<Log> provider_logs(const index::Mesh& mesh) {
  std::vector<const Provider*> providers;
  if (mesh.config.default_providers) {
    for (const std::string& name : mesh.config.default_providers->access_logging) {
      for (const Provider& provider : mesh.config.extension_providers) {
        if (!same_name(provider.name, name)) continue;
        if (std::find(providers.begin(), providers.end(), &provider) == providers.end()) {
          providers.push_back(&provider);
        }
        break;
      }
    }
  }
  std::sort(providers.begin(), providers.end(),
            [](const Provider* a, const Provider* b) { return a->name < b->name; });
  std::vector<Log> logs;
  for (const Provider* provider : providers) {
    if (auto log = provider_log(mesh, *provider)) logs.push_back(std::move(*log));
  }
  return logs;
}

void add_service_logs(AccessLogs& out, bool listener) {
  using Tcp = envoy::grpc_access_log::TcpGrpcAccessLogConfig;
  using Http = envoy::grpc_access_log::HttpGrpcAccessLogConfig;
  const Upstream to{"envoy_accesslog_service", ""};
  out.http.push_back(grpc_log<Http>(kHttpGrpcLog, "http_envoy_accesslog", to, kAllPeerState).plain);
  out.tcp.push_back(grpc_log<Tcp>(kTcpGrpcLog, "tcp_envoy_accesslog", to, kAllPeerState).plain);
  if (listener) {
    out.listener.push_back(
        grpc_log<Tcp>(kTcpGrpcLog, "listener_envoy_accesslog", to, kAllPeerState).listener);
  }
}

}  // namespace

AccessLogs access_logs(const index::Mesh& mesh) {
  const bool listener = !mesh.config.disable_envoy_listener_log;
  AccessLogs out;
  const auto add = [&](Log log) {
    out.http.push_back(log.plain);
    out.tcp.push_back(std::move(log.plain));
    if (listener) out.listener.push_back(std::move(log.listener));
  };
  std::vector<Log> logs = provider_logs(mesh);
  for (Log& log : logs) add(std::move(log));
  if (!logs.empty()) return out;
  if (!mesh.config.access_log_file.empty()) {
    add(mesh_file_log(mesh.config, mesh.config.access_log_file));
  }
  if (mesh.config.enable_envoy_access_log_service) add_service_logs(out, listener);
  return out;
}

}  // namespace mesh::xds
