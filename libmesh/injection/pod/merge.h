// The strategic merge of an overlay onto a pod, as the API server and Istio's injector do it.
//
// Matches apimachinery's strategicpatch (patch.go: mergeMap, mergeSlice, normalizeElementOrder)
// over the merge keys of core/v1's Pod. Mappings are merged member by member and null removes; a
// list with a merge key is merged element by element, any other is replaced. Of a merged list the
// overlay's elements stand in the overlay's order and the others in their own; where both were
// there before, the order of before holds, and what is new stands before what is only the pod's.
// The directives $patch, $retainKeys, $setElementOrder and $deleteFromPrimitiveList are obeyed.
#pragma once

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

// Merges in place; what the overlay does not touch is neither moved nor copied. Fails on a directive
// that is not known and on an element of the overlay without its merge key; the pod is then not to
// be used.
Result<void> strategic_merge(document::Value& pod, document::Value overlay);

}  // namespace mesh::injection
