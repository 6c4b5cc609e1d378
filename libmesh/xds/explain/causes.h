// Causes: which objects, and which of their fields, something depends on. Found by taking them away.
//
// The question is a function of the configuration as it stands in a WhatIf ("is it still the same?"). Objects are
// taken away in halves, so that of n objects with k causes about k log n are tried; what matters only together with
// something else (either of two that say the same) is found as a group. The fields of a cause are taken away one by
// one, parts of a field only when the whole of it matters.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libmesh/xds/explain/what_if.h"

namespace mesh::xds {

// True while nothing that is asked about has changed.
using Same = std::function<bool()>;

struct FieldCause {
  std::string path;  // "spec.trafficPolicy.connectionPool.http.maxRetries"
  document::Value value;
};

struct Cause {
  kube::ObjectPtr object;
  // Others, of which at least one has to be there as well; mostly none.
  std::vector<kube::ObjectPtr> alternatives;
};

class Search {
 public:
  // At most `budget` configurations are tried; then is_complete() is false.
  Search(WhatIf& what_if, Same same, size_t budget)
      : what_if_(what_if), same_(std::move(same)), budget_(budget) {}

  std::vector<Cause> objects();
  // Calls visit(field) with the configuration standing as it is without the field.
  void fields(const kube::Object& object, const std::function<void(const FieldCause&)>& visit);
  bool is_complete() const { return tried_ <= budget_; }

 private:
  using Group = std::span<const kube::ObjectPtr>;
  bool matters(Group group);
  void split(Group group, std::vector<kube::ObjectPtr>& together, std::vector<Cause>& out);

  WhatIf& what_if_;
  Same same_;
  const size_t budget_;
  size_t tried_ = 0;
};

}  // namespace mesh::xds
