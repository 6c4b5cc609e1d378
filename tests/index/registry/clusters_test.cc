// The objects of remote clusters, and what becomes of them in the mesh.
#include "libmesh/index/registry/clusters.h"

#include "libmesh/index/file_set.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/registry/targets.h"
#include "libmesh/schema/kubernetes.h"
#include "tests/index/support.h"

namespace mesh::index {
namespace {

using namespace mesh::testing;

std::string shop(const std::string& vip, const std::string& ip, const std::string& account = "web",
                 const std::string& target = "8080") {
  return ns("shop") +
         "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: "
         "{clusterIP: " +
         vip + ", selector: {app: web}, ports: [{name: http, port: 80, targetPort: " + target +
         "}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-0, namespace: shop, labels: "
         "{app: web}}\nspec: {serviceAccountName: " +
         account +
         ", containers: [{name: app, image: app}]}\nstatus: {phase: Running, podIP: " + ip +
         ", podIPs: [{ip: " + ip + "}], conditions: [{type: Ready, status: \"True\"}]}\n" +
         slice("shop", "web", "web-1", {ip}, "web-0");
}

MeshPtr mesh_of(Store& store) {
  SnapshotPtr now = store.snapshot();
  return now->mesh(now->tenants().list.front().id);
}

const model::Service& web(const Mesh& mesh) {
  return **mesh.find_service("web.shop.svc.cluster.local", "shop");
}

std::string endpoints(const Mesh& mesh, const model::Service& service) {
  std::string out;
  const model::EndpointSet* set = mesh.endpoints_of(service);
  if (set == nullptr) return "none";
  for (const auto& endpoint : set->endpoints) {
    out += endpoint->cluster_id + " " + endpoint->addresses.front() + ";";
  }
  return out;
}

TEST(Clusters, AServiceOfSeveralClustersIsOne) {
  Store store;
  store.apply(shop("10.0.0.1", "10.1.0.1"), "own.yaml");
  store.apply(shop("10.0.1.1", "10.2.0.1", "east"), "east.yaml", "east");
  const MeshPtr mesh = mesh_of(store);
  ASSERT_EQ(mesh->services.size(), 1u);
  const model::Service& service = web(*mesh);
  EXPECT_EQ(service.default_address, "10.0.0.1");
  const std::vector<model::ClusterAddresses> addresses = {{"Kubernetes", {"10.0.0.1"}},
                                                          {"east", {"10.0.1.1"}}};
  EXPECT_EQ(service.cluster_addresses, addresses);
  EXPECT_EQ(service.service_accounts.size(), 2u);
  EXPECT_EQ(endpoints(*mesh, service), "Kubernetes 10.1.0.1;east 10.2.0.1;");
}

TEST(Clusters, TheConfigClusterDecidesElseTheFirstById) {
  Store store;
  store.apply(shop("10.0.3.1", "10.3.0.1", "web", "3"), "", "west");
  store.apply(shop("10.0.2.1", "10.2.0.1", "web", "2"), "", "east");
  EXPECT_EQ(web(*mesh_of(store)).default_address, "10.0.2.1");
  EXPECT_EQ(web(*mesh_of(store)).target_ports.at(80).number, 2u);
  store.apply(shop("10.0.1.1", "10.1.0.1", "web", "1"), "");
  EXPECT_EQ(web(*mesh_of(store)).default_address, "10.0.1.1");
  EXPECT_EQ(web(*mesh_of(store)).target_ports.at(80).number, 1u);
}

TEST(Clusters, WhatGoesLeavesTheMeshOfOneCluster) {
  Store store;
  store.apply(shop("10.0.0.1", "10.1.0.1"), "");
  const MeshPtr before = mesh_of(store);
  FileSet files(store, "east");
  files.replace("east.yaml", shop("10.0.1.1", "10.2.0.1"));
  EXPECT_EQ(mesh_of(store)->clusters.size(), 2u);
  files.replace("east.yaml", "");
  EXPECT_TRUE(store.snapshot()->remotes().empty());
  const MeshPtr after = mesh_of(store);
  EXPECT_TRUE(after->clusters.empty());
  EXPECT_TRUE(web(*after).cluster_addresses.empty());
  EXPECT_EQ(endpoints(*after, web(*after)), "Kubernetes 10.1.0.1;");
  EXPECT_EQ(web(*after), web(*before));
}

// The id of the store's own cluster names its own objects.
TEST(Clusters, TheOwnIdIsNoRemoteCluster) {
  Store store;
  store.apply(shop("10.0.0.1", "10.1.0.1"), "", "Kubernetes");
  EXPECT_TRUE(store.snapshot()->remotes().empty());
  EXPECT_NE(store.snapshot()->find({kube::Kind::kPod, "shop", "web-0"}), nullptr);
}

// Workloads of a cluster serve what that cluster's services say.
TEST(Clusters, TargetsAreOfTheProxysCluster) {
  Store store;
  store.apply(shop("10.0.0.1", "10.1.0.1", "web", "8080"), "");
  store.apply(shop("10.0.1.1", "10.1.0.1", "east", "8081"), "", "east");
  const SnapshotPtr now = store.snapshot();
  const auto target = [&](const char* cluster) {
    model::Proxy proxy;
    proxy.ns = "shop";
    proxy.id = "web-0.shop";
    proxy.labels = {{"app", "web"}};
    proxy.ip_addresses = {"10.1.0.1"};
    proxy.cluster_id = cluster;
    const auto targets = service_targets(*mesh_of(store), proxy);
    return targets.empty() ? 0 : targets.front().target_port;
  };
  EXPECT_EQ(target("Kubernetes"), 8080u);
  EXPECT_EQ(target("east"), 8081u);
  EXPECT_EQ(target("north"), 0u);
}

TEST(Clusters, ANodeIsThePodOfItsCluster) {
  Store store;
  store.apply(ns("shop", "istio-injection: enabled") + pod("shop", "web-0", "web", "10.1.0.1"), "");
  store.apply(ns("shop", "istio-injection: enabled") + pod("shop", "web-0", "east", "10.2.0.1"), "",
              "east");
  const SnapshotPtr now = store.snapshot();
  const auto account = [&](const char* cluster) {
    document::Value metadata{document::Map{}};
    metadata.set("CLUSTER_ID", document::Value(std::string(cluster)));
    auto proxy =
        proxy_of_node(*now, "sidecar~10.1.0.1~web-0.shop~shop.svc.cluster.local", metadata);
    return proxy ? proxy->service_account + " in " + proxy->cluster_id : proxy.error().message;
  };
  EXPECT_EQ(account("Kubernetes"), "web in Kubernetes");
  EXPECT_EQ(account("east"), "east in east");
  EXPECT_EQ(account("elsewhere"), "web in elsewhere");
  EXPECT_EQ(proxy_of_pod(*now, "shop", "web-0", "east")->cluster_id, "east");
}

TEST(Clusters, ConfigurationOfARemoteClusterIsToldToCountForNothing) {
  Store store;
  store.apply(ns("shop"), "");
  const std::string entry =
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: x, namespace: "
      "shop}\nspec: {hosts: [x.com], ports: [{number: 80, name: http, protocol: HTTP}], "
      "resolution: "
      "DNS}\n";
  store.apply(entry, "east.yaml", "east");
  const Diagnostics& said = store.snapshot()->diagnostics();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].severity, Severity::kInfo);
  EXPECT_EQ(code_text(said[0].code), "no-effect");
  EXPECT_EQ(said[0].object, "ServiceEntry shop/x");
  EXPECT_TRUE(mesh_of(store)->services.empty());
  EXPECT_TRUE(store.erase({kube::Kind::kServiceEntry, "shop", "x"}, "east"));
  EXPECT_TRUE(store.snapshot()->diagnostics().empty());
}

