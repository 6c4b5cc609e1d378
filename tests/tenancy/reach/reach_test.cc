// Reach beyond the rules of policies: the network's kind, nodes, routers, addresses, holes, and the
// state that a plan leads to.
#include "libmesh/tenancy/reach/reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tenancy/reach/cluster.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A mesh in cp with member a; b is in no mesh.
std::string base(const std::string& spec = "version: v2.5") {
  return control_plane("cp", "basic", spec) + ns("cp", "maistra.io/member-of: cp") +
         ns("a", "maistra.io/member-of: cp") + ns("b") + roll("cp", "members: [a]") +
         net_pod("a", "web", "app: web", "10.0.1.1", "{name: http, containerPort: 8080}") +
         net_pod("b", "web", "app: web", "10.0.2.1");
}

std::string mesh_policy(const std::string& ns) {
  return policy(ns, "istio-mesh-basic",
                "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: "
                "{maistra.io/member-of: cp}}}]}]",
                "maistra.io/member-of: cp");
}

std::vector<std::string> holes_of(const Network& network, const std::string& from,
                                  const std::string& to) {
  std::vector<std::string> out;
  auto decision = reach(network, from, to);
  if (!decision) return {decision.error().message};
  for (const Hole& hole : decision->holes) {
    out.push_back(std::string(hole_name(hole.kind)) + " " + to_string(hole.object) +
                  (hole.field.empty() ? "" : " " + hole.field));
  }
  return out;
}

TEST(Reach, Subnet) {
  Network network(snapshot_of(base() + mesh_policy("a") + sdn("redhat/openshift-ovs-subnet")));
  EXPECT_EQ(asked(network, "b/web", "a/web:8080"), "yes");
  EXPECT_THAT(holes_of(network, "b/web", "a/web:8080"),
              ElementsAre("no-isolation ClusterNetwork default pluginName"));
}

