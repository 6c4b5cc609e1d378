#include "libmesh/index/tables/object_map.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mesh::index {
namespace {

constexpr size_t kMostInChunk = 64;
constexpr size_t kLeastInChunk = 16;

bool before_key(const kube::ObjectPtr& object, const kube::ObjectKey& key) {
  return object->key < key;
}

}  // namespace

size_t ObjectMap::chunk_of(const kube::ObjectKey& key) const {
  auto after = std::upper_bound(
      chunks_.begin(), chunks_.end(), key,
      [](const kube::ObjectKey& k, const ChunkPtr& chunk) { return k < chunk->front()->key; });
  return after == chunks_.begin() ? 0 : static_cast<size_t>(after - chunks_.begin()) - 1;
}

const kube::ObjectPtr* ObjectMap::get(const kube::ObjectKey& key) const {
  if (chunks_.empty()) return nullptr;
  const Chunk& chunk = *chunks_[chunk_of(key)];
  auto at = std::lower_bound(chunk.begin(), chunk.end(), key, before_key);
  return at != chunk.end() && (*at)->key == key ? &*at : nullptr;
}

ObjectMap::const_iterator ObjectMap::find(const kube::ObjectKey& key) const {
  const kube::ObjectPtr* found = get(key);
  if (found == nullptr) return end();
  size_t chunk = chunk_of(key);
  return {&chunks_, chunk, static_cast<size_t>(found - chunks_[chunk]->data())};
}

ObjectMap::const_iterator ObjectMap::lower_bound(std::string_view ns, std::string_view name) const {
  auto less = [&](const kube::ObjectPtr& object) {
    const int by_namespace = std::string_view(object->key.ns).compare(ns);
    return by_namespace < 0 || (by_namespace == 0 && object->key.name < name);
  };
  auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                    [&](const ChunkPtr& c) { return less(c->back()); });
  if (chunk == chunks_.end()) return end();
  auto at = std::partition_point((*chunk)->begin(), (*chunk)->end(), less);
  return {&chunks_, static_cast<size_t>(chunk - chunks_.begin()),
          static_cast<size_t>(at - (*chunk)->begin())};
}

ObjectMap::Range ObjectMap::in_namespace(std::string_view ns) const {
  if (chunks_.empty()) return {end(), end()};
  // Namespaces are compared as text: what follows "a" is "a" + the smallest character.
  std::string next = std::string(ns) + '\0';
  return {lower_bound(ns, ""), lower_bound(next, "")};
}

void ObjectMap::set(kube::ObjectPtr object) {
  if (chunks_.empty()) {
    chunks_.push_back(std::make_shared<Chunk>(Chunk{std::move(object)}));
    size_ = 1;
    return;
  }
  size_t index = chunk_of(object->key);
  auto chunk = std::make_shared<Chunk>(*chunks_[index]);
  auto at = std::lower_bound(chunk->begin(), chunk->end(), object->key, before_key);
  if (at != chunk->end() && (*at)->key == object->key) {
    *at = std::move(object);
  } else {
    chunk->insert(at, std::move(object));
    ++size_;
  }
  if (chunk->size() > kMostInChunk) {
    auto middle = chunk->begin() + static_cast<std::ptrdiff_t>(chunk->size() / 2);
    auto upper = std::make_shared<Chunk>(std::make_move_iterator(middle),
                                         std::make_move_iterator(chunk->end()));
    chunk->erase(middle, chunk->end());
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
  }
  chunks_[index] = std::move(chunk);
}

bool ObjectMap::erase(const kube::ObjectKey& key) {
  const kube::ObjectPtr* found = get(key);
  if (found == nullptr) return false;
  size_t index = chunk_of(key);
  auto chunk = std::make_shared<Chunk>(*chunks_[index]);
  chunk->erase(chunk->begin() + (found - chunks_[index]->data()));
  --size_;
  auto place = chunks_.begin() + static_cast<std::ptrdiff_t>(index);
  if (chunk->empty()) {
    chunks_.erase(place);
    return true;
  }
  // Small neighbours are joined, so that many deletions do not leave many tiny chunks.
  if (chunk->size() < kLeastInChunk && index + 1 < chunks_.size() &&
      chunk->size() + chunks_[index + 1]->size() <= kMostInChunk) {
    chunk->insert(chunk->end(), chunks_[index + 1]->begin(), chunks_[index + 1]->end());
    chunks_.erase(place + 1);
  }
  chunks_[index] = std::move(chunk);
  return true;
}

}  // namespace mesh::index
