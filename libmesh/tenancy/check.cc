#include "libmesh/tenancy/check.h"

#include <iterator>

#include "libmesh/tenancy/beyond/objects.h"
#include "libmesh/tenancy/reach/policies.h"
#include "libmesh/tenancy/release/judge.h"

namespace mesh::tenancy {
namespace {

// Of "VirtualService shop/cart" the namespace, of "Namespace shop" the name.
std::string namespace_of(std::string_view object) {
  const size_t space = object.find(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view name = object.substr(space + 1);
  const size_t slash = name.find('/');
  if (slash != std::string_view::npos) return std::string(name.substr(0, slash));
  return object.substr(0, space) == "Namespace" ? std::string(name) : std::string();
}

}  // namespace

Diagnostics all_diagnostics(const index::Snapshot& snapshot) {
  Diagnostics out = snapshot.diagnostics();
  const Diagnostics more = check(snapshot);
  if (more.empty()) return out;
  out.insert(out.end(), more.begin(), more.end());
  sort_and_dedupe(out);
  return out;
}

Diagnostics diagnostics_of(const index::Snapshot& snapshot, const index::Tenant& tenant) {
  Diagnostics out = all_diagnostics(snapshot);
  if (tenant.implicit) return out;
  std::erase_if(out, [&](const Diagnostic& each) {
    const std::string ns = namespace_of(each.object);
    return ns.empty() || !tenant.namespaces.contains(ns);
  });
  return out;
}

Diagnostics check(const index::Snapshot& snapshot) {
  Diagnostics out = check_options(snapshot);
  auto add = [&](Diagnostics more) {
    out.insert(out.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  };
  add(check_gateways(snapshot));
  add(check_control_planes(snapshot));
  for (const auto& [key, object] : snapshot.objects(kube::Kind::kNetworkPolicy)) {
    add(check_policy(*object));
  }
  sort_and_dedupe(out);
  return out;
}

}  // namespace mesh::tenancy
