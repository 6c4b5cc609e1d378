// JsonPath::select: segments and filters over a document (RFC 9535, 2.3 to 2.5).
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <variant>

#include "libmesh/testing/jsonpath/jsonpath.h"
#include "libmesh/testing/jsonpath/query.h"

namespace mesh::testing {
namespace jsonpath {
namespace {

using document::List;
using document::Map;
using document::Value;
using Node = JsonPath::Node;

// That one segment may find: their paths take memory.
constexpr size_t kMostNodes = 1'000'000;

// A name as normalized paths have it (2.7).
void append_name(std::string& out, std::string_view name) {
  constexpr char kHex[] = "0123456789abcdef";
  out.append("['");
  for (const char c : name) {
    constexpr std::string_view kEscaped = "\b\f\n\r\t'\\";
    constexpr std::string_view kLetters = "bfnrt'\\";
    const auto byte = static_cast<unsigned char>(c);
    if (const size_t at = kEscaped.find(c); at != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(kLetters[at]);
    } else if (byte < 0x20) {
      out.append("\\u00");
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 0xF]);
    } else {
      out.push_back(c);
    }
  }
  out.append("']");
}

bool is_true(const Expression& e, const Value& root, const Value& current, size_t& budget);

// What every look at a node costs; false when there is nothing left.
bool spend(size_t& budget, size_t cost = 1) {
  if (budget < cost) {
    budget = 0;
    return false;
  }
  budget -= cost;
  return true;
}

// One run of a query; `budget` counts down over it and its filters.
class Selection {
 public:
  Selection(const Value& root, size_t& budget, bool paths)
      : root_(root), budget_(budget), paths_(paths) {}

  std::vector<Node> run(const Query& query, const Value& start) {
    std::vector<Node> nodes{{&start, paths_ ? "$" : ""}};
    for (const Segment& segment : query.segments) {
      std::vector<Node> next;
      for (const Node& node : nodes) {
        if (!spend(budget_)) return {};
        if (segment.descendant) {
          descend(segment, node, next);
        } else {
          apply(segment, node, next);
        }
      }
      nodes = std::move(next);
    }
    return nodes;
  }

 private:
  void add(const Value& value, std::string path, std::vector<Node>& out) {
    if (!spend(budget_, out.size() < kMostNodes ? 1 : SIZE_MAX)) return;
    out.push_back({&value, std::move(path)});
  }
  std::string named(const Node& node, std::string_view name) const {
    std::string path;
    if (paths_) append_name(path = node.path, name);
    return path;
  }
  std::string at(const Node& node, size_t index) const {
    return paths_ ? node.path + "[" + std::to_string(index) + "]" : std::string();
  }

  // Each child that is looked at costs one, whether or not it is found.
  template <typename Visit>
  void each_child(const Node& node, Visit&& visit) {
    if (const Map* map = node.value->if_map()) {
      for (const document::Member& member : *map) {
        if (!spend(budget_)) return;
        visit(member.value, named(node, member.key));
      }
    } else if (const List* list = node.value->if_list()) {
      for (size_t i = 0; i < list->size(); ++i) {
        if (!spend(budget_)) return;
        visit((*list)[i], at(node, i));
      }
    }
  }

  void apply(const Segment& segment, const Node& node, std::vector<Node>& out) {
    for (const Selector& selector : segment.selectors) apply(selector, node, out);
  }

  // Documents nest no deeper than their readers allow, and so does this.
  void descend(const Segment& segment, const Node& node, std::vector<Node>& out) {
    if (!spend(budget_)) return;
    apply(segment, node, out);
    each_child(node, [&](const Value& child, std::string path) {
      if (child.is_map() || child.is_list()) descend(segment, {&child, std::move(path)}, out);
    });
  }

  void apply(const Selector& selector, const Node& node, std::vector<Node>& out) {
    const List* list = node.value->if_list();
    switch (selector.kind) {
      case Selector::Kind::kName:
        if (const Value* found = node.value->find(selector.name)) {
          add(*found, named(node, selector.name), out);
        }
        return;
      case Selector::Kind::kWildcard:
        return each_child(
            node, [&](const Value& child, std::string path) { add(child, std::move(path), out); });
      case Selector::Kind::kIndex:
        if (list != nullptr) index(*list, selector.index, node, out);
        return;
      case Selector::Kind::kSlice:
        if (list != nullptr) slice(*list, selector, node, out);
        return;
      case Selector::Kind::kFilter:
        return each_child(node, [&](const Value& child, std::string path) {
          if (is_true(*selector.filter, root_, child, budget_)) {
            add(child, std::move(path), out);
          }
        });
    }
  }

