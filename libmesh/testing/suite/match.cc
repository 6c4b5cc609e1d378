#include "libmesh/testing/suite/match.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <numeric>

#include "libmesh/document/json.h"
#include "libmesh/testing/jsonpath/jsonpath.h"

namespace mesh::testing {

using document::List;
using document::Map;
using document::Value;

namespace {

enum class Operator : uint8_t {
  kNone,
  kContains,
  kInOrder,
  kMatches,
  kNot,
  kAnyOf,
  kAbsent,
  kLength,
  kAtLeast,
  kAtMost
};
constexpr std::array<std::string_view, 9> kOperators = {"$contains", "$inOrder", "$matches",
                                                        "$not",      "$anyOf",   "$absent",
                                                        "$length",   "$atLeast", "$atMost"};

Operator operator_of(const Value& value) {
  const Map* map = value.if_map();
  if (map == nullptr || map->size() != 1) return Operator::kNone;
  const auto found = std::find(kOperators.begin(), kOperators.end(), map->front().key);
  return found == kOperators.end()
             ? Operator::kNone
             : static_cast<Operator>(std::distance(kOperators.begin(), found) + 1);
}

std::string child_path(const std::string& path, std::string_view key) {
  const bool plain = key.find_first_of(".[]") == std::string_view::npos;
  if (!plain) return path + "[" + std::string(key) + "]";
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::shared_ptr<const re2::RE2> expression_of(const std::string& text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return std::make_shared<const re2::RE2>(text, options);
}

// What all comparisons of one expectation have in common.
struct Shared {
  size_t budget = kMostComparisons;  // counts down; without it, nothing fits any more
  std::map<const Value*, std::shared_ptr<const re2::RE2>> expressions;  // by their place in it
};

class Matcher {
 public:
  // `found` null: only whether it fits.
  Matcher(std::vector<Mismatch>* found, Shared& shared) : found_(found), shared_(shared) {}

  // `actual` null: nothing is there.
  bool fits(const Value& expected, const Value* actual, const std::string& path) {
    if (!spend()) return false;
    const Operator operation = operator_of(expected);
    if (operation != Operator::kNone) {
      return applies(operation, expected, expected.if_map()->front().value, actual, path);
    }
    if (expected.is_null()) {
      if (actual == nullptr || actual->is_null()) return true;
      return miss(path, "is there", expected, actual);
    }
    if (actual == nullptr) return miss(path, "is not there", expected, nullptr);
    if (const Map* map = expected.if_map()) return fits_map(*map, expected, *actual, path);
    if (const List* list = expected.if_list()) return fits_list(*list, expected, *actual, path);
    return same_json(expected, *actual) || miss(path, "differs", expected, actual);
  }

 private:
  bool quietly_fits(const Value& expected, const Value* actual) {
    return Matcher(nullptr, shared_).fits(expected, actual, "");
  }

  const re2::RE2& compiled(const Value& argument) {
    auto& known = shared_.expressions[&argument];
    if (known == nullptr) known = expression_of(*argument.if_string());
    return *known;
  }

  bool spend() {
    if (shared_.budget == 0) return false;
    --shared_.budget;
    return true;
  }

  bool miss(const std::string& path, std::string message, const Value& expected,
            const Value* actual) {
    if (found_ != nullptr) {
      found_->push_back(
          {path, std::move(message), expected, actual == nullptr ? Value() : *actual});
    }
    return false;
  }

  bool fits_map(const Map& map, const Value& expected, const Value& actual,
                const std::string& path) {
    if (!actual.is_map()) return miss(path, "is no mapping", expected, &actual);
    bool good = true;
    for (const document::Member& member : map) {
      good &= fits(member.value, actual.find(member.key),
                   found_ == nullptr ? std::string() : child_path(path, member.key));
      if (!good && found_ == nullptr) return false;
    }
    return good;
  }

  bool fits_list(const List& list, const Value& expected, const Value& actual,
                 const std::string& path) {
    const List* there = actual.if_list();
    if (there == nullptr) return miss(path, "is no list", expected, &actual);
    if (there->size() != list.size()) {
      return miss(
          path,
          "has " + std::to_string(there->size()) + " elements, not " + std::to_string(list.size()),
          expected, &actual);
    }
    return fits_elements(list, actual, path);
  }

  // Each expected element has one of its own among those that are there.
  bool fits_elements(const List& list, const Value& actual, const std::string& path) {
    const List& there = *actual.if_list();
    std::vector<std::vector<size_t>> fitting(list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      for (size_t j = 0; j < there.size(); ++j) {
        if (quietly_fits(list[i], &there[j])) fitting[i].push_back(j);
      }
    }
    std::vector<size_t> taken_by(there.size(), kNobody);
    std::vector<size_t> waiting = take_free(fitting, taken_by);
    std::vector<size_t> left;  // expected ones
    std::vector<bool> dead(there.size());
    for (const size_t i : waiting) {
      if (!assign(i, fitting, dead, taken_by)) left.push_back(i);
    }
    return left.empty() || miss_elements(left, list, actual, taken_by, path);
  }

  // Gives each the first free one that fits it; returns those that found none.
  static std::vector<size_t> take_free(const std::vector<std::vector<size_t>>& fitting,
                                       std::vector<size_t>& taken_by) {
    std::vector<size_t> waiting;
    for (size_t i = 0; i < fitting.size(); ++i) {
      const auto free = std::find_if(fitting[i].begin(), fitting[i].end(),
                                     [&](size_t j) { return taken_by[j] == kNobody; });
      if (free == fitting[i].end()) {
        waiting.push_back(i);
      } else {
        taken_by[*free] = i;
      }
    }
    return waiting;
  }

  // Kuhn's augmenting paths, breadth first: an element that fits several yields to one that fits fewer. What a failed
  // search saw leads nowhere for later ones either: `dead`.
  bool assign(size_t start, const std::vector<std::vector<size_t>>& fitting,
              std::vector<bool>& dead, std::vector<size_t>& taken_by) {
    std::vector<bool> seen = dead;
    std::vector<size_t> from(taken_by.size(), kNobody);  // who looked at it
    std::vector<size_t> queue{start};
    for (size_t at = 0; at < queue.size(); ++at) {
      for (const size_t j : fitting[queue[at]]) {
        if (!spend()) return false;
        if (seen[j]) continue;
        seen[j] = true;
        from[j] = queue[at];
        if (taken_by[j] != kNobody) {
          queue.push_back(taken_by[j]);
          continue;
        }
        pass_on(start, j, from, taken_by, fitting);
        return true;
      }
    }
    dead = std::move(seen);
    return false;
  }

  // Along the way of the search, each takes what it looked at and leaves what it had.
  static void pass_on(size_t start, size_t j, const std::vector<size_t>& from,
                      std::vector<size_t>& taken_by,
                      const std::vector<std::vector<size_t>>& fitting) {
    while (true) {
      const size_t i = from[j];
      const auto had = std::find_if(fitting[i].begin(), fitting[i].end(),
                                    [&](size_t each) { return taken_by[each] == i; });
      taken_by[j] = i;
      if (i == start) return;
      j = *had;
    }
  }

  // With one element left on both sides there is no doubt which one was meant.
  bool miss_elements(const std::vector<size_t>& left, const List& list, const Value& actual,
                     const std::vector<size_t>& taken_by, const std::string& path) {
    if (found_ == nullptr) return false;
    const List& there = *actual.if_list();
    const auto free = std::find(taken_by.begin(), taken_by.end(), kNobody);
    const bool alone = left.size() == 1 && free != taken_by.end() &&
                       std::find(free + 1, taken_by.end(), kNobody) == taken_by.end();
    if (alone && list.size() == there.size() && list[left.front()].is_map()) {
      const auto j = static_cast<size_t>(free - taken_by.begin());
      return fits(list[left.front()], &there[j], path + "[" + std::to_string(j) + "]");
    }
    constexpr size_t kMostTold = 10;
    for (size_t n = 0; n < left.size() && n < kMostTold; ++n) {
      miss(path, "has no such element", list[left[n]], &actual);
    }
    if (left.size() > kMostTold) {
      miss(path, "has " + std::to_string(left.size() - kMostTold) + " more such elements not",
           Value(), &actual);
    }
    return false;
  }

  bool applies(Operator operation, const Value& expected, const Value& argument,
               const Value* actual, const std::string& path) {
    switch (operation) {
      case Operator::kAbsent: {
        const bool absent = actual == nullptr || actual->is_null();
        const bool wanted = argument.if_bool() == nullptr || *argument.if_bool();
        return absent == wanted ||
               miss(path, absent ? "is not there" : "is there", expected, actual);
      }
      case Operator::kNot:
        if (!applies_at_all(argument, actual)) {
          return miss(path, "is nothing of which this can be said", expected, actual);
        }
        return !quietly_fits(argument, actual) || miss(path, "is so", expected, actual);
      case Operator::kAnyOf:
        return any_of(argument, actual) || miss(path, "is none of these", expected, actual);
      default:
        break;
    }
    if (actual == nullptr) return miss(path, "is not there", expected, nullptr);
    return applies_to(operation, expected, argument, *actual, path);
  }

  static bool has_length(const Value& value) {
    return value.is_list() || value.is_map() || value.is_string();
  }

  // Whether an operator can hold or fail of what is there: a text is neither more nor less than five, so that it is not
  // at least five says nothing.
  static bool applies_at_all(const Value& expected, const Value* actual) {
    double number = 0;
    const Operator operation = operator_of(expected);
    if (operation == Operator::kNot) {
      return applies_at_all(expected.if_map()->front().value, actual);
    }
    switch (operation) {
      case Operator::kAtLeast:
      case Operator::kAtMost:
        return actual != nullptr && number_of(*actual, number);
      case Operator::kMatches:
        return actual != nullptr && actual->is_string();
      case Operator::kLength:
        return actual != nullptr && has_length(*actual);
      case Operator::kInOrder:
        return actual != nullptr && actual->is_list();
      case Operator::kContains:
        return actual != nullptr && (actual->is_list() || actual->is_string());
      default:
        return true;
    }
  }

  bool any_of(const Value& argument, const Value* actual) {
    const List* list = argument.if_list();
    return list != nullptr && std::any_of(list->begin(), list->end(), [&](const Value& each) {
             return quietly_fits(each, actual);
           });
  }

  bool applies_to(Operator operation, const Value& expected, const Value& argument,
                  const Value& actual, const std::string& path) {
    double bound = 0;
    double number = 0;
    switch (operation) {
      case Operator::kContains:
        return contains(expected, argument, actual, path);
      case Operator::kInOrder:
        return in_order(expected, argument, actual, path);
      case Operator::kMatches:
        return argument.is_string() && actual.is_string() &&
                       re2::RE2::FullMatch(*actual.if_string(), compiled(argument))
                   ? true
                   : miss(path, "does not match", expected, &actual);
      case Operator::kLength:
        return has_length(actual) ? fits(argument, &length_of(actual), path + ".length")
                                  : miss(path, "has no length", expected, &actual);
      case Operator::kAtLeast:
        return (number_of(argument, bound) && number_of(actual, number) && number >= bound) ||
               miss(path, "is less", expected, &actual);
      case Operator::kAtMost:
        return (number_of(argument, bound) && number_of(actual, number) && number <= bound) ||
               miss(path, "is more", expected, &actual);
      default:
        return true;
    }
  }

  const Value& length_of(const Value& actual) {
    int64_t length = 0;
    if (const List* list = actual.if_list()) length = static_cast<int64_t>(list->size());
    if (const Map* map = actual.if_map()) length = static_cast<int64_t>(map->size());
    if (const std::string* text = actual.if_string()) length = static_cast<int64_t>(text->size());
    return length_ = Value(length);
  }

  bool contains(const Value& expected, const Value& argument, const Value& actual,
                const std::string& path) {
    if (const std::string* part = argument.if_string(); part != nullptr && actual.is_string()) {
      return actual.if_string()->find(*part) != std::string::npos ||
             miss(path, "does not contain this", expected, &actual);
    }
    if (!actual.is_list()) return miss(path, "is no list", expected, &actual);
    if (const List* list = argument.if_list()) {
      return fits_elements(*list, actual, path);
    }
    return fits_elements({argument}, actual, path);
  }

  bool in_order(const Value& expected, const Value& argument, const Value& actual,
                const std::string& path) {
    const List* list = argument.if_list();
    const List* there = actual.if_list();
    if (list == nullptr || there == nullptr || list->size() != there->size()) {
      return miss(path, "is another list", expected, &actual);
    }
    bool good = true;
    for (size_t i = 0; i < list->size(); ++i) {
      good &= fits((*list)[i], &(*there)[i], path + "[" + std::to_string(i) + "]");
    }
    return good;
  }

  static constexpr size_t kNobody = SIZE_MAX;
  std::vector<Mismatch>* const found_;
  Shared& shared_;
  Value length_;
};

// What is wrong with an operator's argument; empty: nothing.
std::string wrong_argument(Operator operation, const Value& argument) {
  double number = 0;
  switch (operation) {
    case Operator::kNone:
    case Operator::kNot:
    case Operator::kLength:
      return "";
    case Operator::kContains: {
      const std::string* text = argument.if_string();
      const List* list = argument.if_list();
      const bool empty = (text != nullptr && text->empty()) || (list != nullptr && list->empty());
      return empty ? "is empty, and so in everything" : "";
    }
    case Operator::kInOrder:
    case Operator::kAnyOf:
      return argument.is_list() ? "" : "takes a list";
    case Operator::kAbsent:
      return argument.if_bool() != nullptr ? "" : "takes true or false";
    case Operator::kAtLeast:
    case Operator::kAtMost:
      return number_of(argument, number) ? "" : "takes a number";
    case Operator::kMatches: {
      if (!argument.is_string()) return "takes a regular expression";
      const auto made = expression_of(*argument.if_string());
      return made->ok() ? "" : "is no regular expression: " + made->error();
    }
  }
  return "";
}

}  // namespace

std::vector<Mismatch> match(const Value& expected, const Value& answer) {
  std::vector<Mismatch> out;
  Shared shared;
  Matcher(&out, shared).fits(expected, &answer, "");
  if (shared.budget == 0) {
    out.insert(out.begin(), {"",
                             "is not compared to its end: that takes more than " +
                                 std::to_string(kMostComparisons) + " comparisons",
                             expected,
                             {}});
  }
  return out;
}

void check_expectation(const Value& expected, const std::string& path, FieldContext& context) {
  if (const List* list = expected.if_list()) {
    for (size_t i = 0; i < list->size(); ++i) {
      check_expectation((*list)[i], path + "[" + std::to_string(i) + "]", context);
    }
  }
  const Map* map = expected.if_map();
  if (map == nullptr) return;
  const Operator operation = operator_of(expected);
  for (const document::Member& member : *map) {
    const std::string here = child_path(path, member.key);
    check_expectation(member.value, here, context);
    if (!member.key.starts_with('$')) continue;
    if (std::find(kOperators.begin(), kOperators.end(), member.key) == kOperators.end()) {
      context.add(Code::kUnknownField, member.position, here, "is no operator",
                  nearest_of(member.key, kOperators));
    } else if (map->size() != 1) {
      context.add(Code::kOneofConflict, member.position, here, "stands beside other keys",
                  "an operator stands alone in its mapping");
    } else if (std::string wrong = wrong_argument(operation, member.value); !wrong.empty()) {
      context.add(Code::kWrongType, member.value.position, here, std::move(wrong));
    }
  }
}

}  // namespace mesh::testing
