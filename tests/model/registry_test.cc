// Services and endpoints of registry objects: each row is one rule of Istio's registries.
#include "libmesh/model/registry.h"

#include <gtest/gtest.h>

#include "libmesh/document/yaml.h"
#include "libmesh/kube/reader.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::model {
namespace {

kube::ObjectPtr object(const std::string& text) {
  Diagnostics diagnostics;
  std::vector<document::Document> documents = document::read_yaml(text, "", diagnostics);
  EXPECT_EQ(documents.size(), 1u);
  std::vector<kube::ObjectPtr> objects =
      kube::read_objects(std::move(documents.at(0)), diagnostics);
  for (const Diagnostic& d : diagnostics) ADD_FAILURE() << to_string(d);
  return objects.at(0);
}

kube::ObjectPtr service_object(const std::string& spec, const std::string& annotations = "",
                               const std::string& status = "{}") {
  return object("apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a, annotations: {" +
                annotations + "}}\nspec: {" + spec + "}\nstatus: " + status + "\n");
}

TEST(KubernetesService, Rules) {
  const RegistryOptions options;
  struct Row {
    const char* rule;
    std::string spec;
    std::string annotations;
    std::function<bool(const Service&)> holds;
  };
  const Row rows[] = {
      {"its address is the cluster IP", "clusterIP: 10.0.0.1", "",
       [](const Service& s) {
         return s.default_address == "10.0.0.1" &&
                s.addresses == std::vector<std::string>{"10.0.0.1"};
       }},
      {"two families", "clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, \"fd00::1\"]", "",
       [](const Service& s) { return s.addresses.size() == 2; }},
      {"no address yet", "ports: []", "",
       [](const Service& s) { return s.default_address == "0.0.0.0"; }},
      {"headless", "clusterIP: None", "",
       [](const Service& s) {
         return s.headless && s.resolution == Resolution::kPassthrough &&
                s.default_address == "0.0.0.0";
       }},
      {"ExternalName", "type: ExternalName, externalName: x.com", "",
       [](const Service& s) {
         return s.resolution == Resolution::kAlias && s.mesh_external && s.external_name == "x.com";
       }},
      {"node-local", "internalTrafficPolicy: Local", "",
       [](const Service& s) { return s.node_local; }},
      {"traffic distribution", "trafficDistribution: PreferClose", "",
       [](const Service& s) {
         return s.traffic_distribution == Service::TrafficDistribution::kPreferSameZone;
       }},
      {"traffic distribution by annotation, any case", "ports: []",
       "networking.istio.io/traffic-distribution: prefersamenode",
       [](const Service& s) {
         return s.traffic_distribution == Service::TrafficDistribution::kPreferSameNode;
       }},
      {"exportTo", "ports: []", "networking.istio.io/exportTo: \"., b , c\"",
       [](const Service& s) {
         return s.export_to.own && !s.export_to.all && !s.export_to.defaulted &&
                s.export_to.others == std::vector<std::string>{"b", "c"};
       }},
      {"exportTo unsaid", "ports: []", "", [](const Service& s) { return s.export_to.defaulted; }},
      {"declared accounts", "ports: []", "alpha.istio.io/kubernetes-serviceaccounts: \"x,y\"",
       [](const Service& s) {
         return s.service_accounts == std::vector<std::string>{"spiffe://cluster.local/ns/a/sa/x",
                                                               "spiffe://cluster.local/ns/a/sa/y"};
       }},
      {"target ports",
       "ports: [{name: a, port: 1}, {name: b, port: 2, targetPort: 3}, "
       "{name: c, port: 4, targetPort: web}]",
       "",
       [](const Service& s) {
         return s.target_ports.at(1).number == 1 && s.target_ports.at(2).number == 3 &&
                s.target_ports.at(4) == TargetPort{0, "web"};
       }},
      {"UDP stays", "ports: [{name: d, port: 53, protocol: UDP}]", "",
       [](const Service& s) { return s.ports.at(0).protocol == Protocol::kUdp; }},
      {"external addresses", "externalIPs: [1.2.3.4]", "",
       [](const Service& s) {
         return s.external_addresses == std::vector<std::string>{"1.2.3.4"};
       }},
  };
  for (const Row& row : rows) {
    ServicePtr made = service_of(*service_object(row.spec, row.annotations), {}, options);
    EXPECT_EQ(made->hostname, "s.a.svc.cluster.local");
    EXPECT_TRUE(row.holds(*made)) << row.rule;
  }
  ServicePtr balanced = service_of(
      *service_object("type: LoadBalancer", "",
                      "{loadBalancer: {ingress: [{ip: 9.9.9.9}, {hostname: lb.example}]}}"),
      {}, options);
  EXPECT_EQ(balanced->external_addresses, (std::vector<std::string>{"9.9.9.9", "lb.example"}));
  ServicePtr inherited =
      service_of(*service_object("ports: []"),
                 {{"networking.istio.io/traffic-distribution", "PreferClose"}}, options);
  EXPECT_EQ(inherited->traffic_distribution, Service::TrafficDistribution::kPreferSameZone);
}

TEST(EndpointSlice, HealthAndPods) {
  auto slice = object(
      "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: x, namespace: a, "
      "labels: "
      "{kubernetes.io/service-name: s}}\naddressType: IPv4\nports: [{name: http, port: 8080}]\n"
      "endpoints:\n"
      "- {addresses: [10.0.0.1], conditions: {}}\n"
      "- {addresses: [10.0.0.2], conditions: {ready: false, terminating: false}}\n"
      "- {addresses: [10.0.0.3], conditions: {ready: false, terminating: true}}\n"
      "- {addresses: [10.0.0.4], targetRef: {kind: Pod, name: missing, namespace: a}}\n"
      "- {addresses: [10.0.0.5], targetRef: {kind: Pod, name: p, namespace: a}}\n");
  auto pod = object(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a, labels: {app: s}}\n"
      "spec: {subdomain: sub, containers: [{name: c, image: c}]}\n"
      "status: {phase: Running, podIP: 10.0.0.5}\n");
  const RegistryOptions options;
  WorkloadPtr workload = workload_of_pod(*pod, nullptr, options);
  PodLookup lookup{
      [&](std::string_view, std::string_view name) { return name == "p" ? workload : nullptr; },
      [](std::string_view, std::string_view) { return WorkloadPtr(); }};
  std::vector<EndpointPtr> made = endpoints_of_slice(*slice, Service(), lookup, options);
  ASSERT_EQ(made.size(), 4u);  // the one whose pod is missing is left out
  EXPECT_EQ(made[0]->health, Health::kHealthy);
  EXPECT_EQ(made[1]->health, Health::kUnhealthy);
  EXPECT_EQ(made[2]->health, Health::kTerminating);
  EXPECT_EQ(made[3]->labels.at("app"), "s");
  EXPECT_EQ(made[3]->sub_domain, "sub");
  EXPECT_EQ(made[3]->host_name, "p");
  EXPECT_EQ(made[3]->service_account, "spiffe://cluster.local/ns/a/sa/default");
  EXPECT_EQ(made[0]->service_account, "");
}

