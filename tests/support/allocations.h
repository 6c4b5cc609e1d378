// Counts what is allocated with new. Include in one source of a program: it replaces the operators for all of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace mesh::testing {

inline std::atomic<uint64_t> allocations{0};

}  // namespace mesh::testing

void* operator new(size_t size) {
  // One thread counts: an addition that locks the bus would be a good part of what it counts.
  mesh::testing::allocations.store(mesh::testing::allocations.load(std::memory_order_relaxed) + 1,
                                   std::memory_order_relaxed);
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
