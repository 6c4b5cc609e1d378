// GoTemplate: a Go template that runs in our engine, parsed once.
//
// Differences from Go that a template can meet, all of them deliberate:
// - output, memory, steps and depth are bounded (arena.h, RunLimits);
// - keys, values: in the order of keys, where Go has none;
// - set and its like never change what came with the data, for which Go has a race;
// - functions that are not pure are refused (functions.h), as are complex constants;
// - upper, lower and title know Latin-1, Greek and Cyrillic.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/injection/template.h"
#include "libmesh/injection/template/arena.h"
#include "libmesh/injection/template/go_value.h"
#include "libmesh/injection/template/parser.h"

namespace mesh::injection {

// Executes a parsed template with any data; `out` gets the text.
Result<void> execute_go_template(const GoTree& tree, Arena& arena, const GoValue& data,
                                 std::string& out);

class GoTemplate : public Template {
 public:
  GoTemplate(std::string name, std::shared_ptr<const GoTree> tree)
      : name_(std::move(name)), tree_(std::move(tree)) {}

  Result<document::Value> render(const TemplateInput& input) const override;
  // The text before it is read as YAML.
  Result<std::string> text(const TemplateInput& input) const;

 private:
  const std::string name_;
  const std::shared_ptr<const GoTree> tree_;
};

}  // namespace mesh::injection
