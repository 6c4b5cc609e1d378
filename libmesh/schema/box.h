// The value types that generated structs are made of, beside the standard ones.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

namespace mesh::schema {

// An owned message that may be absent. Copies and compares deeply, so a struct of boxes is still
// a plain value; moves are a pointer; the type may be incomplete where the box is declared, so
// messages may contain themselves.
template <typename T>
class Box {
 public:
  Box() noexcept = default;
  Box(std::nullptr_t) noexcept {}
  Box(const T& value) : value_(new T(value)) {}
  Box(T&& value) : value_(new T(std::move(value))) {}
  Box(const Box& other) : value_(other.value_ ? new T(*other.value_) : nullptr) {}
  Box(Box&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Box& operator=(Box other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Box() { delete value_; }

  explicit operator bool() const { return value_ != nullptr; }
  const T& operator*() const { return *value_; }
  T& operator*() { return *value_; }
  const T* operator->() const { return value_; }
  T* operator->() { return value_; }
  const T* get() const { return value_; }
  T* get() { return value_; }

  // The value, made when it is absent.
  T& ensure() {
    if (value_ == nullptr) value_ = new T();
    return *value_;
  }
  void reset() { *this = Box(); }

  // Both absent, or both there and equal.
  bool operator==(const Box& other) const { return equals(other); }
  bool equals(const Box& other) const {
    return value_ == other.value_ ||
           (value_ != nullptr && other.value_ != nullptr && *value_ == *other.value_);
  }

 private:
  T* value_ = nullptr;
};

// google.protobuf.Duration: both parts have the same sign.
struct Duration {
  int64_t seconds = 0;
  int32_t nanos = 0;
  auto operator<=>(const Duration&) const = default;

  double as_seconds() const {
    return static_cast<double>(seconds) + static_cast<double>(nanos) * 1e-9;
  }
  int64_t as_milliseconds() const { return seconds * 1000 + nanos / 1000000; }
  bool is_zero() const { return seconds == 0 && nanos == 0; }
};

// google.protobuf.Timestamp, and Kubernetes' Time and MicroTime: since 1970 in UTC.
struct Timestamp {
  int64_t seconds = 0;
  int32_t nanos = 0;
  auto operator<=>(const Timestamp&) const = default;
};

// Kubernetes' IntOrString, e.g. a Service's targetPort.
struct IntOrString {
  bool is_string = false;
  int32_t number = 0;
  std::string text;
  bool operator==(const IntOrString&) const = default;
};

// Kubernetes' resource.Quantity as it was written ("100m", "1Gi").
struct Quantity {
  std::string text;
  bool operator==(const Quantity&) const = default;
};

}  // namespace mesh::schema
