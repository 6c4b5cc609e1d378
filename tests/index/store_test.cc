// The store: what a snapshot holds, and that it does not depend on how it came to be.
#include "libmesh/index/store.h"
#include "libmesh/base/codes.h"

#include <gtest/gtest.h>

#include "tests/index/support.h"

namespace mesh::index {
namespace {

using kube::Kind;
using namespace mesh::testing;

const Mesh& only_mesh(const SnapshotPtr& snapshot, MeshPtr& keep) {
  keep = snapshot->mesh(snapshot->tenants().list.at(0).id);
  return *keep;
}

TEST(Store, TheExampleHasNoMistakeAndTwoTenants) {
  Store store;
  apply_folder(store, "examples/shop");
  SnapshotPtr snapshot = store.snapshot();
  EXPECT_EQ(text_of(snapshot->diagnostics()), "");
  ASSERT_EQ(snapshot->tenants().list.size(), 2u);
  const Tenant& partner = snapshot->tenants().list[0];
  const Tenant& shop = snapshot->tenants().list[1];
  EXPECT_EQ(partner.id.value, "partner-control-plane/partner-mesh");
  EXPECT_EQ(shop.namespaces, (std::vector<std::string>{"shop-cart", "shop-catalog",
                                                       "shop-control-plane", "shop-web"}));
  EXPECT_EQ(snapshot->tenants().of_namespace("warehouse"), nullptr);
  MeshPtr mesh = snapshot->mesh(shop.id);
  EXPECT_EQ(mesh->root_namespace, "shop-control-plane");
  const model::ServicePtr* cart =
      mesh->find_service("cart.shop-cart.svc.cluster.local", "shop-cart");
  ASSERT_NE(cart, nullptr);
  const model::EndpointSet* endpoints = mesh->endpoints_of(**cart);
  ASSERT_NE(endpoints, nullptr);
  EXPECT_EQ(endpoints->endpoints.size(), 2u);
  EXPECT_TRUE(endpoints->endpoints[0]->tls_mode_istio);
  EXPECT_EQ((*cart)->service_accounts,
            (std::vector<std::string>{"spiffe://cluster.local/ns/shop-cart/sa/cart"}));
  // The other tenant's and nobody's services are not there.
  for (const model::ServicePtr& service : mesh->services) {
    EXPECT_TRUE(service->ns.starts_with("shop-")) << service->hostname;
  }
}

TEST(Store, RevisionsCountWhatDiffers) {
  Store store;
  EXPECT_EQ(store.snapshot()->revision(), 0u);
  store.apply(service("a", "s", "10.0.0.1"), "f.yaml");
  SnapshotPtr one = store.snapshot();
  EXPECT_EQ(one->revision(), 1u);
  ASSERT_EQ(one->changed().size(), 1u);
  EXPECT_EQ(to_string(one->changed()[0]), "Service a/s");
  store.apply(service("a", "s", "10.0.0.1"), "f.yaml");
  EXPECT_EQ(store.snapshot(), one);  // the same content is no change
  store.apply(service("a", "s", "10.0.0.2"), "f.yaml");
  SnapshotPtr two = store.snapshot();
  EXPECT_EQ(two->revision(), 2u);
  EXPECT_NE(one->find(one->changed()[0]), two->find(one->changed()[0]));
  EXPECT_FALSE(store.erase({Kind::kService, "a", "other"}));
  EXPECT_TRUE(store.erase({Kind::kService, "a", "s"}));
  SnapshotPtr three = store.snapshot();
  EXPECT_EQ(three->changed().size(), 1u);
  EXPECT_TRUE(three->objects(Kind::kService).empty());
  EXPECT_EQ(one->objects(Kind::kService).size(), 1u);  // older snapshots stay as they were
}

TEST(Store, DiagnosticsGoWithTheirObjects) {
  Store store;
  Diagnostics found = store.apply(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\n"
      "spec: {hostz: [a]}\n",
      "v.yaml");
  ASSERT_EQ(found.size(), 1u) << text_of(found);
  EXPECT_EQ(found[0].code, Code::kUnknownField);
  EXPECT_EQ(found[0].object, "VirtualService default/v");
  EXPECT_EQ(found[0].line, 4u);
  EXPECT_EQ(store.snapshot()->diagnostics(), found);
  store.erase({Kind::kVirtualService, "default", "v"});
  EXPECT_TRUE(store.snapshot()->diagnostics().empty());
  store.apply("a: [", "broken.yaml");
  EXPECT_EQ(store.snapshot()->diagnostics().size(), 1u);
  store.apply("", "broken.yaml");
  EXPECT_TRUE(store.snapshot()->diagnostics().empty());
}

TEST(Store, TheSameObjectInTwoFilesIsTold) {
  Store store;
  store.apply(service("a", "s", "10.0.0.1"), "one.yaml");
  store.apply(service("a", "s", "10.0.0.2"), "two.yaml");
  const Diagnostics& found = store.snapshot()->diagnostics();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::kDuplicateObject);
  EXPECT_EQ(found[0].file, "two.yaml");
}

TEST(Mesh, EndpointsTakeOverWhatTheirPodSays) {
  Store store;
  store.apply(
      "apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {topology.kubernetes.io/region: r, "
      "topology.kubernetes.io/zone: z}}\n" +
          service("a", "s", "10.0.0.1") +
          "---\napiVersion: v1\nkind: Pod\nmetadata: {name: s-7f-x, generateName: s-7f-, "
          "namespace: a, "
          "labels: {app: s, pod-template-hash: 7f, security.istio.io/tlsMode: istio}, "
          "ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: s-7f, uid: u, "
          "controller: true}]}\n"
          "spec: {nodeName: n1, serviceAccountName: acc, containers: [{name: c, image: c}]}\n"
          "status: {phase: Running, podIP: 10.1.0.1}\n" +
          slice("a", "s", "s-1", {"10.1.0.1"}, "s-7f-x"),
      "");
  MeshPtr keep;
  const Mesh& mesh = only_mesh(store.snapshot(), keep);
  const auto& endpoints = mesh.endpoints_of(*mesh.services[0])->endpoints;
  ASSERT_EQ(endpoints.size(), 1u);
  const model::Endpoint& e = *endpoints[0];
  EXPECT_EQ(e.addresses, std::vector<std::string>{"10.1.0.1"});
  EXPECT_EQ(e.port, 8080u);
  EXPECT_EQ(e.workload_name, "s");
  EXPECT_EQ(e.service_account, "spiffe://cluster.local/ns/a/sa/acc");
  EXPECT_EQ(e.locality, (model::Locality{"r", "z", ""}));
  EXPECT_TRUE(e.tls_mode_istio);
  EXPECT_EQ(e.labels.at("topology.istio.io/cluster"), "Kubernetes");
  EXPECT_EQ(e.labels.at("kubernetes.io/hostname"), "n1");
  // A pod that is not there: Istio leaves its endpoint out.
  store.erase({Kind::kPod, "a", "s-7f-x"});
  const Mesh& without = only_mesh(store.snapshot(), keep);
  EXPECT_EQ(without.endpoints_of(*without.services[0]), nullptr);
}

TEST(Mesh, OneChangedSliceKeepsEverythingElse) {
  Store store;
  std::string all;
  for (int i = 0; i < 200; ++i) {
    std::string name = "s" + std::to_string(i);
    all += service("a", name, "10.0.0." + std::to_string(i % 250 + 1)) +
           slice("a", name, name + "-1", {"10.1.0." + std::to_string(i + 1)});
  }
  store.apply(all, "");
  MeshPtr one, two;
  only_mesh(store.snapshot(), one);
  store.apply(slice("a", "s7", "s7-1", {"10.9.9.9"}), "");
  only_mesh(store.snapshot(), two);
  EXPECT_NE(one, two);
  EXPECT_TRUE(two->same_but_endpoints(*one));
  EXPECT_TRUE(two->services.same(one->services));
  std::vector<std::string> changed;
  two->endpoints.difference(
      one->endpoints, [&](const ServiceKey& key, const auto&) { changed.push_back(key.hostname); });
  EXPECT_EQ(changed, std::vector<std::string>{"s7.a.svc.cluster.local"});
}

TEST(Mesh, AServiceEntryHasOneServicePerHostAndAddress) {
  Store store;
  store.apply(
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: a}\n"
      "spec: {hosts: [one.com, two.com], addresses: [10.0.0.1, 10.1.0.0/16, 10.2.0.1/32, nonsense],"
      " ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC,"
      " endpoints: [{address: 1.1.1.1, serviceAccount: acc}]}\n",
      "");
  MeshPtr keep;
  const Mesh& mesh = only_mesh(store.snapshot(), keep);
  std::vector<std::string> addresses;
  for (const auto& s : mesh.services) addresses.push_back(s->hostname + " " + s->default_address);
  EXPECT_EQ(addresses, (std::vector<std::string>{"one.com 10.0.0.1", "one.com 10.1.0.0/16",
                                                 "one.com 10.2.0.1", "two.com 10.0.0.1",
                                                 "two.com 10.1.0.0/16", "two.com 10.2.0.1"}));
  EXPECT_EQ((*mesh.find_service("one.com", "a"))->default_address, "10.0.0.1");
  // Istio repeats the endpoints for each address.
  EXPECT_EQ(mesh.endpoints_of(*mesh.services[0])->endpoints.size(), 3u);
}

