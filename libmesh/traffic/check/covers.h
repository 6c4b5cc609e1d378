// Covers: whether every request, or connection, that one match takes is one that another match takes too. Only what can be
// told for certain: regular expressions are compared as texts.
#pragma once

#include "libmesh/schema/istio.h"

namespace mesh::traffic {

bool covers(const networking::HTTPMatchRequest& wide, const networking::HTTPMatchRequest& narrow);
bool covers(const networking::L4MatchAttributes& wide, const networking::L4MatchAttributes& narrow);
bool covers(const networking::TLSMatchAttributes& wide,
            const networking::TLSMatchAttributes& narrow);

}  // namespace mesh::traffic
