// The client side of TLS: what a cluster does to the connections to its endpoints.
//
// A DestinationRule's tls decides; without one, in-mesh services get mutual TLS by themselves for
// the endpoints that can (auto mTLS: transport socket matches). Follows core/cluster_tls.go.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/xds/cds/cluster_settings.h"

namespace mesh::xds {

// TLS settings after Istio's own were filled in; points into the rule, service and context.
struct ClientTls {
  using Mode = networking::ClientTLSSettings_TLSmode;
  Mode mode = Mode::DISABLE;
  bool automatic = false;  // not asked for by a rule
  std::string_view certificate;
  std::string_view key;
  std::string_view roots;
  std::string_view crl;
  std::string_view credential;
  std::string_view sni;
  const std::vector<std::string>* sans = nullptr;  // null: none
  bool insecure = false;                           // insecureSkipVerify

  bool has_sans() const { return sans != nullptr && !sans->empty(); }
};

struct TlsRequest {
  const networking::ClientTLSSettings* rule = nullptr;
  const model::Service* service = nullptr;
  std::string_view sni;  // Istio's own, for mutual TLS inside the mesh
  traffic::MutualTls service_mode = traffic::MutualTls::kUnknown;
  bool rule_selects_workloads = false;  // the DestinationRule has a workloadSelector
  bool dynamic_forward_proxy = false;
};

ClientTls tls_of_rule(const networking::ClientTLSSettings& rule);
// The settings in force, or nothing.
std::optional<ClientTls> client_tls(const ClusterContext& context, const TlsRequest& request);

// Sets auto_sni and auto_san, which plain TLS without names of its own asks for, and
// insecure_options, which a dynamic forward proxy needs without them.
void apply_tls_to_settings(const ClusterContext& context, const ClientTls& tls,
                           const TlsRequest& request, ClusterSettings& settings);

// Writes transport_socket or transport_socket_matches. Made for one generation: it keeps the last
// service's TLS context, which all its ports share.
class TlsWriter {
  struct Kept {
    const std::vector<std::string>* sans = nullptr;  // null: nothing kept yet
    std::string bytes;
  };
  struct KeptMatches {
    const std::vector<std::string>* sans = nullptr;
    bool http2 = false;
    size_t sni_size = 0;
    size_t sni_at = 0;
    std::string bytes;
  };

 public:
  // What it writes in; a later writer may take it over, for the memory only.
  struct Memory {
    std::string bytes;   // the TLS context
    std::string socket;  // the transport socket
    std::string wrapped;
    std::vector<KeptMatches> matches;
    Kept contexts[2];  // the CommonTlsContext of the last SANs: for HTTP/1 and TCP, for HTTP/2
  };
  TlsWriter(const ClusterContext& context, Memory& memory);

  void write(const std::optional<ClientTls>& tls, const TlsRequest& request,
             const ClusterSettings& settings,
             const networking::TrafficPolicy_ProxyProtocol* proxy_protocol,
             std::string_view cluster_name, envoy::cluster::Cluster& out);

 private:
  // The bytes of an UpstreamTlsContext, or nothing when there is no TLS after all.
  bool tls_context(const ClientTls& tls, const TlsRequest& request, const ClusterSettings& settings,
                   std::string_view cluster_name);
  const std::string& mesh_context(const std::vector<std::string>* sans, bool http2);
  const std::string& automatic_matches(const ClientTls& tls, bool http2);
  bool plain_context(const ClientTls& tls, const TlsRequest& request, bool http2);

  const ClusterContext& context_;
  Memory& memory_;
  std::string& bytes_ = memory_.bytes;
  std::string& socket_ = memory_.socket;
  std::string& wrapped_ = memory_.wrapped;
  size_t match_count_ = 0;
  size_t next_match_ = 0;
};

}  // namespace mesh::xds
