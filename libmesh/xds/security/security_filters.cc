#include "libmesh/xds/security/security_filters.h"

#include "libmesh/xds/security/ext_authz.h"
#include "libmesh/xds/security/jwt_authn.h"
#include "libmesh/xds/security/rbac.h"

namespace mesh::xds {

SecurityFilters security_filters(const traffic::ProxyView& view) {
  SecurityFilters out;
  const index::Mesh& mesh = view.mesh();
  if (view.request_authn != nullptr) {
    const bool sidecar = view.proxy.type == model::ProxyType::kSidecar;
    append_jwt_authn(mesh, *view.request_authn, !sidecar, out.http_tokens);
  }
  if (view.authorization == nullptr) return out;
  const TrustDomains trust_domains(mesh.config);
  append_http_custom(mesh, *view.authorization, trust_domains, out.http_custom);
  append_http_rbac(*view.authorization, trust_domains, out.http_rbac);
  append_tcp_custom(mesh, *view.authorization, trust_domains, out.tcp_custom);
  append_tcp_rbac(*view.authorization, trust_domains, out.tcp_rbac);
  return out;
}

}  // namespace mesh::xds
