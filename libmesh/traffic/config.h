// The configuration objects after their names were resolved and their merges made: what every
// later decision reads instead of the raw objects.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/model/ids.h"
#include "libmesh/model/service.h"
#include "libmesh/schema/istio.h"

namespace mesh::traffic {

// A VirtualService with short host names made full and gateways as "ns/name" or "mesh"
// (pilot/pkg/model/virtualservice.go resolveVirtualServiceShortnames), delegates merged in.
struct VirtualService {
  kube::ObjectPtr object;
  std::shared_ptr<const networking::VirtualService> spec;

  const std::string& name() const { return object->key.name; }
  const std::string& ns() const { return object->key.ns; }
  const networking::VirtualService* operator->() const { return spec.get(); }
};
using VirtualServicePtr = std::shared_ptr<const VirtualService>;

// A DestinationRule after merging those of the same host (pilot/pkg/model/destination_rule.go).
struct DestinationRule {
  kube::ObjectPtr object;  // the first of the merged ones: names the rule in metadata
  std::shared_ptr<const networking::DestinationRule> spec;
  std::vector<model::NamespacedName> from;  // all that were merged, in order
  std::vector<std::string> export_to;

  const std::string& name() const { return object->key.name; }
  const std::string& ns() const { return object->key.ns; }
  const networking::DestinationRule* operator->() const { return spec.get(); }
};
using DestinationRulePtr = std::shared_ptr<const DestinationRule>;

enum class MutualTls : uint8_t { kUnknown, kDisable, kPermissive, kStrict };

// What PeerAuthentication says for one workload (pilot/pkg/security/authn/policy_applier.go).
struct PeerAuthn {
  MutualTls mode = MutualTls::kPermissive;
  std::map<uint32_t, MutualTls> per_port;  // by workload port
  MutualTls for_port(uint32_t port) const {
    auto it = per_port.find(port);
    return it == per_port.end() ? mode : it->second;
  }
};

}  // namespace mesh::traffic
