// Reading documents into structs: what is read, and the exact diagnostic of every kind of mistake.
#include "libmesh/schema/reader.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "libmesh/document/yaml.h"
#include "libmesh/schema/gen/k8s/apps.h"
#include "libmesh/schema/gen/k8s/batch.h"
#include "libmesh/schema/gen/k8s/core.h"
#include "libmesh/schema/gen/k8s/discovery.h"
#include "libmesh/schema/gen/maistra/maistra.h"
#include "libmesh/schema/gen/meshconfig/config.h"
#include "libmesh/schema/gen/networking/destination_rule.h"
#include "libmesh/schema/gen/networking/virtual_service.h"
#include "libmesh/schema/gen/security/peer_authentication.h"

namespace mesh::schema {
namespace {

document::Value yaml(std::string_view text) {
  Diagnostics diagnostics;
  auto documents = document::read_yaml(text, "test.yaml", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << to_string(diagnostics.front());
  EXPECT_EQ(documents.size(), 1u);
  return documents.empty() ? document::Value() : documents.front().root;
}

template <typename T>
T read_good(std::string_view text, ReadOptions options = {}) {
  Diagnostics diagnostics;
  ReadContext context{diagnostics, "test.yaml", "Object a/b", "spec", options};
  T out;
  EXPECT_TRUE(read(yaml(text), context, out));
  for (const Diagnostic& d : diagnostics) ADD_FAILURE() << to_string(d);
  return out;
}

template <typename T>
std::vector<std::string> mistakes(std::string_view text, ReadOptions options = {}) {
  Diagnostics diagnostics;
  ReadContext context{diagnostics, "", "", "spec", options};
  T out;
  const bool good = read(yaml(text), context, out);
  std::vector<std::string> lines;
  bool error = false;
  for (const Diagnostic& d : diagnostics) {
    error = error || d.severity == Severity::kError;
    lines.push_back(std::to_string(d.line) + ":" + std::to_string(d.column) + " " +
                    std::string(code_text(d.code)) + " " + d.field + " " + d.message +
                    (d.mend.empty() ? "" : " | " + d.mend));
  }
  EXPECT_EQ(good, !error) << text;
  return lines;
}

TEST(Reader, ReadsAVirtualServiceWhole) {
  const auto vs = read_good<networking::VirtualService>(R"(hosts: [cart, cart.shop.svc]
exportTo: ["."]
http:
- name: canary
  match:
  - uri: {prefix: /v2}
    headers:
      x-user: {exact: beta}
    port: 8080
    ignoreUriCase: true
  route:
  - destination: {host: cart, subset: v2, port: {number: 80}}
    weight: 90
  - destination: {host: cart, subset: v1}
    weight: 10
  timeout: 1.5s
  retries: {attempts: 3, perTryTimeout: 500ms, retryOn: 5xx, retryRemoteLocalities: true}
  fault:
    delay: {fixedDelay: 1h30m, percentage: {value: 0.5}}
  corsPolicy:
    allowOrigins: [{regex: ".*"}]
    maxAge: 24h
  mirror_percentage: {value: 5}
)");
  EXPECT_EQ(vs.hosts, (std::vector<std::string>{"cart", "cart.shop.svc"}));
  EXPECT_EQ(vs.export_to, std::vector<std::string>{"."});
  ASSERT_EQ(vs.http.size(), 1u);
  const networking::HTTPRoute& route = vs.http[0];
  ASSERT_EQ(route.match.size(), 1u);
  EXPECT_EQ(route.match[0].uri->prefix, "/v2");
  EXPECT_EQ(route.match[0].headers.at("x-user").exact, "beta");
  EXPECT_FALSE(route.match[0].headers.at("x-user").prefix.has_value());
  EXPECT_EQ(route.match[0].port, 8080u);
  EXPECT_TRUE(route.match[0].ignore_uri_case);
  ASSERT_EQ(route.route.size(), 2u);
  EXPECT_EQ(route.route[0].weight, 90);
  EXPECT_EQ(route.route[0].destination->port->number, 80u);
  EXPECT_FALSE(route.route[1].destination->port);
  EXPECT_EQ(route.timeout, (Duration{1, 500'000'000}));
  EXPECT_EQ(route.retries->per_try_timeout, (Duration{0, 500'000'000}));
  EXPECT_EQ(route.retries->retry_remote_localities, true);
  EXPECT_EQ(route.fault->delay->fixed_delay, (Duration{5400, 0}));
  EXPECT_EQ(route.fault->delay->percentage->value, 0.5);
  EXPECT_EQ(route.mirror_percentage->value, 5);
  EXPECT_FALSE(route.redirect);
}

TEST(Reader, NullIsAbsent) {
  const auto vs = read_good<networking::VirtualService>("hosts: null\nhttp: ~\ntls:\n");
  EXPECT_EQ(vs, networking::VirtualService());
}

TEST(Reader, NumericMapKeysAndEnums) {
  const auto pa = read_good<security::PeerAuthentication>(
      "selector: {matchLabels: {app: a}}\nmtls: {mode: STRICT}\nportLevelMtls:\n  8080: {mode: "
      "DISABLE}\n");
  EXPECT_EQ(pa.mtls->mode, security::PeerAuthentication_MutualTLS_Mode::STRICT);
  EXPECT_EQ(pa.port_level_mtls.at(8080).mode,
            security::PeerAuthentication::MutualTLS::Mode::DISABLE);
  EXPECT_EQ(enum_name(pa.mtls->mode), "STRICT");
  EXPECT_EQ(pa.selector->match_labels.at("app"), "a");
}

TEST(Reader, EveryMistakeIsReportedWithPathPositionAndRemedy) {
  const struct {
    const char* name;
    const char* text;
    std::vector<std::string> expected;
  } kRows[] = {
      {"unknown field near a known one",
       "hosts: [a]\nhtpp: []\n",
       {"2:1 unknown-field spec.htpp is no field of VirtualService | did you mean \"http\"?"}},
      {"unknown field near nothing",
       "http:\n- route:\n  - zzzzzz: 1\n",
       {"3:5 unknown-field spec.http[0].route[0].zzzzzz is no field of HTTPRouteDestination | "
        "the fields are destination, weight, headers"}},
      {"all mistakes, not the first",
       "hosts: a\nhttp:\n- rout: []\n  timeout: 5\n  route:\n  - weigth: 1\n    weight: x\n",
       {"1:8 wrong-type spec.hosts is a string, must be a list | write it as one element of a list",
        "3:3 unknown-field spec.http[0].rout is no field of HTTPRoute | did you mean \"route\"?",
        "4:12 wrong-type spec.http[0].timeout is a number, must be a string | write it with a "
        "unit, as in \"5s\"",
        "6:5 unknown-field spec.http[0].route[0].weigth is no field of HTTPRouteDestination | did "
        "you mean \"weight\"?",
        "7:13 wrong-type spec.http[0].route[0].weight is a string, must be a whole number | "
        "write a whole number"}},
      {"a list for an object",
       "http:\n- match:\n  - uri: [1]\n",
       {"3:10 wrong-type spec.http[0].match[0].uri is a list, must be a mapping | "
        "write a mapping"}},
      {"an object for a list",
       "http: {route: []}\n",
       {"1:7 wrong-type spec.http is a mapping, must be a list | write it as one element of a "
        "list"}},
      {"null in a list",
       "hosts: [null]\n",
       {"1:9 wrong-type spec.hosts[0] is null, must be a string | write a string"}},
      {"a quoted number",
       "http:\n- route:\n  - weight: \"80\"\n",
       {"3:13 wrong-type spec.http[0].route[0].weight is a string, must be a whole number | write "
        "80 without quotes"}},
      {"a number for a string",
       "hosts: [80]\n",
       {"1:9 wrong-type spec.hosts[0] is a number, must be a string | write \"80\" in quotes"}},
      {"a quoted boolean",
       "http:\n- match:\n  - ignoreUriCase: \"true\"\n",
       {"3:20 wrong-type spec.http[0].match[0].ignoreUriCase is a string, must be a boolean | "
        "write true without quotes"}},
      {"too large a number",
       "http:\n- route:\n  - weight: 3000000000\n",
       {"3:13 out-of-range spec.http[0].route[0].weight does not fit, must be a whole number from "
        "-2147483648 to 2147483647 | write a number of that range"}},
      {"a negative port",
       "http:\n- match:\n  - port: -1\n",
       {"3:11 out-of-range spec.http[0].match[0].port does not fit, must be a whole number from 0 "
        "to 4294967295 | write a number of that range"}},
      {"half a number",
       "http:\n- route:\n  - weight: 1.5\n",
       {"3:13 out-of-range spec.http[0].route[0].weight is no whole number, must be one from "
        "-2147483648 to 2147483647 | write a number of that range"}},
      {"a duration without unit",
       "http:\n- timeout: \"5\"\n",
       {"2:12 bad-format spec.http[0].timeout is \"5\", must be a duration | write it as in "
        "\"500ms\", \"5s\" or \"1h30m\""}},
      {"two of a oneof",
       "http:\n- match:\n  - uri:\n      prefix: /\n      exact: /a\n",
       {"5:7 oneof-conflict spec.http[0].match[0].uri.exact is set beside \"prefix\"; only one of "
        "them may be | remove \"prefix\" or \"exact\""}},
      {"both names of a field",
       "exportTo: [a]\nexport_to: [b]\n",
       {"2:1 duplicate-key spec.export_to is the same field as \"exportTo\" | remove one of the "
        "two"}},
      {"keys that need brackets",
       "http:\n- match:\n  - headers:\n      \"x.y/z\": {exakt: a}\n",
       {"4:17 unknown-field spec.http[0].match[0].headers[\"x.y/z\"].exakt is no field of "
        "StringMatch | did you mean \"exact\"?"}},
      {"not even a mapping",
       "- a\n",
       {"1:1 wrong-type spec is a list, must be a mapping | write a mapping"}},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(mistakes<networking::VirtualService>(row.text), row.expected) << row.name;
  }
}

TEST(Reader, EnumsAreReadByNameOnly) {
  EXPECT_EQ(mistakes<security::PeerAuthentication>("mtls: {mode: STRIKT}\n"),
            (std::vector<std::string>{
                "1:14 wrong-enum spec.mtls.mode is \"STRIKT\", must be one of UNSET, DISABLE, "
                "PERMISSIVE, STRICT | did you mean \"STRICT\"?"}));
  EXPECT_EQ(mistakes<security::PeerAuthentication>("mtls: {mode: strict}\n"),
            (std::vector<std::string>{
                "1:14 wrong-enum spec.mtls.mode is \"strict\", must be one of UNSET, DISABLE, "
                "PERMISSIVE, STRICT | did you mean \"STRICT\"?"}));
  EXPECT_EQ(mistakes<security::PeerAuthentication>("mtls: {mode: 3}\n"),
            (std::vector<std::string>{"1:14 wrong-enum spec.mtls.mode is a number, must be one of "
                                      "UNSET, DISABLE, PERMISSIVE, STRICT | write STRICT"}));
  EXPECT_EQ(mistakes<security::PeerAuthentication>("portLevelMtls: {http: {mode: STRICT}}\n"),
            (std::vector<std::string>{"1:17 bad-format spec.portLevelMtls.http has a key that is "
                                      "no number from 0 to 4294967295 | write the number of a "
                                      "port"}));
}

TEST(Reader, ProtojsonTakesEnumNumbersAndQuotedNumbers) {
  ReadOptions options;
  options.protojson = true;
  const auto pa = read_good<security::PeerAuthentication>("mtls: {mode: 3}\n", options);
  EXPECT_EQ(pa.mtls->mode, security::PeerAuthentication_MutualTLS_Mode::STRICT);
  const auto config = read_good<meshconfig::MeshConfig>("proxyListenPort: \"15001\"\n", options);
  EXPECT_EQ(config.proxy_listen_port, 15001);
}

TEST(Reader, IntegersOf64BitsMayStandInQuotesAsProtobufWritesThem) {
  const auto rule = read_good<networking::DestinationRule>(
      "trafficPolicy: {loadBalancer: {consistentHash: {minimumRingSize: \"2048\"}}}\n");
  EXPECT_EQ(rule.traffic_policy->load_balancer->consistent_hash->minimum_ring_size, 2048U);
}

TEST(Reader, UnknownFieldsCanBeWarnings) {
  ReadOptions options;
  options.unknown_field = Severity::kWarning;
  Diagnostics diagnostics;
  ReadContext context{diagnostics, "f.yaml", "VirtualService a/b", "spec", options};
  networking::VirtualService vs;
  EXPECT_TRUE(read(yaml("newer: 1\nhosts: [a]\n"), context, vs));
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].severity, Severity::kWarning);
  EXPECT_EQ(diagnostics[0].file, "f.yaml");
  EXPECT_EQ(diagnostics[0].object, "VirtualService a/b");
  EXPECT_EQ(vs.hosts, std::vector<std::string>{"a"});
}

TEST(Reader, AWrongFieldLeavesTheRestRead) {
  Diagnostics diagnostics;
  ReadContext context{diagnostics, "", "", "spec"};
  networking::VirtualService vs;
  EXPECT_FALSE(
      read(yaml("hosts: [a, 1, b]\nhttp:\n- timeout: soon\n  name: first\n"), context, vs));
  EXPECT_EQ(vs.hosts, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(vs.http.size(), 1u);
  EXPECT_EQ(vs.http[0].name, "first");
  EXPECT_FALSE(vs.http[0].timeout.has_value());
  EXPECT_EQ(diagnostics.size(), 2u);
}

TEST(Reader, MessagesInsideThemselvesAndRoundingOfNumbers) {
  const auto rule = read_good<networking::DestinationRule>(R"(host: a
trafficPolicy:
  connectionPool: {tcp: {maxConnections: 5.0, connectTimeout: 30ms}}
  outlierDetection: {consecutive5xxErrors: 7}
  loadBalancer: {simple: LEAST_REQUEST, warmup: {duration: 10s}}
  portLevelSettings:
  - port: {number: 80}
    tls: {mode: SIMPLE}
)");
  EXPECT_EQ(rule.traffic_policy->connection_pool->tcp->max_connections, 5);
  EXPECT_EQ(rule.traffic_policy->outlier_detection->consecutive_5xx_errors, 7u);
  EXPECT_EQ(rule.traffic_policy->load_balancer->simple,
            networking::LoadBalancerSettings_SimpleLB::LEAST_REQUEST);
  EXPECT_EQ(rule.traffic_policy->port_level_settings[0].tls->mode,
            networking::ClientTLSSettings_TLSmode::SIMPLE);
  networking::DestinationRule copy = rule;
  EXPECT_EQ(copy, rule);
  copy.traffic_policy->connection_pool->tcp->max_connections = 6;
  EXPECT_NE(copy, rule);
}

// ---- Kubernetes -----------------------------------------------------------------------------

TEST(ReaderKubernetes, ReadsAPodWithGosEmbeddedStructsFlattened) {
  const auto pod = read_good<k8s::Pod>(R"(apiVersion: v1
kind: Pod
metadata:
  name: cart-1
  namespace: shop
  labels: {app: cart, "a.b/c": "1"}
  creationTimestamp: "2026-01-31T08:00:00+02:00"
  managedFields:
  - manager: kubectl
    fieldsV1: {"f:metadata": {"f:name": {}}}
spec:
  containers:
  - name: cart
    image: cart:1
    env:
    - name: SECRET
      valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}
    ports:
    - {containerPort: 8080, name: http}
    resources:
      limits: {cpu: 1, memory: 1Gi}
      requests: {cpu: 100m}
    readinessProbe:
      httpGet: {path: /ready, port: http}
      periodSeconds: 5
    lifecycle:
      preStop: {exec: {command: [sleep, "1"]}}
  ephemeralContainers:
  - name: debug
    targetContainerName: cart
  volumes:
  - name: v
    configMap: {name: cm, items: [{key: a, path: b, mode: 420}]}
  hostNetwork: false
  terminationGracePeriodSeconds: 30
status:
  podIP: 10.0.0.1
  podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]
  phase: Running
)");
  EXPECT_EQ(pod.kind, "Pod");
  EXPECT_EQ(pod.metadata.namespace_, "shop");
  EXPECT_EQ(pod.metadata.labels.at("a.b/c"), "1");
  EXPECT_EQ(pod.metadata.creation_timestamp, (Timestamp{1769839200, 0}));
  EXPECT_TRUE(pod.metadata.managed_fields[0].fields_v1.is_map());
  const k8s::Container& container = pod.spec.containers[0];
  EXPECT_EQ(container.env[0].value_from->secret_key_ref->name, "s");
  EXPECT_EQ(container.env[0].value_from->secret_key_ref->optional, true);
  EXPECT_EQ(container.resources.limits.at("cpu").text, "1");
  EXPECT_EQ(container.resources.limits.at("memory").text, "1Gi");
  EXPECT_EQ(container.readiness_probe->http_get->port, (IntOrString{true, 0, "http"}));
  EXPECT_EQ(container.lifecycle->pre_stop->exec->command.size(), 2u);
  EXPECT_EQ(pod.spec.ephemeral_containers[0].target_container_name, "cart");
  EXPECT_EQ(pod.spec.volumes[0].config_map->items[0].mode, 420);
  EXPECT_EQ(pod.spec.volumes[0].config_map->name, "cm");
  EXPECT_EQ(pod.spec.termination_grace_period_seconds, 30);
  EXPECT_EQ(pod.status.pod_ips[1].ip, "fd00::1");
}

