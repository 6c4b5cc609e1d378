// Inputs and outputs recorded from Maistra's own code, when they are at hand.
//
// They are not part of this repository. $MESH_MAISTRA_DATA names their folder; without it they are
// looked for beside the source tree (../shared/data/maistra), and without that the tests that
// compare with them say so and are skipped.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"

namespace mesh::smcp {

std::optional<std::string> recorded_folder();
std::optional<std::string> read_file(const std::string& path);
// The documents of a file that is one list; empty when it cannot be read.
std::vector<document::Value> read_cases(const std::string& path);

// Where two trees differ: "spec.proxy: is x, recorded y"; empty when they are equal. 1 and 1.0 are.
std::string difference(const document::Value& got, const document::Value& recorded,
                       const std::string& path = "");

}  // namespace mesh::smcp
