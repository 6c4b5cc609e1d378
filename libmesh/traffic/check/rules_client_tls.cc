// What Istio refuses in the TLS settings of clients, of DestinationRules and the MeshConfig (ValidateTLS).
#include "libmesh/traffic/check/rules_tls.h"

namespace mesh::traffic {
namespace {

using networking::ClientTLSSettings_TLSmode;

// A configmap:// is of the rule's own namespace, of which a MeshConfig has none (ValidateTLS, credentials.ParseResourceName).
void check_config_map(const std::string& name, const std::string& path, Finder& finder) {
  constexpr std::string_view kScheme = "configmap://";
  if (!name.starts_with(kScheme)) return;
  const std::string_view rest = std::string_view(name).substr(kScheme.size());
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos && slash + 1 < rest.size() && slash > 0 &&
      rest.substr(0, slash) == finder.ns()) {
    return;
  }
  if (finder.ns().empty()) {
    finder.invalid(path + ".credentialName",
                   quoted(name) + " is no ConfigMap of a namespace of its own",
                   "name a Secret, or write the path of a file: caCertificates");
    return;
  }
  finder.invalid(path + ".credentialName", quoted(name) + " is no ConfigMap of the own namespace",
                 "write configmap://" + finder.ns() + "/NAME");
}

}  // namespace

void check_client_tls(const networking::ClientTLSSettings& tls, const std::string& path,
                      Finder& finder) {
  const bool simple = tls.mode == ClientTLSSettings_TLSmode::SIMPLE;
  const bool mutual = tls.mode == ClientTLSSettings_TLSmode::MUTUAL;
  check_config_map(tls.credential_name, path, finder);
  if (tls.insecure_skip_verify.value_or(false) && (simple || mutual)) {
    auto beside = [&](bool set, const char* name) {
      if (!set) return;
      finder.invalid(path + name, "stands beside insecureSkipVerify, which asks for nothing",
                     "write what is to be verified, or insecureSkipVerify");
    };
    beside(!tls.ca_certificates.empty(), ".caCertificates");
    beside(!tls.subject_alt_names.empty(), ".subjectAltNames");
    beside(simple && !tls.credential_name.empty(), ".credentialName");
  }
  const bool files = !tls.client_certificate.empty() || !tls.private_key.empty() ||
                     !tls.ca_certificates.empty() || !tls.ca_crl.empty();
  if ((simple || mutual) && !tls.credential_name.empty()) {
    if (files) finder.invalid(path + ".credentialName", "stands beside files", "write one of them");
    return;
  }
  if (mutual && tls.client_certificate.empty()) {
    finder.invalid(path + ".clientCertificate", "is not set, and mode MUTUAL needs it",
                   "or name a Secret: credentialName");
  }
  if (mutual && tls.private_key.empty()) {
    finder.invalid(path + ".privateKey", "is not set, and mode MUTUAL needs it",
                   "or name a Secret: credentialName");
  }
  if (tls.mode == ClientTLSSettings_TLSmode::ISTIO_MUTUAL && files) {
    finder.warn(Code::kNoEffect, path + ".mode",
                "is ISTIO_MUTUAL, which brings its own certificates",
                "take the certificates away, or write MUTUAL");
  }
}

}  // namespace mesh::traffic
