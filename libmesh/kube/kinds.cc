#include "libmesh/kube/kinds.h"

#include <algorithm>
#include <array>
#include <string>

namespace mesh::kube {
namespace {

constexpr std::string_view kV1[] = {"v1"};
constexpr std::string_view kNetworking[] = {"v1", "v1beta1", "v1alpha3"};
constexpr std::string_view kV1Beta1[] = {"v1beta1"};
constexpr std::string_view kV1Alpha3[] = {"v1alpha3"};
constexpr std::string_view kSecurity[] = {"v1", "v1beta1"};
constexpr std::string_view kTelemetry[] = {"v1", "v1alpha1"};
constexpr std::string_view kExtensions[] = {"v1alpha1"};
constexpr std::string_view kControlPlane[] = {"v2", "v1"};
constexpr std::string_view kIstioNetworking = "networking.istio.io";
constexpr std::string_view kIstioSecurity = "security.istio.io";
constexpr std::string_view kMaistra = "maistra.io";
constexpr std::string_view kV1Alpha1[] = {"v1alpha1"};
constexpr std::string_view kV1AndBeta[] = {"v1", "v1beta1"};
constexpr std::string_view kExtension[] = {"v1", "v1alpha1"};
constexpr std::string_view kRbac = "rbac.authorization.k8s.io";
constexpr std::string_view kAdmission = "admissionregistration.k8s.io";
constexpr std::string_view kSdn = "network.openshift.io";
constexpr std::string_view kOurs = "mesh.libmesh.dev";

constexpr std::array kKinds = {
    KindInfo{Kind::kNamespace, "Namespace", "", kV1, true},
    KindInfo{Kind::kNode, "Node", "", kV1, true},
    KindInfo{Kind::kServiceAccount, "ServiceAccount", "", kV1},
    KindInfo{Kind::kSecret, "Secret", "", kV1},
    KindInfo{Kind::kConfigMap, "ConfigMap", "", kV1},
    KindInfo{Kind::kService, "Service", "", kV1},
    KindInfo{Kind::kEndpoints, "Endpoints", "", kV1},
    KindInfo{Kind::kEndpointSlice, "EndpointSlice", "discovery.k8s.io", kV1},
    KindInfo{Kind::kPod, "Pod", "", kV1},
    KindInfo{Kind::kDeployment, "Deployment", "apps", kV1},
    KindInfo{Kind::kStatefulSet, "StatefulSet", "apps", kV1},
    KindInfo{Kind::kDaemonSet, "DaemonSet", "apps", kV1},
    KindInfo{Kind::kReplicaSet, "ReplicaSet", "apps", kV1},
    KindInfo{Kind::kJob, "Job", "batch", kV1},
    KindInfo{Kind::kCronJob, "CronJob", "batch", kV1},
    KindInfo{Kind::kIngress, "Ingress", "networking.k8s.io", kV1},
    KindInfo{Kind::kIngressClass, "IngressClass", "networking.k8s.io", kV1, true},
    KindInfo{Kind::kVirtualService, "VirtualService", kIstioNetworking, kNetworking},
    KindInfo{Kind::kDestinationRule, "DestinationRule", kIstioNetworking, kNetworking},
    KindInfo{Kind::kGateway, "Gateway", kIstioNetworking, kNetworking},
    KindInfo{Kind::kServiceEntry, "ServiceEntry", kIstioNetworking, kNetworking},
    KindInfo{Kind::kWorkloadEntry, "WorkloadEntry", kIstioNetworking, kNetworking},
    KindInfo{Kind::kWorkloadGroup, "WorkloadGroup", kIstioNetworking, kNetworking},
    KindInfo{Kind::kSidecar, "Sidecar", kIstioNetworking, kNetworking},
    KindInfo{Kind::kEnvoyFilter, "EnvoyFilter", kIstioNetworking, kV1Alpha3},
    KindInfo{Kind::kProxyConfig, "ProxyConfig", kIstioNetworking, kV1Beta1},
    KindInfo{Kind::kPeerAuthentication, "PeerAuthentication", kIstioSecurity, kSecurity},
    KindInfo{Kind::kRequestAuthentication, "RequestAuthentication", kIstioSecurity, kSecurity},
    KindInfo{Kind::kAuthorizationPolicy, "AuthorizationPolicy", kIstioSecurity, kSecurity},
    KindInfo{Kind::kTelemetry, "Telemetry", "telemetry.istio.io", kTelemetry},
    KindInfo{Kind::kWasmPlugin, "WasmPlugin", "extensions.istio.io", kExtensions},
    KindInfo{Kind::kTrafficExtension, "TrafficExtension", "extensions.istio.io", kExtensions},
    KindInfo{Kind::kServiceMeshControlPlane, "ServiceMeshControlPlane", kMaistra, kControlPlane},
    KindInfo{Kind::kServiceMeshMemberRoll, "ServiceMeshMemberRoll", kMaistra, kV1},
    KindInfo{Kind::kServiceMeshMember, "ServiceMeshMember", kMaistra, kV1},
    KindInfo{Kind::kServiceMeshExtension, "ServiceMeshExtension", kMaistra, kExtension},
    KindInfo{Kind::kNetworkPolicy, "NetworkPolicy", "networking.k8s.io", kV1},
    KindInfo{Kind::kRole, "Role", kRbac, kV1AndBeta},
    KindInfo{Kind::kRoleBinding, "RoleBinding", kRbac, kV1AndBeta},
    KindInfo{Kind::kClusterRole, "ClusterRole", kRbac, kV1AndBeta, true},
    KindInfo{Kind::kClusterRoleBinding, "ClusterRoleBinding", kRbac, kV1AndBeta, true},
    KindInfo{Kind::kMutatingWebhookConfiguration, "MutatingWebhookConfiguration", kAdmission,
             kV1AndBeta, true},
    KindInfo{Kind::kValidatingWebhookConfiguration, "ValidatingWebhookConfiguration", kAdmission,
             kV1AndBeta, true},
    KindInfo{Kind::kCustomResourceDefinition, "CustomResourceDefinition", "apiextensions.k8s.io",
             kV1AndBeta, true},
    KindInfo{Kind::kNetworkAttachmentDefinition, "NetworkAttachmentDefinition", "k8s.cni.cncf.io",
             kV1},
    KindInfo{Kind::kNetNamespace, "NetNamespace", kSdn, kV1, true},
    KindInfo{Kind::kClusterNetwork, "ClusterNetwork", kSdn, kV1, true},
    KindInfo{Kind::kNetwork, "Network", "config.openshift.io", kV1, true},
    KindInfo{Kind::kRoute, "Route", "route.openshift.io", kV1},
    KindInfo{Kind::kKiali, "Kiali", "kiali.io", kV1Alpha1},
    KindInfo{Kind::kJaeger, "Jaeger", "jaegertracing.io", kV1},
    KindInfo{Kind::kHelmRelease, "HelmRelease", kOurs, kV1Alpha1},
    KindInfo{Kind::kServiceMeshGateway, "ServiceMeshGateway", kOurs, kV1Alpha1},
    KindInfo{Kind::kMeshOptions, "MeshOptions", kOurs, kV1Alpha1},
    KindInfo{Kind::kMemberOptions, "MemberOptions", kOurs, kV1Alpha1},
    KindInfo{Kind::kMeshConfig, "MeshConfig", "", {}},
};
static_assert(kKinds.size() == kKindCount);

// Groups of which nothing concerns the mesh as it is today.
constexpr std::array<std::string_view, 24> kUnrelatedGroups = {
    "rbac.authorization.k8s.io",
    "authorization.openshift.io",
    "autoscaling",
    "policy",
    "networking.k8s.io",
    "route.openshift.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "admissionregistration.k8s.io",
    "storage.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "events.k8s.io",
    "certificates.k8s.io",
    "node.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "monitoring.coreos.com",
    "operators.coreos.com",
    "config.openshift.io",
    "project.openshift.io",
    "security.openshift.io",
    "image.openshift.io",
    "build.openshift.io",
    "cert-manager.io",
};
// Kinds of the groups that we read of which the same is true.
constexpr std::array<std::string_view, 13> kUnrelatedKinds = {
    "PersistentVolume",
    "PersistentVolumeClaim",
    "ResourceQuota",
    "LimitRange",
    "Event",
    "Binding",
    "PodTemplate",
    "ReplicationController",
    "ComponentStatus",
    "ControllerRevision",
    "Kustomization",
    "DeploymentConfig",
    "Template",
};

template <typename Range>
bool contains(const Range& range, std::string_view text) {
  return std::find(range.begin(), range.end(), text) != range.end();
}

}  // namespace

std::span<const KindInfo> kinds() { return kKinds; }

const KindInfo& kind_info(Kind kind) { return kKinds[static_cast<size_t>(kind)]; }

std::optional<Kind> kind_by_name(std::string_view name) {
  for (const KindInfo& info : kKinds) {
    if (info.name == name) return info.kind;
  }
  return std::nullopt;
}

ApiVersion split_api_version(std::string_view api_version) {
  size_t slash = api_version.find('/');
  if (slash == std::string_view::npos) return {"", api_version};
  return {api_version.substr(0, slash), api_version.substr(slash + 1)};
}

bool is_unrelated_kind(std::string_view group, std::string_view kind) {
  return contains(kUnrelatedGroups, group) || contains(kUnrelatedKinds, kind);
}

std::string_view kind_name(Kind kind) { return kind_info(kind).name; }

bool is_cluster_scoped(Kind kind) { return kind_info(kind).cluster_scoped; }

std::string to_string(const ObjectKey& key) {
  std::string out(kind_name(key.kind));
  if (key.name.empty() && key.ns.empty()) return out;
  out += " ";
  if (!key.ns.empty()) out.append(key.ns).append("/");
  return out.append(key.name);
}

}  // namespace mesh::kube
