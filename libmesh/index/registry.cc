#include "libmesh/index/registry.h"

#include <algorithm>

#include "libmesh/schema/kubernetes.h"

namespace mesh::index {
namespace {

using kube::Kind;
using kube::ObjectPtr;
using model::EndpointPtr;
using model::ServicePtr;
using model::WorkloadPtr;

constexpr Kind kRegistryKinds[] = {Kind::kNamespace,     Kind::kNode,        Kind::kPod,
                                   Kind::kService,       Kind::kEndpoints,   Kind::kEndpointSlice,
                                   Kind::kWorkloadEntry, Kind::kServiceEntry};

const Labels& annotations_of(const Objects& objects, const std::string& ns) {
  static const Labels kNone;
  const ObjectPtr* object = objects.get({Kind::kNamespace, "", ns});
  return object == nullptr ? kNone : (*object)->annotations;
}

bool is_failed(const kube::Object& pod) {
  return pod.as<k8s::Pod>().status.phase == "Failed";  // Istio does not watch these
}

}  // namespace

bool keep_equal(const std::vector<EndpointPtr>& before, std::vector<EndpointPtr>& after) {
  bool differ = before.size() != after.size();
  for (size_t i = 0; i < after.size(); ++i) {
    if (i < before.size() && (before[i] == after[i] || *before[i] == *after[i])) {
      after[i] = before[i];
      continue;
    }
    differ = true;
    // A list that lost or gained one in front is else the same: look at the neighbours.
    for (size_t j : {i + 1, i - 1}) {
      if (j < before.size() && *before[j] == *after[i]) after[i] = before[j];
    }
  }
  return differ;
}

ServiceKey Registry::kubernetes_key(const std::string& ns, const std::string& name) const {
  return {model::service_hostname(name, ns, options_.cluster_domain), ns};
}

bool Registry::update(const RegistryInput& input, Mesh& mesh) {
  if (fresh_ || options_ != input.options || trust_domain_aliases_ != input.trust_domain_aliases) {
    reset(input);
  }
  Work work;
  auto services = services_;
  ObjectMap pods = pods_;
  collect(input, work);
  make_pods(input.objects, work);
  mark_slices_of_pods(work);
  make_slices(work);
  make_entries(work);
  for (const ServiceKey& key : work.keys) merge(key, work);
  if (work.services) finish_services();
  if (work.services || work.external) finish_entries();
  mesh.services = services_;
  mesh.service_by_key = service_by_key_;
  mesh.services_by_host = services_by_host_;
  mesh.services_by_namespace = services_by_namespace_;
  mesh.endpoints = endpoints_;
  mesh.pods = pods_;
  mesh.entries_by_address = entries_by_address_;
  return work.sets || work.external || !services.same(services_) || !pods.same(pods_);
}

void Registry::reset(const RegistryInput& input) {
  *this = Registry();
  fresh_ = false;
  options_ = input.options;
  trust_domain_aliases_ = input.trust_domain_aliases;
}

// ---- what changed ---------------------------------------------------------------------------

void Registry::collect(const RegistryInput& input, Work& work) {
  std::set<std::string> now(input.namespaces.begin(), input.namespaces.end());
  std::set<std::string> joined;
  if (now != owned_) {
    for (const std::string& ns : owned_) {
      if (!now.contains(ns)) leave(ns, work);
    }
    std::set_difference(now.begin(), now.end(), owned_.begin(), owned_.end(),
                        std::inserter(joined, joined.end()));
    owned_ = std::move(now);
  }
  for (const std::string& ns : joined) {
    namespaces_[ns].annotations = annotations_of(input.objects, ns);
  }
  for (Kind kind : kRegistryKinds) collect_kind(kind, input, joined, work);
  seen_ = input.objects;
}

void Registry::collect_kind(Kind kind, const RegistryInput& input,
                            const std::set<std::string>& joined, Work& work) {
  const ObjectMap& now = input.objects.of(kind);
  if (!kube::is_cluster_scoped(kind)) {
    for (const std::string& ns : joined) {
      for (const auto& [key, object] : now.in_namespace(ns)) change(kind, nullptr, object, work);
    }
  }
  if (seen_.same(kind, input.objects)) return;
  ObjectMap::difference(seen_.of(kind), now, [&](const ObjectPtr& before, const ObjectPtr& after) {
    const kube::ObjectKey& key = before == nullptr ? after->key : before->key;
    if (!kube::is_cluster_scoped(kind) && (!owned_.contains(key.ns) || joined.contains(key.ns))) {
      return;
    }
    change(kind, before, after, work);
  });
}

// Everything of a namespace goes.
void Registry::leave(const std::string& ns, Work& work) {
  auto state = namespaces_.find(ns);
  if (state == namespaces_.end()) return;
  for (const auto& [name, service] : state->second.services) {
    work.keys.insert(kubernetes_key(ns, name));
  }
  for (const auto& [host, entries] : state->second.entries_by_host) work.keys.insert({host, ns});
  for (const auto& [name, pod] : state->second.pods) {
    pods_.erase({Kind::kPod, ns, name});
    work.pods.insert({ns, name});
  }
  namespaces_.erase(state);
  work.services = true;
  work.external = true;
}

void Registry::change(Kind kind, const ObjectPtr& before, const ObjectPtr& after, Work& work) {
  const kube::ObjectKey& key = before == nullptr ? after->key : before->key;
  switch (kind) {
    case Kind::kNamespace:
      if (auto state = namespaces_.find(key.name); state != namespaces_.end()) {
        Labels annotations = after == nullptr ? Labels() : after->annotations;
        if (annotations == state->second.annotations) return;
        state->second.annotations = std::move(annotations);
        work.annotations.insert(key.name);
      }
      return;
    case Kind::kNode:
      work.nodes.insert(key.name);
      return;
    case Kind::kPod:
      return change_pod(key.ns, key.name, after, work);
    case Kind::kService:
      return change_service(key.ns, key.name, after, work);
    case Kind::kEndpoints: {
      NamespaceState& state = namespaces_[key.ns];
      if (after == nullptr) {
        state.endpoints.erase(key.name);
      } else {
        state.endpoints[key.name].object = after;
      }
      work.slices_of.insert({key.ns, key.name});
      return;
    }
    case Kind::kEndpointSlice:
      return change_slice(before, after, work);
    case Kind::kWorkloadEntry: {
      NamespaceState& state = namespaces_[key.ns];
      WorkloadPtr made = after == nullptr ? nullptr : model::workload_of_entry(*after, options_);
      if (made == nullptr) {
        state.workload_entries.erase(key.name);
      } else {
        state.workload_entries[key.name] = std::move(made);
      }
      work.workloads.insert(key.ns);
      for (const auto& [name, service] : state.services) {
        if (!service.base->selector.empty()) work.keys.insert(kubernetes_key(key.ns, name));
      }
      return;
    }
    case Kind::kServiceEntry:
      return change_entry(key.ns, key.name, after, work);
    default:
      return;  // not one of kRegistryKinds
  }
}

void Registry::change_pod(const std::string& ns, const std::string& name, const ObjectPtr& after,
                          Work& work) {
  NamespaceState& state = namespaces_[ns];
  work.pods.insert({ns, name});
  if (after == nullptr || is_failed(*after)) {
    state.pods[name].object = nullptr;  // taken out by make_pods
    pods_.erase({Kind::kPod, ns, name});
  } else {
    state.pods[name].object = after;
    pods_.set(after);
  }
}

void Registry::change_service(const std::string& ns, const std::string& name,
                              const ObjectPtr& after, Work& work) {
  NamespaceState& state = namespaces_[ns];
  work.services = true;
  work.keys.insert(kubernetes_key(ns, name));
  if (after == nullptr) {
    state.services.erase(name);
    return;
  }
  ServiceState& service = state.services[name];
  service.object = after;
  ServicePtr made = model::service_of(*after, state.annotations, options_);
  if (service.base != nullptr && *service.base == *made) return;
  work.slices_of.insert({ns, name});  // its labels say what becomes of draining endpoints
  service.base = std::move(made);
}

void Registry::change_slice(const ObjectPtr& before, const ObjectPtr& after, Work& work) {
  const kube::ObjectKey& key = before == nullptr ? after->key : before->key;
  NamespaceState& state = namespaces_[key.ns];
  std::string old_service(before == nullptr ? "" : model::slice_service(*before));
  std::string new_service(after == nullptr ? "" : model::slice_service(*after));
  if (!old_service.empty() && old_service != new_service) {
    auto& slices = state.slices[old_service];
    slices.erase(key.name);
    if (slices.empty()) state.slices.erase(old_service);
    work.slices_of.insert({key.ns, old_service});
  }
  if (new_service.empty()) return;
  state.slices[new_service][key.name].object = after;
  work.slices_of.insert({key.ns, new_service});
}

void Registry::change_entry(const std::string& ns, const std::string& name, const ObjectPtr& after,
                            Work& work) {
  NamespaceState& state = namespaces_[ns];
  work.services = true;
  work.external = true;
  EntryState& entry = state.service_entries[name];
  for (const ServicePtr& base : entry.bases) {
    work.keys.insert({base->hostname, ns});
    auto& names = state.entries_by_host[base->hostname];
    names.erase(name);
    if (names.empty()) state.entries_by_host.erase(base->hostname);
  }
  if (after == nullptr) {
    state.service_entries.erase(name);
    return;
  }
  entry.object = after;
  std::vector<ServicePtr> made = model::services_of(*after, state.annotations);
  for (size_t i = 0; i < made.size(); ++i) {
    if (i < entry.bases.size() && *entry.bases[i] == *made[i]) made[i] = entry.bases[i];
    state.entries_by_host[made[i]->hostname].insert(name);
    work.keys.insert({made[i]->hostname, ns});
  }
  entry.bases = std::move(made);
  work.entries.insert({ns, name});
}

// ---- pods, slices, entries ------------------------------------------------------------------

void Registry::make_pods(const Objects& objects, Work& work) {
  if (!work.nodes.empty()) {
    for (const auto& [ns, state] : namespaces_) {
      for (const auto& [name, pod] : state.pods) {
        if (pod.object == nullptr) continue;
        if (work.nodes.contains(pod.object->as<k8s::Pod>().spec.node_name)) {
          work.pods.insert({ns, name});
        }
      }
    }
  }
  std::set<Name> changed;
  for (const auto& [ns, name] : work.pods) {
    auto in = namespaces_.find(ns);
    if (in == namespaces_.end()) {
      changed.insert({ns, name});
      continue;
    }
    NamespaceState& state = in->second;
    PodState& pod = state.pods[name];
    WorkloadPtr made;
    if (pod.object != nullptr) {
      const std::string& node_name = pod.object->as<k8s::Pod>().spec.node_name;
      const ObjectPtr* node =
          node_name.empty() ? nullptr : objects.get({Kind::kNode, "", node_name});
      made = model::workload_of_pod(*pod.object, node == nullptr ? nullptr : node->get(), options_);
    }
    auto index = [&](const WorkloadPtr& workload, bool add) {
      if (workload == nullptr || !workload->ready || workload->endpoint.addresses.empty()) return;
      const std::string& address = workload->endpoint.addresses.front();
      work.addresses.insert({ns, address});
      if (add) {
        state.ready_pods[address].insert(name);
      } else if (auto at = state.ready_pods.find(address); at != state.ready_pods.end()) {
        at->second.erase(name);
        if (at->second.empty()) state.ready_pods.erase(at);
      }
    };
    bool same = pod.workload != nullptr && made != nullptr && *pod.workload == *made;
    if (!same) {
      index(pod.workload, false);
      index(made, true);
      bool selectable =
          (pod.workload != nullptr && pod.workload->ready) || (made != nullptr && made->ready);
      if (selectable) work.workloads.insert(ns);
      pod.workload = made;
      changed.insert({ns, name});
    }
    if (pod.object == nullptr) state.pods.erase(name);
  }
  work.pods = std::move(changed);
}

void Registry::mark_slices_of_pods(Work& work) {
  if (work.pods.empty()) return;
  auto concerned = [&](const SliceState& slice) {
    auto any = [](const std::set<Name>& asked, const std::set<Name>& changed) {
      if (asked.size() > changed.size()) {
        return std::any_of(changed.begin(), changed.end(),
                           [&](const Name& name) { return asked.contains(name); });
      }
      return std::any_of(asked.begin(), asked.end(),
                         [&](const Name& name) { return changed.contains(name); });
    };
    return any(slice.pods, work.pods) || any(slice.addresses, work.addresses);
  };
  for (const auto& [ns, state] : namespaces_) {
    for (const auto& [service, slices] : state.slices) {
      for (const auto& [name, slice] : slices) {
        if (concerned(slice)) work.slices_of.insert({ns, service});
      }
    }
    for (const auto& [name, endpoints] : state.endpoints) {
      if (concerned(endpoints)) work.slices_of.insert({ns, name});
    }
  }
}

model::PodLookup Registry::lookup(SliceState& slice) const {
  model::PodLookup out;
  out.pod = [this, &slice](std::string_view ns, std::string_view name) -> WorkloadPtr {
    Name key{std::string(ns), std::string(name)};
    auto state = namespaces_.find(key.first);
    slice.pods.insert(key);
    if (state == namespaces_.end()) return nullptr;
    auto pod = state->second.pods.find(key.second);
    return pod == state->second.pods.end() ? nullptr : pod->second.workload;
  };
  out.by_ip = [this, &slice](std::string_view ns, std::string_view ip) -> WorkloadPtr {
    Name key{std::string(ns), std::string(ip)};
    auto state = namespaces_.find(key.first);
    slice.addresses.insert(key);
    if (state == namespaces_.end()) return nullptr;
    auto names = state->second.ready_pods.find(key.second);
    if (names == state->second.ready_pods.end()) return nullptr;
    const std::string& name = *names->second.begin();
    slice.pods.insert({key.first, name});
    auto pod = state->second.pods.find(name);
    return pod == state->second.pods.end() ? nullptr : pod->second.workload;
  };
  return out;
}

// True when its endpoints are others than before.
bool Registry::make_slice(SliceState& slice, const model::Service& service, bool is_slice) {
  slice.pods.clear();
  slice.addresses.clear();
  model::PodLookup pods = lookup(slice);
  std::vector<EndpointPtr> made =
      is_slice ? model::endpoints_of_slice(*slice.object, service, pods, options_)
               : model::endpoints_of_endpoints(*slice.object, pods, options_);
  bool differ = keep_equal(slice.endpoints, made);
  slice.endpoints = std::move(made);
  return differ;
}

void Registry::make_slices(Work& work) {
  for (const auto& [ns, name] : work.slices_of) {
    auto in = namespaces_.find(ns);
    if (in == namespaces_.end()) continue;
    NamespaceState& state = in->second;
    auto service = state.services.find(name);
    if (service == state.services.end()) continue;  // made when the service comes
    work.keys.insert(kubernetes_key(ns, name));
    if (auto slices = state.slices.find(name); slices != state.slices.end()) {
      for (auto& [slice_name, slice] : slices->second) {
        make_slice(slice, *service->second.base, true);
      }
    }
    if (auto endpoints = state.endpoints.find(name); endpoints != state.endpoints.end()) {
      make_slice(endpoints->second, *service->second.base, false);
    }
  }
}

// Pods before WorkloadEntries, each by name, as Istio sorts them.
std::vector<WorkloadPtr> Registry::selected_workloads(const NamespaceState& state,
                                                      const Labels& selector,
                                                      bool with_pods) const {
  std::vector<WorkloadPtr> out;
  if (with_pods) {
    for (const auto& [name, pod] : state.pods) {
      if (pod.workload == nullptr || !pod.workload->ready) continue;
      if (labels_match(selector, pod.workload->endpoint.labels)) out.push_back(pod.workload);
    }
  }
  for (const auto& [name, workload] : state.workload_entries) {
    if (labels_match(selector, workload->endpoint.labels)) out.push_back(workload);
  }
  return out;
}

void Registry::make_entries(Work& work) {
  for (const std::string& ns : work.annotations) {
    auto in = namespaces_.find(ns);
    if (in == namespaces_.end()) continue;
    std::vector<ObjectPtr> services, entries;
    for (const auto& [name, service] : in->second.services) services.push_back(service.object);
    for (const auto& [name, entry] : in->second.service_entries) entries.push_back(entry.object);
    for (const ObjectPtr& object : services) change_service(ns, object->key.name, object, work);
    for (const ObjectPtr& object : entries) change_entry(ns, object->key.name, object, work);
  }
  for (const std::string& ns : work.workloads) {
    auto in = namespaces_.find(ns);
    if (in == namespaces_.end()) continue;
    for (const auto& [name, entry] : in->second.service_entries) {
      if (model::selects_workloads(*entry.object)) work.entries.insert({ns, name});
    }
  }
  for (const auto& [ns, name] : work.entries) make_entry(ns, name, work);
}

void Registry::make_entry(const std::string& ns, const std::string& name, Work& work) {
  auto in = namespaces_.find(ns);
  if (in == namespaces_.end()) return;
  auto found = in->second.service_entries.find(name);
  if (found == in->second.service_entries.end()) return;
  EntryState& entry = found->second;
  std::vector<WorkloadPtr> selected;
  if (!entry.bases.empty() && model::selects_workloads(*entry.object)) {
    selected = selected_workloads(in->second, entry.bases.front()->selector, true);
  }
  entry.endpoints.resize(entry.bases.size());
  for (size_t i = 0; i < entry.bases.size(); ++i) {
    std::vector<EndpointPtr> made =
        model::endpoints_of_entry(*entry.object, *entry.bases[i], selected, options_);
    if (keep_equal(entry.endpoints[i], made)) {
      work.keys.insert({entry.bases[i]->hostname, ns});
      work.external = true;
    }
    entry.endpoints[i] = std::move(made);
  }
}

}  // namespace mesh::index
