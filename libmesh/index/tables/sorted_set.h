// SortedSet: values in order of a key of theirs, cheap to copy and to change a little.
//
// ObjectMap's idea for any value: a sorted list in chunks of at most 64, each shared between
// copies. Setting one value among 10,000 copies one chunk and the list of chunks, so a snapshot
// that differs in one namespace holds everything else together with the one before.
// Chunks are written in place only while nobody else holds them; so there is one writer, and
// copies may be read from any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace mesh::index {

// The value is its own key.
struct Itself {
  template <typename T>
  const T& operator()(const T& value) const {
    return value;
  }
};

template <typename T, typename KeyOf = Itself>
class SortedSet {
  using Chunk = std::vector<T>;
  using ChunkPtr = std::shared_ptr<Chunk>;
  static constexpr size_t kMostInChunk = 64;
  static constexpr size_t kLeastInChunk = 16;

 public:
  using value_type = T;

  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    const_iterator() = default;
    reference operator*() const { return (*(*chunks_)[chunk_])[at_]; }
    pointer operator->() const { return &**this; }
    const_iterator& operator++() {
      if (++at_ == (*chunks_)[chunk_]->size()) {
        ++chunk_;
        at_ = 0;
      }
      return *this;
    }
    const_iterator operator++(int) {
      const_iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const const_iterator& o) const { return chunk_ == o.chunk_ && at_ == o.at_; }

