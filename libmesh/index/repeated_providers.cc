#include "libmesh/index/repeated_providers.h"

#include <map>
#include <string>
#include <string_view>

#include "libmesh/base/codes.h"

namespace mesh::index {

Diagnostics repeated_providers(const document::Value& layer) {
  Diagnostics out;
  for (const char* key : {"extensionProviders", "extension_providers"}) {
    const document::Value* value = layer.find(key);
    const document::List* list = value == nullptr ? nullptr : value->if_list();
    if (list == nullptr) continue;
    const auto at = [&](size_t i) { return std::string(key) + "[" + std::to_string(i) + "]"; };
    std::map<std::string_view, size_t> last;
    for (size_t i = 0; i < list->size(); ++i) last[(*list)[i].string_at("name")] = i;
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string_view name = (*list)[i].string_at("name");
      if (name.empty() || last[name] == i) continue;
      Diagnostic found;
      found.severity = Severity::kWarning;
      found.code = Code::kRuleConflict;
      found.field = at(i);
      found.message = at(last[name]) + " has the name \"" + std::string(name) +
                      "\" too, stands behind it and replaces it; this one counts for nothing";
      found.mend = "give it a name of its own, or keep one of them";
      found.line = (*list)[i].position.line;
      found.column = (*list)[i].position.column;
      out.push_back(std::move(found));
    }
  }
  return out;
}

}  // namespace mesh::index
