// Request: what is put to a proxy, as its Envoy would see it.
//
// A question may leave most of it open: what is empty takes the value that a plain HTTP client would
// give (see each field), and `address` is found from the host as the workload's DNS would.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::testing {

enum class Protocol : uint8_t { kHttp1, kHttp2, kTcp };

// What the client does on the connection: nothing, TLS, or TLS with a certificate of its own.
enum class Tls : uint8_t { kNone, kTls, kMutual };

// Which way the request goes through a sidecar. A gateway only knows requests that arrive.
enum class Side : uint8_t {
  kAuto,      // a sidecar's: kOutbound; a gateway's: kInbound
  kOutbound,  // sent by the workload beside the proxy
  kInbound,   // arrives for the workload beside the proxy, or at the gateway
};

struct Header {
  std::string name;  // any case
  std::string value;
  bool operator==(const Header&) const = default;
};

// Who calls, as the proxy that is called sees it. Outbound requests need none of it.
struct Source {
  std::string
      identity;    // "spiffe://cluster.local/ns/shop/sa/web"; of the certificate under kMutual
  std::string ip;  // empty: one that no rule knows (kNobody)
};

// A JSON web token that the request carries.
struct Token {
  document::Value claims;  // the payload: "iss", "sub", "aud", …
  bool valid = true;   // signed by the issuer and, unless the request says its time, not expired
  std::string header;  // where it stands; empty: where the rule that wants it looks first
  std::string query_parameter;
};

struct Request {
  Side side = Side::kAuto;
  Protocol protocol = Protocol::kHttp1;
  Tls tls = Tls::kNone;
  std::string method = "GET";
  std::string host;        // :authority, with or without a port
  std::string path = "/";  // with the query; no fragment
  std::vector<Header> headers;
  std::string address;  // where the connection goes; empty: by the host, else kNobody
  uint32_t port = 0;    // where the connection goes; 0: the host's, else 80, or 443 with TLS
  std::string sni;      // empty with TLS: the host without its port
  std::vector<std::string> alpn;  // empty with TLS: what the protocol says
  Source source;
  std::vector<Token> tokens;
  // When it is made, in seconds since 1970, for "exp" and "nbf" of tokens; none: they are not looked at.
  std::optional<int64_t> time;

  // An address (TEST-NET-1, RFC 5737) that nobody has.
  static constexpr const char* kNobody = "192.0.2.1";
};

}  // namespace mesh::testing
