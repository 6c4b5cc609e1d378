// Where the tests find their data: paths in the source tree, wherever the test binary runs.
#pragma once

#include <string>
#include <string_view>

namespace mesh::testing {

// Returns the absolute path of a file of the source tree, e.g. source_path("examples/shop").
std::string source_path(std::string_view relative);

// Returns the whole content of that file. Ends the test run with a message when it cannot be read:
// a test without its data must not pass.
std::string read_source_file(std::string_view relative);

}  // namespace mesh::testing
