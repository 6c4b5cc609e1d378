// What a template sees as `.`: Istio's SidecarTemplateData, as views of the pod and the settings.
#pragma once

#include "libmesh/injection/template.h"
#include "libmesh/injection/template/go_value.h"

namespace mesh::injection {

// Lives as long as the input and the arena.
GoValue make_template_data(Arena& arena, const TemplateInput& input);

}  // namespace mesh::injection
