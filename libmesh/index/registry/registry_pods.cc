// Pods, and the EndpointSlices and Endpoints that name them.
#include <algorithm>

#include "libmesh/index/registry/registry.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::index {

using kube::Kind;
using kube::ObjectPtr;
using model::WorkloadPtr;

void Registry::index_pod(const Name& name, const WorkloadPtr& workload, bool add) {
  if (workload == nullptr || !workload->ready || workload->endpoint.addresses.empty()) return;
  NamespaceState& state = namespaces_[name.first];
  const std::string& address = workload->endpoint.addresses.front();
  work_.addresses.insert({name.first, address});
  if (add) {
    state.ready_pods[address].insert(name.second);
  } else if (auto at = state.ready_pods.find(address); at != state.ready_pods.end()) {
    at->second.erase(name.second);
    if (at->second.empty()) state.ready_pods.erase(at);
  }
}

void Registry::make_pod(const Name& name, const Objects& objects) {
  NamespaceState& state = namespaces_[name.first];
  PodState& pod = state.pods[name.second];
  WorkloadPtr made;
  if (pod.object != nullptr) {
    const std::string& node_name = pod.object->as<k8s::Pod>().spec.node_name;
    const ObjectPtr* node = node_name.empty() ? nullptr : objects.get({Kind::kNode, "", node_name});
    made = model::workload_of_pod(*pod.object, node == nullptr ? nullptr : node->get(), options_);
  }
  bool same = pod.workload != nullptr && made != nullptr && *pod.workload == *made;
  if (!same) {
    index_pod(name, pod.workload, false);
    index_pod(name, made, true);
    bool selectable =
        (pod.workload != nullptr && pod.workload->ready) || (made != nullptr && made->ready);
    if (selectable) reselect(state, {model::Workload::Kind::kPod, name.second}, made);
    pod.workload = std::move(made);
    work_.pods.insert(name);
  }
  if (pod.object == nullptr) state.pods.erase(name.second);
}

// Pods take their locality from their nodes.
void Registry::make_pods_of_nodes(const Objects& objects) {
  if (work_.nodes.empty()) return;
  std::vector<Name> concerned;
  for (const auto& [ns, state] : namespaces_) {
    for (const auto& [name, pod] : state.pods) {
      if (pod.object == nullptr) continue;
      if (work_.nodes.contains(pod.object->as<k8s::Pod>().spec.node_name)) {
        concerned.push_back({ns, name});
      }
    }
  }
  for (const Name& name : concerned) make_pod(name, objects);
}

void Registry::mark_slices_of_pods() {
  if (work_.pods.empty()) return;
  auto concerned = [&](const SliceState& slice) {
    auto any = [](const std::set<Name>& asked, const std::set<Name>& changed) {
      if (asked.size() > changed.size()) {
        return std::any_of(changed.begin(), changed.end(),
                           [&](const Name& name) { return asked.contains(name); });
      }
      return std::any_of(asked.begin(), asked.end(),
                         [&](const Name& name) { return changed.contains(name); });
    };
    return any(slice.pods, work_.pods) || any(slice.addresses, work_.addresses);
  };
  for (const auto& [ns, state] : namespaces_) {
    for (const auto& [service, slices] : state.slices) {
      for (const auto& [name, slice] : slices) {
        if (concerned(slice)) work_.slices_of.insert({ns, service});
      }
    }
    for (const auto& [name, endpoints] : state.endpoints) {
      if (concerned(endpoints)) work_.slices_of.insert({ns, name});
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

void Registry::make_slice(SliceState& slice, const model::Service& service, bool is_slice) {
  slice.pods.clear();
  slice.addresses.clear();
  model::PodLookup pods = lookup(slice);
  Endpoints made = is_slice ? model::endpoints_of_slice(*slice.object, service, pods, options_)
                            : model::endpoints_of_endpoints(*slice.object, service, pods, options_);
  keep_equal(slice.endpoints, made);
  slice.endpoints = std::move(made);
}

void Registry::make_slices() {
  for (const auto& [ns, name] : work_.slices_of) {
    auto in = namespaces_.find(ns);
    if (in == namespaces_.end()) continue;
    NamespaceState& state = in->second;
    auto service = state.services.find(name);
    if (service == state.services.end()) continue;  // made when the service comes
    mark(state, *service->second.host);
    if (auto slices = state.slices.find(name); slices != state.slices.end()) {
      for (auto& [slice_name, slice] : slices->second) {
        make_slice(slice, *service->second.base, true);
      }
    }
    if (auto endpoints = state.endpoints.find(name); endpoints != state.endpoints.end()) {
      make_slice(endpoints->second, *service->second.base, false);
    }
  }
  work_.slices_of.clear();
}

}  // namespace mesh::index
