// Effect: what a change of configuration does to requests: callers that lose or gain access, requests that go
// elsewhere.
//
// The requests are those that the proxies' own configurations speak of, before or after (Walker::probes), put to both.
// Requests out of a workload and into a gateway are walked at that proxy; those into a sidecar are put for every
// account of the mesh that has a proxy, and for a caller without one. Proxies that were sent the same before and
// after are passed over, replicas are asked once. What the probes do not speak of is not found: no effect told here
// is wrong, but there may be more.
#pragma once

#include <string>
#include <vector>

#include "libmesh/testing/walk/walk.h"
#include "libmesh/xds/diff.h"

namespace mesh::testing {

struct RequestEffect {
  enum class Kind : uint8_t { kLoses, kGains, kElsewhere };
  Kind kind = Kind::kElsewhere;
  std::string tenant;
  std::string ns;
  std::string name;     // of the proxy's pod
  std::string cluster;  // a remote one; empty: the config cluster
  std::string
      caller;  // "spiffe://…"; "plain text": a caller without a proxy; empty: the workload itself, or a gateway's client
  Request request;
  Verdict verdict_before = Verdict::kUnknown;
  Verdict verdict_after = Verdict::kUnknown;
  std::string before;  // the outcomes' details
  std::string after;
};

struct Effects {
  std::vector<RequestEffect> list;  // by tenant, namespace, name and cluster
  size_t asked = 0;                 // requests that were put to both
  bool complete = true;             // false: there were more to ask, or to tell, than is done
};

Effects effect(const xds::DiffSide& before, const xds::DiffSide& after);

// "loses", "gains", "elsewhere".
std::string_view to_string(RequestEffect::Kind kind);

}  // namespace mesh::testing
