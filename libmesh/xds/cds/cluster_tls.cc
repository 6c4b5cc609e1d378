#include "libmesh/xds/cds/cluster_tls.h"

#include <algorithm>
#include <cstring>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/matcher.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/proxy_protocol.h"
#include "libmesh/schema/gen/envoy/raw_buffer.h"
#include "libmesh/schema/gen/envoy/tls.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/flavour.h"
#include "libmesh/xds/tls_context.h"

namespace mesh::xds {
namespace {

namespace cluster = envoy::cluster;
namespace core = envoy::core;
namespace tls = envoy::tls;
using Mode = ClientTls::Mode;
using traffic::MutualTls;

ClientTls of_metadata(const ClusterContext& context) {
  ClientTls out;
  out.mode = Mode::MUTUAL;
  out.certificate = context.client_certificate;
  out.key = context.client_key();
  out.roots = context.client_root();
  return out;
}

// Those of the service, of which Istio tells a dynamic forward proxy nothing (networking/core/cluster.go).
const std::vector<std::string>* accounts_of(const TlsRequest& request) {
  static const std::vector<std::string> kNone;
  return request.dynamic_forward_proxy ? &kNone : &request.service->service_accounts;
}

ClientTls of_mesh(const TlsRequest& request) {
  ClientTls out;
  out.mode = Mode::ISTIO_MUTUAL;
  out.sans = accounts_of(request);
  out.sni = request.sni;
  return out;
}

std::optional<ClientTls> automatic_tls(const ClusterContext& context, const TlsRequest& request) {
  if (request.service->mesh_external || !context.auto_mtls) return std::nullopt;
  if (request.service_mode == MutualTls::kUnknown || request.service_mode == MutualTls::kDisable) {
    return std::nullopt;
  }
  ClientTls out = of_mesh(request);
  if (!context.client_certificate.empty()) {
    out = of_metadata(context);
    out.sans = accounts_of(request);
    out.sni = request.sni;
  }
  out.automatic = true;
  return out;
}

// A sidecar may not read secrets of others, so a credentialName counts only in a rule that selects
// workloads; a ConfigMap is for everybody.
bool credential_withheld(const ClusterContext& context, const ClientTls& tls,
                         const TlsRequest& request) {
  return !tls.credential.empty() && !tls.credential.starts_with("configmap://") &&
         context.sidecar && !request.rule_selects_workloads &&
         (tls.mode == Mode::SIMPLE || tls.mode == Mode::MUTUAL);
}

void write_versions(tls::CommonTlsContext& out) {
  out.tls_params([](auto& params) {
    params.tls_minimum_protocol_version(tls::TlsParameters_TlsProtocol::TLSv1_2);
    params.tls_maximum_protocol_version(tls::TlsParameters_TlsProtocol::TLSv1_3);
  });
}

void write_versions(const meshconfig::MeshConfig& mesh, tls::CommonTlsContext& out) {
  out.tls_params([&](auto& params) {
    params.tls_minimum_protocol_version(tls::TlsParameters_TlsProtocol::TLSv1_2);
    params.tls_maximum_protocol_version(tls::TlsParameters_TlsProtocol::TLSv1_3);
    if (!mesh.tls_defaults) return;
    for (const auto& curve : mesh.tls_defaults->ecdh_curves) params.ecdh_curves(curve);
    for (const auto& suite : mesh.tls_defaults->cipher_suites) params.cipher_suites(suite);
  });
}

void write_own_validation(const std::vector<std::string>* sans, std::string_view crl,
                          tls::CertificateValidationContext& out) {
  if (sans != nullptr) {
    for (const auto& san : *sans) {
      out.match_subject_alt_names([&](auto& match) { match.exact(san); });
    }
  }
  if (!crl.empty()) out.crl([&](auto& source) { source.filename(crl); });
}

void write_validation(const std::vector<std::string>* sans, std::string_view crl,
                      std::string_view roots, tls::CommonTlsContext& out) {
  out.combined_validation_context([&](auto& combined) {
    combined.default_validation_context(
        [&](auto& validation) { write_own_validation(sans, crl, validation); });
    combined.validation_context_sds_secret_config(wire::Raw{roots});
  });
}

// A plain Envoy has no agent to ask for files, and a cluster would wait for one forever: it reads
// them itself.
void write_client_files(const ClusterContext& context, const ClientTls& client,
                        tls::CommonTlsContext& out) {
  if (context.istio) {
    out.tls_certificate_sds_secret_configs(wire::Raw{
        agent_sds(file_certificate_name(client.certificate, client.key), context.file_socket())});
    return;
  }
  out.tls_certificates([&](auto& certificate) {
    certificate.certificate_chain([&](auto& source) { source.filename(client.certificate); });
    certificate.private_key([&](auto& source) { source.filename(client.key); });
  });
}

void write_root_files(const ClusterContext& context, const ClientTls& client,
                      const std::vector<std::string>* sans, tls::CommonTlsContext& out) {
  if (context.istio) {
    std::string_view roots = client.roots.empty() ? "system" : client.roots;
    write_validation(sans, client.crl, agent_sds(file_root_name(roots), context.file_socket()),
                     out);
    return;
  }
  out.validation_context([&](auto& validation) {
    validation.trusted_ca(
        [&](auto& source) { source.filename(client.roots.empty() ? kSystemRoots : client.roots); });
    write_own_validation(sans, client.crl, validation);
  });
}

// The endpoints that have a sidecar say so in their metadata (endpoints.cc).
const std::string& istio_match() {
  static const std::string bytes = [] {
    std::string out;
    envoy::pb::Struct match(out);
    match.string("tlsMode", "istio");
    return out;
  }();
  return bytes;
}

void write_match(std::string_view name, std::string_view match, std::string_view socket,
                 cluster::Cluster& out) {
  out.transport_socket_matches([&](auto& m) {
    m.name(name);
    m.match(wire::Raw{match});
    m.transport_socket(wire::Raw{socket});
  });
}

// Of all other endpoints, as a field of the cluster.
const std::string& plain_match() {
  static const std::string bytes = [] {
    std::string out;
    cluster::Cluster fields(out);
    write_match("tlsMode-disabled", {}, raw_buffer_socket(), fields);
    return out;
  }();
  return bytes;
}

void wrap_proxy_protocol(const networking::TrafficPolicy_ProxyProtocol& rule,
                         std::string_view socket, std::string& out) {
  out.clear();
  core::TransportSocket outer(out);
  outer.name("envoy.transport_sockets.upstream_proxy_protocol");
  outer.typed_config<envoy::proxy_protocol::ProxyProtocolUpstreamTransport>([&](auto& config) {
    config.config(
        [&](auto& c) { c.version(static_cast<core::ProxyProtocolConfig_Version>(rule.version)); });
    config.transport_socket(wire::Raw{socket});
  });
}

}  // namespace

ClientTls tls_of_rule(const networking::ClientTLSSettings& rule) {
  ClientTls out;
  out.mode = rule.mode;
  out.certificate = rule.client_certificate;
  out.key = rule.private_key;
  out.roots = rule.ca_certificates;
  out.crl = rule.ca_crl;
  out.credential = rule.credential_name;
  out.sni = rule.sni;
  out.sans = &rule.subject_alt_names;
  out.insecure = rule.insecure_skip_verify.value_or(false);
  return out;
}

std::optional<ClientTls> client_tls(const ClusterContext& context, const TlsRequest& request) {
  if (request.rule == nullptr) return automatic_tls(context, request);
  ClientTls out = tls_of_rule(*request.rule);
  if (out.mode == Mode::DISABLE || out.mode == Mode::SIMPLE) return out;
  if (!context.client_certificate.empty()) {
    if (request.service->mesh_external) return out;
    ClientTls metadata = of_metadata(context);
    metadata.sans = out.sans;
    metadata.sni = out.sni;
    metadata.insecure = out.insecure;
    return metadata;
  }
  if (out.mode != Mode::ISTIO_MUTUAL) return out;
  ClientTls mesh = of_mesh(request);
  mesh.insecure = out.insecure;
  if (!out.sni.empty()) mesh.sni = out.sni;
  if (out.has_sans()) mesh.sans = out.sans;
  return mesh;
}

void apply_tls_to_settings(const ClusterContext& context, const ClientTls& tls,
                           const TlsRequest& request, ClusterSettings& settings) {
  const bool plain = tls.mode == Mode::SIMPLE || tls.mode == Mode::MUTUAL;
  const bool forward = request.dynamic_forward_proxy;
  if (!plain && !(forward && tls.mode == Mode::ISTIO_MUTUAL)) return;
  if (credential_withheld(context, tls, request)) return;
  settings.auto_sni = tls.sni.empty();
  settings.auto_san = (forward || (settings.auto_sni && !tls.has_sans())) && !tls.insecure;
  settings.insecure_options = forward && (tls.insecure || !settings.auto_sni || !settings.auto_san);
}

TlsWriter::TlsWriter(const ClusterContext& context, Memory& memory)
    : context_(context), memory_(memory) {
  for (Kept& kept : memory_.contexts) kept.sans = nullptr;
}

const std::string& TlsWriter::mesh_context(const std::vector<std::string>* sans, bool http2) {
  static const std::vector<std::string> kNone;
  const std::vector<std::string>& names = sans == nullptr ? kNone : *sans;
  Kept& kept = memory_.contexts[http2 ? 1 : 0];
  // Compared by content: many services have the same accounts, or none.
  if (kept.sans != nullptr && (kept.sans == &names || *kept.sans == names)) return kept.bytes;
  kept.sans = &names;
  kept.bytes.clear();
  kept.bytes.reserve(512);
  tls::CommonTlsContext common(kept.bytes);
  write_versions(common);
  common.tls_certificate_sds_secret_configs(wire::Raw{workload_certificate_sds(context_.istio)});
  write_validation(sans, {}, mesh_roots_sds(context_.istio), common);
  common.alpn_protocols("istio-peer-exchange");
  common.alpn_protocols("istio");
  if (http2) common.alpn_protocols("h2");
  return kept.bytes;
}

bool TlsWriter::plain_context(const ClientTls& client, const TlsRequest& request, bool http2) {
  const bool mutual = client.mode == Mode::MUTUAL;
  if (credential_withheld(context_, client, request)) return false;
  const bool named = !client.credential.empty();
  if (mutual && !named && (client.certificate.empty() || client.key.empty())) return false;
  // A ServiceEntry's own names stand in for those of the rule.
  const auto* sans = client.sans;
  if (request.service != nullptr && request.service->registry == model::Registry::kExternal &&
      !client.has_sans()) {
    sans = accounts_of(request);
  }
  tls::UpstreamTlsContext out(bytes_);
  out.sni(client.sni);
  out.common_tls_context([&](auto& common) {
    write_versions(context_.config, common);
    if (http2) common.alpn_protocols("h2");
    if (named) {
      const bool socket = context_.credential_socket();
      if (mutual) {
        common.tls_certificate_sds_secret_configs(
            wire::Raw{credential_sds(client.credential, socket, context_.istio)});
      }
      if (client.insecure) return;
      std::string roots = std::string(client.credential).append(kCredentialCaSuffix);
      write_validation(sans, {}, credential_sds(roots, socket, context_.istio), common);
      return;
    }
    if (mutual) write_client_files(context_, client, common);
    if (client.insecure) {
      common.validation_context();
      return;
    }
    write_root_files(context_, client, sans, common);
  });
  return true;
}

bool TlsWriter::tls_context(const ClientTls& client, const TlsRequest& request,
                            const ClusterSettings& settings, std::string_view cluster_name) {
  bytes_.clear();
  const bool http2 = settings.http.is_http2();
  switch (client.mode) {
    case Mode::DISABLE:
      return false;
    case Mode::SIMPLE:
    case Mode::MUTUAL:
      return plain_context(client, request, http2);
    case Mode::ISTIO_MUTUAL:
      break;
  }
  tls::UpstreamTlsContext out(bytes_);
  out.common_tls_context(wire::Raw{mesh_context(client.sans, http2)});
  if (!client.sni.empty() || request.dynamic_forward_proxy) {
    out.sni(client.sni);
  } else {
    out.sni(cluster_name);
  }
  return true;
}

// Both matches of automatic mutual TLS, as fields of the cluster. Only the SNI differs between most
// clusters: bytes with an SNI of the same length are kept and it is written over the old one.
const std::string& TlsWriter::automatic_matches(const ClientTls& client, bool http2) {
  for (size_t i = 0; i < match_count_; ++i) {
    KeptMatches& kept = memory_.matches[i];
    if (kept.http2 != http2 || kept.sni_size != client.sni.size()) continue;
    if (kept.sans != client.sans && *kept.sans != *client.sans) continue;
    std::memcpy(kept.bytes.data() + kept.sni_at, client.sni.data(), client.sni.size());
    return kept.bytes;
  }
  constexpr size_t kMost = 8;
  if (memory_.matches.empty()) memory_.matches.resize(kMost);
  match_count_ = std::min(match_count_ + 1, kMost);
  KeptMatches& kept = memory_.matches[next_match_++ % kMost];
  kept.sans = client.sans;
  kept.http2 = http2;
  kept.sni_size = client.sni.size();
  kept.bytes.clear();
  kept.bytes.reserve(1024);
  socket_.clear();
  socket_.reserve(1024);
  core::TransportSocket socket(socket_);
  socket.name("envoy.transport_sockets.tls");
  socket.typed_config<tls::UpstreamTlsContext>([&](auto& context) {
    context.common_tls_context(wire::Raw{mesh_context(client.sans, http2)});
    context.sni(client.sni);
  });
  cluster::Cluster out(kept.bytes);
  write_match("tlsMode-istio", istio_match(), socket_, out);
  kept.sni_at = kept.bytes.rfind(client.sni);
  out.append_raw(plain_match());
  return kept.bytes;
}

void TlsWriter::write(const std::optional<ClientTls>& client, const TlsRequest& request,
                      const ClusterSettings& settings,
                      const networking::TrafficPolicy_ProxyProtocol* proxy_protocol,
                      std::string_view cluster_name, cluster::Cluster& out) {
  // Where the connection goes to is not known for ORIGINAL_DST, so nothing can be matched.
  const bool matches = client && client->automatic && client->mode == Mode::ISTIO_MUTUAL &&
                       settings.type != DiscoveryType::ORIGINAL_DST;
  if (matches && proxy_protocol == nullptr && !client->sni.empty()) {
    out.append_raw(automatic_matches(*client, settings.http.is_http2()));
    return;
  }
  const bool encrypted = client && tls_context(*client, request, settings, cluster_name);
  socket_.clear();
  if (encrypted) {
    core::TransportSocket socket(socket_);
    socket.name("envoy.transport_sockets.tls");
    socket.typed_config<tls::UpstreamTlsContext>(wire::Raw{bytes_});
  } else if (proxy_protocol != nullptr) {
    core::TransportSocket socket(socket_);
    socket.name("raw_buffer");
    socket.typed_config<envoy::raw_buffer::RawBuffer>();
  } else {
    return;
  }
  if (proxy_protocol != nullptr) {
    wrap_proxy_protocol(*proxy_protocol, socket_, wrapped_);
    socket_.swap(wrapped_);
  }
  if (!matches) {
    out.transport_socket(wire::Raw{socket_});
    return;
  }
  write_match("tlsMode-istio", istio_match(), socket_, out);
  std::string_view plain = raw_buffer_socket();
  if (proxy_protocol != nullptr) {
    wrap_proxy_protocol(*proxy_protocol, plain, wrapped_);
    plain = wrapped_;
  }
  write_match("tlsMode-disabled", {}, plain, out);
}

}  // namespace mesh::xds
