#include "libmesh/traffic/check/workloads.h"

#include <algorithm>

#include "libmesh/base/strings.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/near.h"
#include "libmesh/schema/own.h"
#include "libmesh/traffic/check/metadata.h"
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/words.h"
#include "libmesh/traffic/meshconfig/check.h"

namespace mesh::traffic {
namespace {

using document::Value;
using kube::Kind;

// ---- labels and annotations of injection -------------------------------------------------------

constexpr std::string_view kInject = "sidecar.istio.io/inject";
constexpr std::string_view kTemplatesKey = "inject.istio.io/templates";
constexpr std::string_view kProxyConfig = "proxy.istio.io/config";
constexpr std::string_view kNamespaceInjection = "istio-injection";

// One or two letters away, and not the same.
bool is_nearly(std::string_view written, std::string_view right) {
  return written != right && schema::edit_distance(written, right) <= 2;
}

void check_key(std::string_view key, std::string_view right, const std::string& path,
               Finder& finder) {
  if (!is_nearly(key, right)) return;
  finder.warn(Code::kInjectionValue, path + "[" + std::string(key) + "]",
              "is no label or annotation of injection", "did you mean " + quoted(right) + "?");
}

// Istio takes "true" and "false"; what else stands there is logged and counts for nothing
// (pkg/kube/inject/inject.go, injectRequired). Maistra's annotations have more forms.
bool is_answer(std::string_view value, bool annotation) {
  if (value.empty() || value == "true" || value == "false") return true;
  static const std::set<std::string, std::less<>> kForms = {"y", "yes", "on",  "true",
                                                            "n", "no",  "off", "false"};
  return annotation && kForms.contains(lower_ascii(value));
}

// Istio's own templates; others are nobody's mistake, unless one of these was nearly written.
void check_template_names(std::string_view names, const std::string& field, Finder& finder) {
  static const std::set<std::string> kTemplates = {"sidecar",     "gateway",      "grpc-simple",
                                                   "grpc-agent",  "kube-gateway", "waypoint",
                                                   "agentgateway"};
  while (!names.empty()) {
    const size_t comma = std::min(names.find(','), names.size());
    std::string name(names.substr(0, comma));
    std::erase(name, ' ');
    names.remove_prefix(std::min(comma + 1, names.size()));
    std::string near = kTemplates.contains(name) ? "" : Surroundings::near_text(name, kTemplates);
    if (near.empty()) continue;
    finder.warn(Code::kInjectionValue, field, quoted(name) + " is no template of the injector",
                std::move(near));
  }
}

void check_injection(const Value* metadata, const std::string& path, Finder& finder) {
  if (metadata == nullptr) return;
  for (const char* part : {"labels", "annotations"}) {
    const Value* found = metadata->find(part);
    const document::Map* entries = found == nullptr ? nullptr : found->if_map();
    if (entries == nullptr) continue;
    for (const document::Member& entry : *entries) {
      const std::string field = path + "." + part;
      check_key(entry.key, kInject, field, finder);
      const std::string* value = entry.value.if_string();
      if (entry.key == kTemplatesKey && value != nullptr) {
        check_template_names(*value, field + "[" + entry.key + "]", finder);
      }
      if (entry.key == kProxyConfig && value != nullptr &&
          part == std::string_view("annotations")) {
        check_proxy_annotation(*value, field + "[" + entry.key + "]", finder);
      }
      if (entry.key != kInject || value == nullptr ||
          is_answer(*value, part == std::string_view("annotations"))) {
        continue;
      }
      finder.warn(Code::kInjectionValue, field + "[" + entry.key + "]",
                  quoted(*value) + " is neither true nor false, so it counts for nothing",
                  "write \"true\" or \"false\"");
    }
  }
}

void check_templates(const index::Snapshot& snapshot, const std::string& ns, Diagnostics& out) {
  for (const auto& [key, object] : snapshot.objects(Kind::kPod).in_namespace(ns)) {
    if (object->synthesized) continue;  // its workload is told
    Finder finder(*object, out);
    check_injection(object->document.find("metadata"), "metadata", finder);
  }
  for (const Kind kind :
       {Kind::kDeployment, Kind::kStatefulSet, Kind::kDaemonSet, Kind::kReplicaSet, Kind::kJob}) {
    for (const auto& [key, object] : snapshot.objects(kind).in_namespace(ns)) {
      const Value* spec = object->document.find("spec");
      const Value* pod = spec == nullptr ? nullptr : spec->find("template");
      if (pod == nullptr || object->synthesized) continue;
      Finder finder(*object, out);
      check_injection(pod->find("metadata"), "spec.template.metadata", finder);
    }
  }
  for (const auto& [key, object] : snapshot.objects(Kind::kCronJob).in_namespace(ns)) {
    const std::string path = "spec.jobTemplate.spec.template.metadata";
    const Value* metadata = find_field(*object, path);
    if (metadata == nullptr || object->synthesized) continue;
    Finder finder(*object, out);
    check_injection(metadata, path, finder);
  }
}

void check_namespace_labels(const kube::Object& object, Diagnostics& out) {
  Finder finder(object, out);
  for (const auto& [key, value] : object.labels) {
    check_key(key, kNamespaceInjection, "metadata.labels", finder);
    if (key != kNamespaceInjection || value == "enabled" || value == "disabled") continue;
    finder.warn(Code::kInjectionValue, "metadata.labels[" + key + "]",
                quoted(value) + " is neither enabled nor disabled, so it counts for nothing",
                "write enabled or disabled");
  }
}

bool has_any(const index::ObjectMap& objects, const std::string& ns) {
  for (const auto& entry : objects.in_namespace(ns)) {
    static_cast<void>(entry);
    return true;
  }
  return false;
}

}  // namespace

Diagnostics check_workloads(const index::Snapshot& snapshot, const index::Tenant& tenant,
                            const Surroundings& around) {
  Diagnostics out;
  for (const std::string& ns : tenant.namespaces) {
    check_templates(snapshot, ns, out);
    if (const kube::ObjectPtr object = snapshot.find({Kind::kNamespace, "", ns})) {
      check_namespace_labels(*object, out);
    }
    for (const auto& [key, object] : snapshot.objects(Kind::kWorkloadEntry).in_namespace(ns)) {
      Finder finder(*object, out);
      if (object->document.find("spec") == nullptr) {
        finder.invalid("spec", "is not set", "write the address of the workload");
        continue;
      }
      check_workload_entry(object->as<networking::WorkloadEntry>(), EntryUse::kObject, "spec",
                           finder);
    }
    for (const auto& [key, object] : snapshot.objects(Kind::kWorkloadGroup).in_namespace(ns)) {
      Finder finder(*object, out);
      check_workload_group(object->as<networking::WorkloadGroup>(), finder);
    }
    for (const auto& [key, object] : snapshot.objects(Kind::kNetworkPolicy).in_namespace(ns)) {
      Finder finder(*object, out);
      check_selector(object->as<k8s::NetworkPolicy>().spec.pod_selector.match_labels,
                     "spec.podSelector", around, finder);
    }
    for (const auto& [key, object] : snapshot.objects(Kind::kProxyConfig).in_namespace(ns)) {
      const auto& config = object->as<networking::ProxyConfig>();
      Finder finder(*object, out);
      check_proxy_config(config, finder);
      if (config.selector) {
        check_selector(config.selector->match_labels, "spec.selector", around, finder);
      }
    }
  }
  return out;
}

Diagnostics check_namespaces(const index::Snapshot& snapshot) {
  std::set<std::string> known;
  for (const auto& [key, object] : snapshot.objects(Kind::kNamespace)) known.insert(key.name);
  Diagnostics out;
  if (known.empty()) return out;
  std::map<std::string, std::string> near;  // by namespace that is not there
  const auto nearest = [&](const std::string& ns) -> const std::string& {
    const auto [at, fresh] = near.try_emplace(ns);
    if (fresh && !has_any(snapshot.objects(Kind::kPod), ns) &&
        !has_any(snapshot.objects(Kind::kService), ns)) {
      at->second = Surroundings::near_text(ns, known);
    }
    return at->second;
  };
  for (const Kind kind : kMeshKinds) {
    for (const auto& [key, object] : snapshot.objects(kind)) {
      if (object->synthesized || known.contains(key.ns)) continue;
      const std::string& mend = nearest(key.ns);
      if (mend.empty()) continue;  // only a part of the cluster may have been given
      Finder finder(*object, out);
      finder.warn(Code::kUnknownReference, "metadata.namespace",
                  "there is no namespace " + quoted(key.ns), mend);
    }
  }
  return out;
}

}  // namespace mesh::traffic
