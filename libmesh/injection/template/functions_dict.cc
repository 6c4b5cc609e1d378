// sprig's functions of dictionaries (dict.go). `set`, `unset` and `merge` change a dictionary in
// place, as there: that a template can see. What came with the data (Values) is changed in a copy
// which that template alone sees, since the data is everybody's.
#include <algorithm>

#include "libmesh/injection/template/functions.h"

namespace mesh::injection {
namespace {

const GoTypes& types() { return GoTypes::get(); }

GoValue copy_of(const GoCall& call, const GoValue& dict) {
  const GoValue made = go_map(call.arena, dict.valid() ? dict.type : types().any_map);
  for (const GoMapEntry& entry : go_entries(call.arena, dict)) {
    go_map_set(call.arena, made, entry.key, entry.value);
  }
  return made;
}

GoValue writable(const GoCall& call, const GoValue& dict) {
  if (dict.is_nil()) go_fail("assignment to entry in nil map");
  return dict.rep == GoValue::Rep::kMap ? dict : copy_of(call, dict);
}

std::string_view key_of(const GoCall& call, const GoValue& value) {
  if (value.kind() == GoKind::kString) return value.string();
  std::string text;
  go_strval(call.arena, text, value);
  return call.arena.copy(text);
}

GoValue dict(const GoCall& call) {
  const GoValue made = go_map(call.arena, types().any_map);
  for (size_t i = 0; i < call.size(); i += 2) {
    go_map_set(call.arena, made, key_of(call, call[i]),
               i + 1 < call.size() ? call[i + 1] : go_string({}));
  }
  return made;
}

GoValue get(const GoCall& call) {
  const GoValue found = go_lookup(call[0], call.text(1));
  return found.valid() ? found : go_string({});
}

GoValue set(const GoCall& call) {
  const GoValue changed = writable(call, call[0]);
  go_map_set(call.arena, changed, call.text(1), call[2]);
  return changed;
}

GoValue unset(const GoCall& call) {
  if (call[0].is_nil()) return call[0];
  const GoValue changed = writable(call, call[0]);
  go_map_erase(call.arena, changed, call.text(1));
  return changed;
}

GoValue has_key(const GoCall& call) { return go_bool(go_lookup(call[0], call.text(1)).valid()); }

GoValue pluck(const GoCall& call) {
  std::vector<GoValue> found;
  for (const GoValue& dict : call.arguments.subspan(1)) {
    const GoValue value = go_lookup(dict, call.text(0));
    if (value.valid()) found.push_back(value);
  }
  return go_list(call.arena, types().any_list, found.data(), found.size());
}

// Go gives keys and values in no order; here by key.
GoValue keys(const GoCall& call) {
  std::vector<std::string_view> all;
  for (const GoValue& dict : call.arguments) {
    for (const GoMapEntry& entry : go_entries(call.arena, dict)) all.push_back(entry.key);
  }
  return go_strings(call.arena, all);
}

GoValue values(const GoCall& call) {
  std::vector<GoValue> all;
  for (const GoMapEntry& entry : go_entries(call.arena, call[0])) all.push_back(entry.value);
  return go_list(call.arena, types().any_list, all.data(), all.size());
}

GoValue pick(const GoCall& call) {
  const GoValue made = go_map(call.arena, types().any_map);
  for (const GoValue& key : call.arguments.subspan(1)) {
    const GoValue value = go_lookup(call[0], key.string());
    if (value.valid()) go_map_set(call.arena, made, key.string(), value);
  }
  return made;
}

// mergo.Merge: fills what is missing or empty; with `overwrite` takes what is not empty.
void merge_into(const GoCall& call, const GoValue& target, const GoValue& source, bool overwrite,
                int depth) {
  if (depth > 100) go_fail("dictionaries are nested too deeply to merge");
  for (const GoMapEntry& entry : go_entries(call.arena, source)) {
    const GoValue have = go_lookup(target, entry.key);
    if (have.kind() == GoKind::kMap && entry.value.kind() == GoKind::kMap &&
        have.type == entry.value.type && !have.is_nil()) {
      const GoValue inner = have.rep == GoValue::Rep::kMap ? have : copy_of(call, have);
      if (have.rep != GoValue::Rep::kMap) go_map_set(call.arena, target, entry.key, inner);
      merge_into(call, inner, entry.value, overwrite, depth + 1);
    } else if (!have.valid() || (overwrite ? !go_empty(entry.value) : go_empty(have))) {
      go_map_set(call.arena, target, entry.key, entry.value);
    }
  }
}

GoValue merged(const GoCall& call, bool overwrite) {
  GoValue target = call[0];
  if (target.is_nil()) target = go_map(call.arena, types().any_map);
  target = writable(call, target);
  for (const GoValue& source : call.arguments.subspan(1)) {
    merge_into(call, target, source, overwrite, 0);
  }
  return target;
}

GoValue merge(const GoCall& call) { return merged(call, false); }
GoValue merge_overwrite(const GoCall& call) { return merged(call, true); }

GoValue deep_copied(const GoCall& call, const GoValue& value, int depth) {
  if (depth > 100) go_fail("deepCopy error: nested too deeply");
  call.arena.step();
  if (value.rep == GoValue::Rep::kMap) {
    const GoValue made = go_map(call.arena, value.type);
    for (const GoMapEntry& entry : go_entries(call.arena, value)) {
      go_map_set(call.arena, made, entry.key, deep_copied(call, entry.value, depth + 1));
    }
    return made;
  }
  if (value.rep == GoValue::Rep::kList) {
    std::vector<GoValue> items;
    for (size_t i = 0; i < go_length(value); ++i) {
      items.push_back(deep_copied(call, go_index(value, i), depth + 1));
    }
    return go_list(call.arena, value.type, items.data(), items.size());
  }
  return value;  // views never change
}

GoValue deep_copy(const GoCall& call) { return deep_copied(call, call[0], 0); }

GoValue dig(const GoCall& call) {
  if (call.size() < 3) go_fail("dig needs at least three arguments");
  GoValue at = call[call.size() - 1];
  for (size_t i = 0; i + 2 < call.size(); ++i) {
    if (at.type != types().any_map) {
      go_fail("interface conversion: interface {} is " +
              (at.is_nothing() ? std::string("nil") : at.type->name) +
              ", not map[string]interface {}");
    }
    if (call[i].kind() != GoKind::kString) {
      go_fail("interface conversion: interface {} is " + std::string(go_type_name(call[i])) +
              ", not string");
    }
    at = go_lookup(at, call.text(i));
    if (!at.valid()) return call[call.size() - 2];
  }
  return at;
}

constexpr GoFunction kFunctions[] = {
    {"dict", "a*", dict},
    {"get", "ds", get},
    {"set", "dsa", set},
    {"unset", "ds", unset},
    {"hasKey", "ds", has_key},
    {"pluck", "sd*", pluck},
    {"keys", "d*", keys},
    {"values", "d", values},
    {"pick", "ds*", pick},
    {"merge", "dd*", merge},
    {"mustMerge", "dd*", merge},
    {"mergeOverwrite", "dd*", merge_overwrite},
    {"mustMergeOverwrite", "dd*", merge_overwrite},
    {"deepCopy", "a", deep_copy},
    {"mustDeepCopy", "a", deep_copy},
    {"dig", "a*", dig},
};

}  // namespace

std::span<const GoFunction> go_dict_functions() { return kFunctions; }

}  // namespace mesh::injection
