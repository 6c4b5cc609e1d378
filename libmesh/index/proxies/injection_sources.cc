// What injectors there are: read from the input, or as Istio's chart installs them.
#include <algorithm>
#include <optional>
#include <utility>

#include "libmesh/document/json.h"
#include "libmesh/document/read.h"
#include "libmesh/index/proxies/injection_rule.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using document::List;
using document::Value;
using kube::Kind;
using kube::ObjectPtr;
using Operator = LabelTerm::Operator;

constexpr std::string_view kConfigMap = "istio-sidecar-injector";
constexpr std::string_view kDefault = "default";
const std::string kInject = "sidecar.istio.io/inject";
const std::string kRevision = "istio.io/rev";
const std::string kInjection = "istio-injection";

const Value* at(const Value& value, std::initializer_list<std::string_view> path) {
  const Value* out = &value;
  for (std::string_view key : path) {
    out = out->find(key);
    if (out == nullptr) return nullptr;
  }
  return out;
}

std::string text_at(const Value& value, std::initializer_list<std::string_view> path) {
  const Value* found = at(value, path);
  const std::string* text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : *text;
}

std::string label_of(const kube::Object& object, const char* key) {
  auto found = object.labels.find(key);
  return found == object.labels.end() ? std::string() : found->second;
}

// The elements of a list, or none.
const List& list_at(const Value& value, std::string_view key) {
  static const List kNone;
  const Value* found = value.find(key);
  const List* list = found == nullptr ? nullptr : found->if_list();
  return list == nullptr ? kNone : *list;
}

std::vector<std::string> texts_at(const Value& value, std::string_view key) {
  std::vector<std::string> out;
  for (const Value& item : list_at(value, key)) {
    if (const std::string* text = item.if_string()) out.push_back(*text);
  }
  return out;
}

// A LabelSelector of a document; absent is everything.
LabelTerms read_selector(const Value* selector) {
  LabelTerms out;
  if (selector == nullptr) return out;
  if (const Value* labels = selector->find("matchLabels"); labels && labels->is_map()) {
    for (const document::Member& member : *labels->if_map()) {
      const std::string* text = member.value.if_string();
      out.push_back({member.key, Operator::kIn, {text == nullptr ? std::string() : *text}});
    }
  }
  for (const Value& requirement : list_at(*selector, "matchExpressions")) {
    out.push_back(label_term(requirement.string_at("key"), requirement.string_at("operator"),
                             texts_at(requirement, "values")));
  }
  return out;
}

// ---- injector ConfigMaps --------------------------------------------------------------------

bool is_injector_config(const ObjectPtr& object) {
  if (object == nullptr || object->key.kind != Kind::kConfigMap) return false;
  if (!object->key.name.starts_with(kConfigMap)) return false;
  const auto& data = object->as<k8s::ConfigMap>().data;
  return data.contains("config") || data.contains("values");
}

std::string config_map_name(const std::string& revision) {
  return std::string(kConfigMap) + (revision == kDefault ? "" : "-" + revision);
}

// The keys of Config (pkg/kube/inject/inject.go) that decide.
InjectorPolicy read_policy(const kube::Object& config_map) {
  InjectorPolicy out;
  out.object = to_string(config_map.key);
  out.field = "data.config policy";
  const auto& data = config_map.as<k8s::ConfigMap>().data;
  auto text = data.find("config");
  if (text == data.end()) return out;
  Diagnostics unheard;  // who reads the settings tells
  auto documents = document::read_any(text->second, "", unheard);
  if (documents.size() != 1) return out;
  const Value& config = documents.front().root;
  if (const Value* policy = config.find("policy")) {
    const std::string* word = policy->if_string();
    out.policy = word == nullptr ? "" : *word;
  }
  for (const Value& one : list_at(config, "neverInjectSelector")) {
    out.never.push_back(read_selector(&one));
  }
  for (const Value& one : list_at(config, "alwaysInjectSelector")) {
    out.always.push_back(read_selector(&one));
  }
  return out;
}

