// EndpointTable: the endpoint set of every service, cheap to copy and to compare.
//
// Each service has a place, which it keeps; keys, sets and the table that finds them are in shared chunks. So another
// set for one service among 10,000, or a further service, copies a few chunks, and the difference of two tables costs
// what differs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libmesh/base/text_hash.h"
#include "libmesh/index/tables/chunks.h"
#include "libmesh/model/service.h"

namespace mesh::index {

struct ServiceKey {
  std::string hostname;
  std::string ns;
  auto operator<=>(const ServiceKey&) const = default;
};

class EndpointTable {
 public:
  // The set, or nullptr.
  const model::EndpointSet* find(std::string_view hostname, std::string_view ns) const {
    const model::EndpointSetPtr* set = look_up(Key(hostname, ns));
    return set == nullptr ? nullptr : set->get();
  }
  // The counted pointer (for keeping, or for comparing with that of another mesh), or nullptr.
  const model::EndpointSetPtr* pointer(const ServiceKey& key) const { return look_up(Key(key)); }
  // The place of a service's set, made when there is none.
  size_t slot_of(const ServiceKey& key) {
    if (2 * (keys_.size() + 1) > found_.size()) grow();
    const uint32_t hash = hash_of(Key(key));
    const size_t at = place_of(Key(key), hash);
    if (found_[at].slot != kNone) return found_[at].slot;
    found_.edit(at) = {hash, static_cast<uint32_t>(keys_.size())};
    keys_.push_back(key);
    sets_.push_back(nullptr);
    return keys_.size() - 1;
  }
  // Null takes the set away.
  void assign(size_t slot, model::EndpointSetPtr set) { sets_.edit(slot) = std::move(set); }
  // Calls visit(key, set or null) for each service whose set is another one than in `before`.
  template <typename Visit>
  void difference(const EndpointTable& before, Visit&& visit) const {
    if (continues(before)) {
      sets_.difference(before.sets_, [&](size_t slot) {
        if (slot < before.sets_.size() || sets_[slot] != nullptr) visit(keys_[slot], sets_[slot]);
      });
      return;
    }
    for (size_t slot = 0; slot < keys_.size(); ++slot) {
      const model::EndpointSetPtr* old = before.pointer(keys_[slot]);
      const model::EndpointSetPtr& now = sets_[slot];
      if (old == nullptr ? now != nullptr : *old != now) visit(keys_[slot], now);
    }
    for (size_t slot = 0; slot < before.keys_.size(); ++slot) {
      const ServiceKey& key = before.keys_[slot];
      if (before.sets_[slot] != nullptr && !has(key)) visit(key, model::EndpointSetPtr());
    }
  }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  struct Found {
    uint32_t hash = 0;
    uint32_t slot = kNone;  // kNone: free
  };

  // A ServiceKey whose texts stand elsewhere.
  struct Key {
    std::string_view hostname;
    std::string_view ns;

    Key(std::string_view h, std::string_view n) : hostname(h), ns(n) {}
    explicit Key(const ServiceKey& key) : hostname(key.hostname), ns(key.ns) {}
    bool operator==(const ServiceKey& key) const {
      return hostname == key.hostname && ns == key.ns;
    }
  };

  static uint32_t hash_of(const Key& key) {
    return static_cast<uint32_t>(hash_text(key.hostname) * 31 + hash_text(key.ns));
  }
  const model::EndpointSetPtr* look_up(const Key& key) const {
    if (found_.empty()) return nullptr;
    const Found at = found_[place_of(key, hash_of(key))];
    return at.slot == kNone || sets_[at.slot] == nullptr ? nullptr : &sets_[at.slot];
  }
  // Where the key is found, or would be.
  size_t place_of(const Key& key, uint32_t hash) const {
    const size_t mask = found_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      const Found& found = found_[at];
      if (found.slot == kNone || (found.hash == hash && key == keys_[found.slot])) return at;
    }
  }
  void grow() {
    const Chunks<Found> before = std::move(found_);
    found_ = {};
    found_.resize(before.empty() ? 16 : 2 * before.size());
    const size_t mask = found_.size() - 1;
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i].slot == kNone) continue;
      size_t at = before[i].hash & mask;
      while (found_[at].slot != kNone) at = (at + 1) & mask;
      found_.edit(at) = before[i];
    }
  }
  bool has(const ServiceKey& key) const {
    return !found_.empty() && found_[place_of(Key(key), hash_of(Key(key)))].slot != kNone;
  }
  // Whether every service of `before` has here the place that it had there.
  bool continues(const EndpointTable& before) const {
    bool same = before.keys_.size() <= keys_.size();
    keys_.difference(before.keys_,
                     [&](size_t slot) { same = same && slot >= before.keys_.size(); });
    return same;
  }

  Chunks<ServiceKey> keys_;             // by slot
  Chunks<model::EndpointSetPtr> sets_;  // by slot; null: none
  Chunks<Found> found_;                 // by hash; a power of two of them, at most half taken
};

}  // namespace mesh::index
