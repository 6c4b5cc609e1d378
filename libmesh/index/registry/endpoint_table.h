// EndpointTable: the endpoint set of every service, cheap to copy and to compare.
//
// The keys are one shared table of slots, the sets a vector of counted pointers: another set for
// one service among 1,000 copies 1,000 pointers and no key.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libmesh/index/tables/shared.h"
#include "libmesh/model/service.h"

namespace mesh::index {

struct ServiceKey {
  std::string hostname;
  std::string ns;
  auto operator<=>(const ServiceKey&) const = default;
};
struct ServiceKeyHash {
  size_t operator()(const ServiceKey& key) const noexcept {
    return std::hash<std::string>()(key.hostname) * 31 + std::hash<std::string>()(key.ns);
  }
};

class EndpointTable {
 public:
  // The set, or nullptr.
  const model::EndpointSet* find(const ServiceKey& key) const {
    const model::EndpointSetPtr* set = pointer(key);
    return set == nullptr ? nullptr : set->get();
  }
  // The counted pointer (for keeping, or for comparing with that of another mesh), or nullptr.
  const model::EndpointSetPtr* pointer(const ServiceKey& key) const {
    auto slot = slots_.find(key);
    if (slot == slots_.end() || sets_[slot->second] == nullptr) return nullptr;
    return &sets_[slot->second];
  }
  // The place of a service's set, made when there is none.
  size_t slot_of(const ServiceKey& key) {
    if (auto known = slots_.find(key); known != slots_.end()) return known->second;
    slots_.edit().emplace(key, static_cast<uint32_t>(sets_.size()));
    sets_.emplace_back();
    return sets_.size() - 1;
  }
  // Null takes the set away.
  void assign(size_t slot, model::EndpointSetPtr set) { sets_[slot] = std::move(set); }
  // Calls visit(key, set or null) for each service whose set is another one than in `before`.
  template <typename Visit>
  void difference(const EndpointTable& before, Visit&& visit) const {
    if (slots_.same(before.slots_)) {
      if (sets_ == before.sets_) return;
      for (const auto& [key, slot] : slots_) {
        if (before.sets_[slot] != sets_[slot]) visit(key, sets_[slot]);
      }
      return;
    }
    for (const auto& [key, slot] : slots_) {
      const model::EndpointSetPtr* old = before.pointer(key);
      const model::EndpointSetPtr& now = sets_[slot];
      if (old == nullptr ? now != nullptr : *old != now) visit(key, now);
    }
    for (const auto& [key, slot] : before.slots_) {
      if (before.sets_[slot] != nullptr && !slots_.count(key)) visit(key, model::EndpointSetPtr());
    }
  }

 private:
  Shared<std::unordered_map<ServiceKey, uint32_t, ServiceKeyHash>> slots_;
  std::vector<model::EndpointSetPtr> sets_;  // by slot; null: none
};

}  // namespace mesh::index
