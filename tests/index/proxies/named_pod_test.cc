// Pods as they are asked for, of one cluster and of several.
#include "libmesh/index/proxies/named_pod.h"

#include <gtest/gtest.h>

#include "libmesh/index/proxies/proxies.h"
#include "tests/index/support.h"

namespace mesh::index {
namespace {

using namespace mesh::testing;

TEST(NamedPod, Texts) {
  struct Row {
    const char* text;
    const char* cluster;
    const char* ns;
    const char* name;  // empty: no such name
  };
  const Row rows[] = {
      {"shop/web", "", "shop", "web"},
      {"east=shop/web", "east", "shop", "web"},
      {"=shop/web", "", "=shop", "web"},
      {"east=/web", "", "", ""},
      {"shop/", "", "", ""},
      {"/web", "", "", ""},
      {"web", "", "", ""},
      {"a/b/c", "", "", ""},
      {"", "", "", ""},
  };
  for (const Row& row : rows) {
    const auto name = pod_name_of(row.text);
    ASSERT_EQ(name.has_value(), *row.name != '\0') << row.text;
    if (!name) continue;
    EXPECT_EQ(name->cluster, row.cluster) << row.text;
    EXPECT_EQ(name->ns, row.ns) << row.text;
    EXPECT_EQ(name->name, row.name) << row.text;
    EXPECT_EQ(to_string(*name), row.text);
  }
}

TEST(NamedPod, WhichClusterIsMeant) {
  const auto web = [](const std::string& name, const std::string& ip) {
    return pod("shop", name, "web", ip);
  };
  Store store;
  store.apply(ns("shop", "istio-injection: enabled") + web("both", "10.1.0.1"), "");
  store.apply(ns("shop", "istio-injection: enabled") + web("both", "10.2.0.1") +
                  web("far", "10.2.0.2") + web("twice", "10.2.0.3"),
              "", "east");
  store.apply(ns("shop", "istio-injection: enabled") + web("twice", "10.3.0.3"), "", "west");
  const SnapshotPtr snapshot = store.snapshot();
  struct Row {
    const char* rule;
    const char* text;
    const char* answer;
  };
  const Row rows[] = {
      {"none said: the config cluster's", "shop/both", "10.1.0.1"},
      {"the config cluster's id", "Kubernetes=shop/both", "10.1.0.1"},
      {"a remote cluster's", "east=shop/both", "10.2.0.1"},
      {"none said: that of the only remote cluster that has one", "shop/far", "10.2.0.2"},
      {"several have one", "shop/twice",
       "Pod shop/twice is in clusters \"east\" and \"west\": write east=shop/twice or "
       "west=shop/twice"},
      {"one of several", "west=shop/twice", "10.3.0.3"},
      {"said, and not there", "west=shop/far", "there is no Pod shop/far in cluster \"west\""},
      {"said, and not in the config cluster", "Kubernetes=shop/far", "there is no Pod shop/far"},
      {"nowhere", "shop/nobody", "there is no Pod shop/nobody"},
      {"no such cluster", "north=shop/both",
       "there is no cluster \"north\"; there are: Kubernetes, east, west"},
  };
  for (const Row& row : rows) {
    const auto proxy = proxy_of_pod(*snapshot, *pod_name_of(row.text));
    EXPECT_EQ(proxy ? proxy->ip_addresses.front() : proxy.error().message, row.answer) << row.rule;
  }
}

// What nothing runs has its workload's name in a remote cluster, too.
TEST(NamedPod, TheMadeUpPodOfARemoteWorkload) {
  Store store;
  store.apply(ns("shop", "istio-injection: enabled"), "");
  store.apply(
      ns("shop", "istio-injection: enabled") +
          "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: "
          "shop}\nspec: {selector: {matchLabels: {app: cart}}, template: {metadata: {labels: "
          "{app: cart}}, spec: {containers: [{name: app, image: app}]}}}\n",
      "", "east");
  const SnapshotPtr snapshot = store.snapshot();
  for (const char* text : {"shop/cart", "east=shop/cart", "east=shop/cart-synthesized"}) {
    const auto proxy = proxy_of_pod(*snapshot, *pod_name_of(text));
    ASSERT_TRUE(proxy.ok()) << text << ": " << proxy.error().message;
    EXPECT_EQ(pod_text(*proxy), "east=shop/cart-synthesized");
    EXPECT_TRUE(proxy->synthesized && proxy->remote);
  }
}

TEST(NamedPod, TheClusterOfAnObject) {
  Store store;
  store.apply(pod("shop", "web", "web", "10.1.0.1"), "");
  store.apply(pod("shop", "web", "web", "10.1.0.1"), "", "east");
  const SnapshotPtr snapshot = store.snapshot();
  const PodName name{"", "shop", "web"};
  EXPECT_EQ(cluster_of(*snapshot, *pod_in(*snapshot, "", name)), "");
  EXPECT_EQ(cluster_of(*snapshot, *pod_in(*snapshot, "east", name)), "east");
}

}  // namespace
}  // namespace mesh::index
