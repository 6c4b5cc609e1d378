#include "libmesh/xds/lds/filter_chain_tls.h"

#include <algorithm>
#include <array>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/matcher.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/quic.h"
#include "libmesh/schema/gen/envoy/tls.h"
#include "libmesh/traffic/ciphers.h"
#include "libmesh/xds/tls_context.h"

namespace mesh::xds {
namespace {

using envoy::tls::CertificateValidationContext;
using envoy::tls::CommonTlsContext;
using envoy::tls::DownstreamTlsContext;
using Mode = networking::ServerTLSSettings_TLSmode;
using Protocol = envoy::tls::TlsParameters_TlsProtocol;

constexpr std::array<std::string_view, 2> kHttpAlpn = {"h2", "http/1.1"};
constexpr std::array<std::string_view, 3> kTcpAlpn = {"istio-peer-exchange", "h2", "http/1.1"};

constexpr std::array<std::string_view, 6> kMeshCiphers = {
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",   "AES256-GCM-SHA384",           "AES128-GCM-SHA256"};

template <typename F>
std::string socket_field(F&& fill) {
  std::string out;
  out.reserve(1024);
  envoy::listener::FilterChain(out).transport_socket(
      wire::Wide{[&](envoy::core::TransportSocket socket) {
        socket.name("envoy.transport_sockets.tls");
        socket.typed_config<DownstreamTlsContext>(wire::Wide{fill});
      }});
  return out;
}

void put_alpn(CommonTlsContext& common, bool tcp) {
  if (tcp) {
    for (std::string_view alpn : kTcpAlpn) common.alpn_protocols(alpn);
  } else {
    for (std::string_view alpn : kHttpAlpn) common.alpn_protocols(alpn);
  }
}

// The trust domains whose identities are taken: the mesh's own, its aliases, those of further CAs.
std::vector<std::string_view> trust_domains(const meshconfig::MeshConfig& config) {
  std::vector<std::string_view> out;
  const auto add = [&](const std::string& domain) {
    if (!domain.empty() && std::find(out.begin(), out.end(), domain) == out.end()) {
      out.push_back(domain);
    }
  };
  add(config.trust_domain);
  for (const std::string& alias : config.trust_domain_aliases) add(alias);
  for (const auto& authority : config.ca_certificates) {
    for (const std::string& domain : authority.trust_domains) add(domain);
  }
  return out;
}

// Certificates by files: a proxy's metadata or a server's settings name them; else the workload's
// own.
struct FileCertificates {
  std::string_view certificate;
  std::string_view key;
  std::string_view roots;
};

void put_file_certificate(CommonTlsContext& common, const ListenerContext& context,
                          std::string_view certificate, std::string_view key) {
  if (certificate.empty() || key.empty()) {
    common.tls_certificate_sds_secret_configs(envoy::Raw{workload_certificate_sds(context.istio)});
    return;
  }
  const bool own_server = metadata_flag(context.proxy, "file-credential");
  common.tls_certificate_sds_secret_configs(
      envoy::Raw{agent_sds(file_certificate_name(certificate, key), own_server)});
}

template <typename F>
void put_validation(CommonTlsContext& common, std::string_view roots_sds, F&& fill) {
  common.combined_validation_context([&](auto& combined) {
    combined.default_validation_context(
        [&](CertificateValidationContext validation) { fill(validation); });
    combined.validation_context_sds_secret_config(envoy::Raw{roots_sds});
  });
}

std::string roots_sds(const ListenerContext& context, std::string_view roots_file) {
  if (roots_file.empty()) return mesh_roots_sds(context.istio);
  return agent_sds(file_root_name(roots_file), metadata_flag(context.proxy, "file-credential"));
}

void put_exact_names(CertificateValidationContext& validation,
                     const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    validation.match_subject_alt_names(
        [&](envoy::matcher::StringMatcher matcher) { matcher.exact(name); });
  }
}

void put_insecure(CertificateValidationContext& validation,
                  const networking::ServerTLSSettings& settings) {
  using Trust = envoy::tls::CertificateValidationContext_TrustChainVerification;
  if (settings.insecure_skip_verify.value_or(false)) {
    validation.trust_chain_verification(Trust::ACCEPT_UNTRUSTED);
  }
}

void put_named_credentials(CommonTlsContext& common, const ListenerContext& context,
                           const networking::ServerTLSSettings& settings) {
  const bool socket = metadata_flag(context.proxy, "credential");
  const auto sds = [&](std::string_view name) {
    return credential_sds(name, socket, context.istio);
  };
  std::string roots = settings.credential_name;
  if (settings.credential_names.empty()) {
    common.tls_certificate_sds_secret_configs(envoy::Raw{sds(settings.credential_name)});
  } else {
    roots = settings.credential_names.front();
    for (const std::string& name : settings.credential_names) {
      common.tls_certificate_sds_secret_configs(envoy::Raw{sds(name)});
    }
  }
  roots.append(kCredentialCaSuffix);
  if (!settings.ca_cert_credential_name.empty()) roots = settings.ca_cert_credential_name;
  if (settings.mode == Mode::MUTUAL || settings.mode == Mode::OPTIONAL_MUTUAL) {
    put_validation(common, sds(roots), [&](CertificateValidationContext& validation) {
      put_exact_names(validation, settings.subject_alt_names);
      for (const auto& pin : settings.verify_certificate_spki) {
        validation.verify_certificate_spki(pin);
      }
      for (const auto& pin : settings.verify_certificate_hash) {
        validation.verify_certificate_hash(pin);
      }
      put_insecure(validation, settings);
    });
  } else if (!settings.subject_alt_names.empty()) {
    common.validation_context([&](CertificateValidationContext validation) {
      put_exact_names(validation, settings.subject_alt_names);
    });
  }
}

void put_server_files(CommonTlsContext& common, const ListenerContext& context,
                      const networking::ServerTLSSettings& settings, FileCertificates files,
                      bool validate) {
  if (settings.mode != Mode::ISTIO_MUTUAL && !settings.tls_certificates.empty()) {
    for (const auto& pair : settings.tls_certificates) {
      put_file_certificate(common, context, pair.server_certificate, pair.private_key);
    }
  } else {
    put_file_certificate(common, context, files.certificate, files.key);
  }
  if (!validate) return;
  put_validation(
      common, roots_sds(context, files.roots), [&](CertificateValidationContext& validation) {
        put_exact_names(validation, settings.subject_alt_names);
        if (!settings.ca_crl.empty()) {
          validation.crl([&](envoy::core::DataSource source) { source.filename(settings.ca_crl); });
        }
        put_insecure(validation, settings);
      });
}

FileCertificates proxy_files(const ListenerContext& context) {
  const document::Value& metadata = context.proxy.metadata;
  return {metadata.string_at("TLS_SERVER_CERT_CHAIN"), metadata.string_at("TLS_SERVER_KEY"),
          metadata.string_at("TLS_SERVER_ROOT_CERT")};
}

Protocol protocol_of(networking::ServerTLSSettings_TLSProtocol protocol) {
  return static_cast<Protocol>(protocol);  // the two enums have the same numbers
}

Protocol protocol_of(meshconfig::MeshConfig_TLSConfig_TLSProtocol protocol) {
  return protocol == meshconfig::MeshConfig_TLSConfig_TLSProtocol::TLSV1_3 ? Protocol::TLSv1_3
                                                                           : Protocol::TLSv1_2;
}

// Ciphers that Envoy knows, each once; it would refuse the listener for another.
std::vector<std::string_view> valid_ciphers(const std::vector<std::string>& suites) {
  std::vector<std::string_view> out;
  for (const std::string& suite : suites) {
    if (traffic::is_cipher(suite) && std::find(out.begin(), out.end(), suite) == out.end())
      out.push_back(suite);
  }
  return out;
}

// Versions and ciphers: the server's own over the mesh's tlsDefaults. Nothing for mesh mTLS.
void put_parameters(CommonTlsContext& common, const ListenerContext& context,
                    const networking::ServerTLSSettings& settings) {
  using Auto = networking::ServerTLSSettings_TLSProtocol;
  static const meshconfig::MeshConfig_TLSConfig kNone;
  if (settings.mode == Mode::ISTIO_MUTUAL) return;
  const auto& defaults = context.config.tls_defaults ? *context.config.tls_defaults : kNone;
  const bool own_minimum = settings.min_protocol_version != Auto::TLS_AUTO;
  const bool mesh_minimum =
      defaults.min_protocol_version != meshconfig::MeshConfig_TLSConfig_TLSProtocol::TLS_AUTO;
  auto ciphers = valid_ciphers(settings.cipher_suites);
  if (ciphers.empty()) ciphers.assign(defaults.cipher_suites.begin(), defaults.cipher_suites.end());
  if (!own_minimum && !mesh_minimum && settings.max_protocol_version == Auto::TLS_AUTO &&
      ciphers.empty() && defaults.ecdh_curves.empty()) {
    return;
  }
  common.tls_params([&](envoy::tls::TlsParameters parameters) {
    if (own_minimum) {
      parameters.tls_minimum_protocol_version(protocol_of(settings.min_protocol_version));
    } else if (mesh_minimum) {
      parameters.tls_minimum_protocol_version(protocol_of(defaults.min_protocol_version));
    }
    parameters.tls_maximum_protocol_version(protocol_of(settings.max_protocol_version));
    for (std::string_view cipher : ciphers) parameters.cipher_suites(cipher);
    for (const std::string& curve : defaults.ecdh_curves) parameters.ecdh_curves(curve);
  });
}

enum class Transport { kHttp, kTcp, kQuic };

void put_server(DownstreamTlsContext& tls, const ListenerContext& context,
                const networking::ServerTLSSettings& settings, Transport transport) {
  const bool quic = transport == Transport::kQuic;
  const bool mutual = settings.mode == Mode::MUTUAL || settings.mode == Mode::ISTIO_MUTUAL;
  const bool require = mutual && !quic;
  const bool validate = require || settings.mode == Mode::OPTIONAL_MUTUAL;
  tls.require_client_certificate(require);
  tls.common_tls_context([&](CommonTlsContext common) {
    if (quic) {
      common.alpn_protocols("h3");
    } else {
      put_alpn(common, transport == Transport::kTcp && settings.mode == Mode::ISTIO_MUTUAL);
    }
    if (settings.mode == Mode::ISTIO_MUTUAL) {
      put_server_files(common, context, settings, proxy_files(context), validate);
    } else if (!settings.credential_names.empty() || !settings.credential_name.empty()) {
      put_named_credentials(common, context, settings);
    } else {
      const FileCertificates files{settings.server_certificate, settings.private_key,
                                   settings.ca_certificates};
      put_server_files(common, context, settings, files, validate);
    }
    put_parameters(common, context, settings);
  });
}

}  // namespace

namespace {

template <typename Ciphers>
void put_mesh_parameters(CommonTlsContext& common, Protocol minimum, const Ciphers& ciphers) {
  common.tls_params(wire::Wide{[&](envoy::tls::TlsParameters parameters) {
    parameters.tls_minimum_protocol_version(minimum);
    parameters.tls_maximum_protocol_version(Protocol::TLSv1_3);
    for (std::string_view cipher : ciphers) parameters.cipher_suites(cipher);
  }});
}

// With the ciphers that count where the mesh says none, and TLS 1.2 at least.
std::string_view usual_mesh_parameters() {
  static const std::string fields = [] {
    std::string out;
    CommonTlsContext common(out);
    put_mesh_parameters(common, Protocol::TLSv1_2, kMeshCiphers);
    return out;
  }();
  return fields;
}

void put_trust_domains(CertificateValidationContext& validation,
                       const meshconfig::MeshConfig& config) {
  std::string prefix;
  for (std::string_view domain : trust_domains(config)) {
    prefix.assign("spiffe://").append(domain).push_back('/');
    validation.match_subject_alt_names([&](envoy::matcher::StringMatcher m) { m.prefix(prefix); });
  }
}

}  // namespace

// Fields of a CommonTlsContext: all but ALPN.
std::string mesh_tls_settings(const ListenerContext& context) {
  static const meshconfig::MeshConfig_TLSConfig kNone;
  const auto& set = context.config.mesh_mTLS ? *context.config.mesh_mTLS : kNone;
  const FileCertificates files = proxy_files(context);
  std::string out;
  out.reserve(1024);
  CommonTlsContext common(out);
  const Protocol minimum = protocol_of(set.min_protocol_version);
  if (!set.cipher_suites.empty()) {
    put_mesh_parameters(common, minimum, set.cipher_suites);
  } else if (minimum == Protocol::TLSv1_2) {
    common.append_raw(usual_mesh_parameters());
  } else {
    put_mesh_parameters(common, minimum, kMeshCiphers);
  }
  put_file_certificate(common, context, files.certificate, files.key);
  const auto put = [&](CertificateValidationContext& validation) {
    put_trust_domains(validation, context.config);
  };
  if (files.roots.empty()) {
    put_validation(common, mesh_roots_sds(context.istio), put);
  } else {
    put_validation(common, roots_sds(context, files.roots), put);
  }
  return out;
}

std::string mesh_tls_socket(std::string_view settings, bool tcp) {
  return socket_field([&](DownstreamTlsContext tls) {
    tls.require_client_certificate(true);
    tls.common_tls_context(wire::Wide{[&](CommonTlsContext common) {
      put_alpn(common, tcp);
      common.append_raw(settings);
    }});
  });
}

std::string server_tls_socket(const ListenerContext& context,
                              const networking::ServerTLSSettings& settings, bool tcp) {
  return socket_field([&](DownstreamTlsContext tls) {
    put_server(tls, context, settings, tcp ? Transport::kTcp : Transport::kHttp);
  });
}

std::string server_quic_socket(const ListenerContext& context,
                               const networking::ServerTLSSettings& settings) {
  std::string out;
  envoy::listener::FilterChain(out).transport_socket([&](envoy::core::TransportSocket socket) {
    socket.name("envoy.transport_sockets.quic");
    socket.typed_config<envoy::quic::QuicDownstreamTransport>([&](auto& quic) {
      quic.downstream_tls_context(
          [&](DownstreamTlsContext tls) { put_server(tls, context, settings, Transport::kQuic); });
    });
  });
  return out;
}

}  // namespace mesh::xds
