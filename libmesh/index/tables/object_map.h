// ObjectMap: the objects of one kind in order of namespace and name, cheap to copy and to compare.
//
// A sorted list in chunks of at most 64 objects, each chunk shared between copies: setting one
// object among 10,000 copies one chunk and the list of chunks, and the difference of two maps skips
// the chunks that they share. That is what lets a snapshot, and everything derived from it, cost
// what changed and not what there is.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

#include "libmesh/kube/object.h"

namespace mesh::index {

class ObjectMap {
  using Chunk = std::vector<kube::ObjectPtr>;
  using ChunkPtr = std::shared_ptr<const Chunk>;

 public:
  struct Entry {
    const kube::ObjectKey& first;
    const kube::ObjectPtr& second;
  };

  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = Entry;
    struct Arrow {
      Entry entry;
      const Entry* operator->() const { return &entry; }
    };

    const_iterator() = default;
    Entry operator*() const {
      const kube::ObjectPtr& object = (*(*chunks_)[chunk_])[at_];
      return Entry{object->key, object};
    }
    Arrow operator->() const { return Arrow{**this}; }
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
    friend class ObjectMap;
    const_iterator(const std::vector<ChunkPtr>* chunks, size_t chunk, size_t at)
        : chunks_(chunks), chunk_(chunk), at_(at) {}
    const std::vector<ChunkPtr>* chunks_ = nullptr;
    size_t chunk_ = 0;
    size_t at_ = 0;
  };

  const_iterator begin() const { return {&chunks_, 0, 0}; }
  const_iterator end() const { return {&chunks_, chunks_.size(), 0}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const_iterator find(const kube::ObjectKey& key) const;
  // The object, or nullptr.
  const kube::ObjectPtr* get(const kube::ObjectKey& key) const;
  size_t count(const kube::ObjectKey& key) const { return get(key) == nullptr ? 0 : 1; }

  struct Range {
    const_iterator first;
    const_iterator last;
    const_iterator begin() const { return first; }
    const_iterator end() const { return last; }
  };
  // The objects of one namespace.
  Range in_namespace(std::string_view ns) const;

  // Adds or replaces.
  void set(kube::ObjectPtr object);
  // False when there was no such object.
  bool erase(const kube::ObjectKey& key);

  // True when both are made of the very same chunks (then they are equal; the reverse need not
  // hold).
  bool same(const ObjectMap& other) const { return chunks_ == other.chunks_; }

  // True when both hold the very same objects.
  bool same_objects(const ObjectMap& other) const {
    if (size_ != other.size_) return false;
    for (auto a = begin(), b = other.begin(); a != end(); ++a, ++b) {
      if ((*a).second != (*b).second) return false;
    }
    return true;
  }

  // Calls visit(before, after) for each object that differs by pointer, in key order; the one that
  // is missing is null.
  template <typename Visit>
  static void difference(const ObjectMap& before, const ObjectMap& after, Visit&& visit) {
    const_iterator a = before.begin();
    const_iterator b = after.begin();
    while (a != before.end() || b != after.end()) {
      if (a.at_ == 0 && b.at_ == 0 && a != before.end() && b != after.end() &&
          before.chunks_[a.chunk_] == after.chunks_[b.chunk_]) {
        ++a.chunk_;
        ++b.chunk_;
        continue;
      }
      const kube::ObjectPtr* old = a == before.end() ? nullptr : &(*a).second;
      const kube::ObjectPtr* now = b == after.end() ? nullptr : &(*b).second;
      if (old != nullptr && now != nullptr && *old == *now) {
        ++a;
        ++b;
      } else if (now == nullptr || (old != nullptr && (*old)->key < (*now)->key)) {
        visit(*old, kube::ObjectPtr());
        ++a;
      } else if (old == nullptr || (*now)->key < (*old)->key) {
        visit(kube::ObjectPtr(), *now);
        ++b;
      } else {
        visit(*old, *now);
        ++a;
        ++b;
      }
    }
  }

 private:
  // The chunk that has or should have the key: the last one whose first object is not after it.
  size_t chunk_of(const kube::ObjectKey& key) const;
  const_iterator lower_bound(std::string_view ns, std::string_view name) const;

  std::vector<ChunkPtr> chunks_;  // none is empty; each sorted, and one after the other
  size_t size_ = 0;
};

}  // namespace mesh::index
