#include "libmesh/identity/spiffe.h"

namespace mesh::identity {

Result<SpiffeId> parse_spiffe_id(std::string_view text) {
  constexpr std::string_view kScheme = "spiffe://";
  const Error wrong{ErrorCode::kInvalidArgument,
                    "identity \"" + std::string(text) +
                        "\" is not spiffe://<trust domain>/ns/<namespace>/sa/<service account>"};
  if (!text.starts_with(kScheme)) return wrong;
  std::string_view rest = text.substr(kScheme.size());
  std::string_view parts[5];
  size_t count = 0;
  for (bool more = true; more; ++count) {
    if (count == 5) return wrong;
    const size_t slash = rest.find('/');
    more = slash != std::string_view::npos;
    parts[count] = rest.substr(0, slash);
    if (parts[count].empty()) return wrong;
    if (more) rest.remove_prefix(slash + 1);
  }
  if (count != 5 || parts[1] != "ns" || parts[3] != "sa") return wrong;
  return SpiffeId{std::string(parts[0]), std::string(parts[2]), std::string(parts[4])};
}

}  // namespace mesh::identity
