// Injection of whole manifests: what `istioctl kube-inject` does, for every kind that holds a pod
// (places.h), and Lists of them.
//
// Everything else passes as it is, to the byte; of an injected object every field we do not know
// stays. A document that cannot be injected is a diagnostic, and passes as it is; the others are
// still done.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/limits.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/doors/chooser.h"

namespace mesh::injection {

struct ManifestOptions {
  std::string_view ns{};  // of objects that name none; empty as kube-inject has it
  document::Limits limits{};
};

struct ManifestReport {
  size_t injected = 0;                // pods and templates of pods
  std::vector<std::string> messages;  // "===> Skipping injection because …", warnings of a pod
  Diagnostics diagnostics;
};

// Injects into one object, in place; false when it stays as it is, and the report says why.
bool inject_object(document::Value& object, const Chooser& chooser, const ManifestOptions& options,
                   ManifestReport& report);

// YAML or JSON in; YAML out, each document followed by a line `---`.
std::string inject_manifest(std::string_view text, std::string_view file, const Chooser& chooser,
                            const ManifestOptions& options, ManifestReport& report);

}  // namespace mesh::injection
