// Owners of the C ABI's handles.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "mesh/mesh.h"

namespace mesh::server {

struct Delete {
  void operator()(mesh_error* p) const { mesh_error_delete(p); }
  void operator()(mesh_buffer* p) const { mesh_buffer_delete(p); }
  void operator()(mesh_store* p) const { mesh_store_delete(p); }
  void operator()(mesh_snapshot* p) const { mesh_snapshot_delete(p); }
  void operator()(mesh_proxy* p) const { mesh_proxy_delete(p); }
  void operator()(mesh_xds* p) const { mesh_xds_delete(p); }
  void operator()(mesh_session* p) const { mesh_session_delete(p); }
  void operator()(mesh_message* p) const { mesh_message_delete(p); }
  void operator()(mesh_authority* p) const { mesh_authority_delete(p); }
  void operator()(mesh_injector* p) const { mesh_injector_delete(p); }
};
template <typename T>
using Handle = std::unique_ptr<T, Delete>;

inline mesh_view view(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view text(mesh_view v) {
  return v.data == nullptr ? std::string_view() : std::string_view(v.data, v.size);
}
inline std::string_view text(const Handle<mesh_buffer>& b) {
  return text(mesh_buffer_view(b.get()));
}
inline std::string message_of(const Handle<mesh_error>& e) {
  return std::string(text(mesh_error_message(e.get())));
}

// Calls a function with an out parameter of the handle's kind.
template <typename T, typename F>
Handle<mesh_error> into(Handle<T>& out, F&& call) {
  T* raw = nullptr;
  Handle<mesh_error> error(call(&raw));
  out.reset(raw);
  return error;
}

}  // namespace mesh::server
