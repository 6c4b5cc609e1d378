// Waiting for the next snapshot, from several threads.
#include "libmesh/index/watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/index/support.h"

namespace mesh::index {
namespace {

using namespace mesh::testing;
using std::chrono::milliseconds;

TEST(Watch, OnlyNewerSnapshotsEndTheWaiting) {
  Store store;
  Watch watch;
  EXPECT_EQ(watch.latest(), nullptr);
  EXPECT_EQ(watch.wait(0, milliseconds(1)), nullptr);
  store.apply(service("a", "s", "10.0.0.1"), "");
  SnapshotPtr one = store.snapshot();
  watch.publish(one);
  EXPECT_EQ(watch.wait(0, milliseconds(0)), one);
  EXPECT_EQ(watch.wait(1, milliseconds(1)), nullptr);
  store.apply(service("a", "s", "10.0.0.2"), "");
  SnapshotPtr two = store.snapshot();
  watch.publish(two);
  watch.publish(one);  // older: ignored
  EXPECT_EQ(watch.latest(), two);
  EXPECT_EQ(watch.wait(1, milliseconds(0)), two);
}

TEST(Watch, ManyReadersSeeTheLastRevision) {
  constexpr uint64_t kLast = 50;
  Store store;
  Watch watch;
  std::atomic<int> done{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      uint64_t seen = 0;
      while (seen < kLast) {
        SnapshotPtr now = watch.wait(seen, milliseconds(10'000));
        if (now == nullptr) return;
        ASSERT_GT(now->revision(), seen);
        seen = now->revision();
        // Meshes are made by whoever asks first, while the writer goes on.
        ASSERT_NE(now->mesh(now->tenants().list.at(0).id), nullptr);
        (void)now->diagnostics();
      }
      ++done;
    });
  }
  for (uint64_t i = 1; i <= kLast; ++i) {
    store.apply(service("a", "s" + std::to_string(i % 7), "10.0.0." + std::to_string(i)) +
                    slice("a", "s" + std::to_string(i % 7), "x", {"10.1.0." + std::to_string(i)}),
                "");
    watch.publish(store.snapshot());
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(done, 4);
}

TEST(Watch, ClosingEndsAllWaiting) {
  Watch watch;
  std::thread reader([&] { EXPECT_EQ(watch.wait(0, milliseconds(60'000)), nullptr); });
  watch.close();
  reader.join();
  EXPECT_TRUE(watch.closed());
  EXPECT_EQ(watch.wait(0, milliseconds(60'000)), nullptr);
}

}  // namespace
}  // namespace mesh::index
