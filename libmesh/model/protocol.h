// The protocol of a service port, and how it is told.
//
// Precedence as in Istio (pkg/config/kube/conversion.go, pkg/config/protocol): appProtocol, then
// the prefix of the port's name, then well-known port numbers, else it is sniffed.
#pragma once

#include <cstdint>
#include <string_view>

namespace mesh::model {

enum class Protocol : uint8_t {
  kUnsupported,  // not declared: to be sniffed
  kTcp,
  kUdp,
  kGrpc,
  kGrpcWeb,
  kHttp,
  kHttpProxy,
  kHttp2,
  kHttps,
  kTls,
  kMongo,
  kRedis,
  kMysql,
  kHbone,
  kDoubleHbone,
};

// "HTTP", "gRPC", "TCP", … as Istio writes them; the sniffed one is "UnsupportedProtocol".
std::string_view protocol_name(Protocol protocol);
// Parses a name as in ServiceEntry ports ("http", "GRPC-Web"): the whole text; case does not count.
// Unknown names are kUnsupported.
Protocol parse_protocol(std::string_view text);
// The protocol of a Kubernetes port: of its name, only what stands before the first '-' counts.
// transport is "TCP", "UDP" or "SCTP"; app_protocol may be empty, which is the same as absent.
Protocol kubernetes_protocol(uint32_t number, std::string_view name, std::string_view transport,
                             std::string_view app_protocol);

constexpr bool is_http(Protocol p) {
  return p == Protocol::kHttp || p == Protocol::kHttp2 || p == Protocol::kHttpProxy ||
         p == Protocol::kGrpc || p == Protocol::kGrpcWeb;
}
constexpr bool is_http2(Protocol p) {
  return p == Protocol::kHttp2 || p == Protocol::kGrpc || p == Protocol::kGrpcWeb;
}
constexpr bool is_grpc(Protocol p) { return p == Protocol::kGrpc || p == Protocol::kGrpcWeb; }
constexpr bool is_tcp(Protocol p) {
  return p == Protocol::kTcp || p == Protocol::kHttps || p == Protocol::kTls ||
         p == Protocol::kMongo || p == Protocol::kRedis || p == Protocol::kMysql;
}
constexpr bool is_tls(Protocol p) { return p == Protocol::kHttps || p == Protocol::kTls; }
constexpr bool is_unsupported(Protocol p) { return p == Protocol::kUnsupported; }

}  // namespace mesh::model
