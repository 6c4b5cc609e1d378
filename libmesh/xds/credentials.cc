#include "libmesh/xds/credentials.h"

#include <map>
#include <optional>
#include <string>

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/tls.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::xds {
namespace {

using Data = std::map<std::string, std::string>;

constexpr std::string_view kSecretPrefix = "kubernetes://";
constexpr std::string_view kConfigMapPrefix = "configmap://";
constexpr std::string_view kAuthoritiesSuffix = "-cacert";

struct Reference {
  kube::ObjectKey key;
  bool authorities_only = false;
};

std::optional<Reference> parse(std::string_view name, const std::string& own_namespace) {
  Reference out;
  if (name.starts_with(kSecretPrefix)) {
    out.key.kind = kube::Kind::kSecret;
    name.remove_prefix(kSecretPrefix.size());
    out.authorities_only = name.ends_with(kAuthoritiesSuffix);
  } else if (name.starts_with(kConfigMapPrefix)) {
    out.key.kind = kube::Kind::kConfigMap;
    name.remove_prefix(kConfigMapPrefix.size());
    out.authorities_only = true;
  } else {
    return std::nullopt;
  }
  size_t slash = name.find('/');
  out.key.ns = slash == std::string_view::npos ? own_namespace : name.substr(0, slash);
  out.key.name = slash == std::string_view::npos ? name : name.substr(slash + 1);
  return out;
}

bool may_have(const index::Snapshot& snapshot, const model::Proxy& proxy, const Reference& what) {
  const index::Tenant* owner = snapshot.tenants().of_namespace(what.key.ns);
  if (owner == nullptr || owner->id != proxy.tenant) return false;
  if (what.key.kind == kube::Kind::kConfigMap) return true;
  return what.key.ns == proxy.ns &&
         (what.authorities_only || proxy.type == model::ProxyType::kGateway);
}

// `stringData` is written over `data`, as the API server does on the way in.
Data data_of(const kube::Object& object) {
  if (object.key.kind == kube::Kind::kConfigMap) return object.as<k8s::ConfigMap>().data;
  const auto& secret = object.as<k8s::Secret>();
  Data out = secret.data;
  for (const auto& [key, value] : secret.string_data) out[key] = value;
  return out;
}

std::string_view value_of(const Data& data, const char* key) {
  auto it = data.find(key);
  return it == data.end() ? std::string_view() : it->second;
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

bool write_certificate(const Data& data, envoy::tls::Secret& secret) {
  for (const Keys& keys : kKeys) {
    std::string_view chain = value_of(data, keys.certificate);
    std::string_view key = value_of(data, keys.key);
    if (chain.empty() || key.empty()) continue;
    secret.tls_certificate([&](envoy::tls::TlsCertificate certificate) {
      certificate.certificate_chain(inline_bytes(chain));
      certificate.private_key(inline_bytes(key));
      std::string_view staple = value_of(data, keys.staple);
      if (!staple.empty()) certificate.ocsp_staple(inline_bytes(staple));
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
    std::string_view revoked = value_of(data, revoked_key);
    secret.validation_context([&](envoy::tls::CertificateValidationContext context) {
      context.trusted_ca(inline_bytes(roots));
      if (!revoked.empty()) context.crl(inline_bytes(revoked));
    });
    return true;
  }
  return false;
}

// The authorities may stand in an object of their own or beside the certificate.
kube::ObjectPtr find(const index::Snapshot& snapshot, Reference& what) {
  kube::ObjectPtr found = snapshot.find(what.key);
  if (found != nullptr || !what.authorities_only || what.key.kind != kube::Kind::kSecret) {
    return found;
  }
  what.key.name.resize(what.key.name.size() - kAuthoritiesSuffix.size());
  return snapshot.find(what.key);
}

}  // namespace

ResourcePtr credential_secret(const index::Snapshot& snapshot, const model::Proxy& proxy,
                              std::string_view name) {
  std::optional<Reference> what = parse(name, proxy.ns);
  if (!what || !may_have(snapshot, proxy, *what)) return nullptr;
  kube::ObjectPtr object = find(snapshot, *what);
  if (object == nullptr) return nullptr;
  const Data data = data_of(*object);
  std::string bytes;
  envoy::tls::Secret secret(bytes);
  secret.name(name);
  bool written =
      what->authorities_only ? write_authorities(data, secret) : write_certificate(data, secret);
  return written ? make_resource(Type::kSecret, std::string(name), bytes) : nullptr;
}

}  // namespace mesh::xds
