// Match: whether an answer is as expected, in part.
//
// A mapping expects its members and says nothing of others; a list expects exactly its elements, in any order; a
// text, number or boolean is equal; null expects that nothing is there. Operators are mappings of one member:
//
//   $contains: [a, b]     the list has these elements, maybe others; the text has this part
//   $inOrder: [a, b]      the list is exactly this one
//   $matches: regexp      the text matches as a whole (RE2)
//   $not: x               anything but x; of an operator that has nothing to say of what is there, nothing
//   $anyOf: [x, y]        one of these
//   $absent: true         nothing is there (false: something is)
//   $length: 2            of a list, mapping or text
//   $atLeast, $atMost: 5  a number within bounds
//
// A mapping that holds an operator and anything else is refused when the suite is read (check_expectation).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/testing/suite/fields.h"

namespace mesh::testing {

struct Mismatch {
  std::string path;     // in the answer: "destinations[0].weight"; empty: the whole of it
  std::string message;  // "differs", "is not there", "has 3 elements, not 2"
  document::Value expected;
  document::Value actual;  // null: nothing is there
};

// A list of n elements against one of m takes up to n times m.
inline constexpr size_t kMostComparisons = 4'000'000;

// What takes more comparisons is a mismatch that says so. Nothing when it is as expected. Of a list that has no fit,
// the element is compared that is left over on both sides, where there is one alone.
std::vector<Mismatch> match(const document::Value& expected, const document::Value& answer);

// Reports operators that do not exist, and such as are given what they do not take.
void check_expectation(const document::Value& expected, const std::string& path,
                       FieldContext& context);

}  // namespace mesh::testing
