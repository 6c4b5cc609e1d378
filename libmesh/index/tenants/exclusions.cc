#include "libmesh/index/tenants/exclusions.h"

#include "libmesh/schema/own.h"

namespace mesh::index {

bool matches_exclusion(std::string_view pattern, std::string_view ns) {
  if (!pattern.ends_with('*')) return pattern == ns;
  pattern.remove_suffix(1);
  return ns.starts_with(pattern);
}

const std::vector<std::string>& excluded_namespaces(const ObjectMap& options,
                                                    const std::string& mesh_ns) {
  static const std::vector<std::string> kNone;
  const kube::ObjectPtr* object = options.get({kube::Kind::kMeshOptions, mesh_ns, "default"});
  return object == nullptr ? kNone : (*object)->as<own::MeshOptionsSpec>().excluded_namespaces;
}

}  // namespace mesh::index
