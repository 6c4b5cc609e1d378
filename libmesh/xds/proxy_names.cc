// What a proxy asks for by name beside routes and endpoints: secrets and extensions.
#include <set>

#include "libmesh/xds/generator.h"
#include "libmesh/xds/references.h"

namespace mesh::xds {

std::vector<std::string> ProxyConfig::secret_names() const {
  SecretNames names;
  for_each(Type::kCluster, [&](const ResourcePtr& r) { names.add_cluster(r->value()); });
  for_each(Type::kListener, [&](const ResourcePtr& r) { names.add_listener(r->value()); });
  return {names.list().begin(), names.list().end()};
}

std::vector<std::string> ProxyConfig::extension_names() const {
  std::set<std::string, std::less<>> names;
  for_each(Type::kListener, [&](const ResourcePtr& r) { add_extension_names(r->value(), names); });
  return {names.begin(), names.end()};
}

}  // namespace mesh::xds
