#include "libmesh/index/watch.h"

#include <utility>

namespace mesh::index {

void Watch::publish(SnapshotPtr snapshot) {
  {
    std::lock_guard lock(mutex_);
    if (snapshot == nullptr) return;
    if (latest_ != nullptr && snapshot->revision() <= latest_->revision()) return;
    latest_ = std::move(snapshot);
  }
  changed_.notify_all();
}

SnapshotPtr Watch::latest() const {
  std::lock_guard lock(mutex_);
  return latest_;
}

SnapshotPtr Watch::wait(uint64_t seen, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  auto newer = [&] { return latest_ != nullptr && latest_->revision() > seen; };
  changed_.wait_for(lock, timeout, [&] { return closed_ || newer(); });
  return !closed_ && newer() ? latest_ : nullptr;
}

void Watch::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

bool Watch::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace mesh::index
