// Each of Istio's kinds, MeshConfig and MeshNetworks: a full-blooded example is read without a
// diagnostic, and a mistake deep inside is found at its path.
#include <gtest/gtest.h>

#include <string>

#include "libmesh/base/codes.h"
#include "libmesh/document/yaml.h"
#include "libmesh/schema/gen/extensions/traffic_extension.h"
#include "libmesh/schema/gen/extensions/wasm.h"
#include "libmesh/schema/gen/meshconfig/config.h"
#include "libmesh/schema/gen/meshconfig/network.h"
#include "libmesh/schema/gen/networking/destination_rule.h"
#include "libmesh/schema/gen/networking/envoy_filter.h"
#include "libmesh/schema/gen/networking/gateway.h"
#include "libmesh/schema/gen/networking/proxy_config.h"
#include "libmesh/schema/gen/networking/service_entry.h"
#include "libmesh/schema/gen/networking/sidecar.h"
#include "libmesh/schema/gen/networking/virtual_service.h"
#include "libmesh/schema/gen/networking/workload_entry.h"
#include "libmesh/schema/gen/networking/workload_group.h"
#include "libmesh/schema/gen/security/authorization_policy.h"
#include "libmesh/schema/gen/security/peer_authentication.h"
#include "libmesh/schema/gen/security/request_authentication.h"
#include "libmesh/schema/gen/telemetry/telemetry.h"
#include "libmesh/schema/reader.h"

