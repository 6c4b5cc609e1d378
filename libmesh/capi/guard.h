// The border: everything that a shim does between its C arguments and the core.
//
//   mesh_error* mesh_store_snapshot(mesh_store* store, mesh_snapshot** out) {
//     return guard(out, {given(store, "store")}, [&] { return ...; });
//   }
//
// Out parameters are set to NULL first, arguments are checked, the core is called, and whatever it
// returns or throws becomes a handle or a mesh_error. No exception passes (style: guard, unwrap,
// call, wrap).
#pragma once

#include <exception>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "libmesh/base/result.h"
#include "libmesh/capi/handles.h"
#include "mesh/base.h"

namespace mesh::capi {

// An argument and whether it is one: {true, "store"} or the word of what is missing.
struct Argument {
  bool ok;
  const char* name;
};
inline Argument given(const void* pointer, const char* name) { return {pointer != nullptr, name}; }
// A view with bytes has an address.
inline Argument given(mesh_view view, const char* name) {
  return {view.data != nullptr || view.size == 0, name};
}

inline std::string_view text(mesh_view view) {
  return view.size == 0 ? std::string_view() : std::string_view(view.data, view.size);
}
inline mesh_view view_of(std::string_view text) { return {text.data(), text.size()}; }

// Never fails: when there is no memory for an error, it is one that was made before.
mesh_error* make_error(Error error) noexcept;
mesh_error* out_of_memory() noexcept;

inline mesh_error* missing(std::initializer_list<Argument> arguments) noexcept {
  for (const Argument& argument : arguments) {
    if (argument.ok) continue;
    try {
      return make_error({ErrorCode::kInvalidArgument, std::string(argument.name) + " is NULL"});
    } catch (...) {
      return out_of_memory();
    }
  }
  return nullptr;
}

// Calls `f`, which returns a Result<void>.
template <typename F>
mesh_error* guard(std::initializer_list<Argument> arguments, F&& f) noexcept {
  if (mesh_error* error = missing(arguments)) return error;
  try {
    Result<void> result = f();
    return result ? nullptr : make_error(result.error());
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& e) {
    return make_error({ErrorCode::kInternal, e.what()});
  } catch (...) {
    return make_error({ErrorCode::kInternal, "an exception of an unknown type"});
  }
}

// Calls `f`, which returns a Result<T*>: a handle for the caller.
template <typename T, typename F>
mesh_error* guard(T** out, std::initializer_list<Argument> arguments, F&& f) noexcept {
  if (mesh_error* error = missing({given(static_cast<const void*>(out), "out")})) return error;
  *out = nullptr;
  return guard(arguments, [&]() -> Result<void> {
    Result<T*> made = f();
    if (!made) return made.error();
    *out = *made;
    return {};
  });
}

inline Result<mesh_buffer*> make_buffer(std::string bytes) {
  return new mesh_buffer{std::move(bytes)};
}

}  // namespace mesh::capi
