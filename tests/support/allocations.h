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
  mesh::testing::allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
