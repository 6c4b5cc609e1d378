#include "libmesh/xds/sds/credentials.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/cryptomb.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/qat.h"
#include "libmesh/schema/gen/envoy/tls.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/reader.h"

namespace mesh::xds {
namespace {

using Data = std::map<std::string, std::string>;

enum class Source : uint8_t { kSecret, kGatewaySecret, kConfigMap };

struct Scheme {
  std::string_view prefix;
  Source source;
};
constexpr Scheme kSchemes[] = {{"kubernetes://", Source::kSecret},
                               {"kubernetes-gateway://", Source::kGatewaySecret},
                               {"configmap://", Source::kConfigMap}};
constexpr std::string_view kAuthoritiesSuffix = "-cacert";

struct Reference {
  kube::ObjectKey key;
  Source source = Source::kSecret;
  bool authorities_only = false;
};

// As ParseResourceName (pilot/pkg/model/credentials/resource.go): a third part is not looked at.
std::optional<Reference> parse(std::string_view name, const std::string& own_namespace) {
  for (const Scheme& scheme : kSchemes) {
    if (!name.starts_with(scheme.prefix)) continue;
    name.remove_prefix(scheme.prefix.size());
    Reference out;
    out.source = scheme.source;
    out.key.kind =
        scheme.source == Source::kConfigMap ? kube::Kind::kConfigMap : kube::Kind::kSecret;
    const size_t slash = name.find('/');
    if (slash == std::string_view::npos) {
      if (scheme.source != Source::kSecret) return std::nullopt;
      out.key.ns = own_namespace;
    } else {
      out.key.ns = name.substr(0, slash);
      name = name.substr(slash + 1);
      name = name.substr(0, name.find('/'));
    }
    out.authorities_only =
        scheme.source == Source::kConfigMap || name.ends_with(kAuthoritiesSuffix);
    // Authorities of a ConfigMap have no name of their own.
    if (scheme.source == Source::kConfigMap && name.ends_with(kAuthoritiesSuffix)) {
      name.remove_suffix(kAuthoritiesSuffix.size());
    }
    out.key.name = name;
    return out;
  }
  return std::nullopt;
}

// A server names it, by this very name, or for mutual TLS its authorities by the name and a suffix.
bool names(const networking::ServerTLSSettings& tls, std::string_view name) {
  if (tls.ca_cert_credential_name == name) return true;
  const bool mutual = tls.mode == networking::ServerTLSSettings_TLSmode::MUTUAL;
  const auto is = [&](std::string_view credential) {
    if (credential == name) return true;
    return mutual && name.ends_with(kAuthoritiesSuffix) &&
           name.substr(0, name.size() - kAuthoritiesSuffix.size()) == credential;
  };
  if (tls.credential_names.empty()) return is(tls.credential_name);
  return std::any_of(tls.credential_names.begin(), tls.credential_names.end(), is);
}

// VerifiedCertificateReferences (mergeGateways, pilot/pkg/model/gateway.go).
bool gateway_names(const CredentialQuery& query, std::string_view name) {
  if (query.gateway == nullptr) return false;
  for (const auto& [port, merged] : query.gateway->servers) {
    for (const traffic::GatewayServer* server : merged.servers) {
      if (server->gateway.ns() == query.caller.id.ns && server->server->tls &&
          names(*server->server->tls, name)) {
        return true;
      }
    }
  }
  return false;
}

// What the node says of itself counts only where its word is taken at all; else its pod tells.
bool is_gateway(const index::Snapshot& snapshot, const CredentialQuery& query) {
  const model::Proxy& proxy = query.proxy;
  if (query.caller.believed) return proxy.type == model::ProxyType::kGateway;
  const auto known = index::proxy_of_pod(snapshot, proxy.ns, std::string(index::pod_name(proxy)),
                                         proxy.cluster_id);
  // The node's id says which pod it is, the caller's certificate who it is: they must be of one.
  return known.ok() && known->type == model::ProxyType::kGateway &&
         known->service_account == query.caller.id.account;
}

bool may_have(const index::Snapshot& snapshot, const CredentialQuery& query, const Reference& what,
              std::string_view name) {
  const index::Tenant* owner = snapshot.tenants().of_namespace(what.key.ns);
  if (owner == nullptr || owner->id != query.proxy.tenant) return false;
  const bool own = what.key.ns == query.caller.id.ns;
  switch (what.source) {
    case Source::kConfigMap:
      return true;
    case Source::kGatewaySecret:
      return own && gateway_names(query, name);
    case Source::kSecret:
      if (!own || what.authorities_only) return own;
      return query.caller.reads_secrets ? *query.caller.reads_secrets : is_gateway(snapshot, query);
  }
  return false;
}

// `stringData` is written over `data`, as the API server does on the way in.
Data data_of(const kube::Object& object) {
  if (object.key.kind == kube::Kind::kConfigMap) return object.as<k8s::ConfigMap>().data;
  const auto& secret = object.as<k8s::Secret>();
  Data out = secret.data;
  for (const auto& [key, value] : secret.string_data) out[key] = value;
  return out;
}

const std::string* find(const Data& data, const char* key) {
  auto it = data.find(key);
  return it == data.end() ? nullptr : &it->second;
}

std::string_view value_of(const Data& data, const char* key) {
  const std::string* value = find(data, key);
  return value == nullptr ? std::string_view() : *value;
}

auto inline_bytes(std::string_view bytes) {
  return [bytes](envoy::core::DataSource source) { source.inline_bytes(bytes); };
}

// The names under which one kind of Secret keeps its parts (pilot/pkg/credentials/kube/secrets.go).
struct Keys {
  const char* certificate;
  const char* key;
  const char* staple;  // may be empty
};
constexpr Keys kKeys[] = {{"cert", "key", ""}, {"tls.crt", "tls.key", "tls.ocsp-staple"}};

// The time between polls is the part below a second: so istiod reads it.
template <typename Method>
void write_provider(std::string_view name, const std::optional<schema::Duration>& delay,
                    bool fallback, std::string_view key, envoy::tls::TlsCertificate& certificate) {
  certificate.private_key_provider([&](envoy::tls::PrivateKeyProvider provider) {
    provider.provider_name(name);
    provider.typed_config<Method>([&](Method method) {
      method.poll_delay(schema::Duration{0, delay ? delay->nanos : 0});
      method.private_key(inline_bytes(key));
    });
    provider.fallback(fallback);
  });
}

// Hardware that signs in the proxy's place (ProxyConfig.privateKeyProvider).
bool write_provider(const meshconfig::PrivateKeyProvider& provider, std::string_view key,
                    envoy::tls::TlsCertificate& certificate) {
  if (const auto* mb = provider.cryptomb.get()) {
    write_provider<envoy::cryptomb::CryptoMbPrivateKeyMethodConfig>(
        "cryptomb", mb->poll_delay, mb->fallback.value_or(false), key, certificate);
    return true;
  }
  if (const auto* qat = provider.qat.get()) {
    write_provider<envoy::qat::QatPrivateKeyMethodConfig>(
        "qat", qat->poll_delay, qat->fallback.value_or(false), key, certificate);
    return true;
  }
  return false;
}

bool write_certificate(const Data& data, const meshconfig::PrivateKeyProvider* provider,
                       envoy::tls::Secret& secret) {
  for (const Keys& keys : kKeys) {
    std::string_view chain = value_of(data, keys.certificate);
    std::string_view key = value_of(data, keys.key);
    if (chain.empty() || key.empty()) continue;
    secret.tls_certificate([&](envoy::tls::TlsCertificate certificate) {
      certificate.certificate_chain(inline_bytes(chain));
      if (provider != nullptr && write_provider(*provider, key, certificate)) return;
      certificate.private_key(inline_bytes(key));
      const std::string* staple = find(data, keys.staple);
      if (staple != nullptr) certificate.ocsp_staple(inline_bytes(*staple));
    });
    return true;
  }
  return false;
}

bool write_authorities(const Data& data, envoy::tls::Secret& secret) {
  constexpr const char* kAuthorities[][2] = {{"cacert", "crl"}, {"ca.crt", "ca.crl"}};
  for (const auto& [roots_key, revoked_key] : kAuthorities) {
    std::string_view roots = value_of(data, roots_key);
    if (roots.empty()) continue;
    const std::string* revoked = find(data, revoked_key);
    secret.validation_context([&](envoy::tls::CertificateValidationContext context) {
      context.trusted_ca(inline_bytes(roots));
      if (revoked != nullptr) context.crl(inline_bytes(*revoked));
    });
    return true;
  }
  return false;
}

// The authorities may stand in an object of their own or beside the certificate.
kube::ObjectPtr find(const index::Snapshot& snapshot, std::string_view cluster,
                     const Reference& what) {
  kube::ObjectPtr found = index::find_in(snapshot, cluster, what.key);
  if (found != nullptr || !what.authorities_only || what.source == Source::kConfigMap) {
    return found;
  }
  kube::ObjectKey beside = what.key;
  beside.name.resize(beside.name.size() - kAuthoritiesSuffix.size());
  return index::find_in(snapshot, cluster, beside);
}

// What of the mesh's proxies, unless the proxy has a configuration of its own.
schema::Box<meshconfig::PrivateKeyProvider> provider_of(const index::Snapshot& snapshot,
                                                        const model::Proxy& proxy) {
  const document::Value* own = proxy.metadata.find("PROXY_CONFIG");
  if (own != nullptr && own->is_map()) {
    meshconfig::ProxyConfig config;
    Diagnostics ignored;  // the agent sends what it runs with
    schema::ReadContext context{ignored, "", "PROXY_CONFIG", ""};
    context.options.protojson = true;
    schema::read(*own, context, config);
    return std::move(config.private_key_provider);
  }
  const auto& shared = snapshot.mesh(proxy.tenant)->config->default_config;
  return shared ? shared->private_key_provider : schema::Box<meshconfig::PrivateKeyProvider>();
}

}  // namespace

ResourcePtr credential_secret(const index::Snapshot& snapshot, const CredentialQuery& query,
                              std::string_view name) {
  std::optional<Reference> what = parse(name, query.caller.id.ns);
  if (!what || !may_have(snapshot, query, *what, name)) return nullptr;
  constexpr std::string_view kConfigCluster;
  for (std::string_view cluster : {std::string_view(query.proxy.cluster_id), kConfigCluster}) {
    const kube::ObjectPtr object = find(snapshot, cluster, *what);
    if (object == nullptr) continue;
    const Data data = data_of(*object);
    std::string bytes;
    envoy::tls::Secret secret(bytes);
    secret.name(name);
    bool written = false;
    if (what->authorities_only) {
      written = write_authorities(data, secret);
    } else {
      const auto provider = provider_of(snapshot, query.proxy);
      written = write_certificate(data, provider.get(), secret);
    }
    if (written) return make_resource(Type::kSecret, name, bytes);
  }
  return nullptr;
}

}  // namespace mesh::xds
