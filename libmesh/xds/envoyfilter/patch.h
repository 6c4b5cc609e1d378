// The patches of EnvoyFilters with their values read: what is done to finished resources.
//
// A value is read once in the life of an EnvoyFilter object; a list of patches is sorted by what they apply to once in
// the life of the list. A patch whose value cannot be read is left out, as in Istio
// (convertToEnvoyFilterWrapper in pilot/pkg/model/envoyfilter.go); check.h tells of it.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libmesh/schema/dynamic/bytes.h"
#include "libmesh/schema/dynamic/from_value.h"
#include "libmesh/traffic/envoyfilter/selection.h"

namespace mesh::xds::envoyfilter {

using ApplyTo = networking::EnvoyFilter_ApplyTo;
using Operation = networking::EnvoyFilter_Patch_Operation;
using Context = networking::EnvoyFilter_PatchContext;

struct Patch {
  const networking::EnvoyFilter_EnvoyConfigObjectPatch* spec = nullptr;
  const kube::Object* object = nullptr;
  uint32_t index = 0;   // in spec.configPatches
  bool usable = false;  // there is a patch, and its value could be read
  Operation operation{};
  Context context{};
  schema::MessagePtr value;  // null: none is given
  schema::ValueFaults faults;

  const networking::EnvoyFilter_ListenerMatch* listener() const;
  const networking::EnvoyFilter_RouteConfigurationMatch* route() const;
  const networking::EnvoyFilter_ClusterMatch* cluster() const;
  bool merges() const {
    return operation == Operation::MERGE || operation == Operation::MERGE_AND_REPLACE_LIST;
  }
};

// The message that a patch of that kind has as its value; empty for INVALID.
std::string_view value_type(ApplyTo to);

// All of one EnvoyFilter, by index.
using Patches = std::vector<Patch>;
std::shared_ptr<const Patches> patches_of(const traffic::EnvoyPatches& filter);

// A list's patches by what they apply to, in order.
class PatchSet {
 public:
  explicit PatchSet(const traffic::EnvoyPatchList& list);

  const std::vector<const Patch*>& operator[](ApplyTo to) const {
    return by_target_[static_cast<size_t>(to)];
  }
  bool has(ApplyTo to) const { return !(*this)[to].empty(); }
  bool has_routes() const {
    return has(ApplyTo::ROUTE_CONFIGURATION) || has(ApplyTo::VIRTUAL_HOST) ||
           has(ApplyTo::HTTP_ROUTE);
  }
  bool has_listeners() const {
    return has(ApplyTo::LISTENER) || has(ApplyTo::FILTER_CHAIN) || has(ApplyTo::NETWORK_FILTER) ||
           has(ApplyTo::HTTP_FILTER) || has(ApplyTo::LISTENER_FILTER);
  }

 private:
  std::array<std::vector<const Patch*>, 12> by_target_;
  std::vector<std::shared_ptr<const Patches>> owners_;
};
std::shared_ptr<const PatchSet> patch_set(const traffic::EnvoyPatchList& list);

// What became of patches; for check.h.
struct Outcome {
  std::unordered_set<const Patch*> applied;
  // Could not be merged, so that what came after it did not happen; and why.
  std::unordered_map<const Patch*, std::string> failed;
};

}  // namespace mesh::xds::envoyfilter
