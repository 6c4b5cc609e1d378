#include "libmesh/xds/security/security_filters.h"

#include <functional>

#include "libmesh/schema/wire.h"
#include "libmesh/xds/security/ext_authz.h"
#include "libmesh/xds/security/jwt_authn.h"
#include "libmesh/xds/security/rbac.h"

namespace mesh::xds {
namespace {

// Policies may be many: what they come to is written into memory that the thread keeps, and so takes no more than its
// size.
std::string written(const std::function<void(std::string&)>& append) {
  constexpr size_t kMost = 1 << 18;
  thread_local std::string bytes;
  bytes.clear();
  append(bytes);
  std::string out;
  out.reserve(bytes.size());
  wire::append(out, bytes);
  if (bytes.capacity() > kMost) bytes = {};
  return out;
}

}  // namespace

SecurityFilters security_filters(const traffic::ProxyView& view) {
  SecurityFilters out;
  const index::Mesh& mesh = view.mesh();
  if (view.request_authn != nullptr) {
    const bool sidecar = view.proxy.type == model::ProxyType::kSidecar;
    append_jwt_authn(mesh, *view.request_authn, !sidecar, out.http_tokens);
  }
  if (view.authorization == nullptr) return out;
  const TrustDomains trust_domains(mesh.config);
  const traffic::Authorization& policies = *view.authorization;
  out.http_custom =
      written([&](auto& bytes) { append_http_custom(mesh, policies, trust_domains, bytes); });
  out.http_rbac = written([&](auto& bytes) { append_http_rbac(policies, trust_domains, bytes); });
  out.tcp_custom =
      written([&](auto& bytes) { append_tcp_custom(mesh, policies, trust_domains, bytes); });
  out.tcp_rbac = written([&](auto& bytes) { append_tcp_rbac(policies, trust_domains, bytes); });
  return out;
}

}  // namespace mesh::xds
