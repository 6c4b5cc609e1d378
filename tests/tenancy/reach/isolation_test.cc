// Isolation, proved: over random clusters the planned NetworkPolicies mean what a mesh promises.
//
// Property: with the NetworkPolicy strategy on and no policy of anybody else's, every pod of a mesh
// reaches every other pod of it at every port; a pod of another mesh or of none reaches nothing but
// gateways, and the router exactly what exposeRoute says. The judge is the evaluator, which knows
// nothing of meshes.
#include <gtest/gtest.h>

#include <random>

#include "libmesh/tenancy/beyond/options.h"
#include "libmesh/tenancy/plan/plan.h"
#include "tests/tenancy/reach/cluster.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;

constexpr int kMeshes = 3;
constexpr int kNamespaces = 8;  // beside those of the control planes

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  std::string of(const std::vector<std::string>& choices) {
    return choices[static_cast<size_t>(below(static_cast<int>(choices.size())))];
  }

 private:
  std::mt19937 engine_;
};

std::string options(const std::string& kind, const std::string& ns, const std::string& spec) {
  return "---\napiVersion: mesh.libmesh.dev/v1alpha1\nkind: " + kind +
         "\nmetadata: {name: default, namespace: " + ns + "}\nspec: {" + spec + "}\n";
}

std::string random_exposure(Random& random) {
  std::string out = "networkPolicy: {exposeRoute: " + random.of({"Always", "Labelled", "Never"});
  if (random.one_in(2)) out += ", exposePorts: [" + random.of({"8080", "http", "http, 9090"}) + "]";
  return out + "}";
}

std::string pods(Random& random, const std::string& ns, int number) {
  std::string out;
  for (int i = 0; i < 2; ++i) {
    std::string ip = "10." + std::to_string(number) + ".0." + std::to_string(i + 1);
    out += net_pod(ns, "p" + std::to_string(i),
                   random.one_in(2) ? "maistra.io/expose-route: \"true\"" : "app: x", ip,
                   "{name: http, containerPort: 8080}, {name: admin, containerPort: 9090}");
  }
  return out;
}

std::string random_cluster(Random& random) {
  std::string out =
      ns("openshift-ingress", "network.openshift.io/policy-group: ingress") +
      net_pod("openshift-ingress", "router",
              "ingresscontroller.operator.openshift.io/deployment-ingresscontroller: x",
              "10.200.0.1");
  std::vector<std::string> rolls(kMeshes);
  for (int i = 0; i < kNamespaces; ++i) {
    std::string name = "n" + std::to_string(i);
    out += ns(name) + pods(random, name, i);
    int owner = random.below(kMeshes + 1);  // the last: in no mesh
    if (owner == kMeshes) continue;
    std::string& members = rolls[static_cast<size_t>(owner)];
    members += (members.empty() ? "" : ", ") + name;
    if (random.one_in(3)) out += options("MemberOptions", name, random_exposure(random));
  }
  for (int m = 0; m < kMeshes; ++m) {
    std::string cp = "cp" + std::to_string(m);
    out += ns(cp) + pods(random, cp, 100 + m) +
           control_plane(cp, "mesh" + std::to_string(m),
                         "version: " + random.of({"v2.3", "v2.4", "v2.5"})) +
           roll(cp, "members: [" + rolls[static_cast<size_t>(m)] + "]");
    if (random.one_in(2)) out += options("MeshOptions", cp, random_exposure(random));
  }
  return out;
}

// What the options promise of the router, said a second time and plainly.
bool router_may(const MemberOptions& options, const kube::Object& pod, int port) {
  if (options.expose_route.mode == own::ExposeRoute::Never) return false;
  if (options.expose_route.mode == own::ExposeRoute::Labelled &&
      !pod.labels.contains("maistra.io/expose-route")) {
    return false;
  }
  if (options.expose_route.ports.empty()) return true;
  for (const schema::IntOrString& exposed : options.expose_route.ports) {
    int number = exposed.is_string ? (exposed.text == "http" ? 8080 : 0) : exposed.number;
    if (number == port) return true;
  }
  return false;
}

struct Seen {
  int open = 0;
  int closed = 0;
  int routed = 0;
};

void judge(const index::SnapshotPtr& now, Seen& seen) {
  Network network(now, plan(*now).objects);
  const index::ObjectMap& all = now->objects(kube::Kind::kPod);
  for (const auto& [to, target] : all) {
    if (to.ns == "openshift-ingress") continue;
    const index::Tenant* mesh = now->tenants().of_namespace(to.ns);
    std::string to_text = to.ns + "/" + to.name;
    for (int port : {8080, 9090, 7}) {
      std::string with_port = to_text + ":" + std::to_string(port);
      for (const auto& [from, source] : all) {
        if (from.ns == "openshift-ingress") continue;
        bool same = mesh == nullptr || mesh == now->tenants().of_namespace(from.ns);
        std::string got = asked(network, from.ns + "/" + from.name, with_port);
        EXPECT_EQ(got, same ? "yes" : "no") << from.ns << "/" << from.name << " to " << with_port;
        ++(same ? seen.open : seen.closed);
      }
      bool routed = mesh == nullptr || router_may(member_options(*now, to.ns), *target, port);
      EXPECT_EQ(asked(network, "router", with_port), routed ? "yes" : "no")
          << "router to " << with_port;
      EXPECT_EQ(asked(network, "203.0.113.7", with_port), mesh == nullptr ? "yes" : "no");
      seen.routed += routed && mesh != nullptr ? 1 : 0;
    }
  }
}