TEST(ReaderKubernetes, ReadsTheOtherKinds) {
  const auto service = read_good<k8s::Service>(R"(spec:
  clusterIPs: [10.0.0.2]
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: grpc, port: 81, targetPort: grpc, appProtocol: grpc}
  ipFamilyPolicy: SingleStack
)");
  EXPECT_EQ(service.spec.cluster_ips[0], "10.0.0.2");
  EXPECT_EQ(service.spec.ports[0].target_port, (IntOrString{false, 8080, ""}));
  EXPECT_EQ(service.spec.ports[1].app_protocol, "grpc");
  const auto slice = read_good<k8s::EndpointSlice>(R"(addressType: IPv4
endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: a}}]
ports: [{name: http, port: 8080, protocol: TCP}]
)");
  EXPECT_EQ(slice.endpoints[0].conditions.ready, true);
  EXPECT_FALSE(slice.endpoints[0].conditions.serving.has_value());
  EXPECT_EQ(slice.ports[0].port, 8080);
  const auto secret = read_good<k8s::Secret>("data: {a: aGVsbG8=}\nstringData: {b: c}\n");
  EXPECT_EQ(secret.data.at("a"), "hello");
  const auto deployment = read_good<k8s::Deployment>(
      "spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, "
      "spec: {containers: []}}}\n");
  EXPECT_EQ(deployment.spec.replicas, 2);
  EXPECT_EQ(deployment.spec.template_.metadata.labels.at("a"), "b");
  const auto job = read_good<k8s::CronJob>(
      "spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {}}}}}\n");
  EXPECT_EQ(job.spec.schedule, "* * * * *");
}

