#include "libmesh/testing/walk/cluster.h"

#include <algorithm>
#include <charconv>

#include "libmesh/testing/walk/route_table.h"

namespace mesh::testing {
namespace {

constexpr std::string_view kTls = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
constexpr std::string_view kInternal =
    "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport";
constexpr std::string_view kMatchKey = "envoy.transport_socket_match";

void put_names(View validation, UpstreamTls& out) {
  const auto add = [&](View matcher) {
    const std::string_view kind = matcher.which("match_pattern");
    if (kind == "safe_regex") {
      out.subject_alt_names.push_back(matcher.at(kind).text("regex"));
    } else if (!kind.empty()) {
      out.subject_alt_names.push_back(matcher.text(kind));
    }
  };
  validation.each("match_typed_subject_alt_names", [&](View each) { add(each.at("matcher")); });
  validation.each("match_subject_alt_names", add);
}

UpstreamTls read_tls(View socket) {
  UpstreamTls out;
  if (!socket) return out;
  Opened config = open(socket.at("typed_config"));
  if (config.type == kInternal && config.message) {
    out = read_tls(config.message.at("transport_socket"));
    out.tunnel = true;
    return out;
  }
  if (config.type != kTls || !config.message) return out;
  const View common = config.message.at("common_tls_context");
  const bool certificate =
      common.size("tls_certificate_sds_secret_configs") > 0 || common.size("tls_certificates") > 0;
  out.mode = certificate ? Tls::kMutual : Tls::kTls;
  out.sni = config.message.text("sni");
  out.alpn = common.texts("alpn_protocols");
  const View combined = common.at("combined_validation_context");
  put_names(combined ? combined.at("default_validation_context") : common.at("validation_context"),
            out);
  return out;
}

// All of the wanted fields stand there.
bool has_all(const document::Value& given, const document::Value& wanted) {
  const document::Map* fields = wanted.if_map();
  return fields == nullptr || std::all_of(fields->begin(), fields->end(), [&](const auto& field) {
           const document::Value* value = given.find(field.key);
           return value != nullptr && *value == field.value;
         });
}

std::string text_of(View address, Endpoint& out) {
  if (const View socket = address.at("socket_address")) {
    const std::string ip = socket.text("address");
    const std::string port = std::to_string(socket.number("port_value"));
    return (ip.find(':') == ip.npos ? ip : "[" + ip + "]") + ":" + port;
  }
  if (const View pipe = address.at("pipe")) return "unix://" + pipe.text("path");
  const View internal = address.at("envoy_internal_address");
  out.tls.tunnel = static_cast<bool>(internal);
  return internal.text("endpoint_id");
}

document::Value socket_match(View metadata) {
  document::Value out;
  metadata.each("filter_metadata", [&](View entry) {
    if (entry.text("key") == kMatchKey) out = to_value(entry.at("value"));
  });
  return out;
}

}  // namespace

Assignment::Assignment(View assignment) {
  assignment.each("endpoints", [&](View locality) { add(locality); });
}

void Assignment::add(View locality) {
  const View place = locality.at("locality");
  std::string name = place.text("region");
  for (const char* part : {"zone", "sub_zone"}) {
    if (const std::string text = place.text(part); !text.empty()) name += "/" + text;
  }
  locality.each("lb_endpoints", [&](View each) {
    enum { kUnknown, kHealthy, kUnhealthy, kDraining, kTimeout, kDegraded };
    Member member;
    member.endpoint.address = text_of(each.at("endpoint").at("address"), member.endpoint);
    member.endpoint.weight =
        static_cast<uint32_t>(each.wrapped("load_balancing_weight").value_or(1));
    member.endpoint.priority = static_cast<uint32_t>(locality.number("priority"));
    member.endpoint.locality = name;
    const uint64_t health = each.number("health_status");
    member.endpoint.healthy = health != kUnhealthy && health != kDraining && health != kTimeout;
    member.metadata = socket_match(each.at("metadata"));
    members_.push_back(std::move(member));
  });
}

Cluster::Cluster(View view) : own_(view.at("load_assignment")) {
  enum { kStatic, kStrictDns, kLogicalDns, kEds, kOriginalDst };
  const bool eds = view.which("cluster_discovery_type") == "type" && view.number("type") == kEds;
  original_destination_ =
      view.which("cluster_discovery_type") == "type" && view.number("type") == kOriginalDst;
  if (eds) {
    assignment_name_ = view.at("eds_cluster_config").text("service_name");
    if (assignment_name_.empty()) assignment_name_ = view.text("name");
  }
  object_ = object_of(view);
  tls_ = read_tls(view.at("transport_socket"));
  view.each("transport_socket_matches", [&](View each) {
    matches_.push_back({to_value(each.at("match")), read_tls(each.at("transport_socket"))});
    matches_.back().tls.match = each.text("name");
  });
}

UpstreamTls Cluster::tls_for(const document::Value& endpoint_metadata) const {
  for (const Match& match : matches_) {
    if (has_all(endpoint_metadata, match.wanted)) return match.tls;
  }
  return tls_;
}

void put_cluster_name(const std::string& cluster, Destination& out) {
  out.cluster = cluster;
  const bool sni = cluster.find('|') == cluster.npos && cluster.find("_.") != cluster.npos;
  const std::string_view separator = sni ? "_." : "|";
  std::vector<std::string_view> parts;
  std::string_view rest = cluster;
  while (parts.size() < 3) {
    const size_t end = rest.find(separator);
    if (end == rest.npos) return;
    parts.push_back(rest.substr(0, end));
    rest.remove_prefix(end + separator.size());
  }
  out.subset = parts[2];
  out.host = rest;
  std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), out.port);
}

}  // namespace mesh::testing
