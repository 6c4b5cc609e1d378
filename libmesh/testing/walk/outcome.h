// Outcome: what becomes of a request at one proxy, and by which steps.
//
// The words are Envoy's: a listener, its filter chain, a virtual host, a route, clusters. Whatever the
// request did not come to is empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/testing/walk/request.h"

namespace mesh::testing {

enum class Verdict : uint8_t {
  kRouted,           // goes to `destinations`, whether or not they have endpoints
  kPassthrough,      // goes where it was going anyway, untouched: PassthroughCluster
  kBlackHole,        // goes to BlackHoleCluster, which has no endpoints
  kRedirect,         // is answered with `redirect`
  kDirectResponse,   // is answered with `direct_response`
  kAborted,          // is always answered by an injected fault
  kDenied,           // by RBAC: `denied_by`
  kUnauthenticated,  // by jwt_authn: no token that the rules want, or a bad one
  kNoListener,       // nothing listens there, or Envoy does not take the listener
  kNoFilterChain,    // the listener closes the connection
  kTlsRefused,  // the handshake fails: no certificate where one is required, TLS against plain text, …
  kNotHttp,     // not HTTP where HTTP is expected, or none that the connection manager takes
  kNoVirtualHost,  // 404
  kNoRoute,        // 404
  kNoCluster,      // the route names a cluster that the proxy does not have: 503
  kUnknown,        // cannot be told: `unknown` says why
};
// "routed", "passthrough", "black-hole", "redirect", "direct-response", "aborted", "denied", "unauthenticated",
// "no-listener", "no-filter-chain", "tls-refused", "not-http", "no-virtual-host", "no-route", "no-cluster",
// "unknown".
std::string_view to_string(Verdict verdict);

// How a connection to an endpoint is made.
struct UpstreamTls {
  Tls mode = Tls::kNone;
  std::string match;  // of the cluster's transport socket matches: "tlsMode-istio"; empty: its own
  std::string sni;
  std::vector<std::string> alpn;
  std::vector<std::string> subject_alt_names;  // that the server must have one of
  bool tunnel = false;                         // through HBONE
  bool operator==(const UpstreamTls&) const = default;
};

struct Endpoint {
  std::string address;  // "10.1.2.3:8080", "unix:///…"
  uint32_t weight = 1;
  uint32_t priority = 0;
  std::string locality;  // "region/zone/sub-zone"
  bool healthy = true;
  UpstreamTls tls;
};

struct HeaderChange {
  enum class Kind : uint8_t { kAppend, kSet, kAddIfAbsent, kOverwriteIfPresent, kRemove };
  Kind kind = Kind::kAppend;
  std::string name;
  std::string value;
  bool operator==(const HeaderChange&) const = default;
};

struct Destination {
  std::string cluster;  // "outbound|80|v1|reviews.shop.svc.cluster.local"
  std::string host;     // the parts of that name; empty for clusters of another form
  std::string subset;
  uint32_t port = 0;
  uint32_t weight = 0;   // of `total_weight`; 100 of the only one
  bool missing = false;  // the proxy has no such cluster
  UpstreamTls tls;       // of endpoints that no transport socket match is for
  std::vector<Endpoint> endpoints;
  // What is done to requests that go here only, beside what is done to all.
  std::vector<HeaderChange> request_headers;
  std::vector<HeaderChange> response_headers;
  std::string host_rewrite;
};

struct Redirect {
  uint32_t code = 301;
  std::string location;
};

struct DirectResponse {
  uint32_t code = 200;
  std::string body;
};

// Of a hundred requests `percent` meet it.
struct Fault {
  double delay_percent = 0;
  uint64_t delay_ms = 0;
  double abort_percent = 0;
  uint32_t abort_code = 0;       // HTTP status
  uint32_t abort_grpc_code = 0;  // or this one
};

struct Retry {
  uint32_t attempts = 0;
  std::string on;  // "connect-failure,refused-stream,…"
  std::optional<uint64_t> per_try_timeout_ms;
};

struct Mirror {
  Destination destination;
  double percent = 100;
};

struct Cors {
  std::vector<std::string> allow_origins;  // "exact:https://a", "prefix:…", "regex:…"
  std::string allow_methods;
  std::string allow_headers;
  std::string expose_headers;
  std::string max_age;
  std::optional<bool> allow_credentials;
};

// A decision that a server outside takes while the request waits.
struct Asked {
  std::string filter;   // "envoy.filters.http.ext_authz"
  std::string service;  // the cluster that is asked
  std::string policy;  // why: the shadow rule that matched, empty when every request is asked about
};

// Who refused the request.
struct DeniedBy {
  std::string filter;  // "envoy.filters.http.rbac", "envoy.filters.network.rbac"
  std::string action;  // "DENY": a rule matched; "ALLOW": none did
  std::string policy;  // "ns[shop]-policy[deny-all]-rule[0]"; empty: none of the rules allowed it
};

// One step of the way: what was decided by which part of which resource.
struct Step {
  std::string
      what;  // "listener", "filter-chain", "filter", "virtual-host", "route", "cluster", "endpoint"
  std::string
      name;  // of the part: "virtualOutbound", "0.0.0.0_80", "reviews.shop.svc.cluster.local:80", …
  std::string resource;  // type and name of the resource that has it: "listeners/0.0.0.0_80"
  std::string why;       // one line: "the destination's port is 80"
  std::string
      object;  // the configuration that Istio's metadata names: "VirtualService/shop/reviews"; or empty
};

struct Outcome {
  Verdict verdict = Verdict::kUnknown;
  std::string detail;  // one line; never empty

  std::string listener;
  std::string filter_chain;
  std::string route_configuration;
  std::string virtual_host;
  std::string route;
  std::vector<Destination> destinations;  // TCP or HTTP; weights add up to total_weight
  uint32_t total_weight = 0;

  // The request as the destinations get it.
  std::string host;
  std::string path;
  std::string method;
  std::vector<HeaderChange> request_headers;  // in the order they are made
  std::vector<HeaderChange> response_headers;

  std::optional<Redirect> redirect;
  std::optional<DirectResponse> direct_response;
  std::optional<Fault> fault;
  std::optional<Retry> retry;
  std::optional<uint64_t> timeout_ms;  // 0: none
  std::vector<Mirror> mirrors;
  std::optional<Cors> cors;
  std::vector<std::string>
      hash_policy;  // "header:x-user", "cookie:session", "source-ip", "query:user"

  std::optional<DeniedBy> denied_by;
  std::vector<std::string> allowed_by;  // policies of ALLOW rules that matched
  std::vector<Asked> asked;
  std::string principal;  // the identity that the proxy saw: of the certificate
  Tls tls = Tls::kNone;   // what the two ends of the client's connection agreed on

  std::vector<Step> because;  // in the order of the way; never empty
  std::vector<std::string>
      unknown;  // what could change the answer and was not walked: a Wasm filter, …

  // False when something that is unknown could make the verdict another. A caller who asks whether a request is let in
  // knows it only of a certain one.
  bool is_certain() const { return verdict != Verdict::kUnknown && unknown.empty(); }
};

}  // namespace mesh::testing
