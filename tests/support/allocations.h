// Counts what a thread allocates with new, and how many bytes of it, without the threads disturbing each
// other. Include in one source of a program: it replaces the operators for all of it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>

namespace mesh::testing {

struct Allocated {
  uint64_t count = 0;
  uint64_t bytes = 0;
};

// Of the calling thread, since it began.
inline Allocated& allocated() {
  static thread_local Allocated counts;
  return counts;
}

}  // namespace mesh::testing

// Not inlined: a compiler that sees malloc behind new, but not free behind delete, warns of it.
__attribute__((noinline)) void* operator new(size_t size) {
  mesh::testing::Allocated& counts = mesh::testing::allocated();
  ++counts.count;
  counts.bytes += size;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
// Of std::stable_sort's buffer; a sanitizer's own would not agree with the delete below.
__attribute__((noinline)) void* operator new(size_t size, const std::nothrow_t&) noexcept {
  mesh::testing::Allocated& counts = mesh::testing::allocated();
  ++counts.count;
  counts.bytes += size;
  return std::malloc(size);
}
__attribute__((noinline)) void operator delete(void* p) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void* p, size_t) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void* p, const std::nothrow_t&) noexcept {
  std::free(p);
}