  void index(const List& list, int64_t index, const Node& node, std::vector<Node>& out) {
    const auto size = static_cast<int64_t>(list.size());
    const int64_t i = index < 0 ? size + index : index;
    if (i < 0 || i >= size) return;
    add(list[static_cast<size_t>(i)], at(node, static_cast<size_t>(i)), out);
  }

  // 2.3.4.2.2, "Bounds".
  void slice(const List& list, const Selector& selector, const Node& node, std::vector<Node>& out) {
    const auto size = static_cast<int64_t>(list.size());
    const int64_t step = selector.step;
    if (step == 0) return;
    auto normal = [size](int64_t i) { return i >= 0 ? i : size + i; };
    const int64_t start = normal(selector.start.value_or(step > 0 ? 0 : size - 1));
    const int64_t end = selector.end ? normal(*selector.end) : (step > 0 ? size : -1);
    auto take = [&](int64_t i) {
      add(list[static_cast<size_t>(i)], at(node, static_cast<size_t>(i)), out);
    };
    if (step > 0) {
      const int64_t upper = std::clamp<int64_t>(end, 0, size);
      for (int64_t i = std::clamp<int64_t>(start, 0, size); i < upper; i += std::min(step, size)) {
        take(i);
      }
    } else {
      const int64_t lower = std::clamp<int64_t>(end, -1, size - 1);
      for (int64_t i = std::clamp<int64_t>(start, -1, size - 1); i > lower;
           i += std::max(step, -size)) {
        take(i);
      }
    }
  }

  const Value& root_;
  size_t& budget_;
  const bool paths_;
};

// A value that a comparison or a function takes: somewhere in the document, made here, or nothing.
class Comparable {
 public:
  Comparable() = default;
  explicit Comparable(const Value* found) : found_(found) {}
  explicit Comparable(Value made) : made_(std::move(made)) {}
  const Value* get() const { return made_ ? &*made_ : found_; }

 private:
  const Value* found_ = nullptr;
  std::optional<Value> made_;
};

std::vector<Node> nodes_of(const Query& query, const Value& root, const Value& current,
                           size_t& budget) {
  return Selection(root, budget, false).run(query, query.relative ? current : root);
}

int64_t code_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return static_cast<signed char>(c) >= -0x40; });
}

Comparable value_of(const Expression& e, const Value& root, const Value& current, size_t& budget);

Comparable length_of(const Value* value) {
  if (value == nullptr) return {};
  if (const std::string* text = value->if_string()) return Comparable(Value(code_points(*text)));
  if (const List* list = value->if_list()) {
    return Comparable(Value(static_cast<int64_t>(list->size())));
  }
  if (const Map* map = value->if_map()) return Comparable(Value(static_cast<int64_t>(map->size())));
  return {};
}

Comparable value_of(const Expression& e, const Value& root, const Value& current, size_t& budget) {
  if (!spend(budget)) return {};
  if (e.kind == Expression::Kind::kLiteral) return Comparable(&e.literal);
  if (e.kind == Expression::Kind::kQuery) {
    const auto nodes = nodes_of(e.query, root, current, budget);
    return nodes.empty() ? Comparable() : Comparable(nodes.front().value);
  }
  switch (e.function) {
    case Function::kLength:
      return length_of(value_of(e.parts[0], root, current, budget).get());
    case Function::kCount: {
      const auto nodes = nodes_of(e.parts[0].query, root, current, budget);
      return Comparable(Value(static_cast<int64_t>(nodes.size())));
    }
    case Function::kValue: {
      const auto nodes = nodes_of(e.parts[0].query, root, current, budget);
      return nodes.size() == 1 ? Comparable(nodes.front().value) : Comparable();
    }
    case Function::kMatch:
    case Function::kSearch:
      break;  // logical: see is_true
  }
  return {};
}

bool is_less(const Value* a, const Value* b) {
  if (a == nullptr || b == nullptr) return false;
  double x = 0;
  double y = 0;
  if (number_of(*a, x) && number_of(*b, y)) return x < y;
  return a->is_string() && b->is_string() && *a->if_string() < *b->if_string();
}

bool is_equal(const Value* a, const Value* b) {
  return a == nullptr || b == nullptr ? a == b : same_json(*a, *b);
}