TEST(ReaderKubernetes, OnlyJsonNamesAndStrictFormats) {
  EXPECT_EQ(mistakes<k8s::Service>("spec: {cluster_ip: a}\n"),
            (std::vector<std::string>{"1:8 unknown-field spec.spec.cluster_ip is no field of "
                                      "ServiceSpec | did you mean \"clusterIP\"?"}));
  EXPECT_EQ(mistakes<k8s::Secret>("data: {a: \"a?\"}\n"),
            (std::vector<std::string>{"1:11 bad-format spec.data.a is no base64 | encode it, for "
                                      "instance with `base64 -w0`"}));
  EXPECT_EQ(mistakes<k8s::Pod>("spec: {containers: [{name: a, resources: {limits: {cpu: 1x}}}]}\n"),
            (std::vector<std::string>{
                "1:57 bad-format spec.spec.containers[0].resources.limits.cpu is "
                "\"1x\", must be a quantity | write it as in \"100m\" or \"1Gi\""}));
  EXPECT_EQ(
      mistakes<k8s::Pod>("metadata: {creationTimestamp: today, annotations: {a: true}}\n"),
      (std::vector<std::string>{
          "1:31 bad-format spec.metadata.creationTimestamp is \"today\", must be a time | "
          "write it as in \"2026-01-31T08:00:00Z\"",
          "1:55 wrong-type spec.metadata.annotations.a is a boolean, must be a string | write "
          "\"true\" in quotes"}));
}

