// spec.security from values: what security_fields.h cannot say.
#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

#include "libmesh/base/parse_bool.h"
#include "libmesh/smcp/sections.h"
#include "libmesh/smcp/security_fields.h"

namespace mesh::smcp {
namespace {

std::string under_ca(std::string_view field) { return std::string(kCa) + "." + std::string(field); }

std::optional<bool> read_bool(std::string_view text, Faults& faults) {
  const std::optional<bool> out = parse_bool(text);
  if (!out) faults.add("strconv.ParseBool: parsing \"" + std::string(text) + "\": invalid syntax");
  return out;
}

void self_signed_from_values(Tree& values, Value& spec) {
  for (const SignerVariable& row : kSelfSignedVariables) {
    auto text = take_component_env(values, "pilot", row.variable);
    if (!text) text = take_component_env(values, "security", row.variable);
    if (!text || values.failed()) continue;
    const std::string field = under_ca("istiod.selfSigned." + std::string(row.field));
    if (row.field != "enableJitter") {
      put(spec, field, Value(*text));
    } else if (auto flag = read_bool(*text, values.faults())) {
      put(spec, field, Value(*flag));
    }
  }
}

void istiod_ca_from_values(std::optional<bool> self_signed, Tree& values, Value& spec) {
  if (self_signed) {
    put(spec, under_ca("istiod.type"), Value(*self_signed ? "SelfSigned" : "PrivateKey"));
    if (*self_signed) {
      self_signed_from_values(values, spec);
    } else if (auto dir = take_component_env(values, "pilot", kRootCaDir)) {
      put(spec, under_ca("istiod.privateKey.rootCADir"), Value(*dir));
    }
  }
  auto ttl = take_component_env(values, "pilot", kWorkloadTtl);
  if (!ttl) ttl = values.take_string("security.workloadCertTtl");
  if (ttl) put(spec, under_ca("istiod.workloadCertTTLDefault"), Value(*ttl));
  if (auto max = take_component_env(values, "pilot", kWorkloadTtlMax)) {
    put(spec, under_ca("istiod.workloadCertTTLMax"), Value(*max));
  }
}

// A type that is not known leaves certificateAuthority: {}.
void ca_from_values(Tree& values, Value& spec) {
  auto type = values.take_string("pilot.ca.implementation");
  const auto self_signed = values.take_bool("security.selfSigned");
  const bool named = type && !type->empty();
  if (!named) type = self_signed ? "Istiod" : "";
  if (type->empty()) return;
  const bool istiod = *type == "Istiod";
  if (!istiod && *type != "Custom" && *type != "cert-manager") {
    put(spec, kCa, Value(Map{}));
    return;
  }
  put(spec, under_ca("type"), Value(*type));
  if (istiod) {
    istiod_ca_from_values(self_signed, values, spec);
  } else if (auto address = values.take_string("global.caAddress")) {
    put(spec, under_ca(*type == "Custom" ? "custom.address" : "cert-manager.address"),
        Value(*address));
  }
}

void identity_from_values(Tree& values, Value& spec) {
  const auto policy = values.take_string("global.jwtPolicy");
  if (!policy || policy->empty()) return;
  if (*policy == "first-party-jwt") {
    put(spec, "security.identity.type", Value("Kubernetes"));
  } else if (*policy == "third-party-jwt") {
    put(spec, "security.identity.type", Value("ThirdParty"));
    if (auto issuer = take_component_env(values, "pilot", kTokenIssuer)) {
      put(spec, "security.identity.thirdParty.issuer", Value(*issuer));
    }
    if (auto audience = values.take_string("global.sds.token.aud")) {
      put(spec, "security.identity.thirdParty.audience", Value(*audience));
    }
  } else {
    values.faults().add("unknown jwtPolicy specified: " + *policy);
  }
}

void cert_provider_from_values(Tree& values, Value& spec) {
  const auto provider = values.take_string("global.pilotCertProvider");
  if (!provider || provider->empty()) return;
  std::string lower = *provider;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::pair<std::string_view, std::string_view> kProviders[] = {
      {"istiod", "Istiod"}, {"kubernetes", "Kubernetes"}, {"custom", "Custom"}};
  for (const auto& [text, name] : kProviders) {
    if (lower == text) {
      put(spec, "security.controlPlane.certProvider", Value(name));
      return;
    }
  }
  values.faults().add("unknown pilotCertProvider specified: " + *provider);
}

}  // namespace

void security_from_values(Tree& values, const Context& context, Value& spec) {
  Parts parts(values);
  fields_from_values(kSecurityFields, parts, spec);
  if (auto domain = values.take_string(trust_domain_path(context.version))) {
    put(spec, "security.trust.domain", Value(*domain));
  }
  ca_from_values(values, spec);
  identity_from_values(values, spec);
  cert_provider_from_values(values, spec);
}

}  // namespace mesh::smcp
