#include "libmesh/capi/caller.h"

namespace mesh::capi {

Result<xds::CallerOptions> read_caller(Options& options) {
  xds::CallerOptions out;
  std::string identity;
  bool reads_secrets = false;
  const bool said = options.has("readsSecrets");
  options.read("identity", identity);
  options.read("believeNode", out.believe_node);
  options.read("readsSecrets", reads_secrets);
  if (said) out.reads_secrets = reads_secrets;
  if (identity.empty()) return out;
  auto id = identity::parse_spiffe_id(identity);
  if (!id) return id.error();
  out.id = *std::move(id);
  return out;
}

}  // namespace mesh::capi
