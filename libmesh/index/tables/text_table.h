// TextTable: which elements of a list have a text, such as a host name, as their key.
//
// One flat array of positions with open addressing beside the list: adding an element allocates
// nothing of its own, and the text stays in the element. The list is the caller's and must be the
// same one at every call; an element may be replaced by another one with the same text. One that comes or
// goes in the middle costs a walk over the positions, which looks at no text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/text_hash.h"

namespace mesh::index {

template <typename T, typename TextOf>
class TextTable {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // The first element of that text, or kNone.
  uint32_t find(const std::vector<T>& list, std::string_view text) const {
    return slots_.empty() ? kNone : slots_[slot_of(list, text, hash_of(text))].first;
  }
  // The next element of the same text, or kNone.
  uint32_t next(uint32_t position) const { return next_[position]; }

  void reserve(size_t elements) {
    next_.reserve(elements);
    if (2 * elements > slots_.size()) grow(2 * elements);
  }
  // Takes in the first element that is not in yet. True when it is the first of its text.
  bool add(const std::vector<T>& list) {
    auto position = static_cast<uint32_t>(next_.size());
    next_.push_back(kNone);
    if (2 * (texts_ + 1) > slots_.size()) grow(4 * (texts_ + 1));
    std::string_view text = TextOf()(list[position]);
    uint32_t hash = hash_of(text);
    Slot& slot = slots_[slot_of(list, text, hash)];
    if (slot.first != kNone) {
      next_[slot.last] = position;
      slot.last = position;
      return false;
    }
    slot = {hash, position, position};
    ++texts_;
    return true;
  }
  // The first element of the given one's text, which is the given one where there is none: then the list has it.
  uint32_t find_or_add(std::vector<T>& list, T element) {
    if (2 * (texts_ + 1) > slots_.size()) grow(4 * (texts_ + 1));
    const std::string_view text = TextOf()(element);
    const uint32_t hash = hash_of(text);
    Slot& slot = slots_[slot_of(list, text, hash)];
    if (slot.first != kNone) return slot.first;
    const auto position = static_cast<uint32_t>(next_.size());
    slot = {hash, position, position};
    ++texts_;
    next_.push_back(kNone);
    list.push_back(std::move(element));
    return position;
  }
  void add_all(const std::vector<T>& list) {
    reserve(list.size());
    while (next_.size() < list.size()) add(list);
  }
  // The list has a new element at `position`.
  void insert(const std::vector<T>& list, uint32_t position) {
    if (2 * (texts_ + 1) > slots_.size()) grow(4 * (texts_ + 1));
    move_from(position, 1);
    next_.insert(next_.begin() + position, kNone);
    const std::string_view text = TextOf()(list[position]);
    const uint32_t hash = hash_of(text);
    Slot& slot = slots_[slot_of(list, text, hash)];
    if (slot.first == kNone) {
      slot = {hash, position, position};
      ++texts_;
    } else if (position < slot.first) {
      next_[position] = std::exchange(slot.first, position);
    } else {
      const uint32_t before = last_before(slot, position);
      next_[position] = std::exchange(next_[before], position);
      slot.last = std::max(slot.last, position);
    }
  }
  // The list is about to lose the element at `position`.
  void erase(const std::vector<T>& list, uint32_t position) {
    const std::string_view text = TextOf()(list[position]);
    const size_t at = slot_of(list, text, hash_of(text));
    Slot& slot = slots_[at];
    if (slot.first == slot.last) {
      free_slot(at);
      --texts_;
    } else if (slot.first == position) {
      slot.first = next_[position];
    } else {
      const uint32_t before = last_before(slot, position);
      next_[before] = next_[position];
      if (slot.last == position) slot.last = before;
    }
    next_.erase(next_.begin() + position);
    move_from(position + 1, ~uint32_t{0});
  }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t first = kNone;  // kNone: free
    uint32_t last = kNone;
  };

  static uint32_t hash_of(std::string_view text) { return static_cast<uint32_t>(hash_text(text)); }
  // Where the text is, or the free slot where it belongs.
  size_t slot_of(const std::vector<T>& list, std::string_view text, uint32_t hash) const {
    size_t mask = slots_.size() - 1;
    size_t at = hash & mask;
    while (slots_[at].first != kNone &&
           (slots_[at].hash != hash || TextOf()(list[slots_[at].first]) != text)) {
      at = (at + 1) & mask;
    }
    return at;
  }
  // Of the elements of one text the last one in front of the position, which is not the first of them.
  uint32_t last_before(const Slot& slot, uint32_t position) const {
    uint32_t at = slot.first;
    while (next_[at] != kNone && next_[at] < position) at = next_[at];
    return at;
  }
  // What stands at `from` or behind it stands so much further on; `by` wraps around.
  void move_from(uint32_t from, uint32_t by) {
    const auto moved = [=](uint32_t at) { return at != kNone && at >= from ? at + by : at; };
    for (Slot& slot : slots_) {
      slot.first = moved(slot.first);
      slot.last = moved(slot.last);
    }
    for (uint32_t& next : next_) next = moved(next);
  }
  // Moves up what stands behind it because its own slot was taken.
  void free_slot(size_t at) {
    const size_t mask = slots_.size() - 1;
    for (size_t next = (at + 1) & mask; slots_[next].first != kNone; next = (next + 1) & mask) {
      const size_t home = slots_[next].hash & mask;
      if (((next - home) & mask) < ((next - at) & mask)) continue;  // it stands between the two
      slots_[at] = slots_[next];
      at = next;
    }
    slots_[at] = Slot();
  }
  void grow(size_t least) {
    size_t size = 8;
    while (size < least) size *= 2;
    std::vector<Slot> before(size);
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.first == kNone) continue;
      size_t at = slot.hash & (size - 1);
      while (slots_[at].first != kNone) at = (at + 1) & (size - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;     // a power of two of them, at most half taken
  std::vector<uint32_t> next_;  // by element
  size_t texts_ = 0;
};

}  // namespace mesh::index