// ---- Maistra --------------------------------------------------------------------------------

TEST(ReaderMaistra, ReadsControlPlanesAndMembers) {
  const auto v2 = read_good<maistra::ControlPlaneSpec>(R"(version: v2.5
mode: ClusterWide
profiles: [default]
security: {dataPlane: {mtls: true}, certificateAuthority: {cert-manager: {address: a:1}}}
proxy: {networking: {trafficControl: {outbound: {excludedIPRanges: [10.0.0.0/8]}}}}
addons: {3scale: {listen_addr: 3333}, grafana: {enabled: false}}
gateways: {additionalIngress: {extra: {service: {ports: [{port: 80, targetPort: http}]}}}}
runtime: {components: {pilot: {container: {resources: {limits: {cpu: 500m}}}}}}
techPreview: {anything: {goes: [1]}}
)");
  EXPECT_EQ(v2.version, "v2.5");
  EXPECT_EQ(v2.security->data_plane->mtls, true);
  EXPECT_FALSE(v2.security->data_plane->automtls.has_value());
  EXPECT_EQ(v2.security->certificate_authority->cert_manager->address, "a:1");
  EXPECT_EQ(v2.addons->three_scale->listen_addr, 3333);
  EXPECT_EQ(v2.gateways->additional_ingress.at("extra").service->ports[0].target_port.text, "http");
  EXPECT_EQ(v2.runtime->components.at("pilot").container->resources->limits.at("cpu").text, "500m");
  EXPECT_TRUE(v2.tech_preview.find("anything") != nullptr);

  const auto v1 = read_good<maistra::ControlPlaneV1Spec>(
      "version: v1.1\nistio: {global: {mtls: {enabled: true}}}\nthreeScale: {enabled: true}\n");
  EXPECT_TRUE(v1.istio.find("global") != nullptr);
  const auto roll = read_good<maistra::MemberRollSpec>(
      "members: [a, b]\nmemberSelectors: [{matchLabels: {team: x}, matchExpressions: [{key: k, "
      "operator: In, values: [v]}]}]\n");
  EXPECT_EQ(roll.members, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(roll.member_selectors[0].match_expressions[0].operator_, "In");
  const auto member =
      read_good<maistra::MemberSpec>("controlPlaneRef: {name: basic, namespace: istio-system}\n");
  EXPECT_EQ(member.control_plane_ref->namespace_, "istio-system");
  EXPECT_EQ(mistakes<maistra::ControlPlaneSpec>("security: {data_plane: {}}\n"),
            (std::vector<std::string>{"1:12 unknown-field spec.security.data_plane is no field of "
                                      "SecurityConfig | did you mean \"dataPlane\"?"}));
}

}  // namespace
}  // namespace mesh::schema
