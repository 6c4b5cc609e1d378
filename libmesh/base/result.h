// Result<T>: a value, or the one error that stopped a call.
//
// Errors are for calls that cannot be answered at all (a bad argument, an unreadable document).
// Mistakes in a user's configuration are not errors but diagnostics (diagnostics.h): they are
// collected, and the rest of the input still works.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mesh {

// The values are those of the C ABI (include/mesh/error.h): numbered explicitly, only added to.
enum class ErrorCode : int {
  kInvalidArgument = 1,
  kParse = 2,
  kUnsupported = 3,
  kInternal = 4,
  kNotFound = 5,
  kConflict = 6,
  kTimeout = 7,
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // one line, impersonal, names the object and the fact

  // The same error seen from one level further out: "spec.members: <message>".
  Error at(std::string_view where) const {
    return Error{code, std::string(where) + ": " + message};
  }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& { return std::get<0>(state_); }
  T& value() & { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace mesh
