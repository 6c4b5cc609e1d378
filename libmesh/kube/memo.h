// Memo: a place on an object where a later layer remembers what it made of that object alone.
//
// Objects never change, so what follows from one holds as long as the object does, in every
// snapshot that has it. Whoever remembers keeps beside the value all else that it depends on, and
// compares that before use. May be read and written from any thread; a copy of an object starts
// with an empty one.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace mesh::kube {

class Memo {
 public:
  Memo() = default;
  Memo(const Memo&) {}
  Memo& operator=(const Memo&) {
    set<void>(nullptr);
    return *this;
  }

  // The caller knows which type the kind of object has.
  template <typename T>
  std::shared_ptr<const T> get() const {
    std::lock_guard lock(mutex_);
    return std::static_pointer_cast<const T>(value_);
  }
  template <typename T>
  void set(std::shared_ptr<const T> value) const {
    std::shared_ptr<const void> old = std::move(value);
    std::lock_guard lock(mutex_);
    value_.swap(old);
  }

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const void> value_;
};

}  // namespace mesh::kube
