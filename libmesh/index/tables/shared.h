// Shared<T>: a value that many snapshots hold together, copied only when somebody writes.
//
// Reads like a const T. A copy is one counted pointer, so that a Mesh that differs from the last
// one in one endpoint set shares everything else with it.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace mesh::index {

template <typename T>
class Shared {
 public:
  Shared() : value_(empty_value()) {}
  Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}

  const T& get() const { return *value_; }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  operator const T&() const { return *value_; }

  // For whoever builds the value: a T of its own.
  T& edit() {
    if (value_.use_count() != 1) value_ = std::make_shared<T>(*value_);
    return *value_;
  }
  template <typename V>
  void push_back(V&& value) {
    edit().push_back(std::forward<V>(value));
  }
  template <typename... A>
  auto emplace(A&&... arguments) {
    return edit().emplace(std::forward<A>(arguments)...);
  }

  // True when both are the very same value, not only equal ones.
  bool same(const Shared& other) const { return value_ == other.value_; }

  auto begin() const { return get().begin(); }
  auto end() const { return get().end(); }
  size_t size() const { return get().size(); }
  bool empty() const { return get().empty(); }
  decltype(auto) front() const { return get().front(); }
  decltype(auto) back() const { return get().back(); }
  decltype(auto) operator[](size_t i) const { return get()[i]; }
  template <typename K>
  auto find(const K& key) const {
    return get().find(key);
  }
  template <typename K>
  decltype(auto) at(const K& key) const {
    return get().at(key);
  }
  template <typename K>
  size_t count(const K& key) const {
    return get().count(key);
  }

 private:
  static const std::shared_ptr<T>& empty_value() {
    static const std::shared_ptr<T> kEmpty = std::make_shared<T>();
    return kEmpty;
  }

  std::shared_ptr<T> value_;  // written only through edit(), which makes it this object's own
};

}  // namespace mesh::index
