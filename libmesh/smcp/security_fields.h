// The fields of spec.security that the values hold one to one.
#pragma once

#include "libmesh/smcp/fields.h"

namespace mesh::smcp {

// clang-format off
inline constexpr FieldRule kSecurityFields[] = {
    {"security.dataPlane.mtls", FieldKind::kBool, {"global.mtls.enabled"}},
    {"security.dataPlane.automtls", FieldKind::kBool, {"global.mtls.auto", "meshConfig.enableAutoMtls"}},
    {"security.trust.additionalDomains", FieldKind::kTexts, {"global.trustDomainAliases", "meshConfig.trustDomainAliases"}},
    {"security.controlPlane.mtls", FieldKind::kBool, {"global.controlPlaneSecurityEnabled"}},
    {"security.controlPlane.tls.cipherSuites", FieldKind::kCommaText, {"global.tls.cipherSuites"}, Empty::kSkip},
    {"security.controlPlane.tls.ecdhCurves", FieldKind::kCommaText, {"global.tls.ecdhCurves"}, Empty::kSkip},
    {"security.controlPlane.tls.minProtocolVersion", FieldKind::kText, {"global.tls.minProtocolVersion"}},
    {"security.controlPlane.tls.maxProtocolVersion", FieldKind::kText, {"global.tls.maxProtocolVersion"}},
    {"security.manageNetworkPolicy", FieldKind::kBool, {"global.manageNetworkPolicy"}},
    {"security.jwksResolverCA", FieldKind::kText, {"pilot.jwksResolverExtraRootCA"}},
};
// clang-format on

// Settings of the self-signed CA, which are environment variables: of istiod ("pilot"), or of
// citadel ("security") in v1.1.
struct SignerVariable {
  std::string_view field;  // below security.certificateAuthority.istiod.selfSigned
  std::string_view variable;
};
inline constexpr SignerVariable kSelfSignedVariables[] = {
    {"ttl", "CITADEL_SELF_SIGNED_CA_CERT_TTL"},
    {"gracePeriod", "CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE"},
    {"checkPeriod", "CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL"},
    {"enableJitter", "CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR"},
};
inline constexpr std::string_view kWorkloadTtl = "DEFAULT_WORKLOAD_CERT_TTL";
inline constexpr std::string_view kWorkloadTtlMax = "MAX_WORKLOAD_CERT_TTL";
inline constexpr std::string_view kRootCaDir = "ROOT_CA_DIR";
inline constexpr std::string_view kTokenIssuer = "TOKEN_ISSUER";

inline constexpr std::string_view kCa = "security.certificateAuthority";

}  // namespace mesh::smcp
