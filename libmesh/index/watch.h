// Watch: hands the newest snapshot to whoever waits for one.
//
//   watch.publish(store.snapshot());                       // the writer
//   while (SnapshotPtr s = watch.wait(seen, timeout)) …    // any number of readers, any thread
//
// Only the newest snapshot is kept: a slow reader misses what lies between, never the end. The
// store itself knows nothing of threads; this object is the whole of the waiting.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "libmesh/index/snapshot.h"

namespace mesh::index {

class Watch {
 public:
  Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Makes this the newest snapshot and wakes all who wait; one that is not newer is ignored.
  void publish(SnapshotPtr snapshot);
  // The newest snapshot, or null before the first.
  SnapshotPtr latest() const;
  // Waits for a snapshot with a revision greater than `seen` and returns the newest. Null when the
  // time is over first, or when the watch is closed.
  SnapshotPtr wait(uint64_t seen, std::chrono::milliseconds timeout) const;
  // Ends all waiting, now and later.
  void close();
  bool closed() const;

 private:
  mutable std::mutex mutex_;  // guards latest_ and closed_
  mutable std::condition_variable changed_;
  SnapshotPtr latest_;
  bool closed_ = false;
};

}  // namespace mesh::index