TEST(Workload, NamesOfControllers) {
  struct Row {
    const char* rule;
    const char* labels;
    const char* kind;
    const char* owner;
    const char* want;
  };
  const Row rows[] = {
      {"a Deployment's ReplicaSet", "pod-template-hash: 7f", "ReplicaSet", "web-7f", "web"},
      {"a ReplicaSet of its own", "", "ReplicaSet", "web-7f", "web-7f"},
      {"an Argo rollout", "rollouts-pod-template-hash: 9c", "ReplicaSet", "web-9c", "web"},
      {"a StatefulSet", "", "StatefulSet", "db", "db"},
      {"a CronJob's Job", "", "Job", "nightly-27812340", "nightly"},
      {"a Job", "", "Job", "once", "once"},
      {"an OpenShift DeploymentConfig", "deploymentconfig: dc", "ReplicationController", "dc-1",
       "dc"},
      {"the label before all", "service.istio.io/workload-name: said", "StatefulSet", "db", "said"},
  };
  for (const Row& row : rows) {
    auto pod = object(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a, generateName: p-, labels: {" +
        std::string(row.labels) +
        "}, ownerReferences: [{apiVersion: v1, uid: u, controller: true, "
        "kind: " +
        row.kind + ", name: " + row.owner + "}]}\n");
    EXPECT_EQ(workload_name_of_pod(*pod), row.want) << row.rule;
  }
  EXPECT_EQ(workload_name_of_pod(*object("apiVersion: v1\nkind: Pod\nmetadata: {name: bare}\n")),
            "bare");
}

// updateEndpointCacheForSlice in endpointslice.go.
TEST(EndpointSlice, OfAPodWithBothFamilies) {
  const std::string pod_text =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a}\nstatus: {phase: Running, "
      "podIP: "
      "10.1.0.1, podIPs: [{ip: 10.1.0.1}, {ip: \"fd00:1::1\"}], conditions: [{type: Ready, status: "
      "\"True\"}]}\n";
  const auto pod = object(pod_text);
  const auto slice = [](const std::string& family, const std::string& address, bool named) {
    return object(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s-1, namespace: "
        "a}\naddressType: " +
        family + "\nendpoints: [{addresses: [\"" + address + "\"]" +
        (named ? ", targetRef: {kind: Pod, name: p, namespace: a}" : "") +
        "}]\nports: [{name: http, port: 80}]\n");
  };
  struct Row {
    const char* rule;
    bool dual_stack;
    const char* cluster_ips;
    const char* family;
    const char* address;
    bool named;
    std::vector<std::string> want;
  };
  const char* both = "clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, \"fd00::1\"]";
  const Row rows[] = {
      {"without dual stack each slice counts", false, both, "IPv4", "10.1.0.1", true, {"10.1.0.1"}},
      {"that of IPv6 too", false, both, "IPv6", "fd00:1::1", true, {"fd00:1::1"}},
      {"all addresses", true, both, "IPv4", "10.1.0.1", true, {"10.1.0.1", "fd00:1::1"}},
      {"once", true, both, "IPv6", "fd00:1::1", true, {}},
      {"no pod is named", true, both, "IPv6", "fd00:1::1", false, {"fd00:1::1"}},
      {"a service of one family",
       true,
       "clusterIP: 10.0.0.1",
       "IPv6",
       "fd00:1::1",
       true,
       {"fd00:1::1"}},
      {"a headless one", true, "clusterIP: None", "IPv4", "10.1.0.1", true, {"10.1.0.1"}},
  };
  for (const Row& row : rows) {
    RegistryOptions options;
    options.dual_stack = row.dual_stack;
    const WorkloadPtr workload = workload_of_pod(*pod, nullptr, options);
    const PodLookup pods{[&](std::string_view, std::string_view) { return workload; },
                         [&](std::string_view, std::string_view) { return WorkloadPtr(); }};
    const auto service = service_of(*service_object(row.cluster_ips), {}, options);
    const auto from = slice(row.family, row.address, row.named);
    std::vector<std::string> got;
    for (const EndpointPtr& one : endpoints_of_slice(*from, *service, pods, options)) {
      got.insert(got.end(), one->addresses.begin(), one->addresses.end());
    }
    EXPECT_EQ(got, row.want) << row.rule;
    const auto mirrored = object(
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: s, namespace: a}\nsubsets: [{addresses: "
        "[{ip: \"" +
        std::string(row.address) + "\"" +
        (row.named ? ", targetRef: {kind: Pod, name: p, namespace: a}" : "") +
        "}], ports: [{name: http, port: 80}]}]\n");
    got.clear();
    for (const EndpointPtr& one : endpoints_of_endpoints(*mirrored, *service, pods, options)) {
      got.insert(got.end(), one->addresses.begin(), one->addresses.end());
    }
    EXPECT_EQ(got, row.want) << row.rule << ", of an Endpoints object";
  }
}

TEST(WorkloadEntry, Rules) {
  RegistryOptions options;
  options.trust_domain = "old@domain";
  auto entry = [&](const std::string& spec, const std::string& annotations = "",
                   const std::string& status = "{}") {
    return workload_of_entry(
        *object("apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {name: w, "
                "namespace: a, labels: {l: meta}, annotations: {" +
                annotations + "}}\nspec: {" + spec + "}\nstatus: " + status + "\n"),
        options);
  };
  WorkloadPtr plain =
      entry("address: 1.1.1.1, labels: {l: spec, m: spec}, weight: 3, ports: {web: 9}");
  EXPECT_EQ(plain->endpoint.labels.at("l"), "meta");
  EXPECT_EQ(plain->endpoint.labels.at("m"), "spec");
  EXPECT_EQ(plain->endpoint.weight, 3u);
  EXPECT_EQ(plain->endpoint.health, Health::kUnknown);
  EXPECT_EQ(plain->ports.at("web"), 9u);
  EXPECT_FALSE(plain->endpoint.tls_mode_istio);
  WorkloadPtr known = entry("address: vm.example.com, serviceAccount: acc, locality: r/z");
  EXPECT_TRUE(known->endpoint.tls_mode_istio);
  EXPECT_TRUE(known->dns_only);
  EXPECT_EQ(known->endpoint.service_account, "spiffe://old.domain/ns/a/sa/acc");
  EXPECT_EQ(known->endpoint.labels.at("topology.kubernetes.io/zone"), "z");
  const std::string check = "proxy.istio.io/health-checks-enabled: \"true\"";
  EXPECT_EQ(entry("address: 1.1.1.1", check), nullptr);
  EXPECT_NE(entry("address: 1.1.1.1", check, "{conditions: [{type: Healthy, status: \"True\"}]}"),
            nullptr);
}

TEST(ServiceEntry, EndpointPorts) {
  auto made = [](const std::string& spec) {
    auto from = object(
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: "
        "a}\n"
        "spec: {hosts: [x.com], ports: [{number: 80, name: http, protocol: HTTP, targetPort: "
        "8080}], " +
        spec + "}\n");
    std::vector<EndpointPtr> out =
        endpoints_of_entry(*from, *services_of(*from, {}).at(0), {}, RegistryOptions());
    return out.empty() ? "none" : out[0]->addresses[0] + ":" + std::to_string(out[0]->port);
  };
  EXPECT_EQ(made("resolution: STATIC, endpoints: [{address: 1.1.1.1, ports: {http: 9}}]"),
            "1.1.1.1:9");
  EXPECT_EQ(made("resolution: STATIC, endpoints: [{address: 1.1.1.1}]"), "1.1.1.1:8080");
  EXPECT_EQ(made("resolution: STATIC, endpoints: [{address: unix:///s}]"), "unix:///s:0");
  EXPECT_EQ(made("resolution: DNS"), "x.com:8080");
  EXPECT_EQ(made("resolution: STATIC"), "none");
  EXPECT_EQ(made("resolution: NONE"), "none");
}

TEST(ServiceEntry, OneServiceOfAHostAndAddress) {
  auto made = [](const std::string& spec) {
    std::string out;
    for (const ServicePtr& service :
         services_of(*object("apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: "
                             "{name: e, namespace: a}\nspec: {resolution: STATIC, " +
                             spec + "}\n"),
                     {})) {
      out += service->hostname + " " + service->default_address + "; ";
    }
    return out;
  };
  EXPECT_EQ(made("hosts: [x.com, y.com, x.com]"), "x.com 0.0.0.0; y.com 0.0.0.0; ");
  EXPECT_EQ(made("hosts: [x.com], addresses: [1.1.1.1, 1.1.1.1/32, 1.1.1.0/31, 1.1.1.1]"),
            "x.com 1.1.1.1; x.com 1.1.1.0/31; ");
  EXPECT_EQ(made("hosts: [x.com, x.com], addresses: [1.1.1.1, 1.1.1.2]"),
            "x.com 1.1.1.1; x.com 1.1.1.2; ");
}

TEST(ServiceEntry, AllocatedAddressesAreOfTheirHost) {
  const auto entry = object(
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: a}\n"
      "spec: {hosts: [y.com, x.com, z.com], ports: [], resolution: STATIC}\n");
  const std::vector<HostAddresses> allocated = {{"x.com", "240.240.0.1", "2001:2::1"},
                                                {"y.com", "", "2001:2::2"}};
  const auto made = services_of(*entry, {}, allocated);
  EXPECT_EQ(made[0]->auto_allocated_v4, "");
  EXPECT_EQ(made[0]->auto_allocated_v6, "2001:2::2");
  EXPECT_EQ(made[1]->auto_allocated_v4, "240.240.0.1");
  EXPECT_EQ(made[1]->auto_allocated_v6, "2001:2::1");
  EXPECT_EQ(made[2]->auto_allocated_v4, "");
  EXPECT_EQ(services_of(*entry, {})[1]->auto_allocated_v4, "");
}

}  // namespace
}  // namespace mesh::model
