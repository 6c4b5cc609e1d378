// Resources of the proxy: the pod's annotations, else the values, without what is null in them
// (omitNil in pkg/kube/inject/template.go). Quantities stand as Kubernetes writes them.
#pragma once

#include "libmesh/document/value.h"
#include "libmesh/injection/forms/annotations.h"

namespace mesh::injection::forms {

// values.global.proxy.resources, ready to be used; null when nothing is left of it.
document::Value values_resources(const document::Value* resources);
// The same of the pod's annotations; null when none of the four is there.
document::Value annotation_resources(const Annotations& annotations);

// Quantities of limits, requests and the like in their canonical form.
void write_quantities(document::Value& resources);

}  // namespace mesh::injection::forms
