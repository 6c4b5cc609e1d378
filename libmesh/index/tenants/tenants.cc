#include "libmesh/index/tenants/tenants.h"

namespace mesh::index {

Diagnostics Tenants::diagnostics() const {
  Diagnostics out;
  for (const Said& each : said) out.insert(out.end(), each.found.begin(), each.found.end());
  sort_and_dedupe(out);
  return out;
}

const Tenant* Tenants::of_namespace(const std::string& ns) const {
  if (list.size() == 1 && list.front().implicit) {
    return &list.front();  // every namespace there is or may be
  }
  const Owned* owned = by_namespace.get(ns);
  return owned == nullptr ? nullptr : find(owned->tenant);
}

}  // namespace mesh::index
