// Injector: the decision and the settings of every control plane of one snapshot. Immutable: any
// number of threads ask one Injector.
//
// Settings are read once for each control plane and revision, when first asked for, and are handed
// on to the next Injector while the objects they come from are the same: ConfigMaps
// istio-sidecar-injector[-REV] and istio[-REV] of the control plane's namespace where they are in
// the input, else the ServiceMeshControlPlane's own values, else Istio's defaults.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/injection/decision/decide.h"
#include "libmesh/injection/doors/chooser.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection {

class Injector;
using InjectorPtr = std::shared_ptr<const Injector>;

class Injector final : public Chooser {
 public:
  // `previous` (may be null) lends the settings whose inputs did not change.
  static InjectorPtr make(index::SnapshotPtr snapshot, Options options,
                          const InjectorPtr& previous = nullptr);
  ~Injector() override;

  const index::Snapshot& snapshot() const { return *snapshot_; }
  // Why and whether; `ns` where the pod's own metadata does not say.
  Decision decide(const document::Value& pod, std::string_view ns) const;
  // The same for a door, without the reasons: cheap.
  Choice choose(const document::Value& pod, std::string_view ns) const override;

  // The settings of a control plane, "" being Istio's tenant; an error when its texts cannot be
  // read. `revision` "" and "default" are the same.
  Result<SettingsPtr> settings(const model::TenantId& tenant, std::string_view revision) const;
  // Labels and annotations of a namespace, or null when its object is not in the snapshot.
  std::shared_ptr<const NamespaceFacts> namespace_facts(std::string_view ns) const;
  // What reading the settings that were asked for so far found, sorted.
  Diagnostics diagnostics() const;

 private:
  struct Cache;
  Injector(index::SnapshotPtr snapshot, Options options);

  const index::SnapshotPtr snapshot_;
  const Options options_;
  const std::unique_ptr<Cache> cache_;
};

}  // namespace mesh::injection
