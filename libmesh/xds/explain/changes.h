// Changes: where two messages, as JSON, differ.
#pragma once

#include <string>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::xds {

// One place and what stands there; empty where nothing does.
struct Change {
  std::string path;  // "virtualHosts[cart:80].routes[0].route.timeout"
  std::string with;  // JSON, cut when it is long
  std::string without;
  bool operator==(const Change&) const = default;
};

// In the order of the first message. Elements of lists are matched by their names where they have any, else what
// both lists start and end with is passed over.
std::vector<Change> changes(const document::Value& with, const document::Value& without);

// A value as JSON on one line; long ones are cut and end in "…".
std::string brief(const document::Value& value);

}  // namespace mesh::xds
