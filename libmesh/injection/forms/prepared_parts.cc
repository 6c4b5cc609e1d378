#include "libmesh/injection/forms/prepared_parts.h"

#include <utility>

#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/text.h"

namespace mesh::injection::forms {
namespace {

std::string text_at(const Value& values, std::string_view path) {
  const Value* found = value_at(values, path);
  return found == nullptr || found->is_null() ? std::string() : sprint(found);
}

std::string authority_address(const Value& values) {
  std::string address = text_at(values, "global.caAddress");
  if (!address.empty()) return address;
  const std::string revision = text_at(values, "revision");
  return "istiod" + (revision.empty() ? std::string() : "-" + revision) + "." +
         text_at(values, "global.istioNamespace") + ".svc:15012";
}

std::string mesh_id(const Value& values, const std::string& trust_domain) {
  std::string id = text_at(values, "global.meshID");
  return id.empty() ? trust_domain : id;
}

Value empty_dir(std::string_view name, std::string_view medium) {
  Map volume;
  Map dir;
  if (!medium.empty()) add(dir, "medium", medium);
  add(volume, "emptyDir", Value(std::move(dir)));
  add(volume, "name", name);
  return Value(std::move(volume));
}

Value pod_info() {
  auto item = [](std::string_view path, std::string_view field) {
    Map out;
    add(out, "path", path);
    add(out, "fieldRef", object("fieldPath", field));
    return Value(std::move(out));
  };
  Map volume;
  add(volume, "name", "istio-podinfo");
  add(volume, "downwardAPI",
      object("items", Value(List{item("labels", "metadata.labels"),
                                 item("annotations", "metadata.annotations")})));
  return Value(std::move(volume));
}

Value token(const Value& values) {
  Map token;
  add(token, "path", "istio-token");
  add(token, "expirationSeconds", Value(int64_t{43200}));
  add(token, "audience", text_at(values, "global.sds.token.aud"));
  Map volume;
  add(volume, "name", "istio-token");
  add(volume, "projected",
      object("sources", Value(List{object("serviceAccountToken", Value(std::move(token)))})));
  return Value(std::move(volume));
}

Value root_certificate(const Value& values) {
  const std::string bundle = text_at(values, "global.trustBundleName");
  Map volume;
  add(volume, "name", "istiod-ca-cert");
  const Value* bundles = value_at(values, "pilot.env.ENABLE_CLUSTER_TRUST_BUNDLE_API");
  if (bundles != nullptr && bundles->if_bool() != nullptr && *bundles->if_bool()) {
    Map source;
    add(source, "name", "istio.io:istiod-ca:" + (bundle.empty() ? "root-cert" : bundle));
    add(source, "path", "root-cert.pem");
    add(volume, "projected",
        object("sources", Value(List{object("clusterTrustBundle", Value(std::move(source)))})));
  } else {
    add(volume, "configMap", object("name", bundle.empty() ? "istio-ca-root-cert" : bundle));
  }
  return Value(std::move(volume));
}

Value revocations(const Value& values) {
  const std::string name = text_at(values, "pilot.crlConfigMapName");
  Map map;
  add(map, "name", name.empty() ? std::string("istio-ca-crl") : name);
  add(map, "optional", Value(true));
  Map volume;
  add(volume, "name", "istio-ca-crl");
  add(volume, "configMap", Value(std::move(map)));
  return Value(std::move(volume));
}

bool gke(const Value& values) {
  return text_at(values, "global.caName") == "GkeWorkloadCertificate";
}

Value workload_certificates(const Value& values) {
  if (!gke(values)) return object("name", "workload-certs");
  Map volume;
  add(volume, "name", "gke-workload-certificate");
  add(volume, "csi", object("driver", "workloadcertificates.security.cloud.google.com"));
  return Value(std::move(volume));
}

}  // namespace

void prepare_environment(const Settings& settings, Prepared& out) {
  const Value& values = settings.values;
  out.provider_env = {variable("PILOT_CERT_PROVIDER", text_at(values, "global.pilotCertProvider")),
                      variable("CA_ADDR", authority_address(values)),
                      field_variable("POD_NAME", "metadata.name"),
                      field_variable("POD_NAMESPACE", "metadata.namespace"),
                      field_variable("INSTANCE_IP", "status.podIP"),
                      field_variable("SERVICE_ACCOUNT", "spec.serviceAccountName"),
                      field_variable("HOST_IP", "status.hostIP")};
  out.limits_env = {resource_variable("GOMEMLIMIT", "limits.memory"),
                    resource_variable("GOMAXPROCS", "limits.cpu")};
  const std::string& policy = settings.options.compliance_policy;
  if (!policy.empty()) {
    out.limits_env.push_back(variable("COMPLIANCE_POLICY", policy));
    if (policy == "fips-140-3") out.limits_env.push_back(variable("GODEBUG", "fips140=only"));
  }
  const std::string cluster = text_at(values, "global.multiCluster.clusterName");
  out.cluster_env = {variable("ISTIO_META_CLUSTER_ID", cluster.empty() ? "Kubernetes" : cluster),
                     field_variable("ISTIO_META_NODE_NAME", "spec.nodeName")};
  const std::string network = text_at(values, "global.network");
  if (!network.empty()) out.network_env = {variable("ISTIO_META_NETWORK", network)};
  out.trust_domain = settings.mesh_config.string_at("trustDomain");
  if (out.trust_domain.empty()) out.trust_domain = text_at(values, "global.trustDomain");
  const std::string id = mesh_id(values, out.trust_domain);
  if (!id.empty()) out.identity_env.push_back(variable("ISTIO_META_MESH_ID", id));
  if (!out.trust_domain.empty()) {
    out.identity_env.push_back(variable("TRUST_DOMAIN", out.trust_domain));
  }
}

void prepare_volumes(const Settings& settings, Prepared& out) {
  const Value& values = settings.values;
  out.istiod_certs = text_at(values, "global.pilotCertProvider") == "istiod";
  out.gke_mount =
      gke(values)
          ? mount("gke-workload-certificate", "/var/run/secrets/workload-spiffe-credentials", true)
          : mount("workload-certs", "/var/run/secrets/workload-spiffe-credentials");
  out.credential_volumes = {object("name", "workload-socket"), object("name", "credential-socket"),
                            workload_certificates(values)};
  const List common = {empty_dir("istio-data", ""), pod_info(), token(values)};
  out.shared_volumes = {empty_dir("istio-envoy", "Memory")};
  out.agent_volumes = {empty_dir("istio-xds", "Memory")};
  for (List* volumes : {&out.shared_volumes, &out.agent_volumes}) {
    append(*volumes, common);
    if (out.istiod_certs) volumes->push_back(root_certificate(values));
  }
  out.crl_volume = revocations(values);

  out.sidecar_mounts_head = {mount("workload-socket", "/var/run/secrets/workload-spiffe-uds"),
                             mount("credential-socket", "/var/run/secrets/credential-uds"),
                             out.gke_mount};
  if (out.istiod_certs) {
    out.sidecar_mounts_head.push_back(mount("istiod-ca-cert", "/var/run/secrets/istio"));
    out.sidecar_mounts_head.push_back(mount("istio-ca-crl", "/var/run/secrets/istio/crl"));
  }
  out.sidecar_mounts_head.push_back(mount("istio-data", "/var/lib/istio/data"));
  out.sidecar_mounts_tail = {mount("istio-envoy", "/etc/istio/proxy"),
                             mount("istio-token", "/var/run/secrets/tokens")};
  if (out.mount_mtls_certs) {
    out.sidecar_mounts_tail.push_back(mount("istio-certs", "/etc/certs/", true));
  }
  out.sidecar_mounts_tail.push_back(mount("istio-podinfo", "/etc/istio/pod"));
  if (const Value* secrets = value_at(values, "global.imagePullSecrets")) {
    if (const List* names = secrets->if_list()) {
      for (const Value& name : *names) out.pull_secrets.push_back(object("name", sprint(&name)));
    }
  }
}

}  // namespace mesh::injection::forms
