// What a change does, as a value.
#include "libmesh/xds/diff.h"

#include <gtest/gtest.h>

#include <string>

#include "libmesh/index/store.h"

namespace mesh::xds {
namespace {

const std::string kBase = R"(
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: istio-proxy}]}
status: {podIP: 10.0.0.1, phase: Running}
---
)";
const std::string kCart = R"(
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.1.0.1, ports: [{name: http, port: 80}]}
)";

index::SnapshotPtr snapshot_of(const std::string& text) {
  index::Store store;
  store.apply(text, "f.yaml");
  return store.snapshot();
}

SnapshotDiff diff_of(const index::SnapshotPtr& before, const index::SnapshotPtr& after) {
  return diff(DiffSide(before), DiffSide(after));
}

const TypeDiff* change_of(const SnapshotDiff& diff, Type type) {
  for (const ProxyDiff& proxy : diff.proxies) {
    for (const TypeDiff& change : proxy.changes) {
      if (change.type == type) return &change;
    }
  }
  return nullptr;
}

TEST(Diff, NothingChangesFromAStateToItself) {
  const SnapshotDiff same = diff_of(snapshot_of(kBase + kCart), snapshot_of(kBase + kCart));
  EXPECT_TRUE(same.proxies.empty());
  EXPECT_EQ(same.unchanged, 1U);
  EXPECT_TRUE(same.members.empty() && same.appeared.empty() && same.gone.empty());
}

TEST(Diff, BackwardsAddedAndRemovedAreExchanged) {
  const auto before = snapshot_of(kBase);
  const auto after = snapshot_of(kBase + kCart);
  const SnapshotDiff there = diff_of(before, after);
  const SnapshotDiff back = diff_of(after, before);
  const TypeDiff* added = change_of(there, Type::kCluster);
  const TypeDiff* removed = change_of(back, Type::kCluster);
  ASSERT_TRUE(added != nullptr && removed != nullptr);
  EXPECT_EQ(added->added, std::vector<std::string>{"outbound|80||cart.shop.svc.cluster.local"});
  EXPECT_EQ(added->added, removed->removed);
  EXPECT_TRUE(added->removed.empty() && removed->added.empty());
  EXPECT_GT(added->bytes, 0U);
  EXPECT_EQ(removed->bytes, 0U);
}

TEST(Diff, AFindingThatOnlyMovedIsTheSame) {
  const std::string bad =
      "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: shop}\n"
      "spec: {prots: []}\n";
  const SnapshotDiff moved =
      diff_of(snapshot_of(kBase + bad), snapshot_of("# moved\n\n" + kBase + bad));
  EXPECT_TRUE(moved.appeared.empty() && moved.gone.empty());
  EXPECT_EQ(diff_of(snapshot_of(kBase), snapshot_of(kBase + bad)).appeared.size(), 1U);
}

// Pods of one namespace and name in two clusters are two proxies.
TEST(Diff, ClustersAreKeptApart) {
  const auto with_east = [](const std::string& own, const std::string& east) {
    index::Store store;
    store.apply(own, "f.yaml");
    store.apply(east, "east.yaml", "east");
    return store.snapshot();
  };
  const auto both = with_east(kBase, kBase);
  EXPECT_EQ(diff_of(both, both).unchanged, 2U);
  const SnapshotDiff gone = diff_of(both, snapshot_of(kBase));
  ASSERT_EQ(gone.proxies.size(), 1U);
  EXPECT_EQ(gone.proxies[0].cluster, "east");
  EXPECT_EQ(gone.proxies[0].state, ProxyDiff::State::kLeaves);
  const SnapshotDiff moved = diff_of(both, with_east("", kBase));
  ASSERT_EQ(moved.proxies.size(), 1U);
  EXPECT_EQ(moved.proxies[0].cluster, "");
  const SnapshotDiff changed = diff_of(both, with_east(kBase, kBase + kCart));
  ASSERT_EQ(changed.proxies.size(), 2U);
  EXPECT_EQ(changed.proxies[0].cluster, "");
  EXPECT_EQ(changed.proxies[1].cluster, "east");
}

TEST(Diff, AProxyThatGoesLeaves) {
  const SnapshotDiff gone = diff_of(
      snapshot_of(kBase), snapshot_of("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"));
  ASSERT_EQ(gone.proxies.size(), 1U);
  EXPECT_EQ(gone.proxies[0].state, ProxyDiff::State::kLeaves);
  EXPECT_EQ(gone.proxies[0].name, "web");
}

}  // namespace
}  // namespace mesh::xds
