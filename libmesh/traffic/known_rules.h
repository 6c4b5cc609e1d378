// The rules of the state before, found again by their objects: most stand at the same place, or at the same distance
// from the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <vector>

#include "libmesh/kube/object.h"

namespace mesh::traffic {

template <typename RulePtr>
class KnownRules {
 public:
  // `rules` must outlive this.
  explicit KnownRules(const std::vector<RulePtr>& rules) : rules_(rules) {}

  // The rule of that object, or null; `place` is where it stands now.
  RulePtr find(size_t place, const kube::Object* object) const {
    if (rules_.empty()) return nullptr;
    for (size_t shift : {shift_, shift_ + 1, shift_ - 1}) {
      const size_t at = place + shift;  // wraps around below 0
      if (at >= rules_.size() || rules_[at]->object.get() != object) continue;
      shift_ = shift;
      return rules_[at];
    }
    if (++further_ < kFew) {
      const auto found = std::find_if(rules_.begin(), rules_.end(), [object](const RulePtr& rule) {
        return rule->object.get() == object;
      });
      return found == rules_.end() ? nullptr : *found;
    }
    if (by_object_.empty()) {
      for (const RulePtr& rule : rules_) by_object_.emplace(rule->object.get(), rule);
    }
    auto it = by_object_.find(object);
    return it == by_object_.end() ? nullptr : it->second;
  }

 private:
  static constexpr size_t kFew = 8;  // a walk each is less than the table
  const std::vector<RulePtr>& rules_;
  mutable size_t shift_ = 0;
  mutable size_t further_ = 0;                                          // looked for elsewhere
  mutable std::unordered_map<const kube::Object*, RulePtr> by_object_;  // when places do not tell
};
template <typename RulePtr>
KnownRules(const std::vector<RulePtr>&) -> KnownRules<RulePtr>;

}  // namespace mesh::traffic
