// Reads an injector's configuration: the key `config` of ConfigMap istio-sidecar-injector
// (UnmarshalConfig in pkg/kube/inject/inject.go).
#pragma once

#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection {

// Fails when the text is no YAML mapping. A template that cannot be read is left out, with its
// diagnostics: a pod that asks for it is refused.
Result<InjectorConfig> read_injector_config(std::string_view yaml, Diagnostics& diagnostics);

// A list of metav1.LabelSelector; empty when there is none.
std::vector<LabelSelector> read_label_selectors(const document::Value* value);

// What Istio's chart renders without any setting: policy enabled, the four native forms.
InjectorConfig default_injector_config();

}  // namespace mesh::injection