   private:
    friend class SortedSet;
    const_iterator(const std::vector<ChunkPtr>* chunks, size_t chunk, size_t at)
        : chunks_(chunks), chunk_(chunk), at_(at) {}
    const std::vector<ChunkPtr>* chunks_ = nullptr;
    size_t chunk_ = 0;
    size_t at_ = 0;
  };

  SortedSet() = default;
  // From values that are sorted already.
  template <typename Iterator>
  SortedSet(Iterator first, Iterator last) {
    for (; first != last; ++first) append(*first);
  }

  const_iterator begin() const { return {&chunks_, 0, 0}; }
  const_iterator end() const { return {&chunks_, chunks_.size(), 0}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& front() const { return chunks_.front()->front(); }
  const T& back() const { return chunks_.back()->back(); }
  // The i-th value; walks the chunks.
  const T& operator[](size_t i) const {
    size_t chunk = 0;
    while (i >= chunks_[chunk]->size()) i -= chunks_[chunk++]->size();
    return (*chunks_[chunk])[i];
  }

  // The value of that key, or nullptr.
  template <typename K>
  const T* get(const K& key) const {
    if (chunks_.empty()) return nullptr;
    const Chunk& chunk = *chunks_[chunk_of(key)];
    auto at = lower(chunk, key);
    return at != chunk.end() && KeyOf()(*at) == key ? &*at : nullptr;
  }
  template <typename K>
  bool contains(const K& key) const {
    return get(key) != nullptr;
  }

  // Adds or replaces the value of its key.
  void set(T value) {
    if (chunks_.empty()) return append(std::move(value));
    size_t index = chunk_of(KeyOf()(value));
    Chunk& chunk = edit(index);
    auto at = lower(chunk, KeyOf()(value));
    if (at != chunk.end() && KeyOf()(*at) == KeyOf()(value)) {
      *at = std::move(value);
      return;
    }
    chunk.insert(at, std::move(value));
    ++size_;
    if (chunk.size() > kMostInChunk) split(index);
  }

  // False when there was no such value.
  template <typename K>
  bool erase(const K& key) {
    const T* found = get(key);
    if (found == nullptr) return false;
    size_t index = chunk_of(key);
    std::ptrdiff_t at = found - chunks_[index]->data();
    Chunk& chunk = edit(index);
    chunk.erase(chunk.begin() + at);
    --size_;
    auto place = chunks_.begin() + static_cast<std::ptrdiff_t>(index);
    if (chunk.empty()) {
      chunks_.erase(place);
    } else if (chunk.size() < kLeastInChunk && index + 1 < chunks_.size() &&
               chunk.size() + chunks_[index + 1]->size() <= kMostInChunk) {
      // Small neighbours are joined, so that many deletions do not leave many tiny chunks.
      chunk.insert(chunk.end(), chunks_[index + 1]->begin(), chunks_[index + 1]->end());
      chunks_.erase(place + 1);
    }
    return true;
  }

  // True when both are made of the very same chunks (then they are equal; the reverse need not
  // hold).
  bool same(const SortedSet& other) const { return chunks_ == other.chunks_; }
  bool operator==(const SortedSet& other) const {
    return same(other) ||
           (size_ == other.size_ && std::equal(begin(), end(), other.begin(), other.end()));
  }
  bool operator==(const std::vector<T>& list) const {
    return size_ == list.size() && std::equal(begin(), end(), list.begin(), list.end());
  }
  operator std::vector<T>() const { return {begin(), end()}; }

  // Calls visit(before, after) for each key whose values differ, in key order; the one that is
  // missing is nullptr. Chunks that both share are skipped.
  template <typename Visit>
  static void difference(const SortedSet& before, const SortedSet& after, Visit&& visit) {
    const_iterator a = before.begin();
    const_iterator b = after.begin();
    while (a != before.end() || b != after.end()) {
      if (a.at_ == 0 && b.at_ == 0 && a != before.end() && b != after.end() &&
          before.chunks_[a.chunk_] == after.chunks_[b.chunk_]) {
        ++a.chunk_;
        ++b.chunk_;
        continue;
      }
      const T* old = a == before.end() ? nullptr : &*a;
      const T* now = b == after.end() ? nullptr : &*b;
      if (old != nullptr && now != nullptr && KeyOf()(*old) == KeyOf()(*now)) {
        if (!(*old == *now)) visit(old, now);
        ++a;
        ++b;
      } else if (now == nullptr || (old != nullptr && KeyOf()(*old) < KeyOf()(*now))) {
        visit(old, static_cast<const T*>(nullptr));
        ++a;
      } else {
        visit(static_cast<const T*>(nullptr), now);
        ++b;
      }
    }
  }

 private:
  // The chunk that has or should have the key: the last one whose first value is not after it.
  template <typename K>
  size_t chunk_of(const K& key) const {
    auto after = std::upper_bound(
        chunks_.begin(), chunks_.end(), key,
        [](const K& k, const ChunkPtr& chunk) { return k < KeyOf()(chunk->front()); });
    return after == chunks_.begin() ? 0 : static_cast<size_t>(after - chunks_.begin()) - 1;
  }
  template <typename C, typename K>
  static auto lower(C& chunk, const K& key) {
    return std::lower_bound(chunk.begin(), chunk.end(), key,
                            [](const T& value, const K& k) { return KeyOf()(value) < k; });
  }
  Chunk& edit(size_t index) {
    ChunkPtr& chunk = chunks_[index];
    if (chunk.use_count() != 1) chunk = std::make_shared<Chunk>(*chunk);
    return *chunk;
  }
  void split(size_t index) {
    Chunk& chunk = *chunks_[index];
    auto middle = chunk.begin() + static_cast<std::ptrdiff_t>(chunk.size() / 2);
    auto upper = std::make_shared<Chunk>(std::make_move_iterator(middle),
                                         std::make_move_iterator(chunk.end()));
    chunk.erase(middle, chunk.end());
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
  }
  void append(T value) {
    if (chunks_.empty() || chunks_.back()->size() == kMostInChunk) {
      chunks_.push_back(std::make_shared<Chunk>());
    }
    edit(chunks_.size() - 1).push_back(std::move(value));
    ++size_;
  }

  std::vector<ChunkPtr> chunks_;  // none is empty; each sorted, and one after the other
  size_t size_ = 0;
};

}  // namespace mesh::index
