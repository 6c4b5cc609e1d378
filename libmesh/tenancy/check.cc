#include "libmesh/tenancy/check.h"

#include <iterator>

#include "libmesh/tenancy/beyond/objects.h"
#include "libmesh/tenancy/reach/policies.h"

namespace mesh::tenancy {

Diagnostics check(const index::Snapshot& snapshot) {
  Diagnostics out = check_options(snapshot);
  auto add = [&](Diagnostics more) {
    out.insert(out.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  };
  add(check_gateways(snapshot));
  for (const auto& [key, object] : snapshot.objects(kube::Kind::kNetworkPolicy)) {
    add(check_policy(*object));
  }
  sort_and_dedupe(out);
  return out;
}

}  // namespace mesh::tenancy
