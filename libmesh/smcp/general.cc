// spec.general: logging of the control plane, and validation messages.
#include <string>

#include "libmesh/smcp/logging.h"
#include "libmesh/smcp/sections.h"

namespace mesh::smcp {

void general_to_values(Value& spec, const Context&, Tree& values) {
  const std::string levels = log_levels_text(at(spec, "general.logging.componentLevels"));
  if (!levels.empty()) values.set("global.logging.level", Value(levels));
  if (const bool* json = bool_at(spec, "general.logging.logAsJSON")) {
    values.set("global.logAsJson", Value(*json));
  }
  if (const bool* messages = bool_at(spec, "general.validationMessages")) {
    values.set("galley.enableAnalysis", Value(*messages));
    values.set("global.istiod.enableAnalysis", Value(*messages));
  }
}

void general_from_values(Tree& values, const Context&, Value& spec) {
  if (auto text = values.take_string("global.logging.level"); text && !text->empty()) {
    put(spec, "general.logging.componentLevels", parse_log_levels(*text, values.faults()));
  }
  if (auto json = values.take_bool("global.logAsJson")) {
    put(spec, "general.logging.logAsJSON", Value(*json));
  }
  // The older place is looked at (and taken) only without the newer one.
  auto messages = values.take_bool("global.istiod.enableAnalysis");
  if (!messages) messages = values.take_bool("galley.enableAnalysis");
  if (messages) put(spec, "general.validationMessages", Value(*messages));
}

}  // namespace mesh::smcp
