// All resources of one type that a proxy is sent, with what depends on who calls.
#pragma once

#include "libmesh/xds/generator.h"
#include "libmesh/xds/sds/caller.h"

namespace mesh::xds {

// As ProxyConfig::for_each; with a caller also the secrets that the configuration names and the
// caller may have, but for the workload's own certificate, which an authority signs.
Resources sent_resources(const ProxyConfig& config, Type type, const std::optional<Caller>& caller,
                         const index::Snapshot& snapshot);

}  // namespace mesh::xds
