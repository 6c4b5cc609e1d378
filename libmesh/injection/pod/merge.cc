#include "libmesh/injection/pod/merge.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/document/json.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

constexpr size_t kNone = ~size_t{0};
constexpr size_t kSmall = 24;  // up to here looking through is faster than an index
constexpr std::string_view kPatch = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kSetElementOrder = "$setElementOrder/";
constexpr std::string_view kDeleteFromPrimitiveList = "$deleteFromPrimitiveList/";

// Which type of core/v1 a mapping is, as far as lists within it have merge keys.
enum class Kind : uint8_t { kPod, kMetadata, kSpec, kContainer, kOther };

struct Field {
  Kind kind = Kind::kOther;  // of the mapping, or of the list's elements
  bool merges = false;       // a list
  std::string_view key{};    // empty: a list of scalars
};

struct NamedField {
  std::string_view name;
  Field field;
};

constexpr NamedField kPodFields[] = {{"metadata", {Kind::kMetadata}}, {"spec", {Kind::kSpec}}};
constexpr NamedField kMetadataFields[] = {{"ownerReferences", {Kind::kOther, true, "uid"}},
                                          {"finalizers", {Kind::kOther, true, ""}}};
constexpr NamedField kSpecFields[] = {
    {"volumes", {Kind::kOther, true, "name"}},
    {"initContainers", {Kind::kContainer, true, "name"}},
    {"containers", {Kind::kContainer, true, "name"}},
    {"ephemeralContainers", {Kind::kContainer, true, "name"}},
    {"imagePullSecrets", {Kind::kOther, true, "name"}},
    {"hostAliases", {Kind::kOther, true, "ip"}},
    {"topologySpreadConstraints", {Kind::kOther, true, "topologyKey"}},
    {"schedulingGates", {Kind::kOther, true, "name"}},
    {"resourceClaims", {Kind::kOther, true, "name"}}};
constexpr NamedField kContainerFields[] = {{"ports", {Kind::kOther, true, "containerPort"}},
                                           {"env", {Kind::kOther, true, "name"}},
                                           {"volumeMounts", {Kind::kOther, true, "mountPath"}},
                                           {"volumeDevices", {Kind::kOther, true, "devicePath"}}};

template <size_t N>
Field find_field(const NamedField (&fields)[N], std::string_view name) {
  for (const NamedField& field : fields) {
    if (field.name == name) return field.field;
  }
  return {};
}

Field field_of(Kind kind, std::string_view name) {
  switch (kind) {
    case Kind::kPod:
      return find_field(kPodFields, name);
    case Kind::kMetadata:
      return find_field(kMetadataFields, name);
    case Kind::kSpec:
      return find_field(kSpecFields, name);
    case Kind::kContainer:
      return find_field(kContainerFields, name);
    case Kind::kOther:
      break;
  }
  return {};
}

bool is_directive(std::string_view key) {
  return key.starts_with('$') &&
         (key == kPatch || key == kRetainKeys || key.starts_with(kSetElementOrder) ||
          key.starts_with(kDeleteFromPrimitiveList));
}

// A part of the overlay that stands alone loses nulls and directives. False when nothing is left
// of it, because it was nothing but a directive.
bool clean(Value& value) {
  if (Map* map = value.if_map()) {
    for (const Member& member : *map) {
      if (member.key == kPatch) return false;
    }
    std::erase_if(*map, [](Member& member) {
      return member.value.is_null() || is_directive(member.key) || !clean(member.value);
    });
  } else if (List* list = value.if_list()) {
    std::erase_if(*list, [](Value& element) { return !clean(element); });
  }
  return true;
}

// An element that is new to a list loses nulls and directives, but nothing because of them: so it is
// in strategicpatch, where they are unknown fields by then.
void drop_directives(Value& value) {
  if (Map* map = value.if_map()) {
    std::erase_if(*map, [](const Member& member) {
      return member.value.is_null() || is_directive(member.key);
    });
    for (Member& member : *map) drop_directives(member.value);
  } else if (List* list = value.if_list()) {
    for (Value& element : *list) drop_directives(element);
  }
}

// What tells an element from the others: a member, or the scalar itself. Null when it has none.
const Value* key_of(const Value& element, std::string_view key) {
  return key.empty() ? &element : element.find(key);
}

size_t hash_of(const Value& key) {
  if (const std::string* text = key.if_string()) return std::hash<std::string_view>()(*text);
  if (const int64_t* number = key.if_int()) return std::hash<int64_t>()(*number);
  return 0;
}

// The first element with a key. Holds while elements are merged, since that keeps their keys.
class Index {
 public:
  Index(const List& list, std::string_view key) : list_(list), key_(key) {
    if (list.size() <= kSmall) return;
    hashes_.reserve(list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      if (const Value* value = key_of(list[i], key)) hashes_.emplace_back(hash_of(*value), i);
    }
    std::sort(hashes_.begin(), hashes_.end());
  }

