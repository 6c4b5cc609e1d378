// Run memory: what one execution of a template makes (strings, lists, maps) lives in one arena and
// goes with it. The arena and the count of steps are the bounds of a hostile template: both end
// the execution with an error, never the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::injection {

// What stops an execution; thrown and caught inside template/ only, as Go's package panics.
struct GoError {
  std::string message;
};

struct RunLimits {
  size_t output_bytes = size_t{4} << 20;
  size_t memory_bytes = size_t{32} << 20;
  uint64_t steps = 2'000'000;  // nodes executed, elements visited, 64 bytes of text each
  int depth = 400;             // of nested templates, control structures and parentheses
};

class Arena {
 public:
  explicit Arena(const RunLimits& limits) : limits_(limits) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  template <typename T>
  T* make(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 8);
    T* place = static_cast<T*>(allocate(count * sizeof(T)));
    std::uninitialized_default_construct_n(place, count);
    return place;
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* place = static_cast<char*>(allocate(text.size()));
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

  // Documents that functions read (fromJson); they live as long as the arena.
  const document::Value* keep(document::Value value) {
    return &documents_.emplace_back(std::move(value));
  }

  // The JSON of one document that is known already: the pod's ProxyConfig, cleaned (protoToJSON).
  void know_json(const document::Value* document, std::string_view text) {
    known_ = document;
    known_text_ = text;
  }
  const std::string_view* known_json(const document::Value* document) const {
    return document == known_ ? &known_text_ : nullptr;
  }

  // Accounts for memory that lies outside the arena.
  void charge_memory(size_t bytes) {
    used_ += bytes;
    if (used_ > limits_.memory_bytes) throw GoError{"the template uses too much memory"};
  }
  void step(uint64_t count = 1) {
    steps_ += count;
    if (steps_ > limits_.steps) throw GoError{"the template takes too many steps"};
  }

  const RunLimits& limits() const { return limits_; }
  uint64_t steps() const { return steps_; }

 private:
  static constexpr size_t kBlock = size_t{16} << 10;

  void* allocate(size_t bytes) {
    bytes = (bytes + 7) & ~size_t{7};
    if (bytes > static_cast<size_t>(end_ - next_)) refill(bytes);
    char* place = next_;
    next_ += bytes;
    return place;
  }
  void refill(size_t bytes) {
    const size_t size = bytes > kBlock ? bytes : kBlock;
    charge_memory(size);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = blocks_.back().get();
    end_ = next_ + size;
  }

  const RunLimits limits_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::deque<document::Value> documents_;
  const document::Value* known_ = nullptr;
  std::string_view known_text_;
  char* next_ = nullptr;
  char* end_ = nullptr;
  size_t used_ = 0;
  uint64_t steps_ = 0;
};

}  // namespace mesh::injection
