#include "tests/injection/decision/support.h"

namespace mesh::injection::testing {
namespace {

struct Entry {
  const char* prefix;
  std::string namespaces;
  std::string objects;
};

std::string in(const std::string& key, const std::string& value) {
  return "{key: " + key + ", operator: In, values: [\"" + value + "\"]}";
}
std::string not_in(const std::string& key, const std::string& value) {
  return "{key: " + key + ", operator: NotIn, values: [\"" + value + "\"]}";
}
std::string unset(const std::string& key) { return "{key: " + key + ", operator: DoesNotExist}"; }

std::string webhooks(const std::string& name, const std::string& labels, const std::string& ns,
                     const std::string& called, const std::string& revision) {
  const std::string rev = "istio.io/rev", inject = "sidecar.istio.io/inject",
                    injection = "istio-injection";
  std::vector<Entry> entries{
      {"rev.namespace", in(rev, called) + ", " + unset(injection), not_in(inject, "false")},
      {"rev.object", unset(rev) + ", " + unset(injection),
       not_in(inject, "false") + ", " + in(rev, called)}};
  if (called == "default") {
    entries.push_back({"namespace", in(injection, "enabled"), not_in(inject, "false")});
    entries.push_back(
        {"object", unset(injection) + ", " + unset(rev), in(inject, "true") + ", " + unset(rev)});
  }
  std::string out =
      "---\napiVersion: admissionregistration.k8s.io/v1\n"
      "kind: MutatingWebhookConfiguration\nmetadata: {name: " +
      name + ", labels: {" + labels + "}}\nwebhooks:\n";
  const std::string service = revision == "default" ? "istiod" : "istiod-" + revision;
  for (const Entry& entry : entries) {
    out += "- name: " + std::string(entry.prefix) + ".sidecar-injector.istio.io\n" +
           "  clientConfig: {service: {name: " + service + ", namespace: " + ns +
           ", path: /inject, port: 443}}\n  sideEffects: None\n  failurePolicy: Fail\n"
           "  rules: [{operations: [CREATE], apiGroups: [\"\"], apiVersions: [v1], resources: "
           "[pods]}]\n  namespaceSelector: {matchExpressions: [" +
           entry.namespaces + "]}\n  objectSelector: {matchExpressions: [" + entry.objects +
           "]}\n" + "  admissionReviewVersions: [v1]\n";
  }
  return out;
}

}  // namespace

std::string istio_webhooks(const std::string& ns, const std::string& revision) {
  std::string name = "istio-sidecar-injector";
  if (revision != "default") name += "-" + revision;
  if (ns != "istio-system") name += "-" + ns;
  return webhooks(name, "istio.io/rev: " + revision, ns, revision, revision);
}

std::string istio_tag(const std::string& ns, const std::string& tag, const std::string& revision) {
  return webhooks("istio-revision-tag-" + tag,
                  "istio.io/rev: " + revision + ", istio.io/tag: " + tag, ns, tag, revision);
}

std::string injector_config(const std::string& ns, const std::string& revision,
                            const std::string& config, const std::string& values) {
  return "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-sidecar-injector" +
         (revision == "default" ? "" : "-" + revision) + ", namespace: " + ns +
         ", labels: {istio.io/rev: " + revision + "}}, data: {config: '" + config + "', values: '" +
         values + "'}}\n";
}

std::string control_plane(const std::string& ns, const std::string& version,
                          const std::string& members, const std::string& injection) {
  return namespace_yaml(ns, "") +
         "---\n{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, metadata: {name: basic, "
         "namespace: " +
         ns + "}, spec: {version: " + version +
         (injection.empty() ? "" : ", proxy: {injection: {" + injection + "}}") +
         "}}\n---\n{apiVersion: maistra.io/v1, kind: ServiceMeshMemberRoll, metadata: {name: "
         "default, namespace: " +
         ns + "}, spec: {members: [" + members + "]}}\n";
}

}  // namespace mesh::injection::testing
