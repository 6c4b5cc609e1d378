// Limits: how much a reader takes before it says kLimit instead of using up the machine.
//
// Input comes from whoever may write a configuration, so neither its nesting nor its aliases may
// cost more than in proportion to what was sent. The defaults are far above any Kubernetes object
// (etcd takes 1.5 MB) and bound a reader's memory to a small multiple of the text.
#pragma once

#include <cstddef>

namespace mesh::document {

struct Limits {
  size_t bytes = size_t{512} << 20;  // of one text
  size_t nodes = 16'000'000;         // scalars, lists and mappings of one text
  // Kubernetes' JSON decoder allows 10,000; a Value is destroyed recursively, and callers of the
  // C ABI may stand on small stacks.
  size_t depth = 256;
  // What aliases and merge keys may add to a text. The number of nodes is that of go-yaml
  // (decode.go, alias_ratio_range_low): what it refuses as excessive aliasing lies above.
  size_t alias_nodes = 400'000;
  size_t alias_bytes = size_t{64} << 20;
};

}  // namespace mesh::document