TEST(Mesh, ExternalNamesAreAliases) {
  Store store;
  auto external = [](const std::string& name, const std::string& target) {
    return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name +
           ", namespace: a}\nspec: {type: ExternalName, externalName: " + target + "}\n";
  };
  store.apply(service("a", "real", "10.0.0.1") + external("one", "two.a.svc.cluster.local") +
                  external("two", "real.a.svc.cluster.local") +
                  external("x", "y.a.svc.cluster.local") + external("y", "x.a.svc.cluster.local"),
              "");
  MeshPtr keep;
  const Mesh& mesh = only_mesh(store.snapshot(), keep);
  const auto& real = **mesh.find_service("real.a.svc.cluster.local", "a");
  EXPECT_EQ(real.aliases, (std::vector<model::NamespacedName>{{"a", "one.a.svc.cluster.local"},
                                                              {"a", "two.a.svc.cluster.local"}}));
  EXPECT_TRUE((*mesh.find_service("x.a.svc.cluster.local", "a"))->aliases.empty());  // a loop
}

TEST(MeshConfig, LaterLayersOverEarlierOnes) {
  StoreOptions options;
  options.mesh_config = "connectTimeout: 3s\n";
  Store store(options);
  store.apply(
      control_plane("cp", "m",
                    "proxy: {accessLogging: {file: {name: /dev/one}}}, security: {trust: {domain: "
                    "from.smcp}, dataPlane: {mtls: true}}") +
          "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: cp}\ndata:\n"
          "  mesh: |\n    accessLogFile: /dev/two\n    enableTracing: false\n"
          "    defaultConfig: {proxyMetadata: {A: b}}\n    oops: 1\n" +
          "---\nenableTracing: true\nrootNamespace: stolen\n",
      "all.yaml");
  MeshPtr keep;
  SnapshotPtr snapshot = store.snapshot();
  const Mesh& mesh = only_mesh(snapshot, keep);
  EXPECT_EQ(mesh.config->access_log_file, "/dev/two");
  EXPECT_EQ(mesh.trust_domain, "from.smcp");
  EXPECT_TRUE(mesh.config->enable_tracing);
  EXPECT_EQ(mesh.config->connect_timeout->seconds, 3);
  EXPECT_EQ(mesh.config->default_config->proxy_metadata.at("A"), "b");
  EXPECT_EQ(mesh.config->default_config->status_port, 15020);  // defaultConfig is merged
  EXPECT_EQ(mesh.root_namespace, "cp");                        // not to be had elsewhere
  ASSERT_EQ(mesh.peer_authentications.size(), 1u);
  EXPECT_TRUE(mesh.peer_authentications[0].object->synthesized);
  ASSERT_EQ(snapshot->diagnostics().size(), 1u) << text_of(snapshot->diagnostics());
  EXPECT_EQ(snapshot->diagnostics()[0].code, Code::kUnknownField);
}

