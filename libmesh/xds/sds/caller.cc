#include "libmesh/xds/sds/caller.h"

#include <algorithm>

#include "libmesh/model/workload.h"

namespace mesh::xds {

namespace {

Result<void> check(const index::Mesh& mesh, const model::Proxy& proxy,
                   const identity::SpiffeId& id) {
  const auto refuse = [&](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument, "identity spiffe://" + id.trust_domain + "/ns/" +
                                                  id.ns + "/sa/" + id.account +
                                                  " is not of proxy " + proxy.id + ": " + why};
  };
  if (id.ns != proxy.ns) return refuse("its namespace is " + proxy.ns);
  if (!proxy.service_account.empty() && id.account != proxy.service_account) {
    return refuse("its service account is " + proxy.service_account);
  }
  // Identities have "." for the "@" of a trust domain.
  const auto is_domain_of = [&](const std::string& domain) {
    return model::spiffe_id(domain, id.ns, id.account) ==
           model::spiffe_id(id.trust_domain, id.ns, id.account);
  };
  const auto& aliases = mesh.config->trust_domain_aliases;
  if (!is_domain_of(mesh.trust_domain) &&
      std::none_of(aliases.begin(), aliases.end(), is_domain_of)) {
    return refuse("its trust domain is " + mesh.trust_domain);
  }
  return {};
}

}  // namespace

Result<std::optional<Caller>> caller_of(const index::Mesh& mesh, const model::Proxy& proxy,
                                        const CallerOptions& options) {
  if (options.id) {
    if (auto own = check(mesh, proxy, *options.id); !own) return own.error();
    return std::optional<Caller>({*options.id, options.reads_secrets, false});
  }
  if (!options.believe_node) return std::optional<Caller>();
  const std::string& account = proxy.service_account;
  identity::SpiffeId id{mesh.trust_domain, proxy.ns, account.empty() ? "default" : account};
  return std::optional<Caller>({std::move(id), options.reads_secrets, true});
}

}  // namespace mesh::xds