std::string entry(const std::string& rest) {
  return "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: vm, "
         "namespace: "
         "shop}\nspec: {hosts: [vm.com], ports: [{number: 80, name: http, protocol: HTTP}], "
         "resolution: STATIC, " +
         rest + "}\n";
}

std::string workload(const std::string& ip, const std::string& app) {
  return "---\napiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {name: vm, "
         "namespace: "
         "shop}\nspec: {address: " +
         ip + ", labels: {app: " + app + "}}\n";
}

TEST(Clusters, AServiceEntrySelectsWorkloadsOfAll) {
  Store store;
  const auto now = [&] {
    const MeshPtr mesh = mesh_of(store);
    return endpoints(*mesh, **mesh->find_service("vm.com", "shop"));
  };
  store.apply(ns("shop") + entry("workloadSelector: {labels: {app: web}}"), "");
  store.apply(shop("10.0.1.1", "10.2.0.1"), "", "east");
  EXPECT_EQ(now(), "east 10.2.0.1;");
  store.apply(shop("10.0.0.1", "10.1.0.1") + workload("10.1.0.9", "web"), "");
  store.apply(workload("10.3.0.9", "web"), "", "west");
  EXPECT_EQ(now(), "Kubernetes 10.1.0.1;east 10.2.0.1;Kubernetes 10.1.0.9;west 10.3.0.9;");
  store.apply(workload("10.3.0.9", "other"), "", "west");
  store.erase({kube::Kind::kPod, "shop", "web-0"}, "east");
  EXPECT_EQ(now(), "Kubernetes 10.1.0.1;Kubernetes 10.1.0.9;");
  store.apply(workload("10.3.0.8", "web"), "", "west");
  store.apply(entry("endpoints: [{address: 10.9.9.9}]"), "");
  EXPECT_EQ(now(), "Kubernetes 10.9.9.9;");
  store.apply(entry("workloadSelector: {labels: {app: web}}"), "");
  EXPECT_EQ(now(), "Kubernetes 10.1.0.1;Kubernetes 10.1.0.9;west 10.3.0.8;");
}

