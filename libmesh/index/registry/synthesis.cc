#include "libmesh/index/registry/synthesis.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "libmesh/base/hash.h"
#include "libmesh/index/proxies/injection.h"
#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/index/selector.h"
#include "libmesh/kube/reader.h"
#include "libmesh/model/registry.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using document::List;
using document::Map;
using document::Value;
using kube::Kind;
using kube::ObjectKey;
using kube::ObjectPtr;

constexpr Kind kWorkloadKinds[] = {Kind::kDeployment, Kind::kStatefulSet, Kind::kDaemonSet,
                                   Kind::kReplicaSet, Kind::kJob,         Kind::kCronJob};

constexpr const char* kTlsMode = "security.istio.io/tlsMode";
constexpr const char* kMarker = "mesh.libmesh.dev/synthesized";

// What the workload kinds have in common.
struct Workload {
  ObjectPtr object;
  const k8s::PodTemplateSpec* pod = nullptr;
  const k8s::LabelSelector* selector = nullptr;  // null: its template's labels
  bool runs = true;
};

bool is_owned(const k8s::ObjectMeta& metadata) {
  return std::any_of(metadata.owner_references.begin(), metadata.owner_references.end(),
                     [](const auto& owner) { return owner.controller.value_or(false); });
}

Workload workload_of(const ObjectPtr& object) {
  switch (object->key.kind) {
    case Kind::kDeployment: {
      const auto& d = object->as<k8s::Deployment>();
      return {object, &d.spec.template_, d.spec.selector.get(), d.spec.replicas.value_or(1) > 0};
    }
    case Kind::kStatefulSet: {
      const auto& s = object->as<k8s::StatefulSet>();
      return {object, &s.spec.template_, s.spec.selector.get(), s.spec.replicas.value_or(1) > 0};
    }
    case Kind::kDaemonSet: {
      const auto& d = object->as<k8s::DaemonSet>();
      return {object, &d.spec.template_, d.spec.selector.get(), true};
    }
    case Kind::kReplicaSet: {
      const auto& r = object->as<k8s::ReplicaSet>();
      return {object, &r.spec.template_, r.spec.selector.get(),
              r.spec.replicas.value_or(1) > 0 && !is_owned(r.metadata)};
    }
    case Kind::kJob: {
      const auto& j = object->as<k8s::Job>();
      return {object, &j.spec.template_, j.spec.selector.get(), !is_owned(j.metadata)};
    }
    case Kind::kCronJob: {
      const auto& c = object->as<k8s::CronJob>();
      return {object, &c.spec.job_template.spec.template_, nullptr,
              !c.spec.suspend.value_or(false)};
    }
    default:
      return {object, nullptr, nullptr, false};
  }
}

bool selects(const Workload& workload, const Labels& labels) {
  if (workload.selector != nullptr) {
    bool empty =
        workload.selector->match_labels.empty() && workload.selector->match_expressions.empty();
    if (!empty) return selector_matches(*workload.selector, labels);
  }
  const Labels& own = workload.pod->metadata.labels;
  return !own.empty() && labels_match(own, labels);
}

Value text_map(const Labels& labels) {
  Map map;
  for (const auto& [key, value] : labels) map.push_back({key, Value(value), {}});
  return Value(std::move(map));
}

Value& in(Value& parent, std::string_view key) {
  Value* found = parent.find(key);
  return found == nullptr ? parent.set(key, Value(Map{})) : *found;
}

// The labels that the injector would add; they make the endpoint speak mTLS.
void add_injected_labels(const Workload& workload, Labels& labels) {
  labels.emplace(kTlsMode, "istio");
  auto first = [&](std::initializer_list<const char*> keys, const std::string& otherwise) {
    for (const char* key : keys) {
      if (auto found = labels.find(key); found != labels.end()) return found->second;
    }
    return otherwise;
  };
  labels.emplace("service.istio.io/canonical-name",
                 first({"app.kubernetes.io/name", "app"}, workload.object->key.name));
  labels.emplace("service.istio.io/canonical-revision",
                 first({"app.kubernetes.io/version", "version"}, "latest"));
}

class Synthesizer {
 public:
  Synthesizer(const std::string& ns, const Objects& objects, const Tenants& tenants,
              const InjectionRules& injection)
      : ns_(ns),
        objects_(objects),
        tenants_(tenants),
        tenant_(tenants.of_namespace(ns)),
        injection_(injection) {}

  std::vector<ObjectPtr> run() {
    for (Kind kind : kWorkloadKinds) {
      for (const auto& [key, object] : objects_.of(kind).in_namespace(ns_)) {
        Workload workload = workload_of(object);
        if (workload.runs && workload.pod != nullptr) workloads_.push_back(workload);
      }
    }
    if (workloads_.empty()) return {};
    index_pods();
    for (const Workload& workload : workloads_) {
      if (!has_pod(workload)) make_pod(workload);
    }
    if (!pods_.empty()) make_slices();
    std::sort(out_.begin(), out_.end(),
              [](const ObjectPtr& a, const ObjectPtr& b) { return a->key < b->key; });
    return std::move(out_);
  }