namespace mesh::schema {
namespace {

struct Row {
  const char* kind;
  const char* good;
  const char* bad;
  const char* field;  // of the one diagnostic that `bad` gives
  Code code;
  bool (*read_into)(const document::Value&, ReadContext&, bool& changed);
};

// Reads, and says whether anything was read at all.
template <typename T>
bool into(const document::Value& value, ReadContext& context, bool& changed) {
  T out;
  const bool good = read(value, context, out);
  changed = !(out == T());
  const T copy = out;
  return good && copy == out;
}

const Row kRows[] = {
    {"VirtualService",
     "{hosts: [a], gateways: [mesh], tls: [{match: [{sniHosts: [a], port: 443}], route: "
     "[{destination: {host: a}}]}], tcp: [{match: [{port: 1}], route: [{destination: {host: "
     "a}}]}]}",
     "{http: [{route: [{destination: {hots: a}}]}]}", "spec.http[0].route[0].destination.hots",
     Code::kUnknownField, into<networking::VirtualService>},
    {"DestinationRule",
     "{host: a, subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {loadBalancer: "
     "{consistentHash: {httpCookie: {name: c, ttl: 0s}}}}}], trafficPolicy: {tunnel: {protocol: "
     "CONNECT, targetHost: a, targetPort: 1}, tls: {mode: ISTIO_MUTUAL}}, exportTo: ['*']}",
     "{trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN, consistentHash: {httpHeaderName: a}}}}",
     "spec.trafficPolicy.loadBalancer.consistentHash", Code::kOneofConflict,
     into<networking::DestinationRule>},
    {"Gateway",
     "{selector: {istio: ingressgateway}, servers: [{port: {number: 443, name: https, protocol: "
     "HTTPS}, hosts: ['*'], tls: {mode: SIMPLE, credentialName: c, minProtocolVersion: TLSV1_2}}]}",
     "{servers: [{tls: {minProtocolVersion: TLS1_2}}]}", "spec.servers[0].tls.minProtocolVersion",
     Code::kWrongEnum, into<networking::Gateway>},
    {"ServiceEntry",
     "{hosts: [a.com], addresses: [10.0.0.1], ports: [{number: 80, name: http, protocol: HTTP, "
     "targetPort: 8080}], location: MESH_EXTERNAL, resolution: STATIC, endpoints: [{address: "
     "1.1.1.1, ports: {http: 81}, labels: {a: b}, weight: 3, locality: r/z}], subjectAltNames: "
     "[x]}",
     "{endpoints: [{ports: {http: eighty}}]}", "spec.endpoints[0].ports.http", Code::kWrongType,
     into<networking::ServiceEntry>},
    {"WorkloadEntry", "{address: 1.1.1.1, serviceAccount: a, network: n1, weight: 2}",
     "{weight: -2}", "spec.weight", Code::kOutOfRange, into<networking::WorkloadEntry>},
    {"WorkloadGroup",
     "{metadata: {labels: {a: b}}, template: {serviceAccount: s}, probe: {httpGet: {port: 1, path: "
     "/}, periodSeconds: 3}}",
     "{probe: {httpGet: {port: 1}, tcpSocket: {port: 2}}}", "spec.probe.tcpSocket",
     Code::kOneofConflict, into<networking::WorkloadGroup>},
    {"Sidecar",
     "{workloadSelector: {labels: {a: b}}, egress: [{hosts: ['./*'], port: {number: 1, protocol: "
     "HTTP, name: h}, bind: 127.0.0.1, captureMode: NONE}], ingress: [{port: {number: 2}, "
     "defaultEndpoint: 'unix:///a'}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}",
     "{egress: [{captureMode: IPTABLE}]}", "spec.egress[0].captureMode", Code::kWrongEnum,
     into<networking::Sidecar>},
    {"EnvoyFilter",
     "{workloadSelector: {labels: {a: b}}, priority: -1, configPatches: [{applyTo: HTTP_FILTER, "
     "match: {context: SIDECAR_INBOUND, proxy: {proxyVersion: '1.*'}, listener: {filterChain: "
     "{filter: {name: h, subFilter: {name: r}}}}}, patch: {operation: INSERT_BEFORE, value: {name: "
     "x, typed_config: {anything: [1]}}}}]}",
     "{configPatches: [{patch: {value: [1]}}]}", "spec.configPatches[0].patch.value",
     Code::kWrongType, into<networking::EnvoyFilter>},
    {"ProxyConfig",
     "{selector: {matchLabels: {a: b}}, concurrency: 0, environmentVariables: {A: b}, image: "
     "{imageType: distroless}}",
     "{concurrency: two}", "spec.concurrency", Code::kWrongType, into<networking::ProxyConfig>},
    {"PeerAuthentication", "{mtls: {mode: STRICT}, portLevelMtls: {80: {mode: DISABLE}}}",
     "{portLevelMtls: {80: {mode: OFF}}}", "spec.portLevelMtls.80.mode", Code::kWrongType,
     into<security::PeerAuthentication>},
    {"RequestAuthentication",
     "{jwtRules: [{issuer: i, jwksUri: https://a, fromHeaders: [{name: x, prefix: 'B '}], "
     "forwardOriginalToken: true, outputClaimToHeaders: [{header: h, claim: c}]}], targetRefs: "
     "[{kind: Gateway, group: g, name: gw}]}",
     "{jwtRules: [{fromHeader: []}]}", "spec.jwtRules[0].fromHeader", Code::kUnknownField,
     into<security::RequestAuthentication>},
    {"AuthorizationPolicy",
     "{action: CUSTOM, provider: {name: p}, rules: [{from: [{source: {principals: [a], "
     "notNamespaces: [b]}}], to: [{operation: {methods: [GET], ports: ['80']}}], when: [{key: k, "
     "values: [v]}]}]}",
     "{rules: [{to: [{operation: {ports: [80]}}]}]}", "spec.rules[0].to[0].operation.ports[0]",
     Code::kWrongType, into<security::AuthorizationPolicy>},
    {"Telemetry",
     "{tracing: [{providers: [{name: z}], randomSamplingPercentage: 1.5, customTags: {t: {literal: "
     "{value: v}}}}], metrics: [{overrides: [{match: {metric: REQUEST_COUNT, mode: CLIENT}, "
     "tagOverrides: {a: {operation: REMOVE}}}]}], accessLogging: [{disabled: true, filter: "
     "{expression: e}}]}",
     "{tracing: [{randomSamplingPercentage: all}]}", "spec.tracing[0].randomSamplingPercentage",
     Code::kWrongType, into<telemetry::Telemetry>},
    {"WasmPlugin",
     "{url: oci://a, phase: AUTHN, priority: 1, pluginConfig: {any: {thing: 1}}, imagePullPolicy: "
     "Always, vmConfig: {env: [{name: A, valueFrom: HOST}]}, match: [{mode: SERVER, ports: "
     "[{number: "
     "80}]}]}",
     "{phase: AUTH}", "spec.phase", Code::kWrongEnum, into<extensions::WasmPlugin>},
    {"TrafficExtension", "{phase: AUTHN, priority: 1}", "{priority: x}", "spec.priority",
     Code::kWrongType, into<extensions::TrafficExtension>},
    {"MeshConfig",
     "{accessLogFile: /dev/stdout, enableAutoMtls: false, trustDomain: t, defaultConfig: "
     "{concurrency: 2, holdApplicationUntilProxyStarts: true, proxyMetadata: {A: b}, "
     "drainDuration: "
     "45s, tracing: {zipkin: {address: a}}}, outboundTrafficPolicy: {mode: ALLOW_ANY}, "
     "extensionProviders: [{name: p, envoyExtAuthzGrpc: {service: s, port: 9000, timeout: 0.5s}}], "
     "discoverySelectors: [{matchExpressions: [{key: k, operator: In, values: [v]}]}], "
     "localityLbSetting: "
     "{failover: [{from: a, to: b}]}, defaultHttpRetryPolicy: {attempts: 0}}",
     "{extensionProviders: [{zipkin: {port: 70000000000}}]}",
     "spec.extensionProviders[0].zipkin.port", Code::kOutOfRange, into<meshconfig::MeshConfig>},
    {"MeshNetworks",
     "{networks: {n1: {endpoints: [{fromRegistry: k}], gateways: [{address: 1.1.1.1, port: "
     "15443}]}}}",
     "{networks: {\"n.1\": {gateways: [{prot: 1}]}}}", "spec.networks[\"n.1\"].gateways[0].prot",
     Code::kUnknownField, into<meshconfig::MeshNetworks>},
};

document::Value yaml(const char* text) {
  Diagnostics diagnostics;
  auto documents = document::read_yaml(text, "", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << text;
  return documents.empty() ? document::Value() : documents.front().root;
}

TEST(IstioKinds, AreReadWithoutADiagnostic) {
  for (const Row& row : kRows) {
    Diagnostics diagnostics;
    ReadContext context{diagnostics, "", row.kind, "spec"};
    bool changed = false;
    EXPECT_TRUE(row.read_into(yaml(row.good), context, changed)) << row.kind;
    EXPECT_TRUE(changed) << row.kind;
    for (const Diagnostic& d : diagnostics) ADD_FAILURE() << to_string(d);
  }
}

TEST(IstioKinds, MistakesAreFoundAtTheirPath) {
  for (const Row& row : kRows) {
    Diagnostics diagnostics;
    ReadContext context{diagnostics, "", row.kind, "spec"};
    bool changed = false;
    EXPECT_FALSE(row.read_into(yaml(row.bad), context, changed)) << row.kind;
    ASSERT_EQ(diagnostics.size(), 1u) << row.kind;
    EXPECT_EQ(diagnostics[0].field, row.field) << row.kind;
    EXPECT_EQ(diagnostics[0].code, row.code) << to_string(diagnostics[0]);
    EXPECT_EQ(diagnostics[0].object, row.kind);
    EXPECT_EQ(diagnostics[0].line, 1u) << row.kind;
  }
}

}  // namespace
}  // namespace mesh::schema