TEST(Clusters, ASelectedWorkloadOfARemoteClusterServesTheEntry) {
  Store store;
  store.apply(ns("shop") + entry("workloadSelector: {labels: {app: web}}"), "");
  store.apply(shop("10.0.1.1", "10.2.0.1"), "", "east");
  store.apply(ns("shop", "istio-injection: enabled"), "", "east");
  const SnapshotPtr now = store.snapshot();
  const auto proxy = proxy_of_pod(*now, "shop", "web-0", "east");
  ASSERT_TRUE(proxy.ok()) << proxy.error().message;
  std::set<std::string> hosts;
  for (const model::ServiceTarget& target : service_targets(*mesh_of(store), *proxy)) {
    hosts.insert(target.service->hostname);
  }
  EXPECT_EQ(hosts, (std::set<std::string>{"vm.com", "web.shop.svc.cluster.local"}));
}

TEST(Clusters, SecretsAreLookedForInTheProxysOwnClusterFirst) {
  const auto secret = [](const std::string& name, const std::string& text) {
    return "---\napiVersion: v1\nkind: Secret\nmetadata: {name: " + name +
           ", namespace: shop}\nstringData: {key: " + text + "}\n";
  };
  Store store;
  store.apply(ns("shop") + secret("both", "own") + secret("own", "own"), "");
  store.apply(secret("both", "east") + secret("east", "east"), "", "east");
  const MeshPtr mesh = mesh_of(store);
  const auto found = [&](const std::string& name, const std::string& cluster) {
    std::string out;
    mesh->each_secret({kube::Kind::kSecret, "shop", name}, cluster,
                      [&](const kube::Object& object) {
                        out += object.as<k8s::Secret>().string_data.at("key") + ";";
                      });
    return out;
  };
  EXPECT_EQ(found("both", "east"), "east;own;");
  EXPECT_EQ(found("both", "Kubernetes"), "own;");
  EXPECT_EQ(found("own", "east"), "own;");
  EXPECT_EQ(found("east", "west"), "");
  store.erase({kube::Kind::kSecret, "shop", "both"}, "east");
  EXPECT_FALSE(mesh_of(store)->same_but_endpoints(*mesh));
}

