#include "libmesh/xds/sds/secrets.h"

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/tls.h"
#include "libmesh/xds/sds/credentials.h"

namespace mesh::xds {

ResourcePtr workload_secret(const identity::Issued& issued, std::string_view name) {
  std::string bytes;
  envoy::tls::Secret secret(bytes);
  secret.name(name);
  auto text = [](const std::string& value) {
    return [&value](envoy::core::DataSource source) { source.inline_bytes(value); };
  };
  if (name == kWorkloadCertificate) {
    secret.tls_certificate([&](envoy::tls::TlsCertificate certificate) {
      certificate.certificate_chain(text(issued.chain));
      certificate.private_key(text(issued.key));
    });
  } else if (name == kRootCertificate) {
    secret.validation_context([&](envoy::tls::CertificateValidationContext context) {
      context.trusted_ca(text(issued.root));
    });
  } else {
    return nullptr;
  }
  return make_resource(Type::kSecret, name, bytes);
}

SecretSource secrets_of(identity::Authority* authority, const Generator& generator) {
  return [authority, &generator](const ProxyConfig& config, const Caller& caller,
                                 std::string_view name) -> ResourcePtr {
    const model::Proxy& proxy = config.proxy();
    index::SnapshotPtr snapshot = generator.snapshot();
    if (snapshot == nullptr || snapshot->tenants().find(proxy.tenant) == nullptr) return nullptr;
    if (name != kWorkloadCertificate && name != kRootCertificate) {
      return credential_secret(*snapshot, {proxy, caller, config.gateway()}, name);
    }
    if (authority == nullptr) return nullptr;
    const std::string& domain = snapshot->mesh(proxy.tenant)->trust_domain;
    auto issued = authority->issue(proxy.tenant,
                                   identity::spiffe_id(domain, caller.id.ns, caller.id.account));
    return issued ? workload_secret(**issued, name) : nullptr;
  };
}

}  // namespace mesh::xds
