// What differs between an object that is there and a planned one, and what it looks like afterwards.
//
// Only what is ours counts (Ownership): labels, annotations, status and owners that somebody else
// put there stay, so that two controllers can work on one object. Maistra never compares the copies
// it made, so a changed source reaches new members only (namespace_reconciler.go has the TODO); here
// contents are compared every time.
#pragma once

#include <vector>

#include "libmesh/tenancy/plan/planned.h"

namespace mesh::tenancy {

// In the order of the planned body; empty when nothing is to be done.
std::vector<Difference> differences(const kube::Object& is, const PlannedObject& wanted);
// The same question without the answer's cost.
bool is_as_planned(const kube::Object& is, const PlannedObject& wanted);

// The object after the step: what is there with what is ours laid over it.
document::Value merged(const document::Value& is, const PlannedObject& wanted);

// A roleRef cannot be changed: such an object is deleted and created again.
bool must_be_recreated(kube::Kind kind, const std::vector<Difference>& differences);

}  // namespace mesh::tenancy
