#include "libmesh/base/copy_bytes.h"

namespace mesh {

char* copy_long(char* to, std::string_view bytes) {
  while (bytes.size() > kLongCopy) {
    to = copy_bytes(to, bytes.substr(0, kLongCopy));
    bytes.remove_prefix(kLongCopy);
  }
  return copy_bytes(to, bytes);
}

}  // namespace mesh
