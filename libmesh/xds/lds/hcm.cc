#include "libmesh/xds/lds/hcm.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "libmesh/base/address_bytes.h"
#include "libmesh/base/net.h"
#include "libmesh/schema/gen/envoy/accesslog.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/preserve_case.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/schema/gen/envoy/uuid.h"
#include "libmesh/schema/varint.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/lds/filters.h"

namespace mesh::xds {
namespace {

using Hcm = envoy::hcm::HttpConnectionManager;
using Settings = meshconfig::ProxyConfig_ConnectionSettings;

constexpr std::string_view kHcmFilter = "envoy.filters.network.http_connection_manager";

const Settings& settings_of(const ListenerContext& context) {
  static const Settings kNone;
  return context.connections ? *context.connections : kNone;
}

// Negative numbers stand for nothing (safeUint32).
bool is_size(const std::optional<int32_t>& value) { return value && *value >= 0; }

void put_http1(Hcm& hcm, const ListenerContext& context, const HcmOptions& options) {
  // Gateways always carry the message, empty or not.
  const bool gateway = context.listener_class == ListenerClass::kGateway;
  const bool preserve_case = context.headers.preserve_http1_case;
  if (!gateway && !context.http10 && !options.http_proxy && !preserve_case) return;
  hcm.http_protocol_options([&](envoy::core::Http1ProtocolOptions http1) {
    if (options.http_proxy) http1.allow_absolute_url(true);
    http1.accept_http_10(context.http10);
    if (!preserve_case) return;
    http1.header_key_format([](auto& format) {
      format.stateful_formatter([](envoy::core::TypedExtensionConfig formatter) {
        formatter.name("preserve_case");
        formatter.typed_config<envoy::preserve_case::PreserveCaseFormatterConfig>();
      });
    });
  });
}

void put_http2(Hcm& hcm, const ListenerContext& context, const HcmOptions& options) {
  const Settings& set = settings_of(context);
  if (!options.http2 && !set.http_max_concurrent_streams && !set.http2_initial_stream_window_size &&
      !set.http2_initial_connection_window_size) {
    return;
  }
  hcm.http2_protocol_options([&](envoy::core::Http2ProtocolOptions http2) {
    const auto put = [](const std::optional<int32_t>& value, auto&& setter) {
      if (is_size(value)) setter(static_cast<uint32_t>(*value));
    };
    put(set.http_max_concurrent_streams, [&](uint32_t v) { http2.max_concurrent_streams(v); });
    put(set.http2_initial_stream_window_size,
        [&](uint32_t v) { http2.initial_stream_window_size(v); });
    put(set.http2_initial_connection_window_size,
        [&](uint32_t v) { http2.initial_connection_window_size(v); });
  });
}

void put_common_http(Hcm& hcm, const ListenerContext& context) {
  using From = Settings::HeadersWithUnderscoresAction;
  using To = envoy::core::HttpProtocolOptions::HeadersWithUnderscoresAction;
  const Settings& set = settings_of(context);
  const auto& idle = set.http_idle_timeout ? set.http_idle_timeout : context.idle_timeout;
  const From underscores = set.http_headers_with_underscores_action;
  if (!idle && !set.http_max_connection_duration && !set.http_max_stream_duration &&
      underscores == From::HEADERS_WITH_UNDERSCORES_UNSPECIFIED) {
    return;
  }
  hcm.common_http_protocol_options([&](envoy::core::HttpProtocolOptions common) {
    if (idle) common.idle_timeout(*idle);
    if (set.http_max_connection_duration) {
      common.max_connection_duration(*set.http_max_connection_duration);
    }
    if (set.http_max_stream_duration) common.max_stream_duration(*set.http_max_stream_duration);
    switch (underscores) {
      case From::HEADERS_WITH_UNDERSCORES_UNSPECIFIED:
      case From::HEADERS_WITH_UNDERSCORES_ALLOW:
        break;
      case From::HEADERS_WITH_UNDERSCORES_REJECT_REQUEST:
        common.headers_with_underscores_action(To::REJECT_REQUEST);
        break;
      case From::HEADERS_WITH_UNDERSCORES_DROP_HEADER:
        common.headers_with_underscores_action(To::DROP_HEADER);
        break;
    }
  });
}

void put_timeouts(Hcm& hcm, const ListenerContext& context) {
  const Settings& set = settings_of(context);
  // No limit unless somebody asks for one: streams may be silent for long.
  hcm.stream_idle_timeout(set.http_stream_idle_timeout.value_or(schema::Duration{}));
  if (set.http_request_timeout) hcm.request_timeout(*set.http_request_timeout);
  if (set.http_request_headers_timeout) {
    hcm.request_headers_timeout(*set.http_request_headers_timeout);
  }
  if (set.http_drain_timeout) hcm.drain_timeout(*set.http_drain_timeout);
}

void put_path_normalization(Hcm& hcm, const ListenerContext& context) {
  using Mode = meshconfig::MeshConfig_ProxyPathNormalization_NormalizationType;
  using Slashes = Hcm::PathWithEscapedSlashesAction;
  const Mode mode =
      context.config.path_normalization ? context.config.path_normalization->normalization : Mode{};
  bool merge = mode == Mode::MERGE_SLASHES || mode == Mode::DECODE_AND_MERGE_SLASHES;
  Slashes slashes = mode == Mode::DECODE_AND_MERGE_SLASHES ? Slashes::UNESCAPE_AND_FORWARD
                                                           : Slashes::KEEP_UNCHANGED;
  if (context.connections) {
    using Own = Settings::PathWithEscapedSlashesAction;
    merge = context.connections->http_merge_slashes.value_or(merge);
    switch (context.connections->http_path_with_escaped_slashes_action) {
      case Own::PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED:
        break;
      case Own::KEEP_UNCHANGED:
        slashes = Slashes::KEEP_UNCHANGED;
        break;
      case Own::REJECT_REQUEST:
        slashes = Slashes::REJECT_REQUEST;
        break;
      case Own::UNESCAPE_AND_REDIRECT:
        slashes = Slashes::UNESCAPE_AND_REDIRECT;
        break;
      case Own::UNESCAPE_AND_FORWARD:
        slashes = Slashes::UNESCAPE_AND_FORWARD;
        break;
    }
  }
  hcm.normalize_path(mode != Mode::NONE);
  hcm.merge_slashes(merge);
  hcm.path_with_escaped_slashes_action(slashes);
}

// Inbound listeners tell the workload who called; gateways who came in from outside.
void put_client_certificate(Hcm& hcm, const ListenerContext& context) {
  using Details = Hcm::ForwardClientCertDetails;
  const ProxyHeaders& headers = context.headers;
  if (context.listener_class == ListenerClass::kInbound) {
    hcm.forward_client_cert_details(headers.forwarded_client_cert);
    hcm.set_current_client_cert_details([&](auto& set) {
      set.subject(headers.cert_subject);
      set.cert(headers.cert_pem);
      set.chain(headers.cert_chain);
      set.dns(headers.cert_dns);
      set.uri(headers.cert_uri);
    });
  } else if (context.listener_class == ListenerClass::kGateway) {
    const auto& topology = context.proxy_config().gateway_topology;
    // The numbers of the mesh's enum are Envoy's plus one; zero is "not said".
    Details details = Details::SANITIZE_SET;
    if (topology &&
        topology->forward_client_cert_details != meshconfig::ForwardClientCertDetails::UNDEFINED) {
      details = static_cast<Details>(static_cast<int>(topology->forward_client_cert_details) - 1);
    }
    if (topology) hcm.xff_num_trusted_hops(topology->num_trusted_proxies);
    hcm.forward_client_cert_details(details);
    if (details != Details::APPEND_FORWARD && details != Details::SANITIZE_SET) return;
    hcm.set_current_client_cert_details([](auto& set) {
      set.subject(true);
      set.cert(true);
      set.dns(true);
      set.uri(true);
    });
  }
}

// Whose internal headers a gateway believes: the ranges of the mesh's networks, in the order of their addresses
// (MeshNetworksToEnvoyInternalAddressConfig in networking/util/util.go).
void put_internal_addresses(Hcm& hcm, const ListenerContext& context) {
  const auto& networks = context.view.mesh().mesh_networks;
  if (networks == nullptr || networks->ranges.empty()) return;
  using Key = std::tuple<AddressFamily, std::string, int>;
  std::vector<std::pair<Key, std::string_view>> ranges;
  for (const model::MeshNetworks::Range& range : networks->ranges) {
    const Cidr& cidr = range.cidr;
    ranges.push_back({{cidr.family, address_bytes(cidr.address), cidr.bits}, cidr.address});
  }
  std::sort(ranges.begin(), ranges.end());
  hcm.internal_address_config([&](auto& internal) {
    for (const auto& [key, address] : ranges) {
      internal.cidr_ranges([&](envoy::core::CidrRange range) {
        range.address_prefix(canonical_address(address));
        range.prefix_len(static_cast<uint32_t>(std::get<int>(key)));
      });
    }
  });
}

void put_http_filters(Hcm& hcm, const ListenerContext& context, const HcmOptions& options) {
  const bool inbound = context.listener_class == ListenerClass::kInbound;
  if (context.istio) {
    // The explicit proxy port never hides the headers.
    const bool skip = context.headers.skip_external_metadata && !options.http_proxy;
    hcm.append_raw(inbound ? http_filters::metadata_exchange_inbound()
                           : http_filters::metadata_exchange_outbound(skip));
  }
  const PhaseFilters& extensions = context.extensions.of_port(options.port).http;
  hcm.append_raw(context.security.http_custom);
  hcm.append_raw(extensions.authn);
  hcm.append_raw(context.security.http_tokens);
  hcm.append_raw(extensions.authz);
  hcm.append_raw(context.security.http_rbac);
  hcm.append_raw(extensions.rest);
  if (options.grpc_web) hcm.append_raw(http_filters::grpc_web());
  hcm.append_raw(http_filters::grpc_stats());
  if (context.istio && !inbound) hcm.append_raw(http_filters::alpn());
  hcm.append_raw(http_filters::fault());
  hcm.append_raw(http_filters::cors());
  hcm.append_raw(context.http_metrics);
  hcm.append_raw(context.sessions);
  hcm.append_raw(options.extra_filter);
  hcm.append_raw(http_filters::router(context.headers.suppress_debug_headers));
}

// Whether the request id decides about sampling.
std::string_view request_id_extension(bool decides) {
  const auto make = [](bool value) {
    std::string out;
    Hcm(out).request_id_extension([&](auto& extension) {
      extension.template typed_config<envoy::uuid::UuidRequestIdConfig>(
          [&](auto& config) { config.use_request_id_for_trace_sampling(value); });
    });
    return out;
  };
  static const std::string yes = make(true);
  static const std::string no = make(false);
  return decides ? yes : no;
}

size_t field_size(size_t size) {
  return 1 + wire::varint_size(size) + size;  // a tag of one byte
}

// What stands around the connection manager's own bytes in a FilterChain.
struct Envelope {
  char filters = 0;  // tags
  char typed_config = 0;
  std::string name;  // fields
  std::string type_url;
};

const Envelope& envelope() {
  static const Envelope made = [] {
    Envelope out;
    std::string field;
    envoy::listener::FilterChain(field).filters();
    out.filters = field.front();
    envoy::listener::Filter(out.name).name(kHcmFilter);
    field.clear();
    envoy::listener::Filter(field).typed_config<Hcm>();
    out.typed_config = field.front();
    wire::put_bytes_field<1>(out.type_url, Hcm::kTypeUrl);
    return out;
  }();
  return made;
}

template <typename F>
void append_head(std::string_view stat_prefix, size_t body_size, std::string& out, F&& put_routes) {
  thread_local std::string fields;
  fields.clear();
  Hcm hcm(fields);
  hcm.stat_prefix(stat_prefix);
  put_routes(hcm);
  const Envelope& around = envelope();
  const size_t value = fields.size() + body_size;
  const size_t any = around.type_url.size() + field_size(value);
  out.push_back(around.filters);
  wire::put_varint(out, around.name.size() + field_size(any));
  out.append(around.name);
  out.push_back(around.typed_config);
  wire::put_varint(out, any);
  out.append(around.type_url);
  wire::put_tag<wire::tag_of(2, wire::Type::kBytes)>(out);
  wire::put_varint(out, value);
  out.append(fields);
}

void put_body(const ListenerContext& context, const HcmOptions& options, Hcm hcm) {
  const ProxyHeaders& headers = context.headers;
  if (options.http3) {
    hcm.codec_type(envoy::hcm::HttpConnectionManager_CodecType::HTTP3);
    hcm.http3_protocol_options();
  }
  hcm.server_name(headers.server_name);
  if (headers.pass_server_header) {
    hcm.server_header_transformation(Hcm::ServerHeaderTransformation::PASS_THROUGH);
  }
  if (headers.no_request_id) hcm.generate_request_id(false);
  hcm.append_x_forwarded_port(headers.x_forwarded_port);
  hcm.proxy_100_continue(true);
  if (context.listener_class == ListenerClass::kGateway) {
    hcm.use_remote_address(true);
    put_internal_addresses(hcm, context);
  } else {
    hcm.use_remote_address(false);
  }
  hcm.upgrade_configs([](auto& upgrade) { upgrade.upgrade_type("websocket"); });
  put_http1(hcm, context, options);
  put_http2(hcm, context, options);
  put_common_http(hcm, context);
  put_timeouts(hcm, context);
  put_path_normalization(hcm, context);
  put_client_certificate(hcm, context);
  for (const std::string& log : context.http_access_logs) hcm.access_log(envoy::Raw{log});
  hcm.append_raw(context.tracing.field);
  put_http_filters(hcm, context, options);
  hcm.append_raw(request_id_extension(context.tracing.request_id_for_sampling));
}

}  // namespace

std::string hcm_body(const ListenerContext& context, const HcmOptions& options) {
  // Written into memory that the thread keeps, so that a body takes no more than its size.
  constexpr size_t kMost = 1 << 18;
  thread_local std::string bytes;
  bytes.clear();
  put_body(context, options, Hcm(bytes));
  std::string out;
  out.reserve(bytes.size());
  wire::append(out, bytes);
  if (bytes.capacity() > kMost) bytes = {};
  return out;
}

void append_rds_hcm(std::string_view stat_prefix, std::string_view route_name,
                    std::string_view body, std::string& out) {
  append_rds_hcm_head(stat_prefix, route_name, body.size(), out);
  out.append(body);
}

void append_rds_hcm_head(std::string_view stat_prefix, std::string_view route_name,
                         size_t body_size, std::string& out) {
  append_head(stat_prefix, body_size, out, [&](Hcm& hcm) {
    hcm.rds([&](envoy::hcm::Rds rds) {
      rds.config_source(envoy::Raw{ads_without_timeout()});
      rds.route_config_name(route_name);
    });
  });
}

void append_inline_hcm(std::string_view stat_prefix, std::string_view route_config,
                       std::string_view body, std::string& out) {
  append_inline_hcm_head(stat_prefix, route_config, body.size(), out);
  out.append(body);
}

void append_inline_hcm_head(std::string_view stat_prefix, std::string_view route_config,
                            size_t body_size, std::string& out) {
  append_head(stat_prefix, body_size, out,
              [&](Hcm& hcm) { hcm.route_config(envoy::Raw{route_config}); });
}

NamedTemplates::Template& NamedTemplates::find(size_t stat_prefix_size, size_t route_name_size) {
  for (Template& known : templates_) {
    if (known.stat_prefix_size == stat_prefix_size && known.route_name_size == route_name_size) {
      return known;
    }
  }
  return templates_.emplace_back(Template{stat_prefix_size, route_name_size, 0, 0, 0, {}});
}

void NamedTemplates::make(Template& made) const {
  // Bytes that no name holds mark the places.
  const std::string stat_prefix(made.stat_prefix_size, '\x01');
  const std::string route_name(made.route_name_size, '\x02');
  write_(stat_prefix, route_name, made.bytes);
  // Each length byte may look like the mark, so the last of a run is looked for.
  made.stat_prefix_at = made.bytes.find(stat_prefix);
  while (made.bytes[made.stat_prefix_at + stat_prefix.size()] == '\x01') ++made.stat_prefix_at;
  made.route_name_at = made.bytes.find(route_name, made.stat_prefix_at + stat_prefix.size());
  while (made.bytes[made.route_name_at + route_name.size()] == '\x02') ++made.route_name_at;
}

void NamedTemplates::append(std::string_view stat_prefix, std::string_view route_name,
                            std::string& out) {
  Template& known = find(stat_prefix.size(), route_name.size());
  // One that is needed once or twice is not worth a template; short marks could be met elsewhere in the bytes.
  constexpr size_t kUsesBefore = 2;
  if (known.uses++ < kUsesBefore || stat_prefix.size() < 8 || route_name.size() < 8) {
    write_(stat_prefix, route_name, out);
    return;
  }
  if (known.bytes.empty()) make(known);
  const size_t at = out.size();
  out.append(known.bytes);
  stat_prefix.copy(out.data() + at + known.stat_prefix_at, stat_prefix.size());
  route_name.copy(out.data() + at + known.route_name_at, route_name.size());
}

}  // namespace mesh::xds