  size_t find(const Value* key) const {
    if (key == nullptr) return kNone;
    if (list_.size() <= kSmall) {
      for (size_t i = 0; i < list_.size(); ++i) {
        if (matches(i, *key)) return i;
      }
      return kNone;
    }
    const size_t hash = hash_of(*key);
    auto found = std::lower_bound(hashes_.begin(), hashes_.end(), std::pair(hash, size_t{0}));
    for (; found != hashes_.end() && found->first == hash; ++found) {
      if (matches(found->second, *key)) return found->second;
    }
    return kNone;
  }

 private:
  bool matches(size_t i, const Value& key) const {
    const Value* own = key_of(list_[i], key_);
    return own != nullptr && *own == key;
  }
  const List& list_;
  const std::string_view key_;
  std::vector<std::pair<size_t, size_t>> hashes_;  // with the element's place
};

// Where an element of the merged list comes from, and what it is sorted by.
struct Item {
  Value* value;
  size_t in_order = kNone;   // its place in the list that gives the order (the overlay's)
  size_t in_before = kNone;  // its place in the list as it was
};

// normalizeElementOrder: what the order names, in that order; the rest as it was; of one of each
// the rest's goes first only where both were there before and it stood before.
List in_order(std::vector<Item>& items) {
  std::vector<Item> named;
  std::vector<Item> rest;
  for (const Item& item : items) (item.in_order == kNone ? rest : named).push_back(item);
  std::stable_sort(named.begin(), named.end(),
                   [](const Item& a, const Item& b) { return a.in_order < b.in_order; });
  std::stable_sort(rest.begin(), rest.end(),
                   [](const Item& a, const Item& b) { return a.in_before < b.in_before; });
  List out;
  out.reserve(items.size());
  size_t i = 0;
  size_t j = 0;
  while (i < rest.size() || j < named.size()) {
    const bool from_rest = j >= named.size() ||
                           (i < rest.size() && rest[i].in_before != kNone &&
                            named[j].in_before != kNone && rest[i].in_before < named[j].in_before);
    out.push_back(std::move(*(from_rest ? rest[i++] : named[j++]).value));
  }
  return out;
}

class Merger {
 public:
  const std::string& error() const { return error_; }

  bool maps(Value& original, Value& patch, Kind kind) {
    Map& changes = *patch.if_map();
    if (const Value* directive = patch.find(kPatch)) {
      return whole_map(original, patch, std::string(text_of(*directive)));
    }
    if (!retain_keys(original, patch)) return false;
    for (Member& member : changes) {
      if (member.key.starts_with(kSetElementOrder) &&
          !ordered_list(original, patch, member, kind)) {
        return false;
      }
    }
    for (Member& member : changes) {
      if (!this->member(original, member, kind)) return false;
    }
    return true;
  }

 private:
  static std::string_view text_of(const Value& value) {
    const std::string* text = value.if_string();
    return text == nullptr ? std::string_view() : std::string_view(*text);
  }

  bool fail(std::string message) {
    error_ = std::move(message);
    return false;
  }

  bool whole_map(Value& original, Value& patch, const std::string& directive) {
    if (directive != "replace" && directive != "delete") {
      return fail("unknown patch type: " + directive + " in " + document::write_json(patch));
    }
    original = Value(Map{});
    if (directive == "delete") return true;
    patch.erase(kPatch);
    clean(patch);
    original = std::move(patch);
    return true;
  }

  bool retain_keys(Value& original, Value& patch) {
    const Value* directive = patch.find(kRetainKeys);
    if (directive == nullptr) return true;
    const List* keys = directive->if_list();
    const auto retained = [&](std::string_view key) {
      return std::any_of(keys->begin(), keys->end(),
                         [&](const Value& value) { return text_of(value) == key; });
    };
    const auto names_all = [&] {
      return std::all_of(patch.if_map()->begin(), patch.if_map()->end(), [&](const Member& member) {
        return member.value.is_null() || is_directive(member.key) || retained(member.key);
      });
    };
    if (keys == nullptr || !names_all()) return fail("invalid patch format of retainKeys");
    std::erase_if(*original.if_map(), [&](const Member& member) { return !retained(member.key); });
    return true;
  }

  // One member of the overlay; those that a directive has dealt with are null by now.
  bool member(Value& original, Member& change, Kind kind) {
    if (change.key.starts_with(kDeleteFromPrimitiveList)) return delete_from(original, change);
    if (is_directive(change.key)) return true;
    if (change.value.is_null()) {
      original.erase(change.key);
      return true;
    }
    Value* old = original.find(change.key);
    if (old == nullptr) {
      if (clean(change.value)) original.if_map()->push_back(std::move(change));
      return true;
    }
    if (old->is_map() && change.value.is_map()) {
      return maps(*old, change.value, field_of(kind, change.key).kind);
    }
    if (old->is_list() && change.value.is_list()) {
      const Field field = field_of(kind, change.key);
      if (field.merges) return lists(*old->if_list(), *change.value.if_list(), field, nullptr);
    }
    if (clean(change.value)) {
      *old = std::move(change.value);
    } else {
      original.erase(change.key);
    }
    return true;
  }

