// What Istio refuses in MeshConfigs, and what looks like it and is taken.
#include "tests/traffic/meshconfig/told.h"

namespace mesh::traffic {
namespace {

TEST(MeshConfigRules, PortsTimesAndNames) {
  expect_refused({
      {"proxyListenPort: 0", "proxyListenPort"},
      {"proxyListenPort: -1", "proxyListenPort"},
      {"proxyListenPort: 65536", "proxyListenPort"},
      {"connectTimeout: 0s", "connectTimeout"},
      {"connectTimeout: 3600.001s", "connectTimeout"},
      {"connectTimeout: 1.0005s", "connectTimeout"},
      {"protocolDetectionTimeout: 0.0005s", "protocolDetectionTimeout"},
      {"serviceSettings: [{hosts: [a.b]}, {hosts: [\"*.b\", 10.0.0.1]}]",
       "serviceSettings[1].hosts[1]"},
      {"serviceSettings: [{hosts: [\"\"]}]", "serviceSettings[0].hosts[0]"},
      {"trustDomain: \"\"", "trustDomain"},
      {"trustDomain: a..b", "trustDomain"},
      {"trustDomain: a_b", "trustDomain"},
      {"trustDomain: .", "trustDomain"},
      {"trustDomainAliases: [b, \"a b\"]", "trustDomainAliases[1]"},
      {"meshMTLS: {ecdhCurves: [P-256]}", "meshMTLS.ecdhCurves"},
  });
  expect_taken({
      "proxyInboundListenPort: 0",
      "connectTimeout: 1h",
      "protocolDetectionTimeout: -1s",
      "serviceSettings: [{hosts: [\"*\", \"*.b\", \"*-a.b\", a.b.]}]",
      "trustDomain: 10.0.0.1",
      "trustDomain: a.b.",
      "meshMTLS: {ecdhCurves: []}",
      "defaultConfig: {drainDuration: null}",
  });
}

TEST(MeshConfigRules, LocalitiesAndTraffic) {
  expect_refused({
      {"localityLbSetting: {failover: [{from: a, to: a}]}", "localityLbSetting.failover[0]"},
      {"localityLbSetting: {distribute: [{from: a, to: {b: 90}}]}",
       "localityLbSetting.distribute[0].to"},
      {"zoneAwareLbSetting: {failoverPriority: [topology.kubernetes.io/zone]}",
       "zoneAwareLbSetting.failoverPriority[0]"},
      {"defaultTrafficPolicy: {connectionPool: {}}", "defaultTrafficPolicy.connectionPool"},
      {"defaultTrafficPolicy: {connectionPool: {http: {maxRetries: -1}}}",
       "defaultTrafficPolicy.connectionPool.http.maxRetries"},
      {"defaultTrafficPolicy: {outlierDetection: {minHealthPercent: 101}}",
       "defaultTrafficPolicy.outlierDetection.minHealthPercent"},
      {"defaultTrafficPolicy: {outlierDetection: {consecutiveLocalOriginFailures: 1}}",
       "defaultTrafficPolicy.outlierDetection.consecutiveLocalOriginFailures"},
  });
  // Both settings of localities go together here, and what only CRDs ask is nobody's mistake.
  expect_taken({
      "localityLbSetting: {enabled: true}\nzoneAwareLbSetting: {minClusterSize: 0}",
      "defaultTrafficPolicy: {connectionPool: {http: {http2KeepAlive: {interval: 0s}}}}",
      "defaultTrafficPolicy: {outlierDetection: {outlierDetectionHttpErrorCodes: [7]}}",
  });
}

TEST(MeshConfigRules, Proxies) {
  expect_refused({
      {"defaultConfig: {configPath: \"\"}", "defaultConfig.configPath"},
      {"defaultConfig: {binaryPath: \"\"}", "defaultConfig.binaryPath"},
      {"defaultConfig: {serviceCluster: \"\"}", "defaultConfig.serviceCluster"},
      {"defaultConfig: {drainDuration: 0s}", "defaultConfig.drainDuration"},
      {"defaultConfig: {drainDuration: -1s}", "defaultConfig.drainDuration"},
      {"defaultConfig: {drainDuration: 1.5s}", "defaultConfig.drainDuration"},
      {"defaultConfig: {drainDuration: 1.0005s}", "defaultConfig.drainDuration"},
      {"defaultConfig: {discoveryAddress: \"\"}", "defaultConfig.discoveryAddress"},
      {"defaultConfig: {proxyAdminPort: 0}", "defaultConfig.proxyAdminPort"},
      {"defaultConfig: {statusPort: 70000}", "defaultConfig.statusPort"},
      {"defaultConfig: {controlPlaneAuthPolicy: INHERIT}", "defaultConfig.controlPlaneAuthPolicy"},
      {"defaultConfig: {privateKeyProvider: {}}", "defaultConfig.privateKeyProvider"},
      {"defaultConfig: {privateKeyProvider: {qat: {}}}",
       "defaultConfig.privateKeyProvider.qat.pollDelay"},
      {"defaultConfig: {privateKeyProvider: {cryptomb: {pollDelay: 0s}}}",
       "defaultConfig.privateKeyProvider.cryptomb.pollDelay"},
      {"defaultConfig: {connectionSettings: {httpIdleTimeout: -1s}}",
       "defaultConfig.connectionSettings.httpIdleTimeout"},
      {"defaultConfig: {connectionSettings: {http2InitialStreamWindowSize: 65534}}",
       "defaultConfig.connectionSettings.http2InitialStreamWindowSize"},
      {"defaultConfig: {connectionSettings: {httpMaxConcurrentStreams: 0}}",
       "defaultConfig.connectionSettings.httpMaxConcurrentStreams"},
  });
  expect_taken({
      "defaultConfig: {tracingServiceName: CANONICAL_NAME_ONLY}",
      "defaultConfig: {concurrency: -1, terminationDrainDuration: -1s, statNameLength: -1}",
      "defaultConfig: {connectionSettings: {listenerPerConnectionBufferLimitBytes: 0}}",
      "defaultConfig: {privateKeyProvider: {qat: {pollDelay: -1s}}}",
  });
}

TEST(MeshConfigRules, Addresses) {
  for (const char* wrong : {"a", "a:", "a:0", "a:65536", "a:b:80", "::1:80", "[::1]", "[::1:80",
                            "[a]b:80", "a/b:80", "1.2.3:80", ":80", "a:80/b", "a:+-1", "a:0x50"}) {
    const std::string field = "discoveryAddress: \"" + std::string(wrong) + "\"";
    EXPECT_THAT(told_of("defaultConfig: {" + field + "}"),
                ::testing::ElementsAre("error defaultConfig.discoveryAddress"))
        << wrong;
  }
  for (const char* right : {"a:80", "a.b.:80", "10.0.0.1:+80", "[::1]:80", "[a]:80", "A-b:1"}) {
    const std::string field = "discoveryAddress: \"" + std::string(right) + "\"";
    expect_taken({"defaultConfig: {" + field + "}"});
  }
  expect_refused({
      {"defaultConfig: {statsdUdpAddress: a}", "defaultConfig.statsdUdpAddress"},
      {"defaultConfig: {envoyMetricsService: {address: a}}",
       "defaultConfig.envoyMetricsService.address"},
      {"defaultConfig: {envoyAccessLogService: {address: \"a:0\"}}",
       "defaultConfig.envoyAccessLogService.address"},
  });
  expect_taken({"defaultConfig: {envoyAccessLogService: {address: \"\"}}"});
}

TEST(MeshConfigRules, Tracing) {
  expect_refused({
      {"defaultConfig: {tracing: {zipkin: {}}}", "defaultConfig.tracing.zipkin.address"},
      {"defaultConfig: {tracing: {datadog: {address: $(HOST_IP)}}}",
       "defaultConfig.tracing.datadog.address"},
      {"defaultConfig: {tracing: {lightstep: {address: \"a:1\"}}}",
       "defaultConfig.tracing.lightstep.accessToken"},
      {"defaultConfig: {tracing: {lightstep: {address: \"$(HOST_IP):1\", accessToken: a}}}",
       "defaultConfig.tracing.lightstep.address"},
      {"defaultConfig: {tracing: {tlsSettings: {mode: MUTUAL, clientCertificate: /a}}}",
       "defaultConfig.tracing.tlsSettings.privateKey"},
      {"defaultConfig: {tracing: {tlsSettings: {mode: SIMPLE, credentialName: "
       "\"configmap:///a\"}}}",
       "defaultConfig.tracing.tlsSettings.credentialName"},
  });
  expect_taken({
      "defaultConfig: {tracing: {zipkin: {address: \"$(HOST_IP):9411\"}}}",
      "defaultConfig: {tracing: {stackdriver: {}, sampling: 101}}",
      "defaultConfig: {tracing: {customTags: {a: {}}, maxPathTagLength: 0}}",
  });
}

TEST(MeshConfigRules, Warnings) {
  expect_warned({
      {"tlsDefaults: {ecdhCurves: [P-257]}", "tlsDefaults.ecdhCurves[0]"},
      {"tlsDefaults: {ecdhCurves: [P-256, P-256]}", "tlsDefaults.ecdhCurves[1]"},
      {"defaultConfig: {proxyMetadata: {ISTIO_META_DNS_AUTO_ALLOCATE: \"true\"}}",
       "defaultConfig.proxyMetadata.ISTIO_META_DNS_AUTO_ALLOCATE"},
      {"defaultConfig: {envoyMetricsServiceAddress: \"a:1\"}",
       "defaultConfig.envoyMetricsServiceAddress"},
  });
}

TEST(MeshConfigRules, Providers) {
  expect_warned({
      {"extensionProviders: [{name: \"\", prometheus: {}}]", "extensionProviders[0].name"},
      {"extensionProviders: [{name: a}]", "extensionProviders[0]"},
      {"extensionProviders: [{name: a, sds: {}}]", "extensionProviders[0].sds"},
      {"extensionProviders: [{name: a, zipkin: {service: a}}]",
       "extensionProviders[0].zipkin.port"},
      {"extensionProviders: [{name: a, envoyOtelAls: {port: 1}}]",
       "extensionProviders[0].envoyOtelAls.service"},
      {"extensionProviders: [{name: a, lightstep: {service: a, port: 1}}]",
       "extensionProviders[0].lightstep.accessToken"},
      {"extensionProviders: [{name: a, opentelemetry: {service: a, port: 1, http: {}, grpc: {}}}]",
       "extensionProviders[0].opentelemetry.grpc"},
      {"extensionProviders: [{name: a, datadog: {service: \"*.a\", port: 1}}]",
       "extensionProviders[0].datadog.service"},
      {"extensionProviders: [{name: a, skywalking: {service: ns/a, port: 1}}]",
       "extensionProviders[0].skywalking.service"},
      {"extensionProviders: [{name: a, envoyTcpAls: {service: ns/a.b/c, port: 1}}]",
       "extensionProviders[0].envoyTcpAls.service"},
      {"extensionProviders: [{name: a, envoyExtAuthzGrpc: {service: a, port: 1, statusOnError: "
       "\"299\"}}]",
       "extensionProviders[0].envoyExtAuthzGrpc.statusOnError"},
      {"extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a, port: 1, pathPrefix: a}}]",
       "extensionProviders[0].envoyExtAuthzHttp.pathPrefix"},
      {"extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a, port: 1, pathPrefix: "
       "/%zz}}]",
       "extensionProviders[0].envoyExtAuthzHttp.pathPrefix"},
  });
  expect_taken({
      "extensionProviders: [{name: a, zipkin: {service: \"*/a.b\", port: 1}}]",
      "extensionProviders: [{name: a, zipkin: {service: \"~ns/*.b\", port: 1}}]",
      "extensionProviders: [{name: a, zipkin: {service: 10.0.0.1, port: 1}}]",
      "extensionProviders: [{name: a, envoyFileAccessLog: {}}]",
  });
}

}  // namespace
}  // namespace mesh::traffic
