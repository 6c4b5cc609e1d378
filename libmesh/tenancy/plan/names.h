// The names that Maistra's operator gives to things (pkg/controller/common/metadata.go).
#pragma once

#include <string>

namespace mesh::tenancy::names {

inline const std::string kMemberOf = "maistra.io/member-of";
inline const std::string kOwner = "maistra.io/owner";
inline const std::string kOwnerName = "maistra.io/owner-name";
inline const std::string kIgnoreNamespace = "maistra.io/ignore-namespace";
inline const std::string kMeshGeneration = "maistra.io/mesh-generation";
inline const std::string kInternal = "maistra.io/internal";
inline const std::string kExposeRoute = "maistra.io/expose-route";
inline const std::string kMaistraVersion = "maistra-version";
inline const std::string kFinalizer = "maistra.io/istio-operator";

inline const std::string kAppName = "app.kubernetes.io/name";
inline const std::string kAppComponent = "app.kubernetes.io/component";
inline const std::string kAppInstance = "app.kubernetes.io/instance";
inline const std::string kAppVersion = "app.kubernetes.io/version";
inline const std::string kAppPartOf = "app.kubernetes.io/part-of";
inline const std::string kAppManagedBy = "app.kubernetes.io/managed-by";
inline const std::string kManager = "maistra-istio-operator";

// OpenShift labels its router's namespace with it.
inline const std::string kPolicyGroup = "network.openshift.io/policy-group";
inline const std::string kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

}  // namespace mesh::tenancy::names
