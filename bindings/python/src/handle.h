// What every method of meshplane._core is made of: texts in without a copy, handles that several threads may hold, the
// call without the interpreter's lock, the answer's bytes out without a copy.
//
// A handle is a shared_ptr that every call copies while it holds the lock, so that close() in one thread cannot free what
// another is in. Store and session are of one thread at a time: Alone puts their calls one after the other.
#pragma once

#include <pybind11/pybind11.h>
#include <mesh/mesh.hpp>

#include <memory>
#include <mutex>
#include <string_view>
#include <tuple>
#include <utility>

namespace meshplane {

namespace py = pybind11;

// A text or bytes of a caller for the time of a call: str, or whatever has the buffer protocol. The object cannot be
// changed or freed meanwhile, although the interpreter's lock is released.
class Text {
 public:
  Text() = default;
  Text(Text&& other) noexcept
      : view_(std::exchange(other.view_, {})), buffer_(std::exchange(other.buffer_, {})) {}
  Text& operator=(Text&& other) noexcept {
    std::swap(view_, other.view_);
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~Text() {
    if (buffer_.obj != nullptr) PyBuffer_Release(&buffer_);
  }

  // False for what is neither; throws what Python raises, as for half a surrogate pair.
  bool load(PyObject* object) {
    if (PyUnicode_Check(object)) {
      Py_ssize_t size = 0;
      const char* data = PyUnicode_AsUTF8AndSize(object, &size);
      if (data == nullptr) throw py::error_already_set();
      view_ = {data, static_cast<size_t>(size)};
      return true;
    }
    if (PyObject_CheckBuffer(object) == 0) return false;
    if (PyObject_GetBuffer(object, &buffer_, PyBUF_SIMPLE) != 0) throw py::error_already_set();
    view_ = {static_cast<const char*>(buffer_.buf), static_cast<size_t>(buffer_.len)};
    return true;
  }
  std::string_view view() const { return view_; }

 private:
  std::string_view view_;
  Py_buffer buffer_{};
};

template <typename T>
class Handle {
 public:
  using Target = T;
  explicit Handle(std::shared_ptr<T> c) : c_(std::move(c)) {}
  explicit Handle(T&& value) : c_(std::make_shared<T>(std::move(value))) {}

  void close() {
    auto gone = std::move(c_);
    py::gil_scoped_release release;
    gone.reset();
  }
  std::shared_ptr<T> get() const {
    if (c_ == nullptr) throw py::value_error("it is closed");
    return c_;
  }

 private:
  std::shared_ptr<T> c_;
};

// One call at a time; the mutex is taken without the interpreter's lock.
template <typename T>
struct Alone {
  template <typename... A>
  explicit Alone(A&&... arguments) : value(std::forward<A>(arguments)...) {}
  T value;
  std::mutex mutex;
};

// Arguments are held while the lock is, and given to the function when it is not.
inline std::string_view held(const Text& text) { return text.view(); }
template <typename T>
std::shared_ptr<T> held(const Handle<T>& handle) {
  return handle.get();
}
inline std::string_view given(std::string_view text) { return text; }
template <typename T>
const T& given(const std::shared_ptr<T>& c) {
  return *c;
}

// What Python gives for a parameter of the C++ function.
template <typename A>
struct FromPython {
  using type = const Handle<std::remove_cvref_t<A>>&;
};
template <>
struct FromPython<std::string_view> {
  using type = const Text&;
};
template <typename A>
using from_python = typename FromPython<A>::type;

template <typename F, typename... A>
auto without_lock(F&& call, const A&... arguments) {
  const std::tuple held_ones(held(arguments)...);
  py::gil_scoped_release release;
  return std::apply([&](const auto&... each) { return call(given(each)...); }, held_ones);
}

// A const member function of mesh.hpp as a method.
template <typename C, typename R, typename... A>
auto method(R (C::*function)(A...) const) {
  return [function](const Handle<C>& self, from_python<A>... arguments) {
    return without_lock([&](const C& c, A... each) { return (c.*function)(each...); }, self,
                        arguments...);
  };
}

// The same of what is shared between threads although it changes.
template <typename C, typename R, typename... A>
auto shared_method(R (C::*function)(A...)) {
  return [function](const Handle<C>& self, from_python<A>... arguments) {
    return without_lock(
        [&](const C& c, A... each) { return (const_cast<C&>(c).*function)(each...); }, self,
        arguments...);
  };
}

// The same of what is used by one thread at a time.
template <typename C, typename Function, typename... A>
auto locked_call(const Handle<Alone<C>>& self, Function function, const A&... arguments) {
  return without_lock(
      [&](const Alone<C>& c, auto&&... each) {
        auto& alone = const_cast<Alone<C>&>(c);
        const std::lock_guard lock(alone.mutex);
        return (alone.value.*function)(each...);
      },
      self, arguments...);
}
template <typename C, typename R, typename... A>
auto locked_method(R (C::*function)(A...)) {
  return [function](const Handle<Alone<C>>& self, from_python<A>... arguments) {
    return locked_call(self, function, arguments...);
  };
}
template <typename C, typename R, typename... A>
auto locked_method(R (C::*function)(A...) const) {
  return [function](const Handle<Alone<C>>& self, from_python<A>... arguments) {
    return locked_call(self, function, arguments...);
  };
}

// A function of mesh.hpp.
template <typename R, typename... A>
auto function(R (*function)(A...)) {
  return [function](from_python<A>... arguments) {
    return without_lock([&](A... each) { return function(each...); }, arguments...);
  };
}

// A class of handles; a handle is given back without the lock, too.
template <typename T>
py::class_<Handle<T>> add_class(py::module_& m, const char* name) {
  return py::class_<Handle<T>>(m, name, py::release_gil_before_calling_cpp_dtor())
      .def("close", &Handle<T>::close);
}

void add_snapshot(py::module_& m);
void add_store(py::module_& m);
void add_injection(py::module_& m);
void add_xds(py::module_& m);

using Proxy = Handle<meshpp::Proxy>;
using Snapshot = Handle<meshpp::Snapshot>;

}  // namespace meshplane

template <>
struct pybind11::detail::type_caster<meshplane::Text> {
  PYBIND11_TYPE_CASTER(meshplane::Text, const_name("str | Buffer"));
  bool load(handle source, bool) { return value.load(source.ptr()); }
};
