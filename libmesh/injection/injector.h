// Injector: the decision and the settings of every control plane of one snapshot. Immutable: any
// number of threads ask one Injector.
//
// Settings are read once for each control plane and revision, when first asked for, and are handed
// on to the next Injector while the objects they come from (tenant_settings.h) are the same.
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

// Who asks, where the input does not tell all (Answer::kUnknown).
enum class Caller : uint8_t {
  kManifest,   // a namespace that is not in the input has no labels; conditions hold
  kApiServer,  // it has matched a webhook already: what the input does not tell is so
};

class Injector final : public Chooser {
 public:
  // `previous` (may be null) lends the settings whose inputs did not change.
  static InjectorPtr make(index::SnapshotPtr snapshot, Options options,
                          const InjectorPtr& previous = nullptr, Caller caller = Caller::kManifest);
  // The same for another caller: what is read for the one is read for both.
  InjectorPtr asked_by(Caller caller) const;
  ~Injector() override;

  const index::Snapshot& snapshot() const { return *snapshot_; }
  // Whether and why. `ns` where the pod's own metadata does not say; `object` names the pod.
  Decision decide(const document::Value& pod, std::string_view ns, std::string_view object) const;
  // The same for a door: the settings to inject with, or in one line why not. Cheap.
  Choice choose(const document::Value& pod, std::string_view ns) const override;

  // The settings of a control plane; an error when its texts cannot be read. Of Istio's own, the
  // tenant is "" and `ns` that of the control plane ("": wherever the input has it); of a
  // ServiceMeshControlPlane only the tenant counts. `revision` "" and "default" are the same.
  Result<SettingsPtr> settings(const model::TenantId& tenant, std::string_view ns,
                               std::string_view revision) const;
  // Labels and annotations of a namespace, or null when its object is not in the snapshot.
  std::shared_ptr<const NamespaceFacts> namespace_facts(std::string_view ns) const;
  // Reads the settings of every control plane that has ConfigMaps of its own in the input, which
  // else are read when first asked for: what is wrong with them is told before any pod comes.
  void read_ahead() const;
  // What reading the settings that were asked for so far found, sorted.
  Diagnostics diagnostics() const;

 private:
  struct Cache;
  Injector(index::SnapshotPtr snapshot, Options options, Caller caller,
           std::shared_ptr<Cache> cache);
  bool is_to_inject(const index::InjectionVerdict& verdict) const;

  const index::SnapshotPtr snapshot_;
  const Options options_;
  const Caller caller_;
  const std::shared_ptr<Cache> cache_;
};

}  // namespace mesh::injection
