// Snapshot: everything that is known at one moment, immutable and shared.
//
// Objects by kind in order of namespace and name; the tenants with their namespaces; one Mesh
// (mesh.h) per tenant, made when first asked for and shared between snapshots as long as nothing in
// it changed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh.h"
#include "libmesh/index/objects.h"
#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/index/store_options.h"
#include "libmesh/index/tables/object_map.h"
#include "libmesh/index/tenants/tenants.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/ids.h"

namespace mesh::index {

class Snapshot;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

class Snapshot {
 public:
  virtual ~Snapshot() = default;

  virtual uint64_t revision() const = 0;
  // Those of its store: another store with these options and these objects has the same answers.
  virtual const StoreOptions& options() const = 0;
  // Keys that were added, changed or removed since the snapshot before this one, in whichever cluster, sorted by kind.
  virtual const std::vector<kube::ObjectKey>& changed() const = 0;
  // Objects of a kind in the config cluster, synthesized ones included.
  virtual const ObjectMap& objects(kube::Kind kind) const = 0;
  // Those of remote clusters, by the cluster's id.
  virtual const Objects::Remotes& remotes() const = 0;
  kube::ObjectPtr find(const kube::ObjectKey& key) const;
  // All diagnostics: of reading, of tenancy, of the configuration; sorted.
  virtual const Diagnostics& diagnostics() const = 0;

  virtual const Tenants& tenants() const = 0;
  // Which injectors there are beside those of ServiceMeshControlPlanes.
  virtual const InjectionRules& injection_rules() const = 0;
  // The tenant's slice; never null for a tenant of tenants(). Thread-safe.
  virtual std::shared_ptr<const Mesh> mesh(const model::TenantId& tenant) const = 0;
};

}  // namespace mesh::index