 private:
  void index_pods();
  bool has_pod(const Workload& workload) const;
  void make_pod(const Workload& workload);
  void make_slices();
  void make_slice(const ObjectPtr& service, const std::vector<ObjectPtr>& pods);
  void add(Kind kind, Value document);
  bool is_taken(const ObjectKey& key) const {
    const ObjectPtr* object = objects_.get(key);
    return object != nullptr && !(*object)->synthesized;
  }

  const std::string& ns_;
  const Objects& objects_;
  const Tenants& tenants_;
  const Tenant* tenant_;  // that owns the namespace, or null
  const InjectionRules& injection_;
  std::vector<Workload> workloads_;
  // Pods by one of their labels: a selector is asked of those that have its first label only.
  std::map<std::pair<std::string, std::string>, std::vector<const kube::Object*>> pods_by_label_;
  std::vector<const kube::Object*> all_pods_;
  std::set<std::string> addresses_;
  std::vector<ObjectPtr> pods_;
  std::vector<ObjectPtr> out_;
};

void Synthesizer::index_pods() {
  for (const auto& [key, pod] : objects_.of(Kind::kPod).in_namespace(ns_)) {
    if (pod->synthesized) continue;
    all_pods_.push_back(pod.get());
    for (const auto& label : pod->labels) pods_by_label_[label].push_back(pod.get());
  }
}

bool Synthesizer::has_pod(const Workload& workload) const {
  const Labels* first = workload.selector != nullptr ? &workload.selector->match_labels : nullptr;
  if (first == nullptr || first->empty()) first = &workload.pod->metadata.labels;
  const std::vector<const kube::Object*>* candidates = &all_pods_;
  if (!first->empty()) {
    auto found = pods_by_label_.find(*first->begin());
    if (found == pods_by_label_.end()) return false;
    candidates = &found->second;
  }
  return std::any_of(candidates->begin(), candidates->end(),
                     [&](const kube::Object* pod) { return selects(workload, pod->labels); });
}

void Synthesizer::add(Kind kind, Value document) {
  Diagnostics none;  // the parts are the user's, and have been reported where they stand
  ObjectPtr made = kube::make_object(kind, std::move(document), none);
  if (made == nullptr || is_taken(made->key)) return;
  if (kind == Kind::kPod) pods_.push_back(made);
  out_.push_back(std::move(made));
}

void Synthesizer::make_pod(const Workload& workload) {
  const kube::Object& object = *workload.object;
  const k8s::ObjectMeta& metadata = workload.pod->metadata;
  Labels labels = metadata.labels;
  static const Labels kNone;
  const ObjectPtr* ns = objects_.get({Kind::kNamespace, "", ns_});
  bool injected =
      tenant_ != nullptr &&
      is_to_be_injected(
          injection_, tenants_, *tenant_, ns == nullptr ? kNone : (*ns)->labels,
          {ns_, metadata.labels, metadata.annotations, workload.pod->spec.host_network, {}});
  if (injected) add_injected_labels(workload, labels);
  labels.emplace("service.istio.io/workload-name", object.key.name);
  Labels annotations = metadata.annotations;
  annotations[kMarker] = to_string(object.key);

  std::string address;
  for (uint32_t attempt = 0; address.empty() || !addresses_.insert(address).second; ++attempt) {
    address = synthesized_address(object.key, attempt);
  }
  Value document{Map{}};
  Value& meta = in(document, "metadata");
  meta.set("name", Value(made_up_pod(object.key.name)));
  meta.set("namespace", Value(ns_));
  meta.set("labels", text_map(labels));
  meta.set("annotations", text_map(annotations));
  const Value* where = object.document.find("spec");
  if (object.key.kind == Kind::kCronJob && where != nullptr) where = where->find("jobTemplate");
  if (object.key.kind == Kind::kCronJob && where != nullptr) where = where->find("spec");
  if (where != nullptr) where = where->find("template");
  if (where != nullptr) where = where->find("spec");
  if (where != nullptr) document.set("spec", *where);
  Value& status = in(document, "status");
  status.set("phase", Value("Running"));
  status.set("podIP", Value(address));
  Value ip{Map{}};
  ip.set("ip", Value(address));
  status.set("podIPs", Value(List{ip}));
  Value ready{Map{}};
  ready.set("type", Value("Ready"));
  ready.set("status", Value("True"));
  status.set("conditions", Value(List{ready}));
  add(Kind::kPod, std::move(document));
}

// The pods of a namespace by each of their labels: every Service asks for those it selects, of which there are few.
class PodsByLabel {
 public:
  explicit PodsByLabel(const std::vector<ObjectPtr>& pods) {
    for (const ObjectPtr& pod : pods) {
      for (const auto& [key, value] : pod->labels) pods_[key + "=" + value].push_back(&pod);
    }
  }

