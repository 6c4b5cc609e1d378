// The parsed form of a query: what parser.cc makes and select.cc walks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libmesh/document/value.h"

namespace re2 {
class RE2;
}

namespace mesh::testing::jsonpath {

struct Expression;

struct Selector {
  enum class Kind : uint8_t { kName, kWildcard, kIndex, kSlice, kFilter };
  Kind kind{};
  std::string name;
  int64_t index = 0;
  std::optional<int64_t> start;
  std::optional<int64_t> end;
  int64_t step = 1;
  std::shared_ptr<const Expression> filter;
};

struct Segment {
  bool descendant = false;
  std::vector<Selector> selectors;
};

struct Query {
  bool relative = false;  // begins with @
  std::vector<Segment> segments;
  // At most one node: names and indexes only.
  bool is_singular() const {
    for (const Segment& segment : segments) {
      if (segment.descendant || segment.selectors.size() != 1) return false;
      const Selector::Kind kind = segment.selectors.front().kind;
      if (kind != Selector::Kind::kName && kind != Selector::Kind::kIndex) return false;
    }
    return true;
  }
};

enum class Function : uint8_t { kLength, kCount, kMatch, kSearch, kValue };
enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

struct Expression {
  enum class Kind : uint8_t { kOr, kAnd, kNot, kCompare, kLiteral, kQuery, kFunction };
  Kind kind{};
  std::vector<Expression> parts;  // operands or arguments
  Comparison comparison{};
  Function function{};
  document::Value literal;
  Query query;
  std::shared_ptr<const re2::RE2> expression;  // of match and search with a literal; may be null
};

// An I-Regexp as RE2 reads it, anchored for match(); null when it is none.
std::shared_ptr<const re2::RE2> compile(const std::string& text, bool whole);

}  // namespace mesh::testing::jsonpath
