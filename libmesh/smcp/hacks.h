// What a conversion does before and after its sections: the mode, techPreview, and a few values
// that have another place in the charts than in the sections.
#pragma once

#include "libmesh/smcp/sections.h"

namespace mesh::smcp {

// spec.mode, or techPreview.controlPlaneMode of v2.3, as the charts' switch.
void mode_to_values(const Value& spec, const Context& context, Tree& values);
void mode_from_values(Tree& values, const Context& context, Value& spec);

// values.techPreview becomes spec.techPreview.
void take_tech_preview(Tree& values, Value& spec);
// What is left in the values is added to spec.techPreview.
void keep_rest(Tree& values, Value& spec);

// Before the sections of v1 → v2: threeScale joins the values as "3scale", Jaeger's images and
// annotations get the names that the sections know.
void prepare_values(const Value& spec_v1, const Context& context, Tree& values);
// After the sections of v2 → v1, the reverse; `frame` is the v1 spec.
void finish_values(const Context& context, Tree& values, Value& frame);

}  // namespace mesh::smcp
