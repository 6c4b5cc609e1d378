// What Istio refuses in the TLS settings of servers (validateTLSOptions, and the CRDs of Gateway and Sidecar).
#include <algorithm>
#include <array>

#include "libmesh/traffic/check/rules_tls.h"
#include "libmesh/traffic/check/words.h"
#include "libmesh/traffic/ciphers.h"

namespace mesh::traffic {
namespace {

using Mode = networking::ServerTLSSettings_TLSmode;
using Protocol = networking::ServerTLSSettings_TLSProtocol;
using Settings = networking::ServerTLSSettings;

constexpr size_t kMostCertificates = 2;

struct Part {
  bool set;
  const char* name;
};

std::array<Part, 6> certificates_of(const Settings& tls) {
  return {{{!tls.server_certificate.empty(), ".serverCertificate"},
           {!tls.private_key.empty(), ".privateKey"},
           {!tls.ca_certificates.empty(), ".caCertificates"},
           {!tls.tls_certificates.empty(), ".tlsCertificates"},
           {!tls.credential_name.empty(), ".credentialName"},
           {!tls.credential_names.empty(), ".credentialNames"}}};
}

void check_ciphers(const Settings& tls, const std::string& path, Finder& finder) {
  std::set<std::string> seen;
  for (size_t i = 0; i < tls.cipher_suites.size(); ++i) {
    const std::string& name = tls.cipher_suites[i];
    const std::string field = at(path + ".cipherSuites", i);
    if (!is_cipher(name)) {
      finder.warn(Code::kNoEffect, field, quoted(name) + " is no cipher of Envoy: it is left out",
                  "write one like ECDHE-RSA-AES128-GCM-SHA256, or take it away");
    } else if (!seen.insert(name).second) {
      finder.warn(Code::kNoEffect, field, quoted(name) + " stands here twice", "write it once");
    }
  }
  const bool old = tls.min_protocol_version == Protocol::TLSV1_0 ||
                   tls.min_protocol_version == Protocol::TLSV1_1;
  if (old && tls.cipher_suites.empty()) {
    finder.warn(Code::kNoEffect, path + ".minProtocolVersion",
                "is older than TLSV1_2, and no cipher that is usual goes with it",
                "write cipherSuites that do");
  }
}

// Certificates come from one place.
void check_sources(const Settings& tls, const std::string& path, Finder& finder) {
  const std::array<Part, 4> sources = {
      {{!tls.server_certificate.empty() && !tls.private_key.empty(), ".serverCertificate"},
       {!tls.credential_name.empty(), ".credentialName"},
       {!tls.credential_names.empty(), ".credentialNames"},
       {!tls.tls_certificates.empty(), ".tlsCertificates"}}};
  std::string first;
  for (const Part& each : sources) {
    if (!each.set) continue;
    if (!first.empty()) {
      finder.invalid(path + each.name, "stands beside " + first, "write one of them");
      break;
    }
    first = each.name + 1;
  }
  auto most = [&](size_t count, const char* name) {
    const document::Value* list = count == 0 ? find_field(finder.object(), path + name) : nullptr;
    if (list != nullptr && list->is_list()) {
      finder.invalid(path + name, "is empty", "write one or two, or leave it out");
    }
    if (count <= kMostCertificates) return;
    finder.invalid(path + name, "has more than 2", "one RSA and one ECDSA certificate go together");
  };
  most(tls.credential_names.size(), ".credentialNames");
  most(tls.tls_certificates.size(), ".tlsCertificates");
}

// Files for modes that end TLS, where no Secret is named.
void check_files(const Settings& tls, bool mutual, const std::string& path, Finder& finder) {
  const std::string mode(enum_name(tls.mode));
  if (mutual && tls.ca_certificates.empty()) {
    finder.invalid(
        path + ".caCertificates", "is not set, and mode " + mode + " needs it",
        "write the path of what clients' certificates are verified with, or credentialName");
  }
  for (size_t i = 0; i < tls.tls_certificates.size(); ++i) {
    const std::string here = at(path + ".tlsCertificates", i);
    if (tls.tls_certificates[i].server_certificate.empty()) {
      finder.invalid(here + ".serverCertificate", "is not set",
                     "write the path of the certificate");
    }
    if (tls.tls_certificates[i].private_key.empty()) {
      finder.invalid(here + ".privateKey", "is not set", "write the path of the key");
    }
  }
  if (!tls.tls_certificates.empty()) return;
  if (tls.server_certificate.empty() && tls.private_key.empty()) {
    finder.invalid(path, "has mode " + mode + " and no certificate", "write credentialName");
  } else if (tls.server_certificate.empty()) {
    finder.invalid(path + ".serverCertificate", "is not set beside privateKey",
                   "write the path of the certificate, or credentialName in place of both");
  } else if (tls.private_key.empty()) {
    finder.invalid(path + ".privateKey", "is not set beside serverCertificate",
                   "write the path of the key, or credentialName in place of both");
  }
}

}  // namespace

void check_tls_settings(const Settings& tls, const std::string& path, Finder& finder) {
  check_ciphers(tls, path, finder);
  if (tls.mode == Mode::ISTIO_MUTUAL) {
    for (const Part& each : certificates_of(tls)) {
      if (!each.set) continue;
      finder.invalid(path + each.name, "stands beside mode ISTIO_MUTUAL, which brings its own",
                     "take it away, or write MUTUAL");
    }
    return;
  }
  check_sources(tls, path, finder);
  const bool mutual = tls.mode == Mode::MUTUAL || tls.mode == Mode::OPTIONAL_MUTUAL;
  const bool simple = tls.mode == Mode::SIMPLE;
  if (!mutual && !simple) {
    for (const Part& each : certificates_of(tls)) {
      if (!each.set) continue;
      finder.warn(Code::kNoEffect, path + each.name,
                  "does nothing beside mode " + std::string(enum_name(tls.mode)),
                  "take it away, or write mode SIMPLE");
    }
  }
  const bool named = !tls.credential_name.empty() || !tls.credential_names.empty();
  if ((mutual || simple) && named) return;
  if (mutual || simple) check_files(tls, mutual, path, finder);
  if (tls.ca_crl.empty()) return;
  if (!tls.credential_name.empty()) {
    finder.invalid(path + ".caCrl", "stands beside credentialName",
                   "write it in the Secret: ca.crl");
  }
  if (simple) {
    finder.invalid(path + ".caCrl", "stands beside mode SIMPLE, which asks for no certificate",
                   "write mode MUTUAL, or take it away");
  }
}

}  // namespace mesh::traffic