bool by_default(const kube::Object& config_map) {
  const auto& data = config_map.as<k8s::ConfigMap>().data;
  auto text = data.find("values");
  if (text == data.end()) return false;
  Diagnostics unheard;
  auto documents = document::read_any(text->second, "", unheard);
  if (documents.size() != 1) return false;
  const Value* found =
      at(documents.front().root, {"sidecarInjectorWebhook", "enableNamespacesByDefault"});
  const bool* flag = found == nullptr ? nullptr : found->if_bool();
  return flag != nullptr && *flag;
}

std::string revision_of(const kube::Object& config_map) {
  std::string label = label_of(config_map, "istio.io/rev");
  if (!label.empty()) return label;
  const std::string& name = config_map.key.name;
  return name.size() > kConfigMap.size() + 1 ? name.substr(kConfigMap.size() + 1)
                                             : std::string(kDefault);
}

// ---- the chart ------------------------------------------------------------------------------

LabelTerm is_in(const std::string& key, std::string value) {
  return {key, Operator::kIn, {std::move(value)}};
}
LabelTerm is_not(const std::string& key, std::string value) {
  return {key, Operator::kNotIn, {std::move(value)}};
}
LabelTerm is_set(const std::string& key) { return {key, Operator::kExists, {}}; }
LabelTerm is_unset(const std::string& key) { return {key, Operator::kDoesNotExist, {}}; }

class Builder {
 public:
  Builder(const ObjectMap& webhooks, const ObjectMap& config_maps) : config_maps_(config_maps) {
    for (const auto& [key, object] : webhooks) read_configuration(*object);
    if (rules_.webhooks.empty()) install_for_config_maps();
    if (rules_.webhooks.empty()) install_for_any();
  }
  InjectionRulesPtr take() { return std::make_shared<const InjectionRules>(std::move(rules_)); }

 private:
  size_t plane(const std::string& ns, const std::string& revision) {
    for (size_t i = 0; i < rules_.planes.size(); ++i) {
      if (rules_.planes[i].ns == ns && rules_.planes[i].revision == revision) return i;
    }
    InjectorPlane out{ns, revision, {}};
    const ObjectPtr* found = config_maps_.get({Kind::kConfigMap, ns, config_map_name(revision)});
    if (found != nullptr) out.policy = read_policy(**found);
    rules_.planes.push_back(std::move(out));
    return rules_.planes.size() - 1;
  }

  void read_configuration(const kube::Object& object);
  void install_for_config_maps();
  void install_for_any();
  void install(size_t plane, const char* name, LabelTerms namespaces, LabelTerms objects) {
    InjectionWebhook out;
    const InjectorPlane& of = rules_.planes[plane];
    if (!rules_.any_revision) out.configuration = config_map_name(of.revision);
    if (!out.configuration.empty() && of.ns != "istio-system") out.configuration += "-" + of.ns;
    out.name = std::string(name) + ".sidecar-injector.istio.io";
    out.namespaces = std::move(namespaces);
    out.objects = std::move(objects);
    out.plane = plane;
    rules_.webhooks.push_back(std::move(out));
  }
  void install_default(size_t plane, bool everywhere);

  const ObjectMap& config_maps_;
  InjectionRules rules_;
};

