#include "libmesh/tenancy/plan/extras.h"

#include <array>
#include <utility>
#include <vector>

#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/member_plan.h"

namespace mesh::tenancy {
namespace {

using document::List;
using document::Value;
using kube::Kind;
using kube::ObjectPtr;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<uint8_t>(bytes[i + j]) : 0U);
    }
    for (size_t j = 0; j < 4; ++j) {
      bool pad = i + j > bytes.size();
      out += pad ? '=' : kAlphabet[group >> (18 - 6 * j) & 63];
    }
  }
  return out;
}

// Where a bundle may be, the first one found counts.
struct Source {
  Kind kind;
  const char* name;
  const char* key;
};
constexpr Source kIstiodSources[] = {{Kind::kSecret, "cacerts", "ca-cert.pem"},
                                     {Kind::kSecret, "cacerts", "tls.crt"},
                                     {Kind::kSecret, "istio-ca-secret", "ca-cert.pem"},
                                     {Kind::kSecret, "istiod-tls", "tls.crt"}};
constexpr Source kGalleySources[] = {
    {Kind::kSecret, "istio.istio-galley-service-account", "root-cert.pem"}};
constexpr Source kInjectorSources[] = {
    {Kind::kSecret, "istio.istio-sidecar-injector-service-account", "root-cert.pem"}};
constexpr Source kOperatorSources[] = {
    {Kind::kConfigMap, "maistra-operator-cabundle", "service-ca.crt"}};

std::vector<Source> sources_of(const std::string& name, const PlanOptions& options) {
  auto all = [](const auto& sources) {
    return std::vector<Source>(std::begin(sources), std::end(sources));
  };
  if (name == options.operator_namespace + ".servicemesh-resources.maistra.io") {
    return all(kOperatorSources);
  }
  if (name.starts_with("istio-galley-")) return all(kGalleySources);
  if (name.starts_with("istio-sidecar-injector-")) return all(kInjectorSources);
  if (name.starts_with("istiod-") || name.starts_with("istio-validator-")) {
    return all(kIstiodSources);
  }
  return {};
}

struct Bundle {
  std::string text;  // base64, as in the webhook
  BecausePtr because;
};

Bundle bundle_of(const index::Snapshot& snapshot, const std::vector<Source>& sources,
                 const std::string& ns) {
  for (const Source& source : sources) {
    ObjectPtr object = snapshot.find({source.kind, ns, source.name});
    if (object == nullptr) continue;
    const Value* data = object->document.find("data");
    const Value* plain = object->document.find("stringData");
    BecausePtr why = because(object->key, std::string("data[") + source.key + "]",
                             "is the certificate that the webhook's server is trusted by");
    std::string_view text = data == nullptr ? "" : data->string_at(source.key);
    if (!text.empty()) {
      bool encoded = source.kind == Kind::kSecret;
      return {encoded ? std::string(text) : base64(text), why};
    }
    text = plain == nullptr ? "" : plain->string_at(source.key);
    if (!text.empty()) return {base64(text), why};
  }
  return {};
}

// The namespace of the one service that all its webhooks call; empty when there is none or several.
std::string service_namespace(const Value& configuration) {
  const Value* webhooks = configuration.find("webhooks");
  const List* list = webhooks == nullptr ? nullptr : webhooks->if_list();
  std::string out;
  if (list == nullptr) return out;
  for (const Value& webhook : *list) {
    const Value* client = webhook.find("clientConfig");
    const Value* service = client == nullptr ? nullptr : client->find("service");
    if (service == nullptr) continue;
    std::string_view ns = service->string_at("namespace");
    if (!out.empty() && ns != out) return "";
    out = ns;
  }
  return out;
}

Value with_bundle(const Value& webhooks, const std::string& bundle) {
  Value out = webhooks;
  for (Value& webhook : *out.if_list()) {
    Value* client = webhook.find("clientConfig");
    if (client != nullptr && client->find("service") != nullptr) {
      client->set("caBundle", Value(bundle));
    }
  }
  return out;
}

void plan_bundle(const index::Snapshot& snapshot, const kube::Object& configuration,
                 const PlanOptions& options, Plan& out) {
  std::vector<Source> sources = sources_of(configuration.key.name, options);
  if (sources.empty()) return;
  std::string ns = service_namespace(configuration.document);
  const index::Tenant* tenant = ns.empty() ? nullptr : tenant_in(snapshot, ns);
  bool of_operator = sources.front().kind == Kind::kConfigMap;
  if (of_operator ? ns != options.operator_namespace : tenant == nullptr) return;
  if (tenant != nullptr && is_deleting(*tenant->control_plane))
    return;  // nothing more for this one
  Bundle bundle = bundle_of(snapshot, sources, ns);
  if (bundle.text.empty()) return;
  Value webhooks = with_bundle(*configuration.document.find("webhooks"), bundle.text);
  out.objects.push_back(planned(configuration.key.kind, "", configuration.key.name,
                                body::map({{"webhooks", std::move(webhooks)}}), {bundle.because},
                                tenant == nullptr ? model::TenantId() : tenant->id,
                                Ownership::kFields));
}

// "failure-domain…" are the names before Kubernetes 1.17; istiod reads both.
const std::array<std::string, 5> kTopology = {
    "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
    "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"};

std::string label_of(const kube::Object& object, const std::string& key) {
  auto at = object.labels.find(key);
  return at == object.labels.end() ? "" : at->second;
}

}  // namespace

void plan_ca_bundles(const index::Snapshot& snapshot, const PlanOptions& options, Plan& out) {
  for (Kind kind : {Kind::kMutatingWebhookConfiguration, Kind::kValidatingWebhookConfiguration}) {
    for (const auto& [key, object] : snapshot.objects(kind)) {
      plan_bundle(snapshot, *object, options, out);
    }
  }
}

void plan_localities(const index::Snapshot& snapshot, const index::Tenant& tenant,
                     const std::string& ns, Plan& out) {
  static const std::string kStatus = "sidecar.istio.io/status";
  for (const auto& [key, pod] : snapshot.objects(Kind::kPod).in_namespace(ns)) {
    auto status = pod->annotations.find(kStatus);
    if (pod->synthesized || status == pod->annotations.end() || status->second.empty()) continue;
    const Value* spec = pod->document.find("spec");
    std::string node_name(spec == nullptr ? "" : spec->string_at("nodeName"));
    if (node_name.empty() || is_deleting(*pod)) continue;
    ObjectPtr node = snapshot.find({Kind::kNode, "", node_name});
    if (node == nullptr) continue;
    Labels wanted;
    bool says = false;
    bool same = true;
    for (const std::string& name : kTopology) {
      std::string value = label_of(*node, name);
      says = says || !value.empty();
      same = same && label_of(*pod, name) == value;
      wanted[name] = std::move(value);
    }
    if (!says || same) continue;
    Value metadata = body::map({{"labels", body::labels(wanted)}});
    out.objects.push_back(planned(Kind::kPod, ns, key.name,
                                  body::map({{"metadata", std::move(metadata)}}),
                                  {because(node->key, "metadata.labels", "is where the pod runs"),
                                   because(key, "spec.nodeName", "names the node")},
                                  tenant.id, Ownership::kFields));
  }
}

}  // namespace mesh::tenancy
