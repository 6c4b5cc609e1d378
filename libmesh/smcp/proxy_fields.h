// The fields of spec.proxy that the values hold one to one.
#pragma once

#include <span>

#include "libmesh/smcp/fields.h"

namespace mesh::smcp {

// clang-format off
inline constexpr FieldRule kProxyFields[] = {
    {"proxy.concurrency", FieldKind::kInt, {"global.proxy.concurrency", "meshConfig.concurrency"}},
    {"proxy.adminPort", FieldKind::kPositive, {"global.proxy.adminPort", "meshConfig.defaultConfig.proxyAdminPort"}},
    {"proxy.logging.level", FieldKind::kText, {"global.proxy.logLevel"}},

    {"proxy.networking.clusterDomain", FieldKind::kText, {"global.proxy.clusterDomain"}, Empty::kSkip},
    {"proxy.networking.connectionTimeout", FieldKind::kText, {"global.proxy.connectionTimeout"}},
    {"proxy.networking.maxConnectionAge", FieldKind::kText, {"pilot.keepaliveMaxServerConnectionAge"}},
    {"proxy.networking.trafficControl.inbound.interceptionMode", FieldKind::kText, {"global.proxy.interceptionMode"}, Empty::kSkip},
    {"proxy.networking.trafficControl.inbound.includedPorts", FieldKind::kCommaText, {"global.proxy.includeInboundPorts"}},
    {"proxy.networking.trafficControl.inbound.excludedPorts", FieldKind::kCommaInts, {"global.proxy.excludeInboundPorts"}},
    {"proxy.networking.trafficControl.outbound.includedIPRanges", FieldKind::kCommaText, {"global.proxy.includeIPRanges"}},
    {"proxy.networking.trafficControl.outbound.excludedIPRanges", FieldKind::kCommaList, {"global.proxy.excludeIPRanges"}},
    {"proxy.networking.trafficControl.outbound.excludedPorts", FieldKind::kCommaInts, {"global.proxy.excludeOutboundPorts"}},
    {"proxy.networking.trafficControl.outbound.policy", FieldKind::kText, {"global.outboundTrafficPolicy.mode", "meshConfig.outboundTrafficPolicy.mode"}, Empty::kSkip},
    {"proxy.networking.protocol.autoDetect.inbound", FieldKind::kBool, {"pilot.enableProtocolSniffingForInbound"}},
    {"proxy.networking.protocol.autoDetect.outbound", FieldKind::kBool, {"pilot.enableProtocolSniffingForOutbound"}},
    {"proxy.networking.dns.refreshRate", FieldKind::kText, {"global.proxy.dnsRefreshRate", "meshConfig.dnsRefreshRate"}, Empty::kSkip},

    {"proxy.accessLogging.file.name", FieldKind::kText, {"global.proxy.accessLogFile", "meshConfig.accessLogFile"}, Empty::kSkip},
    {"proxy.accessLogging.file.encoding", FieldKind::kText, {"global.proxy.accessLogEncoding", "meshConfig.accessLogEncoding"}, Empty::kSkip},
    {"proxy.accessLogging.file.format", FieldKind::kText, {"global.proxy.accessLogFormat", "meshConfig.accessLogFormat"}, Empty::kSkip},

    {"proxy.runtime.readiness.statusPort", FieldKind::kPositive, {"global.proxy.statusPort"}},
    {"proxy.runtime.readiness.initialDelaySeconds", FieldKind::kPositive, {"global.proxy.readinessInitialDelaySeconds"}},
    {"proxy.runtime.readiness.periodSeconds", FieldKind::kPositive, {"global.proxy.readinessPeriodSeconds"}},
    {"proxy.runtime.readiness.failureThreshold", FieldKind::kPositive, {"global.proxy.readinessFailureThreshold"}},
};
// clang-format on

// Written to meshConfig alone, but once read from global.proxy too.
inline constexpr std::string_view kDetectionTimeout =
    "proxy.networking.protocol.autoDetect.timeout";

inline constexpr std::string_view kProxyPart = "global.proxy";
inline constexpr std::string_view kMeshConfigPart = "meshConfig";

}  // namespace mesh::smcp