  std::vector<ObjectPtr> selected(const Labels& selector) const {
    const std::vector<const ObjectPtr*>* fewest = nullptr;
    for (const auto& [key, value] : selector) {
      const auto found = pods_.find(key + "=" + value);
      if (found == pods_.end()) return {};
      if (fewest == nullptr || found->second.size() < fewest->size()) fewest = &found->second;
    }
    std::vector<ObjectPtr> out;
    if (fewest == nullptr) return out;
    for (const ObjectPtr* pod : *fewest) {
      if (labels_match(selector, (*pod)->labels)) out.push_back(*pod);
    }
    return out;
  }

 private:
  std::unordered_map<std::string, std::vector<const ObjectPtr*>> pods_;
};

void Synthesizer::make_slices() {
  std::set<std::string, std::less<>> served;  // services that have endpoints of their own
  for (const auto& [key, slice] : objects_.of(Kind::kEndpointSlice).in_namespace(ns_)) {
    if (!slice->synthesized) served.emplace(model::slice_service(*slice));
  }
  for (const auto& [key, endpoints] : objects_.of(Kind::kEndpoints).in_namespace(ns_)) {
    served.insert(key.name);
  }
  const PodsByLabel by_label(pods_);
  for (const auto& [key, service] : objects_.of(Kind::kService).in_namespace(ns_)) {
    const Labels& selector = service->as<k8s::Service>().spec.selector;
    if (selector.empty() || served.contains(key.name)) continue;
    const std::vector<ObjectPtr> selected = by_label.selected(selector);
    if (!selected.empty()) make_slice(service, selected);
  }
}

// Pods whose ports have other numbers under the same names need slices of their own.
void Synthesizer::make_slice(const ObjectPtr& service, const std::vector<ObjectPtr>& pods) {
  const auto& spec = service->as<k8s::Service>().spec;
  for (const ObjectPtr& pod : pods) {
    List ports;
    for (const auto& port : spec.ports) {
      model::Port named{port.name, static_cast<uint32_t>(port.port), {}};
      uint32_t number = model::target_port_of(*service, named, *pod);
      if (number == 0) continue;  // no container port of that name
      Value out{Map{}};
      out.set("name", Value(port.name));
      out.set("port", Value(static_cast<int64_t>(number)));
      out.set("protocol", Value(port.protocol.empty() ? "TCP" : port.protocol));
      ports.push_back(std::move(out));
    }
    Value reference{Map{}};
    reference.set("kind", Value("Pod"));
    reference.set("name", Value(pod->key.name));
    reference.set("namespace", Value(ns_));
    Value endpoint{Map{}};
    endpoint.set("addresses", Value(List{Value(pod->as<k8s::Pod>().status.pod_ip)}));
    in(endpoint, "conditions").set("ready", Value(true));
    endpoint.set("targetRef", std::move(reference));
    Value document{Map{}};
    Value& meta = in(document, "metadata");
    meta.set("name", Value(service->key.name + "-" + pod->key.name));
    meta.set("namespace", Value(ns_));
    in(meta, "labels").set("kubernetes.io/service-name", Value(service->key.name));
    document.set("addressType", Value("IPv4"));
    document.set("ports", Value(std::move(ports)));
    document.set("endpoints", Value(List{std::move(endpoint)}));
    add(Kind::kEndpointSlice, std::move(document));
  }
}

}  // namespace

std::vector<ObjectPtr> synthesize(const std::string& ns, const Objects& objects,
                                  const Tenants& tenants, const InjectionRules& injection) {
  return Synthesizer(ns, objects, tenants, injection).run();
}

std::string synthesized_address(const ObjectKey& workload, uint32_t attempt) {
  uint64_t hash = hash_bytes(to_string(workload), attempt);
  auto second = static_cast<uint32_t>(hash >> 8 & 0xff);
  auto first = static_cast<uint32_t>(240 + (hash & 0x0f) % 15);  // 255.x is broadcast
  if (first == 240 && second == 240) second = 241;
  auto third = static_cast<uint32_t>(hash >> 16 & 0xff);
  auto fourth = static_cast<uint32_t>(1 + (hash >> 24 & 0xff) % 254);
  return std::to_string(first) + "." + std::to_string(second) + "." + std::to_string(third) + "." +
         std::to_string(fourth);
}

bool matters_for_synthesis(Kind kind) {
  switch (kind) {
    case Kind::kDeployment:
    case Kind::kStatefulSet:
    case Kind::kDaemonSet:
    case Kind::kReplicaSet:
    case Kind::kJob:
    case Kind::kCronJob:
    case Kind::kService:
    case Kind::kNamespace:
    case Kind::kEndpoints:
    case Kind::kPod:
    case Kind::kEndpointSlice:
      return true;
    default:
      return false;
  }
}

bool matters_for_synthesis(const ObjectPtr& before, const ObjectPtr& after) {
  const kube::Object& object = before == nullptr ? *after : *before;
  switch (object.key.kind) {
    case Kind::kEndpoints:
      return before == nullptr || after == nullptr;
    case Kind::kPod:
    case Kind::kEndpointSlice:
      // Which pods there are, and which services have slices: told by labels alone.
      return before == nullptr || after == nullptr || before->labels != after->labels ||
             before->synthesized != after->synthesized;
    default:
      return matters_for_synthesis(object.key.kind);
  }
}

}  // namespace mesh::index