  static bool delete_from(Value& original, const Member& change) {
    Value* old =
        original.find(std::string_view(change.key).substr(kDeleteFromPrimitiveList.size()));
    const List* gone = change.value.if_list();
    if (old == nullptr || !old->is_list() || gone == nullptr) return true;
    std::erase_if(*old->if_list(), [&](const Value& element) {
      return std::find(gone->begin(), gone->end(), element) != gone->end();
    });
    return true;
  }

  // $setElementOrder/KEY: merges the list KEY, if it is there, in the order that is given.
  bool ordered_list(Value& original, Value& patch, Member& directive, Kind kind) {
    const std::string key = directive.key.substr(kSetElementOrder.size());
    const List* order = directive.value.if_list();
    if (order == nullptr) return fail(directive.key + " is no list");
    Value* old = original.find(key);
    Value* change = patch.find(key);
    const Field field = field_of(kind, key);
    if (change == nullptr && old == nullptr) return true;
    if (change != nullptr && !change->is_list()) return fail(key + " is no list");
    if (old != nullptr && !old->is_list()) return fail(key + " is no list");
    if (!field.merges) return true;  // replaced as a whole
    List none;
    if (old == nullptr) old = &original.set(key, Value(List{}));
    if (!lists(*old->if_list(), change == nullptr ? none : *change->if_list(), field, order)) {
      return false;
    }
    if (change != nullptr) *change = Value(List{});  // merged: nothing more to do
    return true;
  }

  // Elements that are directives; what is left of the patch are those to merge.
  bool special_elements(List& original, List& patch, std::string_view key) {
    bool replace = false;
    for (const Value& element : patch) {
      const Value* directive = element.find(kPatch);
      if (directive == nullptr) continue;
      const std::string_view name = text_of(*directive);
      if (name == "replace") {
        replace = true;
      } else if (name == "delete") {
        const Value* gone = element.find(key);
        if (gone == nullptr) return no_key(element, key);
        std::erase_if(original, [&](const Value& old) {
          const Value* own = old.find(key);
          return own != nullptr && *own == *gone;
        });
      } else {
        return fail("unknown patch type: " + std::string(name));
      }
    }
    std::erase_if(patch, [](const Value& element) { return element.find(kPatch) != nullptr; });
    if (replace) original.clear();
    return true;
  }

  bool no_key(const Value& element, std::string_view key) {
    return fail("map: " + document::write_json(element) +
                " does not contain declared merge key: " + std::string(key));
  }

  bool lists(List& original, List& patch, const Field& field, const List* order) {
    if (original.empty() && patch.empty()) return true;
    if (!field.key.empty() && !special_elements(original, patch, field.key)) return false;
    const Index before(original, field.key);
    const Index within(patch, field.key);
    const Index named(order == nullptr ? patch : *order, field.key);
    std::vector<Item> items;
    items.reserve(original.size() + patch.size());
    for (size_t i = 0; i < original.size(); ++i) {
      const Value* key = key_of(original[i], field.key);
      const size_t first = before.find(key);
      items.push_back({&original[i], named.find(key), first == kNone ? i : first});
    }
    // Merging moves out of the patch, keys too: all is looked up first.
    std::vector<std::pair<Value*, Value*>> pairs;
    for (size_t i = 0; i < patch.size(); ++i) {
      const Value* key = key_of(patch[i], field.key);
      if (key == nullptr) return no_key(patch[i], field.key);
      const size_t old = before.find(key);
      const size_t first = within.find(key);
      if (old == kNone && first == i) {
        items.push_back({&patch[i], named.find(key), kNone});
      } else if (!field.key.empty()) {
        pairs.emplace_back(old == kNone ? &patch[first] : &original[old], &patch[i]);
      }
    }
    for (const auto& [into, change] : pairs) {
      if (!element(*into, *change, field.kind)) return false;
    }
    for (Item& item : items) {
      if (item.in_before == kNone) drop_directives(*item.value);
    }
    List merged = in_order(items);
    original = std::move(merged);
    return true;
  }

  bool element(Value& original, Value& change, Kind kind) {
    if (!original.is_map() || !change.is_map()) {
      original = std::move(change);
      return true;
    }
    return maps(original, change, kind);
  }

  std::string error_;
};

}  // namespace

Result<void> strategic_merge(document::Value& pod, document::Value overlay) {
  if (overlay.is_null()) return {};
  if (!overlay.is_map()) {
    return Error{ErrorCode::kInvalidArgument, "the overlay is no mapping"};
  }
  if (!pod.is_map()) pod = Value(Map{});
  Merger merger;
  if (merger.maps(pod, overlay, Kind::kPod)) return {};
  return Error{ErrorCode::kInvalidArgument, merger.error()};
}

}  // namespace mesh::injection