// A namespace is one namespace in all clusters; who has it is decided in the config cluster.
TEST(Clusters, NamespacesBelongToTheTenantOfTheConfigCluster) {
  Store store;
  store.apply(control_plane("cp1", "m") + control_plane("cp2", "m") + ns("shop") + ns("other") +
                  roll("cp1", "members: [shop]") + roll("cp2", "members: [other, late]"),
              "");
  store.apply(shop("10.0.1.1", "10.2.0.1") + ns("late") + service("late", "db", "10.0.1.2"), "",
              "east");
  const SnapshotPtr now = store.snapshot();
  EXPECT_EQ(now->mesh({"cp1/m"})->services.size(), 1u);
  EXPECT_EQ(now->mesh({"cp2/m"})->services.size(), 0u);
  EXPECT_TRUE(now->mesh({"cp2/m"})->clusters.empty());
  EXPECT_EQ(now->tenants().of_namespace("late"),
            nullptr);  // pending: it is not in the config cluster
}

TEST(Clusters, OneMeshHasTheNamespacesOfAllClusters) {
  Store store;
  store.apply(ns("shop"), "");
  store.apply(service("far", "db", "10.0.1.2"), "", "east");
  EXPECT_NE(store.snapshot()->tenants().of_namespace("far"), nullptr);
  EXPECT_EQ(mesh_of(store)->services.size(), 1u);
  store.apply(control_plane("cp1", "m"), "");
  EXPECT_EQ(store.snapshot()->tenants().of_namespace("far"), nullptr);
  store.erase({kube::Kind::kServiceMeshControlPlane, "cp1", "m"});
  EXPECT_NE(store.snapshot()->tenants().of_namespace("far"), nullptr);
}

TEST(Clusters, WorkloadsWithoutPodsAreMadeUpInEachCluster) {
  const std::string deployment =
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: "
      "{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: "
      "{containers: [{name: c, image: c}]}}}\n";
  Store store;
  store.apply(ns("shop") + service("shop", "web", "10.0.0.1"), "");
  store.apply(ns("shop") + service("shop", "web", "10.0.1.1") + deployment, "", "east");
  const MeshPtr mesh = mesh_of(store);
  EXPECT_TRUE(web(*mesh).synthesized);
  EXPECT_TRUE(endpoints(*mesh, web(*mesh)).starts_with("east ")) << endpoints(*mesh, web(*mesh));
}

TEST(Clusters, ChangesOfRemoteObjectsAreChanges) {
  Store store;
  store.apply(shop("10.0.0.1", "10.1.0.1"), "");
  const uint64_t before = store.snapshot()->revision();
  store.apply(service("shop", "db", "10.0.1.2"), "", "east");
  EXPECT_EQ(store.snapshot()->revision(), before + 1);
  const std::vector<kube::ObjectKey> changed = {{kube::Kind::kService, "shop", "db"}};
  EXPECT_EQ(store.snapshot()->changed(), changed);
  store.apply(service("shop", "db", "10.0.1.2"), "", "east");  // the same again
  EXPECT_EQ(store.snapshot()->revision(), before + 1);
}

TEST(Clusters, IdsAreNames) {
  for (const char* id : {"east", "cluster-1", "a.b_c", "7"}) EXPECT_TRUE(is_cluster_id(id)) << id;
  for (const char* id : {"", "-a", "a/b", "a b", ".a", "a="}) EXPECT_FALSE(is_cluster_id(id)) << id;
}

}  // namespace
}  // namespace mesh::index
