// The caller that a frontend has verified, as options name it: {"identity": "spiffe://…", "believeNode": false,
// "readsSecrets": true}.
#pragma once

#include "libmesh/capi/options.h"
#include "libmesh/xds/sds/caller.h"

namespace mesh::capi {

// Whoever calls it calls options.end() after it.
Result<xds::CallerOptions> read_caller(Options& options);

}  // namespace mesh::capi
