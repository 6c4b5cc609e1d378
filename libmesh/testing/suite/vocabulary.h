// Vocabulary: the keys of each kind's question, and of its answer.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "libmesh/testing/suite/suite.h"

namespace mesh::testing {

enum class ValueType : uint8_t { kText, kNumber, kFlag, kMap, kList, kAny };

struct QuestionKey {
  std::string_view name;
  ValueType type;
  bool required = false;
};

// What an answer, or a part of it, consists of. Lists have the shape of their elements.
struct Shape {
  bool open = false;                    // an object of Kubernetes or a resource: any members
  std::vector<std::string_view> names;  // of members; none: a text, number or boolean
  std::vector<Shape> members;           // by the places of their names
  const Shape* find(std::string_view name) const;
};

struct Vocabulary {
  std::span<const QuestionKey> question;
  Shape answer;  // what `expect` may speak of
  // Of these exactly one is given; empty: no such rule.
  std::span<const std::string_view> one_of;
};

const Vocabulary& vocabulary(CaseKind kind);

}  // namespace mesh::testing
