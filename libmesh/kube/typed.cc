#include "libmesh/kube/typed.h"

#include <algorithm>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/schema/istio.h"
#include "libmesh/schema/maistra.h"
#include "libmesh/schema/own.h"

namespace mesh::kube {
namespace {

using document::Value;
using schema::ReadContext;

// A Kubernetes object is read whole; its metadata is part of the struct. Fields of a newer
// Kubernetes than ours are no mistake of the user's.
template <typename T>
std::shared_ptr<const void> whole(const Value& root, ReadContext& context,
                                  k8s::ObjectMeta& metadata) {
  auto out = std::make_shared<T>();
  context.options.unknown_field = Severity::kWarning;
  schema::read(root, context, *out);
  metadata = out->metadata;
  return out;
}

// A custom resource has exactly these members at its top.
void check_top_level(const Value& root, ReadContext& context) {
  for (const document::Member& member : *root.if_map()) {
    static constexpr std::string_view kKnown[] = {"apiVersion", "kind", "metadata", "spec",
                                                  "status"};
    if (std::find(std::begin(kKnown), std::end(kKnown), member.key) != std::end(kKnown)) continue;
    context.diagnostics.push_back({Severity::kError, Code::kUnknownField, context.object,
                                   member.key, "there is no such field",
                                   "fields of the kind stand under spec", context.file,
                                   member.position.line, member.position.column});
  }
}

template <typename T>
std::shared_ptr<const void> spec(const Value& root, ReadContext& context) {
  auto out = std::make_shared<T>();
  check_top_level(root, context);
  if (const Value* value = root.find("spec")) {
    context.field = "spec";
    schema::read(*value, context, *out);
    context.field.clear();
  }
  return out;
}

// The old form of a control plane: of what we know only version and profiles mean the same.
std::shared_ptr<const void> control_plane_v1(const Value& root, ReadContext& context) {
  auto old = std::static_pointer_cast<const maistra::ControlPlaneV1Spec>(
      spec<maistra::ControlPlaneV1Spec>(root, context));
  auto out = std::make_shared<maistra::ControlPlaneSpec>();
  if (!old->version.empty()) out->version = old->version;
  out->profiles = old->profiles;
  return out;
}

void read_metadata(const Value& root, ReadContext& context, k8s::ObjectMeta& metadata) {
  const Value* value = root.find("metadata");
  if (value == nullptr) return;
  context.field = "metadata";
  schema::read(*value, context, metadata);
  context.field.clear();
}

std::shared_ptr<const void> read_kubernetes(Kind kind, const Value& root, ReadContext& context,
                                            k8s::ObjectMeta& metadata) {
  switch (kind) {
    case Kind::kNamespace:
      return whole<k8s::Namespace>(root, context, metadata);
    case Kind::kNode:
      return whole<k8s::Node>(root, context, metadata);
    case Kind::kServiceAccount:
      return whole<k8s::ServiceAccount>(root, context, metadata);
    case Kind::kSecret:
      return whole<k8s::Secret>(root, context, metadata);
    case Kind::kConfigMap:
      return whole<k8s::ConfigMap>(root, context, metadata);
    case Kind::kService:
      return whole<k8s::Service>(root, context, metadata);
    case Kind::kEndpoints:
      return whole<k8s::Endpoints>(root, context, metadata);
    case Kind::kEndpointSlice:
      return whole<k8s::EndpointSlice>(root, context, metadata);
    case Kind::kPod:
      return whole<k8s::Pod>(root, context, metadata);
    case Kind::kDeployment:
      return whole<k8s::Deployment>(root, context, metadata);
    case Kind::kStatefulSet:
      return whole<k8s::StatefulSet>(root, context, metadata);
    case Kind::kDaemonSet:
      return whole<k8s::DaemonSet>(root, context, metadata);
    case Kind::kReplicaSet:
      return whole<k8s::ReplicaSet>(root, context, metadata);
    case Kind::kJob:
      return whole<k8s::Job>(root, context, metadata);
    case Kind::kCronJob:
      return whole<k8s::CronJob>(root, context, metadata);
    case Kind::kIngress:
      return whole<k8s::Ingress>(root, context, metadata);
    case Kind::kIngressClass:
      return whole<k8s::IngressClass>(root, context, metadata);
    case Kind::kNetworkPolicy:
      return whole<k8s::NetworkPolicy>(root, context, metadata);
    default:  // not one of Kubernetes' own; read_custom is complete over the rest
      return nullptr;
  }
}

std::shared_ptr<const void> read_custom(Kind kind, std::string_view version, const Value& root,
                                        ReadContext& context) {
  switch (kind) {
    case Kind::kVirtualService:
      return spec<networking::VirtualService>(root, context);
    case Kind::kDestinationRule:
      return spec<networking::DestinationRule>(root, context);
    case Kind::kGateway:
      return spec<networking::Gateway>(root, context);
    case Kind::kServiceEntry:
      return spec<networking::ServiceEntry>(root, context);
    case Kind::kWorkloadEntry:
      return spec<networking::WorkloadEntry>(root, context);
    case Kind::kWorkloadGroup:
      return spec<networking::WorkloadGroup>(root, context);
    case Kind::kSidecar:
      return spec<networking::Sidecar>(root, context);
    case Kind::kEnvoyFilter:
      return spec<networking::EnvoyFilter>(root, context);
    case Kind::kProxyConfig:
      return spec<networking::ProxyConfig>(root, context);
    case Kind::kPeerAuthentication:
      return spec<security::PeerAuthentication>(root, context);
    case Kind::kRequestAuthentication:
      return spec<security::RequestAuthentication>(root, context);
    case Kind::kAuthorizationPolicy:
      return spec<security::AuthorizationPolicy>(root, context);
    case Kind::kTelemetry:
      return spec<telemetry::Telemetry>(root, context);
    case Kind::kWasmPlugin:
      return spec<extensions::WasmPlugin>(root, context);
    case Kind::kTrafficExtension:
      return spec<extensions::TrafficExtension>(root, context);
    case Kind::kServiceMeshControlPlane:
      if (version == "v1") return control_plane_v1(root, context);
      return spec<maistra::ControlPlaneSpec>(root, context);
    case Kind::kServiceMeshMemberRoll:
      return spec<maistra::MemberRollSpec>(root, context);
    case Kind::kServiceMeshMember:
      return spec<maistra::MemberSpec>(root, context);
    case Kind::kServiceMeshGateway:
      return spec<own::ServiceMeshGatewaySpec>(root, context);
    case Kind::kMeshOptions:
      return spec<own::MeshOptionsSpec>(root, context);
    case Kind::kMemberOptions:
      return spec<own::MemberOptionsSpec>(root, context);
    default:  // Kubernetes' own, a MeshConfig, or a kind without a typed form
      return nullptr;
  }
}

}  // namespace

bool is_whole_object(Kind kind) {
  return kind <= Kind::kIngressClass || kind == Kind::kNetworkPolicy;
}

bool has_typed_form(Kind kind) {
  if (kind <= Kind::kServiceMeshMember) return true;
  return kind == Kind::kNetworkPolicy || kind == Kind::kServiceMeshGateway ||
         kind == Kind::kMeshOptions || kind == Kind::kMemberOptions || kind == Kind::kMeshConfig;
}

std::shared_ptr<const void> read_typed(Kind kind, std::string_view version, const Value& root,
                                       ReadContext& context, k8s::ObjectMeta& metadata) {
  if (is_whole_object(kind)) return read_kubernetes(kind, root, context, metadata);
  read_metadata(root, context, metadata);
  return read_custom(kind, version, root, context);
}

std::shared_ptr<const void> read_mesh_config(const Value& root, ReadContext& context) {
  auto out = std::make_shared<meshconfig::MeshConfig>();
  context.options.protojson = true;
  schema::read(root, context, *out);
  return out;
}

bool looks_like_mesh_config(const Value& root) {
  const document::Map* map = root.if_map();
  if (map == nullptr) return false;
  const schema::MessageTable& table =
      schema_table(static_cast<const meshconfig::MeshConfig*>(nullptr));
  return std::any_of(map->begin(), map->end(), [&](const document::Member& member) {
    return std::binary_search(table.names.begin(), table.names.end(),
                              schema::NameIndex{member.key, 0},
                              [](const auto& a, const auto& b) { return a.name < b.name; });
  });
}

}  // namespace mesh::kube