// NetworkPolicies end with their cluster: pods of a remote one are asked about there, and no cluster sees into another.
TEST(Reach, PodsOfRemoteClusters) {
  const std::string closed = policy("a", "closed", "podSelector: {matchLabels: {app: web}}");
  const auto db = [](const std::string& ip) { return net_pod("a", "db", "app: db", ip); };
  index::Store store;
  store.apply(ns("a") + net_pod("a", "web", "app: web", "10.1.0.1"), "");
  store.apply(ns("a") + net_pod("a", "web", "app: web", "10.2.0.1") + db("10.2.0.2") + closed, "",
              "east");
  store.apply(ns("a") + db("10.3.0.2") + net_pod("a", "far", "app: far", "10.3.0.3"), "", "west");
  const auto snapshot = store.snapshot();
  const Network network(snapshot);
  const struct {
    const char* from;
    const char* to;
    const char* answer;
  } rows[] = {
      {"east=a/db", "east=a/web:80", "no"},
      {"east=a/web", "east=a/db:80", "yes"},
      {"10.9.9.9", "east=a/web:80", "no"},
      {"10.9.9.9", "a/web:80", "yes"},
      {"a/far", "west=a/db", "yes"},
      {"a/far", "a/web", "unknown"},
      {"Kubernetes=a/web", "east=a/db:80", "unknown"},
      {"a/db", "a/web",
       "from: Pod a/db is in clusters \"east\" and \"west\": write east=a/db or west=a/db"},
      {"a/web", "north=a/db",
       "to: there is no cluster \"north\"; there are: Kubernetes, east, west"},
      {"a/web", "west=a/web", "to: there is no pod west=a/web"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(asked(network, row.from, row.to), row.answer) << row.from << " " << row.to;
  }
  EXPECT_EQ(reach(network, "a/far", "a/web")->missing.front(),
            "what lies between clusters \"west\" and \"Kubernetes\": ask in each of them, with the "
            "address that the other end has there");
  EXPECT_EQ(reach(network, "a/far", "west=a/db")->to, "west=a/db");
}

TEST(Reach, Multitenant) {
  std::string plugin = base() + mesh_policy("a") + sdn("redhat/openshift-ovs-multitenant");
  std::string ids = net_namespace("a", 7) + net_namespace("cp", 7) + net_namespace("b", 8);
  Network network(snapshot_of(plugin + ids + net_pod("cp", "istiod", "app: istiod", "10.0.0.1") +
                              net_namespace("infra", 0) + net_pod("infra", "x", "", "10.0.9.1")));
  EXPECT_EQ(asked(network, "b/web", "a/web:8080"), "no");
  EXPECT_EQ(asked(network, "cp/istiod", "a/web:8080"), "yes");
  EXPECT_EQ(asked(network, "infra/x", "a/web:8080"), "yes");
  EXPECT_THAT(holes_of(network, "infra/x", "a/web:8080"),
              ElementsAre("global-network NetNamespace infra netid"));
  auto unknown = reach(Network(snapshot_of(plugin + net_namespace("a", 7))), "b/web", "a/web");
  ASSERT_TRUE(unknown.ok());
  EXPECT_EQ(unknown->answer, ReachAnswer::kUnknown);
  EXPECT_THAT(unknown->missing, ElementsAre("the NetID of namespace \"b\""));
}

TEST(Reach, TheStrategyIsWhatTheClusterSays) {
  auto strategy = [](const std::string& objects) {
    return std::string(strategy_name(network_strategy(*snapshot_of(objects)).kind));
  };
  auto network = [](const std::string& type) {
    return cluster_object("config.openshift.io/v1", "Network", "cluster",
                          "spec: {networkType: " + type + "}");
  };
  EXPECT_EQ(strategy(""), "NetworkPolicy");
  EXPECT_EQ(strategy(network("OVNKubernetes")), "NetworkPolicy");
  EXPECT_EQ(strategy(network("openshiftsdn")), "unknown");
  EXPECT_EQ(strategy(sdn("redhat/openshift-ovs-networkpolicy")), "NetworkPolicy");
  EXPECT_EQ(strategy(sdn("\"\"")), "NetworkPolicy");
  EXPECT_EQ(strategy(sdn("redhat/OpenShift-ovs-SUBNET")), "Subnet");
  EXPECT_EQ(strategy(sdn("redhat/openshift-ovs-multitenant")), "Multitenant");
  EXPECT_EQ(strategy(sdn("acme/other")), "unknown");
  EXPECT_EQ(asked(Network(snapshot_of(base() + sdn("acme/other"))), "b/web", "a/web"), "unknown");
}

TEST(Reach, HostNetwork) {
  std::string node = "nodeName: n1, hostNetwork: true";
  std::string text = base() + mesh_policy("a") +
                     net_pod("a", "agent", "app: agent", "192.168.0.1", "", node) +
                     net_pod("b", "agent", "app: agent", "192.168.0.1", "", node) +
                     net_pod("a", "near", "app: x", "10.0.1.5", "", "nodeName: n1") +
                     net_pod("a", "far", "app: x", "10.0.1.6", "", "nodeName: n2");
  Network network(snapshot_of(text));
  // As a target it is the node: no policy holds.
  EXPECT_EQ(asked(network, "b/web", "a/agent:80"), "yes");
  EXPECT_THAT(holes_of(network, "b/web", "a/agent:80"),
              ElementsAre("host-network Pod a/agent spec.hostNetwork"));
  // As a source its labels do not count, only the node's address does …
  EXPECT_EQ(asked(network, "a/agent", "a/far:80"), "no");
  // … and a pod of its own node is always open to it.
  EXPECT_EQ(asked(network, "b/agent", "a/near:80"), "yes");
  EXPECT_THAT(holes_of(network, "b/agent", "a/near:80"),
              ElementsAre("host-network Pod b/agent spec.hostNetwork", "node-traffic Node n1"));
  EXPECT_EQ(asked(network, "a/agent", "a/web:80"), "unknown");  // whose node is not known
  Network by_address(
      snapshot_of(text + policy("a", "nodes",
                                "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "
                                "192.168.0.0/16}}]}]")));
  EXPECT_EQ(asked(by_address, "a/agent", "a/far:80"), "yes");
}

TEST(Reach, NodesByAddress) {
  std::string node = cluster_object(
      "v1", "Node", "n1", "status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}");
  Network network(snapshot_of(base() + mesh_policy("a") + node +
                              net_pod("a", "near", "app: x", "10.0.1.5", "", "nodeName: n1") +
                              net_pod("a", "far", "app: x", "10.0.1.6", "", "nodeName: n2")));
  EXPECT_EQ(asked(network, "192.168.0.1", "a/near:80"), "yes");
  EXPECT_EQ(asked(network, "192.168.0.1", "a/far:80"), "no");
  EXPECT_EQ(asked(network, "192.168.0.2", "a/near:80"), "no");
}

TEST(Reach, TerminatedPods) {
  std::string text = base();
  for (const char* phase : {"Succeeded", "Failed"}) {
    text += net_pod("a", std::string(phase) == "Failed" ? "failed" : "done", "app: x", "10.0.1.7",
                    "", "", phase);
  }
  Network network(snapshot_of(text));
  EXPECT_EQ(asked(network, "b/web", "a/done:80"), "no");
  EXPECT_EQ(asked(network, "a/failed", "b/web:80"), "no");
  // Their address is nobody's any more.
  EXPECT_EQ(reach(network, "10.0.1.7", "b/web")->from, "10.0.1.7");
}

TEST(Reach, Router) {
  std::string open = policy("a", "istio-expose-route-basic",
                            "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: "
                            "{network.openshift.io/policy-group: ingress}}}]}]",
                            "maistra.io/member-of: cp");
  Network assumed(snapshot_of(base() + mesh_policy("a") + open));
  EXPECT_EQ(asked(assumed, "router", "a/web:8080"), "yes");
  EXPECT_EQ(reach(assumed, "router", "a/web:8080")->from, "openshift-ingress/router");
  EXPECT_EQ(asked(Network(snapshot_of(base() + mesh_policy("a"))), "router", "a/web:8080"), "no");
  // Where the namespace is known, its pods are the router.
  Network known(snapshot_of(
      base() + mesh_policy("a") + open +
      ns("openshift-ingress", "network.openshift.io/policy-group: ingress") +
      net_pod("openshift-ingress", "canary", "app: canary", "10.0.8.1") +
      net_pod("openshift-ingress", "router-1",
              "ingresscontroller.operator.openshift.io/deployment-ingresscontroller: default",
              "10.0.8.2")));
  EXPECT_EQ(reach(known, "router", "a/web:8080")->from, "openshift-ingress/router-1");
  EXPECT_EQ(asked(known, "10.0.8.2", "a/web:8080"), "yes");
}

TEST(Reach, ServiceAddresses) {
  Network network(snapshot_of(base() + service("a", "web", "172.30.0.1")));
  auto decision = reach(network, "b/web", "172.30.0.1:80");
  ASSERT_TRUE(decision.ok());
  EXPECT_EQ(decision->answer, ReachAnswer::kUnknown);
  EXPECT_THAT(decision->missing, ElementsAre("the pod behind Service a/web: ask for one of them"));
}

TEST(Reach, Holes) {
  std::string foreign = policy("a", "debug", "podSelector: {}, ingress: [{}]");
  Network network(snapshot_of(base() + mesh_policy("a") + foreign));
  EXPECT_THAT(holes_of(network, "b/web", "a/web:8080"),
              ElementsAre("foreign-policy NetworkPolicy a/debug"));
  EXPECT_THAT(holes_of(network, "a/web", "a/web:8080"), IsEmpty());
  EXPECT_THAT(holes_of(Network(snapshot_of(base())), "b/web", "a/web:8080"),
              ElementsAre("not-isolated Namespace a"));
  EXPECT_THAT(holes_of(Network(snapshot_of(base())), "a/web", "b/web"), IsEmpty());  // in no mesh
  EXPECT_THAT(holes_of(Network(snapshot_of(base("security: {manageNetworkPolicy: false}") +
                                           mesh_policy("a"))),
                       "b/web", "a/web"),
              ElementsAre("policies-off ServiceMeshControlPlane cp/basic "
                          "spec.security.manageNetworkPolicy"));
  EXPECT_THAT(
      holes_of(Network(snapshot_of(
                   base() + "---\napiVersion: mesh.libmesh.dev/v1alpha1\nkind: MemberOptions\n"
                            "metadata: {name: default, namespace: a}\n"
                            "spec: {manageNetworkPolicy: false}\n")),
               "b/web", "a/web"),
      ElementsAre("policies-off MemberOptions a/default spec.manageNetworkPolicy",
                  "not-isolated Namespace a"));
  Network forged(snapshot_of(base() + mesh_policy("a") + ns("evil", "maistra.io/member-of: cp") +
                             net_pod("evil", "x", "", "10.0.6.6")));
  EXPECT_THAT(holes_of(forged, "evil/x", "a/web"),
              ElementsAre("foreign-label Namespace evil metadata.labels[maistra.io/member-of]"));
}

TEST(Reach, PortsThatAreToldApart) {
  Network network(
      snapshot_of(base() + policy("a", "p",
                                  "podSelector: {}, ingress: [{ports: [{port: 8080}, {port: 9000, "
                                  "endPort: 9001}, {protocol: UDP}]}]")));
  auto decision = reach(network, "b/web", "a/web");
  ASSERT_TRUE(decision.ok());
  std::vector<std::string> ports;
  for (const PortAnswer& port : decision->ports) {
    ports.push_back(port.port.protocol + " " + std::to_string(port.port.number) + " " +
                    std::string(answer_name(port.answer)));
  }
  EXPECT_THAT(ports, ElementsAre("TCP 8080 yes", "TCP 9000 yes", "TCP 9001 yes", "TCP 0 no",
                                 "UDP 8080 yes", "UDP 9000 yes", "UDP 9001 yes", "UDP 0 yes"));
}

TEST(Reach, PlannedObjects) {
  auto body = [](const std::string& spec) {
    index::SnapshotPtr read = snapshot_of(policy("a", "x", spec));
    return read->find({kube::Kind::kNetworkPolicy, "a", "x"})->document;
  };
  index::SnapshotPtr now =
      snapshot_of(base() + policy("a", "old", "podSelector: {}, ingress: [{}]"));
  PlannedObject closed =
      planned_document(kube::Kind::kNetworkPolicy, body("podSelector: {}"), {}, {});
  std::vector<PlannedObject> objects = {closed,
                                        absent({kube::Kind::kNetworkPolicy, "a", "old"}, {}, {})};
  EXPECT_EQ(asked(Network(now), "b/web", "a/web:80"), "yes");
  EXPECT_EQ(asked(Network(now, objects), "b/web", "a/web:80"), "no");
  // A label that a plan gives a namespace counts as well.
  PlannedObject admitting = planned_document(
      kube::Kind::kNetworkPolicy,
      body("podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: z}}}]}]"),
      {}, {});
  document::Value label;
  label.set("metadata", document::Value())
      .set("labels", document::Value())
      .set("team", document::Value("z"));
  objects = {admitting, absent({kube::Kind::kNetworkPolicy, "a", "old"}, {}, {}),
             planned(kube::Kind::kNamespace, "", "b", label, {}, {}, Ownership::kFields)};
  EXPECT_EQ(asked(Network(now, objects), "b/web", "a/web:80"), "yes");
  EXPECT_EQ(asked(Network(now, objects), "a/web", "a/web:80"), "yes");  // itself
}

TEST(Reach, QuestionsThatAreNone) {
  Network network(snapshot_of(base()));
  EXPECT_EQ(asked(network, "b/web", "a/nobody"), "to: there is no pod a/nobody");
  EXPECT_EQ(asked(network, "web", "a/web"),
            "from: \"web\" is not NAMESPACE/POD, an address, or the word router");
  EXPECT_EQ(asked(network, "b/web", "a/web:0"),
            "to: \"a/web:0\" has a port that is not between 1 and 65535");
  EXPECT_EQ(asked(network, "b/web", "a/web:"), "to: \"a/web:\" has no port after the colon");
  EXPECT_EQ(asked(network, "b/web", "a/web:80/icmp"),
            "to: \"a/web:80/icmp\" has a protocol that is not TCP, UDP or SCTP");
  EXPECT_EQ(asked(network, "b/web", "[10.0.0.1]:80"),
            "to: \"[10.0.0.1]:80\" has no address of version 6 in the brackets");
  EXPECT_EQ(asked(network, "b/web", "[2001:db8::1]:80"), "yes");
}

}  // namespace
}  // namespace mesh::tenancy
