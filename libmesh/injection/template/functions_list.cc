// sprig's functions of lists (list.go). Lists are never changed in place, as there.
#include <algorithm>

#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_text.h"

namespace mesh::injection {
namespace {

const GoTypes& types() { return GoTypes::get(); }

// The elements of a list argument; `doing` words the refusal of anything else.
std::vector<GoValue> elements(const GoCall& call, const GoValue& list, std::string_view doing) {
  if (list.is_nothing()) {
    go_fail("runtime error: invalid memory address or nil pointer dereference");
  }
  if (list.kind() != GoKind::kSlice) {
    go_fail("Cannot " + std::string(doing) + " type " + std::string(go_kind_name(list)));
  }
  const size_t size = go_length(list);
  call.arena.charge_memory(size * sizeof(GoValue));
  call.arena.step(size);
  std::vector<GoValue> items;
  items.reserve(size + 1);
  for (size_t i = 0; i < size; ++i) items.push_back(go_index(list, i));
  return items;
}

GoValue made(const GoCall& call, const std::vector<GoValue>& items) {
  return go_list(call.arena, types().any_list, items.data(), items.size());
}

GoValue nil_list() { return go_zero(types().any_list); }

GoValue list(const GoCall& call) {
  return go_list(call.arena, types().any_list, call.arguments.data(), call.size());
}

GoValue append(const GoCall& call) {
  std::vector<GoValue> items = elements(call, call[0], "push on");
  items.push_back(call[1]);
  return made(call, items);
}

GoValue prepend(const GoCall& call) {
  std::vector<GoValue> items = elements(call, call[0], "prepend on");
  items.insert(items.begin(), call[1]);
  return made(call, items);
}

GoValue first(const GoCall& call) {
  const std::vector<GoValue> items = elements(call, call[0], "find first on");
  return items.empty() ? go_nil_any() : items.front();
}

GoValue last(const GoCall& call) {
  const std::vector<GoValue> items = elements(call, call[0], "find last on");
  return items.empty() ? go_nil_any() : items.back();
}

GoValue rest(const GoCall& call) {
  std::vector<GoValue> items = elements(call, call[0], "find rest on");
  if (items.empty()) return nil_list();
  items.erase(items.begin());
  return made(call, items);
}

GoValue initial(const GoCall& call) {
  std::vector<GoValue> items = elements(call, call[0], "find initial on");
  if (items.empty()) return nil_list();
  items.pop_back();
  return made(call, items);
}

GoValue reverse(const GoCall& call) {
  std::vector<GoValue> items = elements(call, call[0], "find reverse on");
  std::reverse(items.begin(), items.end());
  return made(call, items);
}

GoValue compact(const GoCall& call) {
  std::vector<GoValue> items = elements(call, call[0], "compact on");
  std::erase_if(items, [](const GoValue& item) { return go_empty(item); });
  return made(call, items);
}

bool in_list(const GoCall& call, std::span<const GoValue> items, const GoValue& wanted) {
  return std::any_of(items.begin(), items.end(),
                     [&](const GoValue& item) { return go_deep_equal(call.arena, wanted, item); });
}

GoValue uniq(const GoCall& call) {
  std::vector<GoValue> kept;
  for (const GoValue& item : elements(call, call[0], "find uniq on")) {
    if (!in_list(call, kept, item)) kept.push_back(item);
  }
  return made(call, kept);
}

GoValue without(const GoCall& call) {
  std::vector<GoValue> items = elements(call, call[0], "find without on");
  std::erase_if(
      items, [&](const GoValue& item) { return in_list(call, call.arguments.subspan(1), item); });
  return made(call, items);
}

GoValue has(const GoCall& call) {
  if (call[1].is_nothing()) return go_bool(false);
  return go_bool(in_list(call, elements(call, call[1], "find has on"), call[0]));
}

GoValue slice(const GoCall& call) {
  const GoValue& list = call[0];
  if (!list.is_nothing() && list.kind() != GoKind::kSlice) {
    go_fail("list should be type of slice or array but " + std::string(go_kind_name(list)));
  }
  const std::vector<GoValue> items = elements(call, list, "");
  if (items.empty()) return go_nil_any();
  const auto size = static_cast<int64_t>(items.size());
  const int64_t from = call.size() > 1 ? go_to_int64(call[1]) : 0;
  const int64_t to = call.size() > 2 ? go_to_int64(call[2]) : size;
  if (from < 0 || to < from || to > size) go_fail("reflect.Value.Slice: slice index out of bounds");
  return go_list(call.arena, list.type, items.data() + from, static_cast<size_t>(to - from));
}

GoValue concat(const GoCall& call) {
  std::vector<GoValue> all;
  for (const GoValue& list : call.arguments) {
    if (!list.is_nothing() && list.kind() != GoKind::kSlice) {
      go_fail("Cannot concat type " + std::string(go_kind_name(list)) + " as list");
    }
    const std::vector<GoValue> items = elements(call, list, "");
    all.insert(all.end(), items.begin(), items.end());
  }
  return all.empty() ? nil_list() : made(call, all);
}

GoValue chunk(const GoCall& call) {
  const std::vector<GoValue> items = elements(call, call[1], "chunk");
  const int64_t size = call.integer(0);
  if (size <= 0) go_fail("runtime error: makeslice: len out of range");
  std::vector<GoValue> chunks;
  for (size_t at = 0; at < items.size(); at += static_cast<size_t>(size)) {
    const size_t count = std::min(items.size() - at, static_cast<size_t>(size));
    chunks.push_back(go_list(call.arena, types().any_list, items.data() + at, count));
  }
  return go_list(call.arena, types().any_list_list, chunks.data(), chunks.size());
}

GoValue integers(const GoCall& call, int64_t from, int64_t to, int64_t step) {
  std::vector<GoValue> items;
  const auto add = [&](int64_t i) {
    call.arena.charge_memory(sizeof(GoValue));
    call.arena.step();
    items.push_back(go_int(i));
  };
  if (to < from) {
    if (step < 0) {
      for (int64_t i = from; i > to; i += step) add(i);
    }
  } else if (step > 0) {
    for (int64_t i = from; i < to; i += step) add(i);
  }
  return go_list(call.arena, types().int_list, items.data(), items.size());
}

GoValue until(const GoCall& call) {
  return integers(call, 0, call.integer(0), call.integer(0) < 0 ? -1 : 1);
}
GoValue until_step(const GoCall& call) {
  return integers(call, call.integer(0), call.integer(1), call.integer(2));
}

GoValue seq(const GoCall& call) {
  if (call.size() == 0 || call.size() > 3) return go_string({});
  int64_t from = call.size() == 1 ? 1 : call.integer(0);
  const int64_t to = call.integer(call.size() - 1);
  const int64_t direction = to < from ? -1 : 1;
  int64_t step = direction;
  if (call.size() == 3) {
    step = call.integer(1);
    if (direction < 0 && step > 0) return go_string({});
  }
  const GoValue numbers = integers(call, from, to + direction, step);
  return go_joined(call, " ", go_string_slice(call, numbers));
}

constexpr GoFunction kFunctions[] = {
    {"list", "a*", list},
    {"tuple", "a*", list},
    {"append", "aa", append},
    {"mustAppend", "aa", append},
    {"push", "aa", append},
    {"mustPush", "aa", append},
    {"prepend", "aa", prepend},
    {"mustPrepend", "aa", prepend},
    {"first", "a", first},
    {"mustFirst", "a", first},
    {"last", "a", last},
    {"mustLast", "a", last},
    {"rest", "a", rest},
    {"mustRest", "a", rest},
    {"initial", "a", initial},
    {"mustInitial", "a", initial},
    {"reverse", "a", reverse},
    {"mustReverse", "a", reverse},
    {"compact", "a", compact},
    {"mustCompact", "a", compact},
    {"uniq", "a", uniq},
    {"mustUniq", "a", uniq},
    {"without", "aa*", without},
    {"mustWithout", "aa*", without},
    {"has", "aa", has},
    {"mustHas", "aa", has},
    {"slice", "aa*", slice},
    {"mustSlice", "aa*", slice},
    {"chunk", "ia", chunk},
    {"mustChunk", "ia", chunk},
    {"concat", "a*", concat},
    {"until", "i", until},
    {"untilStep", "iii", until_step},
    {"seq", "i*", seq},
};

}  // namespace

std::span<const GoFunction> go_list_functions() { return kFunctions; }

}  // namespace mesh::injection
