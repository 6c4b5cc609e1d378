// A Kubernetes object as the mesh reads it: metadata, its typed form, and the whole document.
//
// Objects are read once, strictly, when they are applied (reader.h); after that they are immutable
// and shared. The typed form of a Kubernetes kind is the whole object (k8s::Service); that of an
// Istio or Maistra kind is its spec (networking::VirtualService). Objects that we rewrite keep
// every field in `document`.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libmesh/base/labels.h"
#include "libmesh/document/value.h"
#include "libmesh/kube/memo.h"

namespace mesh::kube {

// The kinds that the mesh reads. The order is that of `mesh check` and of Snapshot::objects.
enum class Kind : uint8_t {
  kNamespace,
  kNode,
  kServiceAccount,
  kSecret,
  kConfigMap,
  kService,
  kEndpoints,
  kEndpointSlice,
  kPod,
  kDeployment,
  kStatefulSet,
  kDaemonSet,
  kReplicaSet,
  kJob,
  kCronJob,
  kIngress,
  kIngressClass,
  // Istio, istio.io/api
  kVirtualService,
  kDestinationRule,
  kGateway,
  kServiceEntry,
  kWorkloadEntry,
  kWorkloadGroup,
  kSidecar,
  kEnvoyFilter,
  kProxyConfig,
  kPeerAuthentication,
  kRequestAuthentication,
  kAuthorizationPolicy,
  kTelemetry,
  kWasmPlugin,
  kTrafficExtension,
  // Maistra
  kServiceMeshControlPlane,
  kServiceMeshMemberRoll,
  kServiceMeshMember,
  kServiceMeshExtension,
  // What a control plane needs around it, and what a plan compares with; no typed form but a few
  kNetworkPolicy,
  kRole,
  kRoleBinding,
  kClusterRole,
  kClusterRoleBinding,
  kMutatingWebhookConfiguration,
  kValidatingWebhookConfiguration,
  kCustomResourceDefinition,
  kNetworkAttachmentDefinition,
  kNetNamespace,
  kClusterNetwork,
  kNetwork,
  kRoute,
  kKiali,
  kJaeger,
  // Our own, mesh.libmesh.dev
  kHelmRelease,
  kServiceMeshGateway,
  kMeshOptions,
  kMemberOptions,
  // A document without `kind`
  kMeshConfig,
};
inline constexpr int kKindCount = static_cast<int>(Kind::kMeshConfig) + 1;

std::string_view kind_name(Kind kind);
bool is_cluster_scoped(Kind kind);  // Namespace, Node, IngressClass, ClusterRole, …

struct ObjectKey {
  Kind kind{};
  std::string ns;  // empty for cluster-scoped kinds
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
};
std::string to_string(const ObjectKey& key);  // "VirtualService shop/cart"

struct Object {
  ObjectKey key;
  std::string api_version;
  Labels labels;
  Labels annotations;
  std::string uid;
  int64_t creation_time = 0;  // unix seconds; kDefaultCreationTime when the document has none
  bool synthesized = false;   // made up from a workload of a GitOps directory

  std::shared_ptr<const void> typed;  // type by kind, see as<T>()
  document::Value document;           // the whole object
  std::string file;
  Memo memo;  // what the index made of it

  // The typed form; the caller names the type that belongs to the kind.
  template <typename T>
  const T& as() const {
    return *static_cast<const T*>(typed.get());
  }
};
using ObjectPtr = std::shared_ptr<const Object>;

// One fixed time for documents without one, so that Istio's tie-breaks fall back to name and
// namespace.
inline constexpr int64_t kDefaultCreationTime = 1'700'000'000;

}  // namespace mesh::kube
