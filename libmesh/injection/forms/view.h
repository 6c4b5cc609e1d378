// What the native forms see of one pod: its annotations in one pass, labels, containers; and the
// note whether some text of it would change the YAML of Istio's template.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/injection/forms/annotations.h"
#include "libmesh/injection/forms/prepared.h"
#include "libmesh/injection/settings.h"
#include "libmesh/injection/template.h"

namespace mesh::injection::forms {

struct View {
  explicit View(const TemplateInput& input);

  const TemplateInput& input;
  const Prepared& settings;
  const Annotations annotations;
  const document::Value* labels;
  const document::Value* spec;
  const document::List* containers;         // spec.containers; null when there are none
  std::vector<std::string_view> app_names;  // of all but istio-proxy
  bool odd = false;                         // ask the template itself

  std::string_view label(std::string_view name) const;
  std::string_view service_account() const;

  // The text, noted as odd where it cannot stand between quotes, inside of a plain scalar, or as
  // one.
  std::string_view quoted(std::string_view text);
  std::string_view part(std::string_view text);
  std::string_view name(std::string_view text);
  // `annotation .ObjectMeta known otherwise`, between quotes.
  std::string_view annotation(Known known, std::string_view otherwise) {
    return quoted(annotations.text_or(known, otherwise));
  }
};

}  // namespace mesh::injection::forms
