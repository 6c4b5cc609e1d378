#include "mesh/base.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/handles.h"

namespace mesh::capi {
namespace {

// Made when the library is loaded, so that there is one when there is no memory left.
mesh_error g_out_of_memory{{ErrorCode::kInternal, "out of memory"}};

}  // namespace

mesh_error* out_of_memory() noexcept { return &g_out_of_memory; }

mesh_error* make_error(Error error) noexcept {
  auto* made = new (std::nothrow) mesh_error{std::move(error)};
  return made == nullptr ? out_of_memory() : made;
}

}  // namespace mesh::capi

using mesh::capi::view_of;

// The two enums are one (base.h, result.h).
static_assert(static_cast<int>(mesh::ErrorCode::kInvalidArgument) == MESH_INVALID_ARGUMENT);
static_assert(static_cast<int>(mesh::ErrorCode::kParse) == MESH_PARSE);
static_assert(static_cast<int>(mesh::ErrorCode::kUnsupported) == MESH_UNSUPPORTED);
static_assert(static_cast<int>(mesh::ErrorCode::kInternal) == MESH_INTERNAL);
static_assert(static_cast<int>(mesh::ErrorCode::kNotFound) == MESH_NOT_FOUND);
static_assert(static_cast<int>(mesh::ErrorCode::kConflict) == MESH_CONFLICT);
static_assert(static_cast<int>(mesh::ErrorCode::kTimeout) == MESH_TIMEOUT);

extern "C" {

mesh_view mesh_buffer_view(const mesh_buffer* buffer) {
  return buffer == nullptr ? mesh_view{nullptr, 0} : view_of(buffer->bytes);
}

void mesh_buffer_delete(mesh_buffer* buffer) { delete buffer; }

mesh_code mesh_error_code(const mesh_error* error) {
  return error == nullptr ? MESH_OK : static_cast<mesh_code>(error->value.code);
}

mesh_view mesh_error_message(const mesh_error* error) {
  return error == nullptr ? mesh_view{nullptr, 0} : view_of(error->value.message);
}

void mesh_error_delete(mesh_error* error) {
  if (error != mesh::capi::out_of_memory()) delete error;
}
}
