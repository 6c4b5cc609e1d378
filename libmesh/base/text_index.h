// TextIndex: texts with numbers, found without allocating per entry.
//
// An open-addressing table over texts that somebody else keeps. The letters A to Z count as a to z, as in
// host names. Entries cannot be removed.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "libmesh/base/text_hash.h"

namespace mesh {

class TextIndex {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  TextIndex() = default;
  explicit TextIndex(size_t expected) { grow(expected * 2); }

  // Forgets all entries, and keeps the memory.
  void reset(size_t expected = 0) {
    entries_.clear();
    grow(expected * 2);
  }

  // The number that the text has already, or kNone when it is new and now has this one.
  uint32_t insert(std::string_view text, uint32_t number) {
    if ((entries_.size() + 1) * 2 > slots_.size()) grow(slots_.size() * 2);
    const uint32_t hash = hash_of(text);
    uint32_t& slot = find_slot(text, hash);
    if (slot != kNone) return entries_[slot].number;
    slot = static_cast<uint32_t>(entries_.size());
    entries_.push_back({text, hash, number});
    return kNone;
  }

  uint32_t find(std::string_view text) const {
    if (slots_.empty()) return kNone;
    const uint32_t slot = const_cast<TextIndex*>(this)->find_slot(text, hash_of(text));
    return slot == kNone ? kNone : entries_[slot].number;
  }
  bool contains(std::string_view text) const { return find(text) != kNone; }
  size_t size() const { return entries_.size(); }

  // The texts that stood in `before` stand at `now`.
  void move_texts(std::string_view before, const char* now) {
    const std::less<const char*> less;
    for (Entry& entry : entries_) {
      const char* at = entry.text.data();
      if (less(at, before.data()) || !less(at, before.data() + before.size())) continue;
      entry.text = std::string_view(now + (at - before.data()), entry.text.size());
    }
  }

 private:
  struct Entry {
    std::string_view text;
    uint32_t hash;
    uint32_t number;
  };

  static unsigned char lower(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 'A' && u <= 'Z' ? static_cast<unsigned char>(u + 32) : u;
  }
  // With the bit set that tells small letters: what else that makes equal, same() tells apart.
  static uint32_t hash_of(std::string_view text) {
    return static_cast<uint32_t>(hash_text(text, 0x2020202020202020u));
  }
  static bool same(std::string_view a, std::string_view b) {
    if (a == b) return true;
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
    }
    return true;
  }

  uint32_t& find_slot(std::string_view text, uint32_t hash) {
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      uint32_t& slot = slots_[at];
      if (slot == kNone) return slot;
      const Entry& entry = entries_[slot];
      if (entry.hash == hash && same(entry.text, text)) return slot;
    }
  }

  void grow(size_t least) {
    size_t size = 16;
    while (size < least) size *= 2;
    slots_.assign(size, kNone);
    for (uint32_t i = 0; i < entries_.size(); ++i) {
      find_slot(entries_[i].text, entries_[i].hash) = i;
    }
  }

  std::vector<uint32_t> slots_;  // a power of two, at most half full
  std::vector<Entry> entries_;
};

}  // namespace mesh
