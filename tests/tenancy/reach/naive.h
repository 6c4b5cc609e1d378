// A second evaluator of NetworkPolicies, as plain as can be: it reads the documents themselves, one
// sentence of the Kubernetes documentation after the other, and knows only pods with addresses and
// labels. It shares nothing with the library's but the reader of YAML.
#pragma once

#include <string>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::testing::naive {

using document::Value;

struct Cluster {
  std::vector<Value> namespaces;
  std::vector<Value> pods;
  std::vector<Value> policies;
};

// Both sides of a TCP, UDP or SCTP connection between two pods of the cluster.
bool reaches(const Cluster& cluster, const Value& from, const Value& to, int64_t port,
             const std::string& protocol);

}  // namespace mesh::testing::naive
