#include "tests/support/paths.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace mesh::testing {

std::string source_path(std::string_view relative) {
  return std::string(MESH_SOURCE_DIR) + "/" + std::string(relative);
}

std::string read_source_file(std::string_view relative) {
  const std::string path = source_path(relative);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    std::abort();
  }
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace mesh::testing
