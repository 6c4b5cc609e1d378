// Chunks: a list by position that is cheap to copy and to change in few places.
//
// The elements stand in chunks of 128, each shared between copies: another element among 10,000 copies one chunk and
// the list of 80, and the difference of two lists skips the chunks that they share. A chunk is written in place only
// while nobody else holds it; so there is one writer, and copies may be read from any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace mesh::index {

template <typename T>
class Chunks {
  using Chunk = std::vector<T>;
  static constexpr size_t kOfChunk = 128;

 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](size_t at) const { return (*chunks_[at / kOfChunk])[at % kOfChunk]; }
  // An element that is about to be written.
  T& edit(size_t at) { return own(at / kOfChunk)[at % kOfChunk]; }
  void push_back(T value) {
    if (size_ % kOfChunk == 0) chunks_.push_back(std::make_shared<Chunk>());
    own(size_++ / kOfChunk).push_back(std::move(value));
  }
  void resize(size_t size) {
    chunks_.resize((size + kOfChunk - 1) / kOfChunk);
    for (size_t i = std::min(size_, size) / kOfChunk; i < chunks_.size(); ++i) {
      if (chunks_[i] == nullptr) chunks_[i] = std::make_shared<Chunk>();
      own(i).resize(std::min(kOfChunk, size - i * kOfChunk));
    }
    size_ = size;
  }

  // True when both are made of the very same chunks (then they are equal; the reverse need not hold).
  bool same(const Chunks& other) const { return chunks_ == other.chunks_; }
  // Calls visit(position) for each of this list that is another one than in `before`, or that it has not.
  template <typename Visit>
  void difference(const Chunks& before, Visit&& visit) const {
    for (size_t i = 0; i < chunks_.size(); ++i) {
      if (i < before.chunks_.size() && chunks_[i] == before.chunks_[i]) continue;
      const size_t begin = i * kOfChunk;
      for (size_t at = begin; at < begin + chunks_[i]->size(); ++at) {
        if (at >= before.size() || !((*this)[at] == before[at])) visit(at);
      }
    }
  }

 private:
  Chunk& own(size_t i) {
    if (chunks_[i].use_count() != 1) chunks_[i] = std::make_shared<Chunk>(*chunks_[i]);
    return *chunks_[i];
  }

  std::vector<std::shared_ptr<Chunk>> chunks_;  // all but the last one full
  size_t size_ = 0;
};

}  // namespace mesh::index
