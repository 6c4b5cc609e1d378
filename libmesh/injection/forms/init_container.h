// The init container of the sidecar form: istio-init redirects the pod's traffic; istio-validation
// checks that the CNI plug-in has done so.
#pragma once

#include "libmesh/document/value.h"
#include "libmesh/injection/forms/view.h"

namespace mesh::injection::forms {

document::Value init_container(View& view, std::string_view interception_mode);

}  // namespace mesh::injection::forms
