// The steps after the merge, one by one.
#include <gtest/gtest.h>

#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/environment.h"
#include "libmesh/injection/pod/go_json.h"
#include "libmesh/injection/pod/invariant.h"
#include "libmesh/injection/pod/probes.h"
#include "libmesh/injection/pod/prometheus.h"
#include "libmesh/injection/pod/status.h"
#include "tests/injection/doors/pods.h"

namespace mesh::injection {
namespace {

using document::Value;
using document::write_json;

TEST(GoJson, WritesQuantitiesCanonically) {
  const std::pair<const char*, const char*> cases[] = {
      {"1000m", "1"},      {"0.5", "500m"},  {"1024Mi", "1Gi"},  {"1.5Gi", "1536Mi"},
      {"1000", "1k"},      {"100m", "100m"}, {"1e3", "1e3"},     {"0", "0"},
      {"512Ki", "512Ki"},  {"2048", "2048"}, {"500Ki", "500Ki"}, {"0.1", "100m"},
      {"-1.50", "-1500m"}, {"what", "what"}, {"1Mi", "1Mi"},     {"128974848", "128974848"}};
  for (const auto& [text, canonical] : cases)
    EXPECT_EQ(canonical_quantity(text), canonical) << text;
}

TEST(GoJson, WritesContainersAsGoDoes) {
  std::string out;
  append_go_struct(out,
                   yaml("{image: 'a<b>', x-unknown: 1, name: c, tty: false, args: [], env: "
                        "[{value: '', name: E}], resources: {requests: {memory: 1024Mi, cpu: 1}}, "
                        "securityContext: {runAsUser: 0, privileged: false}}"),
                   GoStruct::kContainer);
  EXPECT_EQ(out, R"({"name":"c","image":"a\u003cb\u003e","env":[{"name":"E"}],)"
                 R"("resources":{"requests":{"cpu":"1","memory":"1Gi"}},)"
                 R"("securityContext":{"privileged":false,"runAsUser":0}})");
}

TEST(Probes, AreTurnedToTheAgentAndRecorded) {
  Value pod = yaml(R"(
metadata: {annotations: {status.sidecar.istio.io/port: "15099"}}
spec:
  containers:
  - name: app
    ports: [{name: web, containerPort: 8080}]
    readinessProbe: {httpGet: {port: web, path: /r, scheme: HTTPS, host: h}, timeoutSeconds: 3}
    livenessProbe: {tcpSocket: {port: 90}}
    startupProbe: {grpc: {port: 91}}
    lifecycle: {preStop: {httpGet: {port: gone}}, postStart: {exec: {command: [x]}}}
  - {name: istio-proxy, readinessProbe: {httpGet: {port: 1}}}
)");
  rewrite_probes(pod, true, 15020);
  const document::List& containers = *pod.find("spec")->find("containers")->if_list();
  EXPECT_EQ(write_json(containers[1].find("env")->if_list()->front()),
            R"({"name":"ISTIO_KUBE_APP_PROBERS","value":"{)"
            R"(\"/app-health/app/livez\":{\"tcpSocket\":{\"port\":90}},)"
            R"(\"/app-health/app/readyz\":{\"httpGet\":{\"path\":\"/r\",\"port\":8080,)"
            R"(\"host\":\"h\",\"scheme\":\"HTTPS\"},\"timeoutSeconds\":3},)"
            R"(\"/app-health/app/startupz\":{\"grpc\":{\"port\":91,\"service\":null}}}"})");
  EXPECT_EQ(write_json(*containers[0].find("readinessProbe")),
            R"({"httpGet":{"port":15099,"path":"/app-health/app/readyz","scheme":"HTTP",)"
            R"("host":"h"},"timeoutSeconds":3})");
  EXPECT_EQ(write_json(*containers[0].find("livenessProbe")),
            R"({"httpGet":{"port":15099,"path":"/app-health/app/livez"}})");
  EXPECT_EQ(write_json(*containers[0].find("lifecycle")->find("preStop")),
            R"({"httpGet":{"port":15099,"path":"/app-lifecycle/app/prestopz"}})");
  EXPECT_EQ(write_json(*containers[1].find("readinessProbe")), R"({"httpGet":{"port":1}})");
}

TEST(Probes, StayWhereThePodSaysSo) {
  const char* text =
      "{metadata: {annotations: {sidecar.istio.io/rewriteAppHTTPProbers: \"false\"}}, spec: "
      "{containers: [{name: a, livenessProbe: {tcpSocket: {port: 1}}}, {name: istio-proxy}]}}";
  Value pod = yaml(text);
  rewrite_probes(pod, true, 15020);
  EXPECT_EQ(pod == yaml(text), true);
}

Value pod_with(const std::string& annotations) {
  return yaml("{metadata: {annotations: {" + annotations +
              "}}, spec: {containers: [{name: istio-proxy}]}}");
}

TEST(Prometheus, MovesAnnotationsIntoTheProxy) {
  Value pod = pod_with("prometheus.io/port: \"80\", prometheus_io_path: /m, other: x");
  ASSERT_TRUE(merge_prometheus(pod, true, "15020").ok());
  EXPECT_EQ(write_json(*pod.find("metadata")->find("annotations")),
            R"({"other":"x","prometheus.io/path":"/stats/prometheus",)"
            R"("prometheus.io/port":"15020","prometheus.io/scrape":"true"})");
  EXPECT_EQ(write_json(*pod.find("spec")),
            R"({"containers":[{"name":"istio-proxy","env":[{"name":)"
            R"("ISTIO_PROMETHEUS_ANNOTATIONS","value":"{\"scrape\":\"\",\"path\":\"/m\",)"
            R"(\"port\":\"80\"}"}]}]})");
}

