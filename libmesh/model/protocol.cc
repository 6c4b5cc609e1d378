#include "libmesh/model/protocol.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mesh::model {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_fold(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

struct Name {
  std::string_view text;
  Protocol protocol;
};

// HBONE and DoubleHBONE are not here: nobody can declare them (protocol.Parse compares the lowered
// text with "DoubleHBONE", which never matches).
// Those that are asked for most first.
constexpr std::array kNames = {
    Name{"http", Protocol::kHttp},   Name{"https", Protocol::kHttps},
    Name{"tcp", Protocol::kTcp},     Name{"tls", Protocol::kTls},
    Name{"grpc", Protocol::kGrpc},   Name{"http2", Protocol::kHttp2},
    Name{"udp", Protocol::kUdp},     Name{"grpc-web", Protocol::kGrpcWeb},
    Name{"mongo", Protocol::kMongo}, Name{"redis", Protocol::kRedis},
    Name{"mysql", Protocol::kMysql}, Name{"http_proxy", Protocol::kHttpProxy},
};

// SMTP, DNS, MySQL, MongoDB: the server speaks first, so sniffing would hang.
bool is_well_known_tcp(uint32_t number) {
  return number == 25 || number == 53 || number == 3306 || number == 27017;
}

// The three standard names of Service.spec.ports.appProtocol.
Protocol standard_app_protocol(std::string_view name) {
  if (name == "kubernetes.io/h2c") return Protocol::kHttp2;
  if (name == "kubernetes.io/ws") return Protocol::kHttp;
  if (name == "kubernetes.io/wss") return Protocol::kHttps;
  return Protocol::kUnsupported;
}

}  // namespace

std::string_view protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::kUnsupported:
      return "UnsupportedProtocol";
    case Protocol::kTcp:
      return "TCP";
    case Protocol::kUdp:
      return "UDP";
    case Protocol::kGrpc:
      return "GRPC";
    case Protocol::kGrpcWeb:
      return "GRPC-Web";
    case Protocol::kHttp:
      return "HTTP";
    case Protocol::kHttpProxy:
      return "HTTP_PROXY";
    case Protocol::kHttp2:
      return "HTTP2";
    case Protocol::kHttps:
      return "HTTPS";
    case Protocol::kTls:
      return "TLS";
    case Protocol::kMongo:
      return "Mongo";
    case Protocol::kRedis:
      return "Redis";
    case Protocol::kMysql:
      return "MySQL";
    case Protocol::kHbone:
      return "HBONE";
    case Protocol::kDoubleHbone:
      return "DoubleHBONE";
  }
  return "UnsupportedProtocol";
}

Protocol parse_protocol(std::string_view text) {
  for (const Name& name : kNames) {
    if (equal_fold(name.text, text)) return name.protocol;
  }
  return Protocol::kUnsupported;
}

Protocol kubernetes_protocol(uint32_t number, std::string_view name, std::string_view transport,
                             std::string_view app_protocol) {
  if (transport == "UDP") return Protocol::kUdp;
  std::string_view said = app_protocol.empty() ? name : app_protocol;
  if (!app_protocol.empty()) {
    Protocol standard = standard_app_protocol(app_protocol);
    if (!is_unsupported(standard)) return standard;
  }
  constexpr std::string_view kGrpcWeb = "grpc-web";
  if (said.size() >= kGrpcWeb.size() && equal_fold(said.substr(0, kGrpcWeb.size()), kGrpcWeb)) {
    return Protocol::kGrpcWeb;
  }
  Protocol protocol = parse_protocol(said.substr(0, said.find('-')));
  if (is_unsupported(protocol) && is_well_known_tcp(number)) return Protocol::kTcp;
  return protocol;
}

}  // namespace mesh::model
