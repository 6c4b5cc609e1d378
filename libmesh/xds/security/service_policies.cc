#include "libmesh/xds/security/service_policies.h"

#include <algorithm>
#include <string>
#include <vector>

#include "libmesh/traffic/attachment.h"
#include "libmesh/xds/security/ext_authz.h"
#include "libmesh/xds/security/rbac.h"

namespace mesh::xds {

SecurityFilters service_policies(const traffic::ProxyView& view, const model::Service& service) {
  SecurityFilters out;
  const index::Mesh& mesh = view.mesh();
  const traffic::PolicyMatcher matcher(mesh.root_namespace, view.proxy);
  std::vector<std::string> namespaces;
  std::vector<index::AuthorizationPolicy> chosen;
  for (const std::string* ns : {&mesh.root_namespace, &view.proxy.ns, &service.ns}) {
    if (std::find(namespaces.begin(), namespaces.end(), *ns) != namespaces.end()) continue;
    namespaces.push_back(*ns);
    for (const index::AuthorizationPolicy& policy : mesh.authorization_policies) {
      if (policy.ns() == *ns && matcher.selects(*ns, traffic::attachment_of(*policy.spec))) {
        chosen.push_back(policy);
      }
    }
  }
  if (chosen.empty()) return out;
  const traffic::AuthorizationPtr policies = traffic::gather_authorization(chosen);
  const TrustDomains trust_domains(mesh.config);
  append_tcp_custom(mesh, *policies, trust_domains, out.tcp_custom);
  append_tcp_rbac(*policies, trust_domains, out.tcp_rbac);
  return out;
}

}  // namespace mesh::xds