TEST(Isolation, PlannedPoliciesMeanWhatAMeshPromises) {
  Seen seen;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    std::string text = random_cluster(random);
    index::SnapshotPtr now = snapshot_of(text);
    judge(now, seen);
    if (HasFailure()) {
      ADD_FAILURE() << text;
      return;
    }
  }
  EXPECT_GT(seen.open, 5'000);
  EXPECT_GT(seen.closed, 5'000);
  EXPECT_GT(seen.routed, 250);
}

// The one thing that may be reached from everywhere: a gateway, at its own ports and no others.
TEST(Isolation, GatewaysAreOpenAtTheirPortsOnly) {
  std::string text = ns("cp") + control_plane("cp", "basic") + ns("shop") + ns("other") +
                     roll("cp", "members: [shop]") +
                     "---\napiVersion: mesh.libmesh.dev/v1alpha1\nkind: "
                     "ServiceMeshGateway\nmetadata: {name: edge, "
                     "namespace: shop}\n" +
                     net_pod("shop", "edge-1", "mesh.libmesh.dev/gateway: edge", "10.0.0.1") +
                     net_pod("shop", "web", "app: web", "10.0.0.2") +
                     net_pod("other", "x", "app: x", "10.0.0.3");
  index::SnapshotPtr now = snapshot_of(text);
  Network network(now, plan(*now).objects);
  for (const char* from : {"other/x", "router", "203.0.113.7"}) {
    EXPECT_EQ(asked(network, from, "shop/edge-1:8443"), "yes") << from;
    EXPECT_EQ(asked(network, from, "shop/edge-1:15000"), "no") << from;
    EXPECT_EQ(asked(network, from, "shop/web:8443"), "no") << from;
  }
  EXPECT_EQ(asked(network, "shop/web", "shop/edge-1:15000"), "yes");
}

// Istiod is the control plane that members must reach, and the API server its webhook.
TEST(Isolation, ControlPlanes) {
  std::string text = ns("cp") + control_plane("cp", "basic") + ns("shop") + ns("other") +
                     roll("cp", "members: [shop]") +
                     net_pod("cp", "istiod", "app: istiod, istio.io/rev: basic", "10.0.0.1") +
                     net_pod("shop", "web", "app: web", "10.0.0.2") +
                     net_pod("other", "x", "app: x", "10.0.0.3");
  index::SnapshotPtr now = snapshot_of(text);
  Network network(now, plan(*now).objects);
  EXPECT_EQ(asked(network, "shop/web", "cp/istiod:15012"), "yes");
  EXPECT_EQ(asked(network, "other/x", "cp/istiod:15012"), "no");
  EXPECT_EQ(asked(network, "203.0.113.7", "cp/istiod:15017"), "yes");
  EXPECT_EQ(asked(network, "203.0.113.7", "cp/istiod:15012"), "no");
}

// The multi-tenant plug-in: the plan joins networks, and that isolates as well.
TEST(Isolation, JoinedNetworks) {
  std::string text = ns("cp") + control_plane("cp", "basic") + ns("shop") + ns("cart") +
                     ns("other") + roll("cp", "members: [shop, cart]") +
                     sdn("redhat/openshift-ovs-multitenant");
  int id = 10;
  for (const char* each : {"cp", "shop", "cart", "other"}) {
    text += net_namespace(each, id) + net_pod(each, "x", "app: x", "10.0.0." + std::to_string(id));
    ++id;
  }
  index::SnapshotPtr now = snapshot_of(text);
  EXPECT_EQ(asked(Network(now), "shop/x", "cp/x:15012"), "no");
  Network network(now, plan(*now).objects);
  EXPECT_EQ(asked(network, "shop/x", "cp/x:15012"), "yes");
  EXPECT_EQ(asked(network, "shop/x", "cart/x:80"), "yes");
  EXPECT_EQ(asked(network, "other/x", "shop/x:80"), "no");
  EXPECT_EQ(asked(network, "shop/x", "other/x:80"), "no");
}

// The plug-in that isolates nothing: there is nothing to plan, and the answer says so.
TEST(Isolation, Subnet) {
  std::string text = ns("cp") + control_plane("cp", "basic") + ns("shop") + ns("other") +
                     roll("cp", "members: [shop]") + sdn("redhat/openshift-ovs-subnet") +
                     net_pod("shop", "x", "app: x", "10.0.0.1") +
                     net_pod("other", "x", "app: x", "10.0.0.2");
  index::SnapshotPtr now = snapshot_of(text);
  auto decision = reach(Network(now, plan(*now).objects), "other/x", "shop/x:80");
  ASSERT_TRUE(decision.ok());
  EXPECT_EQ(decision->answer, ReachAnswer::kYes);
  ASSERT_EQ(decision->holes.size(), 1u);
  EXPECT_EQ(decision->holes.front().kind, HoleKind::kNoIsolation);
}

}  // namespace
}  // namespace mesh::tenancy