// What a comparison of it costs.
bool spend_on(const Value* value, size_t& budget) {
  if (value == nullptr || !spend(budget)) return value == nullptr;
  auto each_of = [&budget](const Value& each) { return spend_on(&each, budget); };
  if (const List* list = value->if_list()) return std::all_of(list->begin(), list->end(), each_of);
  const Map* map = value->if_map();
  return map == nullptr || std::all_of(map->begin(), map->end(), [&](const document::Member& each) {
           return each_of(each.value);
         });
}

bool compare(Comparison comparison, const Value* a, const Value* b) {
  switch (comparison) {
    case Comparison::kEqual:
      return is_equal(a, b);
    case Comparison::kNotEqual:
      return !is_equal(a, b);
    case Comparison::kLess:
      return is_less(a, b);
    case Comparison::kGreater:
      return is_less(b, a);
    case Comparison::kLessEqual:
      return is_less(a, b) || is_equal(a, b);
    case Comparison::kGreaterEqual:
      return is_less(b, a) || is_equal(a, b);
  }
  return false;
}

bool matches(const Expression& e, const Value& root, const Value& current, size_t& budget) {
  const Comparable subject = value_of(e.parts[0], root, current, budget);
  const Comparable pattern = value_of(e.parts[1], root, current, budget);
  if (subject.get() == nullptr || pattern.get() == nullptr) return false;
  const std::string* text = subject.get()->if_string();
  const std::string* written = pattern.get()->if_string();
  if (text == nullptr || written == nullptr) return false;
  // One that stands in the document is compiled each time, which costs more than a match.
  const bool literal = e.parts[1].kind == Expression::Kind::kLiteral;
  if (!spend(budget, text->size() / 64 + (literal ? 0 : 100 + written->size()))) return false;
  const auto expression =
      literal ? e.expression : compile(*written, e.function == Function::kMatch);
  return expression != nullptr && re2::RE2::PartialMatch(*text, *expression);
}

bool is_true(const Expression& e, const Value& root, const Value& current, size_t& budget) {
  if (!spend(budget)) return false;
  auto holds = [&](const Expression& part) { return is_true(part, root, current, budget); };
  switch (e.kind) {
    case Expression::Kind::kOr:
      return std::any_of(e.parts.begin(), e.parts.end(), holds);
    case Expression::Kind::kAnd:
      return std::all_of(e.parts.begin(), e.parts.end(), holds);
    case Expression::Kind::kNot:
      return !holds(e.parts.front());
    case Expression::Kind::kCompare: {
      const Comparable a = value_of(e.parts[0], root, current, budget);
      const Comparable b = value_of(e.parts[1], root, current, budget);
      return spend_on(a.get(), budget) && compare(e.comparison, a.get(), b.get());
    }
    case Expression::Kind::kQuery:
      return !nodes_of(e.query, root, current, budget).empty();
    case Expression::Kind::kFunction:
      return matches(e, root, current, budget);
    case Expression::Kind::kLiteral:
      break;  // the parser lets none stand here
  }
  return false;
}

}  // namespace
}  // namespace jsonpath

bool number_of(const document::Value& value, double& out) {
  if (const int64_t* number = value.if_int()) {
    out = static_cast<double>(*number);
  } else if (const uint64_t* natural = value.if_uint()) {
    out = static_cast<double>(*natural);
  } else if (const double* real = value.if_double()) {
    out = *real;
  } else {
    return false;
  }
  return true;
}

bool same_json(const document::Value& a, const document::Value& b) {
  double x = 0;
  double y = 0;
  if (a.type() != b.type() && number_of(a, x) && number_of(b, y)) return x == y;
  if (a.type() != b.type()) return false;
  if (const document::List* list = a.if_list()) {
    const document::List& other = *b.if_list();
    return std::equal(list->begin(), list->end(), other.begin(), other.end(), same_json);
  }
  const document::Map* map = a.if_map();
  if (map == nullptr) return a == b;
  if (map->size() != b.if_map()->size()) return false;
  return std::all_of(map->begin(), map->end(), [&](const document::Member& member) {
    const document::Value* found = b.find(member.key);
    return found != nullptr && same_json(member.value, *found);
  });
}

Result<std::vector<JsonPath::Node>> JsonPath::select(const document::Value& root) const {
  size_t budget = kMostSteps;
  return select(root, budget);
}

Result<std::vector<JsonPath::Node>> JsonPath::select(const document::Value& root,
                                                     size_t& budget) const {
  auto out = jsonpath::Selection(root, budget, true).run(*query_, root);
  if (budget == 0) {
    return Error{ErrorCode::kUnsupported,
                 "JSONPath: the query looks at more than " + std::to_string(kMostSteps) + " nodes"};
  }
  return out;
}

}  // namespace mesh::testing
