// Who sees what: the sets that exportTo and the mesh's defaults amount to.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "libmesh/model/service.h"

namespace mesh::traffic {

// exportTo with "." already made the object's own namespace.
struct Visibility {
  bool all = false;
  bool none = false;
  std::vector<std::string> namespaces;

  bool sees(const std::string& ns) const {
    return all || std::find(namespaces.begin(), namespaces.end(), ns) != namespaces.end();
  }
};

inline Visibility visibility_of(const std::vector<std::string>& export_to, const std::string& own) {
  Visibility out;
  for (const std::string& entry : export_to) {
    if (entry == "*") {
      out.all = true;
    } else if (entry == "~") {
      out.none = true;
    } else {
      out.namespaces.push_back(entry == "." ? own : entry);
    }
  }
  return out;
}

// The object's own exportTo, else the mesh's default, else everybody.
inline Visibility visibility_or_default(const std::vector<std::string>& export_to,
                                        const std::vector<std::string>& mesh_default,
                                        const std::string& own) {
  if (!export_to.empty()) return visibility_of(export_to, own);
  if (!mesh_default.empty()) return visibility_of(mesh_default, own);
  return Visibility{.all = true, .none = false, .namespaces = {}};
}

inline Visibility visibility_of(const model::Service& service,
                                const std::vector<std::string>& mesh_default) {
  const model::ExportTo& e = service.export_to;
  if (e.defaulted) return visibility_or_default({}, mesh_default, service.ns);
  Visibility out{.all = e.all, .none = e.none, .namespaces = e.others};
  if (e.own) out.namespaces.push_back(service.ns);
  return out;
}

}  // namespace mesh::traffic
