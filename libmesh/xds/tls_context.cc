#include "libmesh/xds/tls_context.h"

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/tls.h"
#include "libmesh/xds/common.h"

namespace mesh::xds {
namespace {

namespace core = envoy::core;
namespace tls = envoy::tls;

constexpr std::string_view kAgentCluster = "sds-grpc";
constexpr std::string_view kFilesCluster = "sds-files-grpc";
constexpr std::string_view kExternalCluster = "sds-external";
constexpr std::string_view kBuiltin = "builtin://";
constexpr std::string_view kExternal = "sds://";

std::string over_grpc(std::string_view name, std::string_view cluster, bool unlimited) {
  std::string out;
  tls::SdsSecretConfig secret(out);
  secret.name(name);
  secret.sds_config([&](auto& source) {
    source.api_config_source([&](auto& api) {
      api.api_type(core::ApiConfigSource_ApiType::GRPC);
      api.set_node_on_first_message_only(true);
      api.transport_api_version(core::ApiVersion::V3);
      api.grpc_services([&](auto& service) {
        service.envoy_grpc([&](auto& grpc) { grpc.cluster_name(cluster); });
      });
    });
    source.resource_api_version(core::ApiVersion::V3);
    if (unlimited) source.initial_fetch_timeout();
  });
  return out;
}

std::string over_ads(std::string_view name, const std::string& source) {
  std::string out;
  tls::SdsSecretConfig secret(out);
  secret.name(name);
  secret.sds_config(wire::Raw{source});
  return out;
}

std::string resource_name(std::string_view credential) {
  for (std::string_view prefix : {"configmap://", "kubernetes://", "kubernetes-gateway://"}) {
    if (credential.starts_with(prefix)) return std::string(credential);
  }
  if (credential.starts_with(kBuiltin)) return "default";
  if (credential.starts_with("invalid://")) return "invalid://";
  return "kubernetes://" + std::string(credential);
}

}  // namespace

const std::string& workload_certificate_sds(bool istio_flavour) {
  static const std::string agent = over_grpc("default", kAgentCluster, true);
  static const std::string ads = over_ads("default", ads_without_timeout());
  return istio_flavour ? agent : ads;
}

const std::string& mesh_roots_sds(bool istio_flavour) {
  static const std::string agent = over_grpc("ROOTCA", kAgentCluster, true);
  static const std::string ads = over_ads("ROOTCA", ads_without_timeout());
  return istio_flavour ? agent : ads;
}

std::string agent_sds(std::string_view name, bool own_server) {
  return over_grpc(name, own_server ? kFilesCluster : kAgentCluster, false);
}

std::string credential_sds(std::string_view name, bool credential_socket, bool istio_flavour) {
  if (name == kBuiltin) return workload_certificate_sds(istio_flavour);
  if (name.starts_with(kBuiltin) && name.substr(kBuiltin.size()) == kCredentialCaSuffix) {
    return mesh_roots_sds(istio_flavour);
  }
  if (name.starts_with(kExternal)) {
    // The socket's server knows the name as it was written.
    if (credential_socket) return over_grpc(name, kExternalCluster, false);
    name.remove_prefix(kExternal.size());
  }
  return over_ads(resource_name(name), ads_with_timeout());
}

std::string file_certificate_name(std::string_view certificate, std::string_view key) {
  return "file-cert:" + std::string(certificate) + "~" + std::string(key);
}

std::string file_root_name(std::string_view path) { return "file-root:" + std::string(path); }

}  // namespace mesh::xds
