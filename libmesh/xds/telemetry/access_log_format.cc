#include "libmesh/xds/telemetry/access_log_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libmesh/schema/gen/envoy/req_without_query.h"

namespace mesh::xds {
namespace {

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

}  // namespace

std::string_view default_log_text() { return kTextFormat; }

bool needs_query_formatter(std::string_view text) {
  return text.find(kWithoutQuery) != std::string_view::npos;
}

bool needs_query_formatter(const document::Map& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const document::Member& member) {
    const std::string* text = member.value.if_string();
    return text != nullptr && needs_query_formatter(*text);
  });
}

void put_query_formatter(envoy::core::TypedExtensionConfig& formatter) {
  formatter.name("envoy.formatter.req_without_query");
  formatter.typed_config<envoy::req_without_query::ReqWithoutQuery>();
}

void put_text_format(envoy::core::SubstitutionFormatString& format, std::string_view text) {
  std::string line(text.empty() ? kTextFormat : text);
  if (!line.ends_with('\n')) line.push_back('\n');
  format.text_format_source([&](auto& source) { source.inline_string(line); });
  if (needs_query_formatter(line))
    format.formatters([](auto formatter) { put_query_formatter(formatter); });
}

void put_json_format(envoy::core::SubstitutionFormatString& format, const document::Map* fields) {
  format.json_format([&](envoy::pb::Struct out) {
    if (fields != nullptr) {
      put_struct(out, *fields);
    } else {
      for (const auto& [key, value] : kJsonFormat) out.string(key, value);
    }
  });
  format.json_format_options();
  if (fields != nullptr && needs_query_formatter(*fields))
    format.formatters([](auto formatter) { put_query_formatter(formatter); });
}

}  // namespace mesh::xds