TEST(Prometheus, LeavesAloneWhatIsNotToBeScraped) {
  for (const char* annotations :
       {"prometheus.io/scrape: \"false\", prometheus.io/port: \"15090\"",
        "prometheus.istio.io/merge-metrics: \"false\", prometheus.io/port: \"80\"",
        "prometheus.io/port: \"15020\", prometheus.io/path: /own"}) {
    Value pod = pod_with(annotations);
    const Value before = pod;
    ASSERT_TRUE(merge_prometheus(pod, true, "15020").ok());
    EXPECT_EQ(pod == before, true) << annotations;
  }
}

TEST(Prometheus, RefusesPortsInIstiosWords) {
  const std::pair<const char*, const char*> cases[] = {
      {"prometheus.io/port: \"0\"", "invalid prometheus scrape configuration: invalid port \"0\""},
      {"prometheus.io/port: \"015020\"",
       "invalid prometheus scrape configuration: port 015020 conflicts with agent port"},
      {"prometheus.io/port: \"15090\"",
       "invalid prometheus scrape configuration: port 15090 is reserved for Istio (Envoy "
       "Prometheus (already merged)) and cannot be scraped"},
      {"prometheus.istio.io/scrape-targets: \"80:/a, 70000\"",
       "invalid prometheus scrape targets: invalid target port \"70000\""},
      {"prometheus.istio.io/scrape-targets: \"15021\"",
       "invalid prometheus scrape targets: target port 15021 is reserved for Istio (Envoy health) "
       "and cannot be scraped"},
  };
  for (const auto& [annotations, message] : cases) {
    Value pod = pod_with(annotations);
    const auto merged = merge_prometheus(pod, true, "15020");
    ASSERT_FALSE(merged.ok()) << annotations;
    EXPECT_EQ(merged.error().message, message);
  }
}

TEST(ProxyEnv, IsReadWholeOrRefused) {
  const auto variables = parse_proxy_env(R"({"B":"2","A":"1"})");
  ASSERT_TRUE(variables.ok());
  EXPECT_EQ(*variables, (Variables{{"A", "1"}, {"B", "2"}}));
  EXPECT_EQ(parse_proxy_env(R"({"B":2})").error().message,
            "annotation sidecar.maistra.io/proxyEnv: B is a number, must be a text in quotes");
  EXPECT_EQ(parse_proxy_env("[]").error().message,
            "annotation sidecar.maistra.io/proxyEnv: is no mapping of names to texts");
}

