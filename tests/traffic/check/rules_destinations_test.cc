// What Istio refuses of DestinationRules, Gateways, Sidecars, ServiceEntries and workloads, and what looks like it and is taken.
#include "tests/traffic/check/refusals.h"

namespace mesh::traffic {
namespace {

// A DestinationRule with the policy.
std::string policy(const std::string& text) { return "{host: a, trafficPolicy: " + text + "}"; }

void expect_policies_refused(const std::vector<std::array<std::string, 2>>& rows) {
  for (const auto& [text, field] : rows) {
    EXPECT_THAT(refusals("DestinationRule", policy(text)),
                ::testing::ElementsAre(::testing::StartsWith("spec.trafficPolicy" + field + ": ")))
        << text;
  }
}
void expect_policies_taken(const std::vector<std::string>& rows) {
  for (const std::string& text : rows) {
    EXPECT_THAT(refusals("DestinationRule", policy(text)), ::testing::IsEmpty()) << text;
  }
}

TEST(RulesDestinations, Policies) {
  expect_policies_refused({
      {"{}", ""},
      {"{tunnel: {targetHost: a.b, targetPort: 80}, proxyProtocol: {version: V1}}",
       ".proxyProtocol"},
      {"{tunnel: {protocol: PUT, targetHost: a.b, targetPort: 80}}", ".tunnel.protocol"},
      {"{tunnel: {targetHost: \"*.b\", targetPort: 80}}", ".tunnel.targetHost"},
      {"{tunnel: {targetHost: a.b}}", ".tunnel.targetPort"},
      {"{retryBudget: {percent: 120}}", ".retryBudget.percent"},
      {"{portLevelSettings: [{port: {number: 80}}]}", ".portLevelSettings[0]"},
      {"{connectionPool: {}}", ".connectionPool"},
      {"{connectionPool: {http: {h2UpgradePolicy: UPGRADE, useClientProtocol: true}}}",
       ".connectionPool.http.useClientProtocol"},
      {"{connectionPool: {http: {maxConcurrentStreams: -1}}}",
       ".connectionPool.http.maxConcurrentStreams"},
      {"{connectionPool: {http: {idleTimeout: 0s}}}", ".connectionPool.http.idleTimeout"},
      {"{connectionPool: {http: {http2KeepAlive: {interval: 1s}}}}",
       ".connectionPool.http.http2KeepAlive.timeout"},
      {"{connectionPool: {tcp: {connectTimeout: 1.0005s}}}", ".connectionPool.tcp.connectTimeout"},
      {"{connectionPool: {tcp: {tcpKeepalive: {time: 0s}}}}",
       ".connectionPool.tcp.tcpKeepalive.time"},
      {"{outlierDetection: {consecutiveLocalOriginFailures: 3}}",
       ".outlierDetection.consecutiveLocalOriginFailures"},
      {"{outlierDetection: {outlierDetectionHttpErrorCodes: [600]}}",
       ".outlierDetection.outlierDetectionHttpErrorCodes[0]"},
  });
  expect_policies_taken({
      "{retryBudget: {percent: 20}}",
      "{portLevelSettings: [{port: {}, tls: {mode: SIMPLE}}]}",
      "{loadBalancer: {warmupDurationSecs: 1.0005s}}",
      "{connectionPool: {tcp: {idleTimeout: 0s}}}",
      "{connectionPool: {http: {useClientProtocol: true}}}",
      "{connectionPool: {http: {http2KeepAlive: {interval: 15s, timeout: 5s}}}}",
      "{outlierDetection: {splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: "
      "3}}",
      "{tunnel: {targetHost: 10.0.0.1, targetPort: 80}}",
  });
}

TEST(RulesDestinations, Certificates) {
  expect_policies_refused({
      {"{tls: {mode: SIMPLE, insecureSkipVerify: true, caCertificates: /a}}",
       ".tls.caCertificates"},
      {"{tls: {mode: MUTUAL, insecureSkipVerify: true, subjectAltNames: [a], credentialName: b}}",
       ".tls.subjectAltNames"},
      {"{tls: {mode: SIMPLE, insecureSkipVerify: true, credentialName: b}}", ".tls.credentialName"},
      {"{tls: {mode: SIMPLE, credentialName: b, caCertificates: /a}}", ".tls.credentialName"},
      {"{tls: {mode: SIMPLE, credentialName: \"configmap://other/a\"}}", ".tls.credentialName"},
      {"{tls: {mode: MUTUAL, clientCertificate: /a}}", ".tls.privateKey"},
  });
  expect_policies_taken({
      "{tls: {mode: MUTUAL, insecureSkipVerify: true, credentialName: b}}",
      "{tls: {mode: SIMPLE, insecureSkipVerify: true}}",
      "{tls: {mode: SIMPLE, credentialName: \"configmap://app/a\"}}",
      "{tls: {mode: ISTIO_MUTUAL, subjectAltNames: [a]}}",
  });
}

TEST(RulesDestinations, Balancers) {
  const std::string balancer = ".loadBalancer";
  const std::string hash = "{loadBalancer: {consistentHash: {useSourceIp: true, ";
  const std::string locality = "{loadBalancer: {localityLbSetting: {";
  expect_policies_refused({
      {"{loadBalancer: {warmup: {duration: 1s, minimumPercent: 150}}}",
       balancer + ".warmup.minimumPercent"},
      {"{loadBalancer: {warmup: {minimumPercent: 5}}}", balancer + ".warmup.duration"},
      {"{loadBalancer: {warmup: {duration: 1s, aggression: 0}}}", balancer + ".warmup.aggression"},
      {"{loadBalancer: {warmupDurationSecs: 0s}}", balancer + ".warmupDurationSecs"},
      {hash + "maglev: {tableSize: 10}}}}", balancer + ".consistentHash.maglev.tableSize"},
      {hash + "maglev: {tableSize: 5000011}}}}", balancer + ".consistentHash.maglev.tableSize"},
      {hash + "minimumRingSize: 9, ringHash: {minimumRingSize: 9}}}}",
       balancer + ".consistentHash.minimumRingSize"},
      {"{loadBalancer: {consistentHash: {httpCookie: {name: a, attributes: [{name: b}, {name: "
       "b}]}}}}",
       balancer + ".consistentHash.httpCookie.attributes[1].name"},
      {"{loadBalancer: {localityLbSetting: {enabled: true}, zoneAwareLbSetting: {enabled: true}}}",
       balancer + ".zoneAwareLbSetting"},
      {locality + "distribute: [{from: a/*, to: {a: 50, b: 40}}]}}}",
       balancer + ".localityLbSetting.distribute[0].to"},
      {locality + "distribute: [{from: a/*, to: {a: 100, b: 0}}]}}}",
       balancer + ".localityLbSetting.distribute[0].to"},
      {locality + "distribute: [{from: a/*, to: {a: 100}}, {from: a/b, to: {a: 100}}]}}}",
       balancer + ".localityLbSetting.distribute[1].from"},
      {locality + "distribute: [{from: \"*/a\", to: {a: 100}}]}}}",
       balancer + ".localityLbSetting.distribute[0].from"},
      {locality + "distribute: [{from: a//b, to: {a: 100}}]}}}",
       balancer + ".localityLbSetting.distribute[0].from"},
      {locality + "failover: [{from: a, to: a}]}}}", balancer + ".localityLbSetting.failover[0]"},
      {locality + "failover: [{from: a, to: b/c}]}}}",
       balancer + ".localityLbSetting.failover[0].to"},
      {locality +
           "failover: [{from: a, to: b}], failoverPriority: [topology.kubernetes.io/zone]}}}",
       balancer + ".localityLbSetting.failoverPriority[0]"},
      {"{loadBalancer: {zoneAwareLbSetting: {minClusterSize: 0}}}",
       balancer + ".zoneAwareLbSetting.minClusterSize"},
      {"{loadBalancer: {zoneAwareLbSetting: {failoverPriority: [topology.kubernetes.io/region]}}}",
       balancer + ".zoneAwareLbSetting.failoverPriority[0]"},
  });
  expect_policies_taken({
      "{loadBalancer: {warmup: {duration: 300s, minimumPercent: 5, aggression: 0.5}}}",
      hash + "maglev: {tableSize: 65537}}}}",
      locality + "distribute: [{from: a/b/*, to: {\"a/b/*\": 80, \"a/c/*\": 20}}, {from: a/c, to: "
                 "{a: 100}}]}}}",
      locality + "failover: [{from: a, to: b}, {from: b, to: a}]}}}",
      locality + "failoverPriority: [topology.kubernetes.io/region]}}}",
  });
}

TEST(RulesDestinations, HostsSubsetsAndExports) {
  expect_refused({
      {"a host with an underscore", "DestinationRule", "{host: a_b}", "spec.host"},
      {"a host that is an address", "DestinationRule", "{host: 10.0.0.1}", "spec.host"},
      {"a subset of no such name", "DestinationRule", "{host: a, subsets: [{name: v_1}]}",
       "spec.subsets[0].name"},
      {"a label of no such value", "DestinationRule",
       "{host: a, subsets: [{name: v1, labels: {version: \"-\"}}]}", "spec.subsets[0].labels"},
      {"an export to two that are one", "DestinationRule", "{host: a, exportTo: [app, .]}",
       "spec.exportTo[1]"},
      {"an export to nobody", "DestinationRule", "{host: a, exportTo: [\"~\"]}",
       "spec.exportTo[0]"},
      {"an export to all and more", "DestinationRule", "{host: a, exportTo: [\"*\", b]}",
       "spec.exportTo[0]"},
      {"an export of a rule for workloads", "DestinationRule",
       "{host: a, exportTo: [b], workloadSelector: {matchLabels: {a: b}}}", "spec.exportTo"},
  });
  expect_taken({
      {"a wildcard", "DestinationRule", "{host: \"*.a.b\", exportTo: [., b]}"},
      {"labels", "DestinationRule",
       "{host: a, subsets: [{name: v1, labels: {\"a.b/c\": \"\", d: e.f_g}}]}"},
      {"an own rule for workloads", "DestinationRule",
       "{host: a, exportTo: [.], workloadSelector: {matchLabels: {a: b}}}"},
  });
}

std::string server(const std::string& text) {
  return "{servers: [{hosts: [\"*\"], port: {number: 443, name: a, protocol: HTTPS}, " + text +
         "}]}";
}

TEST(RulesListeners, Gateways) {
  const auto told = [](const std::string& spec) { return refusals("Gateway", spec); };
  const std::vector<std::array<std::string, 2>> rows = {
      {server("tls: {mode: MUTUAL, serverCertificate: /a, privateKey: /b}"), ".tls.caCertificates"},
      {server("tls: {mode: SIMPLE}"), ".tls"},
      {server("tls: {mode: SIMPLE, credentialName: a, tlsCertificates: []}"),
       ".tls.tlsCertificates"},
      {server("tls: {mode: SIMPLE, credentialName: a, credentialNames: []}"),
       ".tls.credentialNames"},
      {"{servers: [{hosts: [a.b], port: {number: 80, name: a, protocol: HBONE}}]}",
       ".port.protocol"},
      {server("tls: {mode: SIMPLE, serverCertificate: /a}"), ".tls.privateKey"},
      {server("tls: {mode: SIMPLE, credentialName: a, credentialNames: [b]}"),
       ".tls.credentialNames"},
      {server("tls: {mode: ISTIO_MUTUAL, credentialName: a}"), ".tls.credentialName"},
      {server("tls: {mode: SIMPLE, serverCertificate: /a, privateKey: /b, caCrl: /c}"),
       ".tls.caCrl"},
      {server("bind: a.b, tls: {mode: PASSTHROUGH}"), ".bind"},
      {server("bind: \"unix:///a\", tls: {mode: PASSTHROUGH}"), ".port.number"},
      {"{servers: [{hosts: [a], port: {number: 80, name: a, protocol: HTTP}}]}", ".hosts[0]"},
      {"{servers: [{hosts: [\"*a.b\"], port: {number: 80, name: a, protocol: HTTP}}]}",
       ".hosts[0]"},
      {"{servers: [{hosts: [/a.b], port: {number: 80, name: a, protocol: HTTP}}]}", ".hosts[0]"},
      {"{servers: [{hosts: [a.b], port: {number: 80, targetPort: 8, name: a, protocol: HTTP}}]}",
       ".port.targetPort"},
      {"{servers: [{hosts: [a.b], port: {number: 80, name: a, protocol: TCP}, tls: {mode: SIMPLE, "
       "credentialName: b}}]}",
       ".tls"},
  };
  for (const auto& [spec, field] : rows) {
    EXPECT_THAT(told(spec),
                ::testing::ElementsAre(::testing::StartsWith("spec.servers[0]" + field + ": ")))
        << spec;
  }
  const std::string name = "name: a.b";
  EXPECT_THAT(refusals("Gateway", server("tls: {mode: PASSTHROUGH}"), name),
              ::testing::ElementsAre(::testing::StartsWith("metadata.name: ")));
  for (const std::string& spec : {
           server("tls: {mode: SIMPLE, credentialNames: [a, b]}"),
           server("tls: {mode: SIMPLE, credentialName: a, httpsRedirect: true}"),
           server("tls: {mode: PASSTHROUGH, credentialName: a}"),
           server("tls: {mode: SIMPLE, credentialName: a, cipherSuites: [none]}"),
           std::string("{servers: [{hosts: [./a.b, 10.0.0.1], port: {number: 80, name: a, "
                       "protocol: HTTP}, tls: {httpsRedirect: true}}]}"),
       }) {
    EXPECT_THAT(told(spec), ::testing::IsEmpty()) << spec;
  }
}

TEST(RulesListeners, Sidecars) {
  expect_refused({
      {"nothing", "Sidecar", "{}", "spec"},
      {"a star in a label", "Sidecar",
       "{workloadSelector: {labels: {a: \"*\"}}, egress: [{hosts: [./*]}]}",
       "spec.workloadSelector.labels"},
      {"a proxy beside the registry only", "Sidecar",
       "{outboundTrafficPolicy: {mode: REGISTRY_ONLY, egressProxy: {host: a.b, port: {number: "
       "80}}}}",
       "spec.outboundTrafficPolicy.egressProxy"},
      {"a proxy without a port", "Sidecar",
       "{outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: a.b}}}",
       "spec.outboundTrafficPolicy.egressProxy.port"},
      {"a Secret", "Sidecar",
       "{ingress: [{port: {number: 80, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: a}}]}",
       "spec.ingress[0].tls.credentialName"},
      {"names of clients", "Sidecar",
       "{ingress: [{port: {number: 80, protocol: TLS}, tls: {mode: SIMPLE, serverCertificate: /a, "
       "privateKey: /b, subjectAltNames: [a]}}]}",
       "spec.ingress[0].tls.subjectAltNames"},
      {"TLS on a port of HTTP", "Sidecar",
       "{ingress: [{port: {number: 80, protocol: HTTP}, tls: {mode: SIMPLE, serverCertificate: /a, "
       "privateKey: /b}}]}",
       "spec.ingress[0].tls"},
      {"another host's endpoint", "Sidecar",
       "{ingress: [{port: {number: 80, protocol: HTTP}, defaultEndpoint: \"10.0.0.1:80\"}]}",
       "spec.ingress[0].defaultEndpoint"},
      {"the rest before others", "Sidecar",
       "{egress: [{hosts: [./*]}, {port: {number: 80}, hosts: [./*]}]}", "spec.egress[0].port"},
      {"a port twice", "Sidecar",
       "{egress: [{port: {number: 80}, hosts: [./*]}, {port: {number: 80}, hosts: [./*]}]}",
       "spec.egress[1].port.number"},
      {"port 0", "Sidecar", "{egress: [{port: {number: 0}, hosts: [./*]}]}",
       "spec.egress[0].port.number"},
      {"a short name", "Sidecar", "{egress: [{hosts: [./a]}]}", "spec.egress[0].hosts[0]"},
      {"an empty pool", "Sidecar", "{inboundConnectionPool: {}}", "spec.inboundConnectionPool"},
  });
  expect_taken({
      {"a proxy beside all", "Sidecar",
       "{outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: a.b, port: {number: 80}}}}"},
      {"endpoints of the workload", "Sidecar",
       "{ingress: [{port: {number: 80}, defaultEndpoint: \":8080\"}, {port: {number: 81, protocol: "
       "TCP}, defaultEndpoint: \"[::1]:8080\"}, {port: {number: 82}, defaultEndpoint: "
       "\"unix:///a\"}]}"},
      {"hosts", "Sidecar",
       "{egress: [{port: {number: 80}, hosts: [\"*/*\", ~/*, ~other/*, ./a.b, app/*.a.b]}, {hosts: "
       "[\"*/*\"]}]}"},
      {"a socket", "Sidecar",
       "{egress: [{port: {number: 0, protocol: TCP}, bind: \"unix://@a\", hosts: [./*]}]}"},
  });
}

TEST(RulesServices, ServiceEntries) {
  expect_refused({
      {"a star in a label", "ServiceEntry",
       "{hosts: [a.b], workloadSelector: {labels: {a: \"*\"}}, resolution: STATIC}",
       "spec.workloadSelector.labels"},
      {"a target port too high", "ServiceEntry",
       "{hosts: [a.b], ports: [{name: a, number: 1, targetPort: 99999}]}",
       "spec.ports[0].targetPort"},
      {"a port of no such name", "ServiceEntry", "{hosts: [a.b], ports: [{name: a_b, number: 1}]}",
       "spec.ports[0].name"},
      {"an export to nobody and others", "ServiceEntry", "{hosts: [a.b], exportTo: [\"~\", b]}",
       "spec.exportTo[0]"},
      {"hosts that TCP cannot tell apart", "ServiceEntry",
       "{hosts: [a.b, c.d], resolution: DNS, ports: [{name: a, number: 1, protocol: TCP}]}",
       "spec.ports[0].protocol"},
      {"a socket to look up", "ServiceEntry",
       "{hosts: [a.b], resolution: DNS, endpoints: [{address: \"unix:///a\"}]}",
       "spec.endpoints[0].address"},
      {"a socket for several ports", "ServiceEntry",
       "{hosts: [a.b], resolution: STATIC, endpoints: [{address: \"unix:///a\"}]}",
       "spec.endpoints[0].address"},
      {"an empty host", "ServiceEntry", "{hosts: [\"\"]}", "spec.hosts[0]"},
      {"an address", "ServiceEntry", "{hosts: [10.0.0.1]}", "spec.hosts[0]"},
      {"a number to look up", "ServiceEntry", "{hosts: [\"1\"], resolution: DNS}", "spec.hosts[0]"},
      {"an empty list of endpoints beside NONE", "ServiceEntry", "{hosts: [a.b], endpoints: []}",
       "spec.endpoints"},
      {"an empty list of endpoints beside a selector", "ServiceEntry",
       "{hosts: [a.b], resolution: STATIC, endpoints: [], workloadSelector: {labels: {a: b}}}",
       "spec.workloadSelector"},
      {"a protocol between proxies", "ServiceEntry",
       "{hosts: [a.b], ports: [{name: a, number: 1, protocol: HBONE}]}", "spec.ports[0].protocol"},
  });
  expect_taken({
      {"an export to nobody", "ServiceEntry", "{hosts: [a.b], exportTo: [\"~\"]}"},
      {"a star that is a part", "ServiceEntry", "{hosts: [\"*x\"]}"},
      {"an empty selector", "ServiceEntry", "{hosts: [a.b], workloadSelector: {}}"},
      {"hosts that TLS tells apart", "ServiceEntry",
       "{hosts: [a.b, c.d], resolution: DNS, ports: [{name: a, number: 1, protocol: TLS}]}"},
      {"a socket for a port", "ServiceEntry",
       "{hosts: [a.b], resolution: STATIC, ports: [{name: a, number: 1, protocol: TCP}], "
       "endpoints: "
       "[{address: \"unix:///a\"}]}"},
  });
}

// What the API server refuses.
TEST(RulesServices, PortsOfServices) {
  const auto told = [](const std::string& ports) {
    index::Store store;
    store.apply(
        "apiVersion: v1\nkind: Service\nmetadata: {namespace: app, name: x}\nspec: {ports: [" +
            ports + "]}\n",
        "f.yaml");
    const auto snapshot = store.snapshot();
    const index::Tenant& tenant = snapshot->tenants().list.front();
    std::vector<std::string> out;
    for (const Diagnostic& each :
         check_services(*snapshot, tenant, Surroundings(*snapshot->mesh(tenant.id)))) {
      out.push_back(each.field);
    }
    return out;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(told("{name: a, port: 80}, {name: b, port: 80}"), ElementsAre("spec.ports[1].port"));
  EXPECT_THAT(told("{name: a, port: 80}, {name: b, port: 80, protocol: UDP}"), ElementsAre());
  EXPECT_THAT(told("{name: Web_Port, port: 80}"), ElementsAre("spec.ports[0].name"));
  EXPECT_THAT(told("{name: a, port: 80, targetPort: 70000}"),
              ElementsAre("spec.ports[0].targetPort"));
  EXPECT_THAT(told("{name: mssql, port: 80}, {name: mtls, port: 81, appProtocol: rdp}"),
              ElementsAre());
}

TEST(RulesServices, Workloads) {
  expect_refused({
      {"no spec", "WorkloadEntry", "", "spec"},
      {"no address", "WorkloadEntry", "{}", "spec.address"},
      {"a directory", "WorkloadEntry", "{address: \"unix:///a/\"}", "spec.address"},
      {"a path from somewhere", "WorkloadEntry", "{address: \"unix://a\"}", "spec.address"},
      {"a socket with ports", "WorkloadEntry", "{address: \"unix://@a\", ports: {a: 80}}",
       "spec.ports"},
      {"a port too high", "WorkloadEntry", "{address: 1.1.1.1, ports: {a: 99999}}", "spec.ports.a"},
      {"a port of no such name", "WorkloadEntry", "{address: 1.1.1.1, ports: {\"@\": 80}}",
       "spec.ports.@"},
      {"an address with a scheme", "WorkloadEntry", "{address: \"http://a.b\"}", "spec.address"},
      {"a label of no such key", "WorkloadEntry", "{address: 1.1.1.1, labels: {\"a b\": c}}",
       "spec.labels"},
      {"a header of no such name", "WorkloadGroup",
       "{template: {}, probe: {httpGet: {port: 80, httpHeaders: [{name: \"**\"}]}}}",
       "spec.probe.httpGet.httpHeaders[0].name"},
      {"a scheme that is none", "WorkloadGroup",
       "{template: {}, probe: {httpGet: {port: 80, scheme: http}}}", "spec.probe.httpGet.scheme"},
      {"a port too high", "WorkloadGroup", "{template: {}, probe: {tcpSocket: {port: 65536}}}",
       "spec.probe.tcpSocket.port"},
      {"no command", "WorkloadGroup", "{template: {}, probe: {exec: {}}}",
       "spec.probe.exec.command"},
      {"no way to ask", "WorkloadGroup", "{template: {}, probe: {periodSeconds: 1}}", "spec.probe"},
      {"negative time", "WorkloadGroup",
       "{template: {}, probe: {periodSeconds: -1, tcpSocket: {port: 80}}}",
       "spec.probe.periodSeconds"},
      {"fewer than no threads", "ProxyConfig", "{concurrency: -1}", "spec.concurrency"},
  });
  expect_taken({
      {"a network alone", "WorkloadEntry", "{network: a}"},
      {"an abstract socket", "WorkloadEntry", "{address: \"unix://@a\"}"},
      {"a socket", "WorkloadEntry", "{address: \"unix:///a/b\"}"},
      {"a name", "WorkloadEntry", "{address: a.b, ports: {http: 1}}"},
      {"a template without an address", "WorkloadGroup",
       "{template: {ports: {http: 1}}, probe: {httpGet: {port: 80, scheme: HTTPS}}}"},
      {"no limit", "ProxyConfig", "{concurrency: 0, environmentVariables: {a: b}}"},
  });
}

}  // namespace
}  // namespace mesh::traffic
