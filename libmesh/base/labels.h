// Labels and selectors: the one map that every Kubernetes object carries.
#pragma once

#include <map>
#include <string>

namespace mesh {

using Labels = std::map<std::string, std::string>;

// True when every pair of the selector is in the labels (an empty selector matches everything).
bool labels_match(const Labels& selector, const Labels& labels);

}  // namespace mesh
