// parse_go_template: the text of a template to its tree (text/template/parse/parse.go).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/injection/template/tree.h"

namespace mesh::injection {

struct GoParseError {
  std::string message;  // as Go words it: "template: inject:3: unexpected EOF"
  uint32_t line = 0;
};

// A call of a function that is known but not supported; the template still parses.
struct GoUnsupportedCall {
  const GoFunction* function = nullptr;
  GoPlace place;
};

struct GoParsed {
  std::shared_ptr<const GoTree> tree;  // null when there is an error
  GoParseError error;
  std::vector<GoUnsupportedCall> unsupported;
};

// `name` is what errors call the template; Istio's are all called "inject".
GoParsed parse_go_template(std::string_view name, std::string_view text);

}  // namespace mesh::injection
