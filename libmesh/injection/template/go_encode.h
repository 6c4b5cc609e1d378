// Values as encoding/json and sigs.k8s.io/yaml write them.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/document/value.h"
#include "libmesh/injection/template/go_value.h"

namespace mesh::injection {

// What json.Marshal sees: struct tags followed, map keys sorted.
document::Value go_to_document(Arena& arena, const GoValue& value, int depth = 0);

struct GoJsonStyle {
  bool escape_html = true;  // '<', '>' and '&', as Marshal does
  bool pretty = false;      // MarshalIndent("", "  ")
};
void go_append_json(std::string& out, const document::Value& value, GoJsonStyle style = {},
                    int depth = 0);
std::string go_json(Arena& arena, const GoValue& value, GoJsonStyle style = {});

// yaml.Marshal: the JSON, its keys sorted, in block style.
std::string go_yaml(Arena& arena, const GoValue& value);

}  // namespace mesh::injection
