// Places: which layer says a field of a merged MeshConfig, and where.
//
// The last layer that says the part that the field belongs to (model/mesh_config.h has what is merged, and what is
// overridden as a whole) is where a mistake in it was made, also if it is that something is missing.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/mesh_layers.h"

namespace mesh::traffic {

class Places {
 public:
  // `merged` is of these layers over Istio's defaults.
  Places(std::span<const index::MeshLayer> layers, const document::Value& merged);

  // Says a finding about a field of `merged` of the object and the field that have it; false when no layer says anything of it.
  bool trace(Diagnostic& found);

 private:
  using Elements = std::map<std::string_view, size_t>;

  struct Step {
    std::string key;  // of a message, or empty
    size_t element = 0;
  };
  // How far a layer goes along the steps, and how it writes them.
  struct Way {
    size_t length = 0;
    std::string field;
    document::Position position;
  };

  static std::vector<Step> steps_of(std::string_view field);
  static size_t overridden(const std::vector<Step>& steps);
  // Element `at` of the merged list, where the layer has it.
  size_t element_in(size_t layer, const std::string& list, size_t at) const;
  Way follow(size_t layer, const document::Value& from, const std::vector<Step>& steps);
  const document::Member* member(const document::Value& message, const std::string& name);
  void place_in_control_plane(size_t layer, const std::vector<Step>& steps, Diagnostic& found);

  std::span<const index::MeshLayer> layers_;
  // The lists whose elements several layers have, by what they are known by: of the merged one, and of each layer.
  std::vector<std::string> providers_;
  std::vector<std::string> aliases_;
  std::vector<Elements> layer_providers_;
  std::vector<Elements> layer_aliases_;
  // Fields that were looked for: a message of many is looked through once for each name that the rules have.
  std::map<std::pair<const document::Value*, std::string>, const document::Member*> members_;
};

}  // namespace mesh::traffic
