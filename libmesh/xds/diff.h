// Diff: what a change does, from one snapshot to another.
//
// Per proxy and type the resources that are added, changed and removed, with the bytes that a delta
// stream would carry; namespaces that change their mesh; diagnostics that appear or go. Proxies are
// matched by tenant, namespace, name and cluster, resources by name, their content by its bytes.
// Property: diff(a, a) is empty, and diff(b, a) is diff(a, b) with added and removed exchanged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/model/proxy.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

struct TypeDiff {
  Type type{};
  std::vector<std::string> added;  // each sorted
  std::vector<std::string> changed;
  std::vector<std::string> removed;
  size_t bytes = 0;  // of the added and changed ones
};

struct ProxyDiff {
  enum class State : uint8_t { kJoins, kStays, kLeaves };
  std::string tenant;
  std::string ns;
  std::string name;     // of the pod
  std::string cluster;  // a remote one; empty: the config cluster
  State state = State::kStays;
  std::vector<TypeDiff> changes;  // only types with a change
};

struct MemberDiff {
  std::string ns;
  std::string before;  // tenants; empty: in no mesh
  std::string after;
};

struct SnapshotDiff {
  std::vector<ProxyDiff> proxies;  // those with changes, by tenant, namespace, name and cluster
  size_t unchanged = 0;            // proxies without
  std::vector<MemberDiff> members;
  Diagnostics appeared;
  Diagnostics gone;
};

// One side of a comparison, ready to be asked for what each proxy is sent.
struct DiffSide {
  // Tenant, namespace, pod, and its cluster if that is a remote one.
  using Key = std::tuple<std::string, std::string, std::string, std::string>;

  explicit DiffSide(index::SnapshotPtr given);
  ProxyConfigPtr config(const Key& key) const;  // null: there is no such proxy

  index::SnapshotPtr snapshot;
  std::map<Key, model::Proxy> proxies;
  Generator generator;
};

SnapshotDiff diff(const DiffSide& before, const DiffSide& after);

}  // namespace mesh::xds
