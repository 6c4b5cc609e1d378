// spec.security to values: what security_fields.h cannot say.
#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "libmesh/smcp/sections.h"
#include "libmesh/smcp/security_fields.h"

namespace mesh::smcp {
namespace {

Value entry(std::initializer_list<std::pair<std::string_view, Value>> members) {
  Value out{Map{}};
  for (const auto& [key, value] : members) out.set(key, value);
  return out;
}

void add_env_if_given(Value& spec, std::string_view component, std::string_view name,
                      std::string_view value) {
  if (!value.empty()) add_component_env(spec, component, name, value);
}

void self_signed_to_values(const Value& signer, bool istiod, Value& spec) {
  const std::string_view component = istiod ? "pilot" : "security";
  for (const SignerVariable& row : kSelfSignedVariables) {
    const bool* flag = bool_at(signer, row.field);
    const std::string_view text =
        flag != nullptr ? (*flag ? "true" : "false") : text_at(signer, row.field);
    add_env_if_given(spec, component, row.variable, text);
  }
}

void signer_to_values(const Value& istiod_ca, bool istiod, Value& spec, Tree& values) {
  const std::string type(text_at(istiod_ca, "type"));
  if (type.empty()) return;
  if (type == "PrivateKey") {
    values.set("security.selfSigned", Value(false));
    add_env_if_given(spec, "pilot", kRootCaDir, text_at(istiod_ca, "privateKey.rootCADir"));
  } else if (type == "SelfSigned") {
    values.set("security.selfSigned", Value(true));
    if (const Value* signer = at(istiod_ca, "selfSigned")) {
      self_signed_to_values(*signer, istiod, spec);
    }
  } else {
    values.faults().add("unknown Istiod certificate signer type: " + type);
  }
}

void istiod_ca_to_values(const Value& ca, bool istiod, Value& spec, Tree& values) {
  const Value* given = at(ca, "istiod");
  if (given == nullptr) return;
  const std::string_view ttl = text_at(*given, "workloadCertTTLDefault");
  if (istiod) {
    add_env_if_given(spec, "pilot", kWorkloadTtl, ttl);
    add_env_if_given(spec, "pilot", kWorkloadTtlMax, text_at(*given, "workloadCertTTLMax"));
  } else if (!ttl.empty()) {
    values.set("security.workloadCertTtl", Value(ttl));
  }
  signer_to_values(*given, istiod, spec, values);
}

// Istio 1.16 (v2.4) finds istio-csr's files by itself; before, istiod is told and given the volumes.
void cert_manager_files(std::string_view root_ca_config_map, Tree& values) {
  values.set("pilot.extraArgs",
             Value(List{Value("--tlsCertFile=/etc/cert-manager/tls/tls.crt"),
                        Value("--tlsKeyFile=/etc/cert-manager/tls/tls.key"),
                        Value("--caCertFile=/etc/cert-manager/ca/root-cert.pem")}));
  const auto mount = [](std::string_view name, std::string_view path) {
    return entry({{"name", Value(name)}, {"mountPath", Value(path)}, {"readOnly", Value(true)}});
  };
  values.set("pilot.extraVolumeMounts", Value(List{mount("cert-manager", "/etc/cert-manager/tls"),
                                                   mount("ca-root-cert", "/etc/cert-manager/ca")}));
  const std::string_view config_map =
      root_ca_config_map.empty() ? "istio-ca-root-cert" : root_ca_config_map;
  values.set("pilot.extraVolumes",
             Value(List{entry({{"name", Value("cert-manager")},
                               {"secret", entry({{"secretName", Value("istiod-tls")}})}}),
                        entry({{"name", Value("ca-root-cert")},
                               {"configMap", entry({{"name", Value(config_map)}})}})}));
}

void cert_manager_to_values(const Value& ca, Version version, Value& spec, Tree& values) {
  const Value* given = at(ca, "cert-manager");
  if (given == nullptr) return;
  values.set("global.caAddress", Value(text_at(*given, "address")));
  add_component_env(spec, "pilot", "ENABLE_CA_SERVER", "false");
  if (!at_least(version, Version::kV2_4)) {
    cert_manager_files(text_at(*given, "rootCAConfigMapName"), values);
  }
}

void ca_to_values(const Value& ca, Version version, Value& spec, Tree& values) {
  const std::string type(text_at(ca, "type"));
  if (type.empty()) return;
  if (type != "Istiod" && type != "Custom" && type != "cert-manager") {
    values.faults().add("unknown CertificateAuthority type: " + type);
    return;
  }
  // The charts no longer read it; it is how the type comes back from the values.
  values.set("pilot.ca.implementation", Value(type));
  if (type == "Istiod") {
    istiod_ca_to_values(ca, facts(version).istiod, spec, values);
  } else if (type == "cert-manager") {
    cert_manager_to_values(ca, version, spec, values);
  } else if (const Value* custom = at(ca, "custom")) {
    values.set("global.caAddress", Value(text_at(*custom, "address")));
  }
}

void identity_to_values(const Value& identity, Value& spec, Tree& values) {
  const std::string type(text_at(identity, "type"));
  if (type.empty()) return;
  if (type == "Kubernetes") {
    values.set("global.jwtPolicy", Value("first-party-jwt"));
  } else if (type == "ThirdParty") {
    values.set("global.jwtPolicy", Value("third-party-jwt"));
    add_env_if_given(spec, "pilot", kTokenIssuer, text_at(identity, "thirdParty.issuer"));
    if (std::string_view audience = text_at(identity, "thirdParty.audience"); !audience.empty()) {
      values.set("global.sds.token.aud", Value(audience));
    }
  } else {
    values.faults().add("unknown Identity type: " + type);
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

void security_to_values(Value& spec, const Context& context, Tree& values) {
  const Value* found = at(spec, "security");
  if (found == nullptr) return;
  const Value security = *found;  // the environment goes to another part of the same spec
  fields_to_values(kSecurityFields, spec, values);
  if (std::string_view domain = text_at(security, "trust.domain"); !domain.empty()) {
    values.set(trust_domain_path(context.version), Value(domain));
  }
  if (const Value* ca = at(security, "certificateAuthority")) {
    ca_to_values(*ca, context.version, spec, values);
  }
  if (const Value* identity = at(security, "identity")) identity_to_values(*identity, spec, values);
  if (std::string_view provider = text_at(security, "controlPlane.certProvider");
      !provider.empty()) {
    values.set("global.pilotCertProvider", Value(lower(provider)));
  }
}

}  // namespace mesh::smcp
