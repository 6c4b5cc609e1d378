// A fast 64-bit hash of bytes: equal bytes, equal hash, on every machine of one byte order.
//
// It names the content of resources (their version), so it is compared and never trusted: not for
// untrusted keys of a hash table, not for security. Multiply-and-fold over 16 bytes a step, the
// idea of wyhash.
#pragma once

#include <cstdint>
#include <string_view>

namespace mesh {

uint64_t hash_bytes(std::string_view bytes, uint64_t seed = 0);

}  // namespace mesh
