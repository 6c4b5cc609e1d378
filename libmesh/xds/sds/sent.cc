#include "libmesh/xds/sds/sent.h"

#include "libmesh/xds/sds/credentials.h"

namespace mesh::xds {

Resources sent_resources(const ProxyConfig& config, Type type, const std::optional<Caller>& caller,
                         const index::Snapshot& snapshot) {
  Resources out;
  if (type == Type::kExtension && caller) {
    for (const std::string& name : config.extension_names()) {
      if (ResourcePtr made = config.shared().extension(name, true)) out.push_back(std::move(made));
    }
    return out;
  }
  if (type != Type::kSecret) {
    config.for_each(type, [&](const ResourcePtr& r) { out.push_back(r); });
    return out;
  }
  if (!caller) return out;
  const CredentialQuery query{config.proxy(), *caller, config.gateway()};
  for (const std::string& name : config.secret_names()) {
    ResourcePtr found = credential_secret(snapshot, query, name);
    if (found != nullptr) out.push_back(std::move(found));
  }
  return out;
}

}  // namespace mesh::xds
