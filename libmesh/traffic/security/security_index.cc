#include "libmesh/traffic/security/security_index.h"

namespace mesh::traffic {
namespace {

template <typename Policy>
std::vector<Policy> at(const PolicyIndex<Policy>& index, const std::vector<uint32_t>& places) {
  std::vector<Policy> out;
  out.reserve(places.size());
  for (uint32_t place : places) out.push_back(index[place]);
  return out;
}

}  // namespace

SecurityIndex::SecurityIndex(const index::Mesh& mesh)
    : root_(mesh.root_namespace),
      authorizations_(mesh.authorization_policies),
      authentications_(mesh.request_authentications) {}

AuthorizationPtr SecurityIndex::authorization(const model::Proxy& proxy) const {
  if (authorizations_.empty()) return nullptr;
  Places places = authorizations_.select(PolicyMatcher(root_, proxy), NamespaceOrder::kRootFirst);
  if (places.empty()) return nullptr;
  std::lock_guard<std::mutex> lock(mutex_);
  const auto [made, fresh] = made_authorizations_.try_emplace(std::move(places));
  if (fresh) made->second = gather_authorization(at(authorizations_, made->first));
  return made->second;
}

RequestAuthnPtr SecurityIndex::request_authn(const model::Proxy& proxy) const {
  if (authentications_.empty()) return nullptr;
  Places places = authentications_.select(PolicyMatcher(root_, proxy), NamespaceOrder::kOwnFirst);
  if (places.empty()) return nullptr;
  std::lock_guard<std::mutex> lock(mutex_);
  const auto [made, fresh] = made_authentications_.try_emplace(std::move(places));
  if (fresh) made->second = gather_request_authn(at(authentications_, made->first));
  return made->second;
}

}  // namespace mesh::traffic
