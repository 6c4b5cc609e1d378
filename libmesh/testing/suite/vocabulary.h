// Vocabulary: the keys of each kind's question, and of its answer.
#pragma once

#include <span>
#include <string_view>

#include "libmesh/testing/suite/suite.h"

namespace mesh::testing {

enum class ValueType : uint8_t { kText, kNumber, kFlag, kTexts, kTextMap, kMap, kList, kAny };

struct QuestionKey {
  std::string_view name;
  ValueType type;
  bool required = false;
};

struct Vocabulary {
  std::span<const QuestionKey> question;
  std::span<const std::string_view> answer;  // what `expect` may speak of
  // Of these exactly one is given; empty: no such rule.
  std::span<const std::string_view> one_of;
};

const Vocabulary& vocabulary(CaseKind kind);

}  // namespace mesh::testing
