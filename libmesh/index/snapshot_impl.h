// What a store hands out as a Snapshot. Nobody but the store and snapshot.cc needs this.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/index/mesh_builder.h"
#include "libmesh/index/objects.h"
#include "libmesh/index/snapshot.h"

namespace mesh::index {

// The builders of a store, one per tenant; shared with its snapshots, since a mesh is made when it
// is first asked for.
class MeshBuilders {
 public:
  explicit MeshBuilders(MeshBuilderOptions options) : options_(std::move(options)) {}
  std::shared_ptr<MeshBuilder> of(const model::TenantId& tenant);
  void keep_only(const Tenants& tenants);

 private:
  const MeshBuilderOptions options_;
  std::mutex mutex_;  // guards builders_
  std::map<model::TenantId, std::shared_ptr<MeshBuilder>> builders_;
};

using DiagnosticsByObject = std::map<kube::ObjectKey, Diagnostics>;
// And those of objects of remote clusters.
using DiagnosticsByFile = std::map<std::string, Diagnostics>;

class SnapshotImpl final : public Snapshot {
 public:
  SnapshotImpl(uint64_t revision, std::shared_ptr<const StoreOptions> options, Objects before,
               Objects objects, std::shared_ptr<const Tenants> tenants,
               InjectionRulesPtr injection_rules, std::shared_ptr<MeshBuilders> builders,
               Shared<DiagnosticsByObject> object_diagnostics,
               Shared<DiagnosticsByFile> file_diagnostics)
      : revision_(revision),
        options_(std::move(options)),
        objects_(std::move(objects)),
        tenants_(std::move(tenants)),
        injection_rules_(std::move(injection_rules)),
        builders_(std::move(builders)),
        object_diagnostics_(std::move(object_diagnostics)),
        file_diagnostics_(std::move(file_diagnostics)),
        before_(std::move(before)) {}

  uint64_t revision() const override { return revision_; }
  const StoreOptions& options() const override { return *options_; }
  const std::vector<kube::ObjectKey>& changed() const override;
  const ObjectMap& objects(kube::Kind kind) const override { return objects_.of(kind); }
  const Objects::Remotes& remotes() const override { return objects_.remotes(); }
  const Diagnostics& diagnostics() const override;
  const Tenants& tenants() const override { return *tenants_; }
  const InjectionRules& injection_rules() const override { return *injection_rules_; }
  std::shared_ptr<const Mesh> mesh(const model::TenantId& tenant) const override;

  const Objects& all_objects() const { return objects_; }
  bool says_the_same(const Shared<DiagnosticsByObject>& of_objects,
                     const Shared<DiagnosticsByFile>& of_files) const {
    return (object_diagnostics_.same(of_objects) || *object_diagnostics_ == *of_objects) &&
           (file_diagnostics_.same(of_files) || *file_diagnostics_ == *of_files);
  }

 private:
  const uint64_t revision_;
  const std::shared_ptr<const StoreOptions> options_;
  const Objects objects_;
  const std::shared_ptr<const Tenants> tenants_;
  const InjectionRulesPtr injection_rules_;
  const std::shared_ptr<MeshBuilders> builders_;
  const Shared<DiagnosticsByObject> object_diagnostics_;
  const Shared<DiagnosticsByFile> file_diagnostics_;

  mutable std::mutex mutex_;  // guards meshes_
  mutable std::map<model::TenantId, MeshPtr> meshes_;
  mutable std::once_flag changed_once_;
  mutable Objects before_;  // of the snapshot before this one; let go when changed_ is made
  mutable std::vector<kube::ObjectKey> changed_;  // written once
  mutable std::once_flag diagnostics_once_;
  mutable Diagnostics diagnostics_;  // written once
};

}  // namespace mesh::index