TEST(MeshConfig, DiscoverySelectorsHideNamespaces) {
  Store store;
  // Istio's own kinds too, and those of the root namespace.
  std::string rules;
  for (const char* where : {"a", "b", "istio-system"}) {
    rules += std::string("---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n") +
             "metadata: {name: p, namespace: " + where + "}\nspec: {mtls: {mode: STRICT}}\n";
  }
  store.apply(ns("a", "mesh: one") + ns("b") + ns("istio-system") + service("a", "s", "10.0.0.1") +
                  service("b", "s", "10.0.0.2") + rules +
                  "---\ndiscoverySelectors: [{matchLabels: {mesh: one}}]\n",
              "");
  MeshPtr keep;
  const Mesh& mesh = only_mesh(store.snapshot(), keep);
  ASSERT_EQ(mesh.services.size(), 1u);
  EXPECT_EQ(mesh.services[0]->ns, "a");
  ASSERT_EQ(mesh.peer_authentications.size(), 1u);
  EXPECT_EQ(mesh.peer_authentications[0].ns(), "a");
}

TEST(Synthesis, WorkloadsWithoutPods) {
  Store store;
  std::string deployment =
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: a}\n"
      "spec:\n  selector: {matchLabels: {app: s}}\n  template:\n    metadata: {labels: {app: s}}\n"
      "    spec: {serviceAccountName: acc, containers: [{name: c, image: c, ports: [{name: web, "
      "containerPort: 9000}]}]}\n";
  store.apply(ns("a", "istio-injection: enabled") + service("a", "s", "10.0.0.1") + deployment, "");
  SnapshotPtr snapshot = store.snapshot();
  ASSERT_EQ(snapshot->objects(Kind::kPod).size(), 1u);
  EXPECT_TRUE((*snapshot->objects(Kind::kPod).begin()).second->synthesized);
  MeshPtr keep;
  const Mesh& mesh = only_mesh(snapshot, keep);
  EXPECT_TRUE(mesh.services[0]->synthesized);
  const auto& endpoints = mesh.endpoints_of(*mesh.services[0])->endpoints;
  ASSERT_EQ(endpoints.size(), 1u);
  EXPECT_TRUE(endpoints[0]->synthesized);
  EXPECT_TRUE(endpoints[0]->tls_mode_istio);
  EXPECT_EQ(endpoints[0]->workload_name, "d");
  EXPECT_EQ(endpoints[0]->service_account, "spiffe://cluster.local/ns/a/sa/acc");
  // A real pod takes the place of the made-up one.
  store.apply(pod("a", "real", "s", "10.1.0.1"), "");
  SnapshotPtr with_pod = store.snapshot();
  EXPECT_EQ(with_pod->objects(Kind::kPod).size(), 1u);
  EXPECT_TRUE(with_pod->objects(Kind::kEndpointSlice).empty());
  EXPECT_EQ(with_pod->changed().size(), 3u);  // pod in, pod out, slice out
}

}  // namespace
}  // namespace mesh::index