TEST(ProxyEnv, ReplacesWhatIsThere) {
  Value pod =
      yaml("{spec: {containers: [{name: istio-proxy, env: [{name: A, value: x}, {name: C}]}]}}");
  replace_variables(pod, {{"A", "1"}, {"B", ""}}, false);
  EXPECT_EQ(write_json(*find_named(spec_list(pod, "containers"), "istio-proxy")->find("env")),
            R"([{"name":"C"},{"name":"A","value":"1"},{"name":"B"}])");
}

TEST(OwnerOf, FindsTheWorkloadBehindAPod) {
  const auto owner = [](const std::string& kind, const std::string& name,
                        const std::string& labels) {
    const Owner out = owner_of(yaml("{metadata: {generateName: x-, labels: " + labels +
                                    ", ownerReferences: [{kind: No, name: no}, {controller: true, "
                                    "apiVersion: a/v1, kind: " +
                                    kind + ", name: " + name + "}]}}"),
                               "shop");
    return out.api_version + " " + out.kind + " " + out.ns + "/" + out.name;
  };
  EXPECT_EQ(owner("ReplicaSet", "web-7d", "{pod-template-hash: 7d}"), "a/v1 Deployment shop/web");
  EXPECT_EQ(owner("ReplicaSet", "web-7d", "{rollouts-pod-template-hash: 7d}"),
            "v1alpha1 Rollout shop/web");
  EXPECT_EQ(owner("ReplicaSet", "web", "{}"), "a/v1 ReplicaSet shop/web");
  EXPECT_EQ(owner("ReplicationController", "web-1", "{deploymentconfig: web}"),
            "a/v1 DeploymentConfig shop/web");
  EXPECT_EQ(owner("Job", "night-27812340", "{}"), "batch/v1 CronJob shop/night");
  EXPECT_EQ(owner("Job", "night-1", "{}"), "a/v1 Job shop/night-1");
  const Owner own = owner_of(yaml("{metadata: {name: p, namespace: own}}"), "shop");
  EXPECT_EQ(own.kind + own.ns + own.name, "Podownp");
}

TEST(Invariant, FindsWhatIsLost) {
  const Value before = yaml(
      "{spec: {containers: [{name: app, image: a, command: [x], env: [{name: A, value: b}], "
      "livenessProbe: {httpGet: {port: 1}, periodSeconds: 2}}]}}");
  const std::pair<const char*, const char*> cases[] = {
      {"{spec: {containers: []}}", "container app would be dropped"},
      {"{spec: {containers: [{name: app, image: b}]}}", "container app would be changed: image"},
      {"{spec: {containers: [{name: app, image: a}]}}", "container app would be changed: command"},
      {"{spec: {containers: [{name: app, image: a, command: [x], env: [{name: A, value: c}]}]}}",
       "container app would be changed: env[0].value"},
      {"{spec: {containers: [{name: app, image: a, command: [x], env: [{name: A, value: b}], "
       "livenessProbe: {httpGet: {port: 2}, periodSeconds: 2}}]}}",
       "container app would be changed: livenessProbe"},
      {"{spec: {hostPID: true, containers: [{name: app, image: a, command: [x], env: [{name: A, "
       "value: b}, {name: B}], livenessProbe: {httpGet: {port: 15020, path: "
       "/app-health/app/livez}, periodSeconds: 2}}]}}",
       "the pod would get the privilege hostPID, which neither its spec nor a template names"},
  };
  for (const auto& [after, message] : cases) {
    const auto kept = check_injection(before, yaml(after), {});
    ASSERT_FALSE(kept.ok()) << after;
    EXPECT_EQ(kept.error().message, message);
  }
  EXPECT_TRUE(check_injection(before, before, {}).ok());
}

}  // namespace
}  // namespace mesh::injection
