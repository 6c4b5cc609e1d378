// Pruning: what was made for a control plane and is no longer wanted goes.
#pragma once

#include <string>
#include <unordered_set>

#include "libmesh/index/snapshot.h"
#include "libmesh/tenancy/plan/plan.h"

namespace mesh::tenancy {

// Objects by kind, namespace and name.
struct KeyHash {
  size_t operator()(const kube::ObjectKey& key) const noexcept {
    size_t seed = static_cast<size_t>(key.kind);
    for (const std::string* part : {&key.ns, &key.name}) {
      seed ^= std::hash<std::string>()(*part) + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
    }
    return seed;
  }
};
using KeySet = std::unordered_set<kube::ObjectKey, KeyHash>;

// What carries the labels of a control plane and is not among `wanted`: all of it when the control
// plane is gone or going, and of a living one what is of the kinds that we plan whole (charts look after
// the rest). With `ns` only that namespace.
void plan_pruning(const index::Snapshot& snapshot, const PlanOptions& options, const KeySet& wanted,
                  const std::string* ns, Plan& out);

// A control plane that is being deleted loses our finalizer when nothing is left to undo for it:
// Maistra drops it even when pruning failed, and never when the version cannot be read.
void plan_finalizers(const index::Snapshot& snapshot, const std::string* ns, Plan& out);

}  // namespace mesh::tenancy