// templates/mutatingwebhook.yaml, the part of the default revision.
void Builder::install_default(size_t plane, bool everywhere) {
  install(plane, "namespace", {is_in(kInjection, "enabled")}, {is_not(kInject, "false")});
  install(plane, "object", {is_unset(kInjection), is_unset(kRevision)},
          {is_in(kInject, "true"), is_unset(kRevision)});
  if (!everywhere) return;
  install(plane, "auto",
          {is_unset(kInjection),
           is_unset(kRevision),
           {"kubernetes.io/metadata.name",
            Operator::kNotIn,
            {"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}}},
          {is_unset(kInject), is_unset(kRevision)});
}

void Builder::install_for_config_maps() {
  for (const auto& [key, object] : config_maps_) {
    if (!is_injector_config(object)) continue;
    const std::string revision = revision_of(*object);
    const size_t at = plane(key.ns, revision);
    install(at, "rev.namespace", {is_in(kRevision, revision), is_unset(kInjection)},
            {is_not(kInject, "false")});
    install(at, "rev.object", {is_unset(kRevision), is_unset(kInjection)},
            {is_not(kInject, "false"), is_in(kRevision, revision)});
    if (revision == kDefault) install_default(at, by_default(*object));
  }
}

// Nothing says which control planes there are: whichever a label names, and the default one.
void Builder::install_for_any() {
  rules_.any_revision = true;
  const size_t any = plane("", "");
  install(any, "rev.namespace", {is_set(kRevision), is_unset(kInjection)},
          {is_not(kInject, "false")});
  install(any, "rev.object", {is_unset(kRevision), is_unset(kInjection)},
          {is_not(kInject, "false"), is_set(kRevision)});
  install_default(plane("", std::string(kDefault)), false);
}

// ---- MutatingWebhookConfigurations ----------------------------------------------------------

bool lists(const Value& rule, std::string_view key, std::string_view one) {
  const std::vector<std::string> texts = texts_at(rule, key);
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text == "*" || text == one; });
}

// Kubernetes' rule matcher (apiserver, webhook/predicates/rules), for the creation of a pod.
bool is_for_creation_of_pods(const Value& webhook) {
  const List& rules = list_at(webhook, "rules");
  return std::any_of(rules.begin(), rules.end(), [](const Value& rule) {
    if (rule.string_at("scope") == "Cluster") return false;
    const std::vector<std::string> resources = texts_at(rule, "resources");
    const bool pods = std::any_of(resources.begin(), resources.end(), [](const std::string& text) {
      return text == "*" || text == "pods" || text == "*/*" || text == "pods/*";
    });
    return pods && lists(rule, "operations", "CREATE") && lists(rule, "apiGroups", "") &&
           lists(rule, "apiVersions", "v1");
  });
}

// One that asks an injector: by its path, or by the name that all charts give it.
bool is_injector(const Value& webhook) {
  const std::string path = text_at(webhook, {"clientConfig", "service", "path"});
  const std::string url = text_at(webhook, {"clientConfig", "url"});
  const std::string_view name = webhook.string_at("name");
  return name.ends_with("sidecar-injector.istio.io") || path.starts_with("/inject") ||
         url.find("/inject") != std::string::npos;
}

// "istiod-canary" serves revision canary.
std::string revision_of_service(const std::string& service) {
  constexpr std::string_view kPrefix = "istiod-";
  if (!service.starts_with(kPrefix) || service.starts_with("istiod-revision-tag-")) {
    return std::string(kDefault);
  }
  return service.substr(kPrefix.size());
}

void Builder::read_configuration(const kube::Object& object) {
  for (const Value& webhook : list_at(object.document, "webhooks")) {
    if (!webhook.is_map() || !is_injector(webhook)) continue;
    InjectionWebhook out;
    out.configuration = object.key.name;
    out.name = webhook.string_at("name");
    out.tag = label_of(object, "istio.io/tag");
    out.stated = true;
    out.creates_pods = is_for_creation_of_pods(webhook);
    out.conditions = !list_at(webhook, "matchConditions").empty();
    if (auto policy = webhook.string_at("failurePolicy"); !policy.empty()) {
      out.failure_policy = policy;
    }
    if (auto policy = webhook.string_at("matchPolicy"); !policy.empty()) out.match_policy = policy;
    out.namespaces = read_selector(webhook.find("namespaceSelector"));
    out.objects = read_selector(webhook.find("objectSelector"));
    std::string ns = text_at(webhook, {"clientConfig", "service", "namespace"});
    if (ns.empty()) ns = label_of(object, "maistra.io/owner");
    std::string revision = label_of(object, "istio.io/rev");
    if (revision.empty()) {
      revision = revision_of_service(text_at(webhook, {"clientConfig", "service", "name"}));
    }
    out.plane = plane(ns, revision);
    rules_.webhooks.push_back(std::move(out));
  }
}

}  // namespace

InjectionRulesPtr make_injection_rules(const ObjectMap& webhook_configurations,
                                       const ObjectMap& config_maps) {
  return Builder(webhook_configurations, config_maps).take();
}

bool matters_for_injection(const ObjectPtr& before, const ObjectPtr& after) {
  const ObjectPtr& object = before == nullptr ? after : before;
  return object->key.kind == Kind::kMutatingWebhookConfiguration || is_injector_config(before) ||
         is_injector_config(after);
}

}  // namespace mesh::index
