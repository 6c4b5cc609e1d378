#include "libmesh/index/snapshot.h"

#include <algorithm>

#include "libmesh/index/snapshot_impl.h"

namespace mesh::index {

kube::ObjectPtr Snapshot::find(const kube::ObjectKey& key) const {
  const kube::ObjectPtr* found = objects(key.kind).get(key);
  return found == nullptr ? nullptr : *found;
}

std::shared_ptr<MeshBuilder> MeshBuilders::of(const model::TenantId& tenant) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<MeshBuilder>& builder = builders_[tenant];
  if (builder == nullptr) builder = std::make_shared<MeshBuilder>(options_);
  return builder;
}

void MeshBuilders::keep_only(const Tenants& tenants) {
  std::lock_guard lock(mutex_);
  std::erase_if(builders_, [&](const auto& entry) { return tenants.find(entry.first) == nullptr; });
}

namespace {

void add_changed(const Objects& before, const Objects& after, std::vector<kube::ObjectKey>& out) {
  for (int i = 0; i < kube::kKindCount; ++i) {
    auto kind = static_cast<kube::Kind>(i);
    if (before.same(kind, after)) continue;
    ObjectMap::difference(before.of(kind), after.of(kind),
                          [&](const kube::ObjectPtr& old, const kube::ObjectPtr& now) {
                            out.push_back(old == nullptr ? now->key : old->key);
                          });
  }
}

}  // namespace

const std::vector<kube::ObjectKey>& SnapshotImpl::changed() const {
  std::call_once(changed_once_, [this] {
    add_changed(before_, objects_, changed_);
    if (!before_.same_remotes(objects_)) {
      static const Objects kNone;
      for (const auto& [id, objects] : objects_.remotes()) {
        auto known = before_.remotes().find(id);
        add_changed(known == before_.remotes().end() ? kNone : known->second, objects, changed_);
      }
      for (const auto& [id, objects] : before_.remotes()) {
        if (!objects_.remotes().contains(id)) add_changed(objects, kNone, changed_);
      }
      std::sort(changed_.begin(), changed_.end());
      changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
    }
    before_ = Objects();
  });
  return changed_;
}

std::shared_ptr<const Mesh> SnapshotImpl::mesh(const model::TenantId& tenant) const {
  const Tenant* known = tenants_->find(tenant);
  if (known == nullptr) return nullptr;
  std::lock_guard lock(mutex_);
  MeshPtr& mesh = meshes_[tenant];
  if (mesh == nullptr) mesh = builders_->of(tenant)->build(*known, objects_);
  return mesh;
}

const Diagnostics& SnapshotImpl::diagnostics() const {
  std::call_once(diagnostics_once_, [this] {
    for (const auto& [key, found] : object_diagnostics_) {
      diagnostics_.insert(diagnostics_.end(), found.begin(), found.end());
    }
    for (const auto& [file, found] : file_diagnostics_) {
      diagnostics_.insert(diagnostics_.end(), found.begin(), found.end());
    }
    for (const Said& said : tenants_->said) {
      diagnostics_.insert(diagnostics_.end(), said.found.begin(), said.found.end());
    }
    for (const Tenant& tenant : tenants_->list) {
      MeshPtr made = mesh(tenant.id);
      diagnostics_.insert(diagnostics_.end(), made->diagnostics.begin(), made->diagnostics.end());
    }
    sort_and_dedupe(diagnostics_);
  });
  return diagnostics_;
}

}  // namespace mesh::index
