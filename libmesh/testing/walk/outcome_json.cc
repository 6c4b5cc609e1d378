#include "libmesh/testing/walk/request_json.h"

namespace mesh::testing {
namespace {

using document::JsonWriter;

void write_list(JsonWriter& json, std::string_view key, const std::vector<std::string>& list) {
  json.key(key).begin_array();
  for (const std::string& each : list) json.value(each);
  json.end_array();
}

template <typename T>
void write_optional(JsonWriter& json, std::string_view key, const std::optional<T>& value) {
  if (value) json.key(key).value(*value);
}

void write(JsonWriter& json, const UpstreamTls& tls) {
  json.begin_object();
  json.key("mode").value(to_string(tls.mode));
  json.key("match").value(tls.match);
  json.key("sni").value(tls.sni);
  write_list(json, "alpn", tls.alpn);
  write_list(json, "subjectAltNames", tls.subject_alt_names);
  json.key("tunnel").value(tls.tunnel);
  json.end_object();
}

void write(JsonWriter& json, const Endpoint& endpoint) {
  json.begin_object();
  json.key("address").value(endpoint.address);
  json.key("weight").value(endpoint.weight);
  json.key("priority").value(endpoint.priority);
  json.key("locality").value(endpoint.locality);
  json.key("healthy").value(endpoint.healthy);
  json.key("tls");
  write(json, endpoint.tls);
  json.end_object();
}

void write_changes(JsonWriter& json, std::string_view key, const std::vector<HeaderChange>& list) {
  json.key(key).begin_array();
  for (const HeaderChange& change : list) {
    json.begin_object();
    json.key("change").value(to_string(change.kind));
    json.key("name").value(change.name);
    json.key("value").value(change.value);
    json.end_object();
  }
  json.end_array();
}

void write(JsonWriter& json, const Destination& destination) {
  json.begin_object();
  json.key("cluster").value(destination.cluster);
  json.key("host").value(destination.host);
  json.key("subset").value(destination.subset);
  json.key("port").value(destination.port);
  json.key("weight").value(destination.weight);
  json.key("missing").value(destination.missing);
  json.key("tls");
  write(json, destination.tls);
  json.key("endpoints").begin_array();
  for (const Endpoint& endpoint : destination.endpoints) write(json, endpoint);
  json.end_array();
  write_changes(json, "requestHeaders", destination.request_headers);
  write_changes(json, "responseHeaders", destination.response_headers);
  json.key("hostRewrite").value(destination.host_rewrite);
  json.end_object();
}

void write_fault(JsonWriter& json, const Fault& fault) {
  json.key("fault").begin_object();
  json.key("delayPercent").value(fault.delay_percent);
  json.key("delayMs").value(fault.delay_ms);
  json.key("abortPercent").value(fault.abort_percent);
  json.key("abortCode").value(fault.abort_code);
  json.key("abortGrpcCode").value(fault.abort_grpc_code);
  json.end_object();
}

void write_cors(JsonWriter& json, const Cors& cors) {
  json.key("cors").begin_object();
  write_list(json, "allowOrigins", cors.allow_origins);
  json.key("allowMethods").value(cors.allow_methods);
  json.key("allowHeaders").value(cors.allow_headers);
  json.key("exposeHeaders").value(cors.expose_headers);
  json.key("maxAge").value(cors.max_age);
  write_optional(json, "allowCredentials", cors.allow_credentials);
  json.end_object();
}

// What is done to a request beside forwarding it; each only when it is.
void write_policies(JsonWriter& json, const Outcome& outcome) {
  if (outcome.redirect) {
    json.key("redirect").begin_object();
    json.key("code").value(outcome.redirect->code);
    json.key("location").value(outcome.redirect->location);
    json.end_object();
  }
  if (outcome.direct_response) {
    json.key("directResponse").begin_object();
    json.key("code").value(outcome.direct_response->code);
    json.key("body").value(outcome.direct_response->body);
    json.end_object();
  }
  if (outcome.fault) write_fault(json, *outcome.fault);
  if (outcome.retry) {
    json.key("retry").begin_object();
    json.key("attempts").value(outcome.retry->attempts);
    json.key("on").value(outcome.retry->on);
    write_optional(json, "perTryTimeoutMs", outcome.retry->per_try_timeout_ms);
    json.end_object();
  }
  write_optional(json, "timeoutMs", outcome.timeout_ms);
  if (outcome.cors) write_cors(json, *outcome.cors);
  json.key("mirrors").begin_array();
  for (const Mirror& mirror : outcome.mirrors) {
    json.begin_object();
    json.key("percent").value(mirror.percent);
    json.key("destination");
    write(json, mirror.destination);
    json.end_object();
  }
  json.end_array();
  write_list(json, "hashPolicy", outcome.hash_policy);
}

void write_access(JsonWriter& json, const Outcome& outcome) {
  if (outcome.denied_by) {
    json.key("deniedBy").begin_object();
    json.key("filter").value(outcome.denied_by->filter);
    json.key("action").value(outcome.denied_by->action);
    json.key("policy").value(outcome.denied_by->policy);
    json.end_object();
  }
  write_list(json, "allowedBy", outcome.allowed_by);
  json.key("asked").begin_array();
  for (const Asked& asked : outcome.asked) {
    json.begin_object();
    json.key("filter").value(asked.filter);
    json.key("service").value(asked.service);
    json.key("policy").value(asked.policy);
    json.end_object();
  }
  json.end_array();
  json.key("principal").value(outcome.principal);
  json.key("tls").value(to_string(outcome.tls));
}

void write_because(JsonWriter& json, const std::vector<Step>& because) {
  json.key("because").begin_array();
  for (const Step& step : because) {
    json.begin_object();
    json.key("what").value(step.what);
    json.key("name").value(step.name);
    json.key("resource").value(step.resource);
    json.key("why").value(step.why);
    json.key("object").value(step.object);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::kHttp1:
      return "http1";
    case Protocol::kHttp2:
      return "http2";
    case Protocol::kTcp:
      return "tcp";
  }
  return "";
}

std::string_view to_string(Tls tls) {
  switch (tls) {
    case Tls::kNone:
      return "none";
    case Tls::kTls:
      return "tls";
    case Tls::kMutual:
      return "mutual";
  }
  return "";
}

std::string_view to_string(Side side) {
  switch (side) {
    case Side::kAuto:
      return "";
    case Side::kOutbound:
      return "outbound";
    case Side::kInbound:
      return "inbound";
  }
  return "";
}

std::string_view to_string(HeaderChange::Kind kind) {
  switch (kind) {
    case HeaderChange::Kind::kAppend:
      return "append";
    case HeaderChange::Kind::kSet:
      return "set";
    case HeaderChange::Kind::kAddIfAbsent:
      return "add-if-absent";
    case HeaderChange::Kind::kOverwriteIfPresent:
      return "overwrite-if-present";
    case HeaderChange::Kind::kRemove:
      return "remove";
  }
  return "";
}

void write(JsonWriter& json, const Outcome& outcome) {
  json.begin_object();
  json.key("verdict").value(to_string(outcome.verdict));
  json.key("detail").value(outcome.detail);
  json.key("listener").value(outcome.listener);
  json.key("filterChain").value(outcome.filter_chain);
  json.key("routeConfiguration").value(outcome.route_configuration);
  json.key("virtualHost").value(outcome.virtual_host);
  json.key("route").value(outcome.route);
  json.key("destinations").begin_array();
  for (const Destination& destination : outcome.destinations) write(json, destination);
  json.end_array();
  json.key("totalWeight").value(outcome.total_weight);
  json.key("host").value(outcome.host);
  json.key("path").value(outcome.path);
  json.key("method").value(outcome.method);
  write_changes(json, "requestHeaders", outcome.request_headers);
  write_changes(json, "responseHeaders", outcome.response_headers);
  write_policies(json, outcome);
  write_access(json, outcome);
  write_because(json, outcome.because);
  write_list(json, "unknown", outcome.unknown);
  json.key("certain").value(outcome.is_certain());
  json.end_object();
}

void write(JsonWriter& json, const Request& request) {
  json.begin_object();
  if (request.side != Side::kAuto) json.key("side").value(to_string(request.side));
  json.key("protocol").value(to_string(request.protocol));
  json.key("tls").value(to_string(request.tls));
  json.key("method").value(request.method);
  json.key("host").value(request.host);
  json.key("path").value(request.path);
  json.key("headers").begin_array();
  for (const Header& header : request.headers) {
    json.begin_object();
    json.key("name").value(header.name);
    json.key("value").value(header.value);
    json.end_object();
  }
  json.end_array();
  json.key("address").value(request.address);
  json.key("port").value(request.port);
  json.key("sni").value(request.sni);
  write_list(json, "alpn", request.alpn);
  json.key("source").begin_object();
  json.key("identity").value(request.source.identity);
  json.key("ip").value(request.source.ip);
  json.end_object();
  json.end_object();
}

void write(JsonWriter& json, const Journey& journey) {
  json.begin_object();
  json.key("sent");
  write(json, journey.sent);
  json.key("arrivals").begin_array();
  for (const Arrival& arrival : journey.arrivals) {
    json.begin_object();
    json.key("cluster").value(arrival.cluster);
    json.key("endpoint");
    write(json, arrival.endpoint);
    json.key("proxy").value(arrival.proxy);
    if (!arrival.proxy_cluster.empty()) json.key("proxyCluster").value(arrival.proxy_cluster);
    json.key("request");
    write(json, arrival.request);
    json.key("outcome");
    write(json, arrival.outcome);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace mesh::testing
