#include "mesh/version.h"

#include <string_view>

#include "libmesh/capi/guard.h"

#define MESH_TEXT_OF(x) #x
#define MESH_TEXT(x) MESH_TEXT_OF(x)

namespace {

// The release of Istio whose generators are matched, and the Envoy whose messages are written.
constexpr std::string_view kVersion =
    "{\"version\":\"" MESH_TEXT(MESH_VERSION_MAJOR) "." MESH_TEXT(MESH_VERSION_MINOR) "." MESH_TEXT(
        MESH_VERSION_PATCH) "\",\"abi\":" MESH_TEXT(MESH_ABI_VERSION) ",\"istio\":\"1.31\",\"envoyApi\":\"v3\"}";

}  // namespace

extern "C" {

mesh_view mesh_version(void) { return mesh::capi::view_of(kVersion); }

uint32_t mesh_abi_version(void) { return MESH_ABI_VERSION; }
}
