// Choosers for a caller that brings its own settings, or nothing but manifests.
//
// A webhook or a manifest whose settings are given (GivenSettings) asks these, as OneControlPlane does;
// namespaces are looked up in the snapshot beside them, where OpenShift's ranges are. Manifests of a
// snapshot (KubeInject) are injected by the control plane that would inject their pods, and, when one
// comes alone, with no control plane, webhook or namespace that says anything of it, with Istio's
// defaults, as istioctl kube-inject does (IntoObject in pkg/kube/inject/inject.go).
#pragma once

#include <utility>

#include "libmesh/injection/doors/chooser.h"
#include "libmesh/injection/injector.h"

namespace mesh::injection {

class GivenSettings final : public Chooser {
 public:
  GivenSettings(SettingsPtr settings, OneControlPlane::As as, InjectorPtr around)
      : given_(std::move(settings), as), around_(std::move(around)) {}
  Choice choose(const document::Value& pod, std::string_view ns) const override;

 private:
  const OneControlPlane given_;
  const InjectorPtr around_;  // for namespaces
};

class KubeInject final : public Chooser {
 public:
  explicit KubeInject(InjectorPtr around) : around_(std::move(around)) {}
  Choice choose(const document::Value& pod, std::string_view ns) const override;

 private:
  bool nothing_is_known(const Decision& decision) const;

  const InjectorPtr around_;
};

}  // namespace mesh::injection
