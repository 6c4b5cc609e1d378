// Exchange: a connection and the request on it, as they stand while they are walked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/net.h"
#include "libmesh/document/value.h"
#include "libmesh/testing/walk/request.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

struct Ip {
  AddressFamily family = AddressFamily::kNone;
  std::array<uint8_t, 16> bytes{};  // an IPv4 address in the first four
  bool is_loopback() const;
  bool operator==(const Ip&) const = default;
};
// kNone when it is none.
Ip parse_ip(std::string_view text);

// envoy.config.core.v3.CidrRange
struct IpRange {
  Ip address;
  int bits = 0;
  explicit IpRange(View range);
  bool contains(const Ip& ip) const;
};

// What is known of a connection once its listener filters have looked at it.
struct Connection {
  Ip destination;
  uint32_t destination_port = 0;
  Ip source;  // directly
  uint32_t source_port = 0;
  Tls tls = Tls::kNone;  // what the client does
  std::string sni;
  std::vector<std::string> alpn;
  std::string transport = "raw_buffer";  // "tls": as the inspector found
  std::string detected_sni;              // only when it looked
  std::vector<std::string> detected_protocols;
  bool terminated = false;  // the chain ends TLS
  std::string principal;    // of the client's certificate, when the chain asks for one
};

// The request, with Envoy's pseudo headers (":authority", ":path", ":method", ":scheme") among its headers.
struct Exchange {
  const Connection* connection = nullptr;
  std::vector<Header> headers;  // names in small letters
  Ip remote;                    // the client, as X-Forwarded-For tells where that is believed
  document::Value metadata{document::Map{}};  // dynamic metadata: filter -> structure

  // All values of a header in one, as Envoy's matchers see them; nothing when there is none.
  std::optional<std::string> header(std::string_view name) const;
  void set(std::string_view name, std::string value);
  void append(std::string_view name, std::string value);
  void remove(std::string_view name);
};

}  // namespace mesh::testing
