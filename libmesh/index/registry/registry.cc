#include "libmesh/index/registry/registry.h"

#include <algorithm>
#include <iterator>

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

bool Registry::update(const RegistryInput& input, Mesh& mesh) {
  bool differ = update(input, static_cast<ClusterServices&>(mesh));
  differ = differ || !mesh.entry_instances.same(entry_instances_) || mesh.networks != networks_;
  mesh.entry_instances = entry_instances_;
  mesh.networks = networks_;
  return differ;
}

bool Registry::update(const RegistryInput& input, ClusterServices& cluster) {
  if (fresh_ || options_ != input.options) reset(input);
  if (trust_domain_aliases_ != input.trust_domain_aliases) {
    trust_domain_aliases_ = input.trust_domain_aliases;
    work_.all_services = true;
  }
  collect(input);
  receive(input.guests == nullptr ? Guests() : *input.guests);
  make_pods_of_nodes(input.objects);
  mark_slices_of_pods();
  make_slices();
  for (const auto& [state, host] : work_.hosts) merge(*state, *host);
  if (work_.allocation) allocate_addresses();
  if (work_.all_services || !work_.lists.empty()) finish_services();
  if (work_.instances) remake_entry_instances();
  if (work_.networks) finish_networks(input.objects);
  const bool differ = work_.sets || !cluster.services.same(services_) || !cluster.pods.same(pods_);
  work_ = Work();
  cluster.services = services_;
  cluster.hosts = hosts_;
  cluster.services_by_namespace = services_by_namespace_;
  cluster.endpoints = endpoints_;
  cluster.pods = pods_;
  return differ;
}

void Registry::reset(const RegistryInput& input) {
  *this = Registry();
  fresh_ = false;
  set_options(input.options, !input.service_entries);
  work_.networks = true;
}

// Istio's registry of ServiceEntries, which reads those of the config cluster and its WorkloadEntries, knows no networks
// (initServiceControllers in pilot/pkg/bootstrap/servicecontroller.go; initializeCluster in kube/controller/multicluster.go).
void Registry::set_options(const model::RegistryOptions& options, bool remote) {
  options_ = options;
  entry_options_ = options;
  if (remote) return;
  entry_options_.network.clear();
  entry_options_.networks = nullptr;
}

void Registry::take(const Objects& objects, const kube::ObjectKey& key, const ObjectPtr& now,
                    const model::RegistryOptions& options) {
  bool concerns = std::find(std::begin(kRegistryKinds), std::end(kRegistryKinds), key.kind) !=
                  std::end(kRegistryKinds);
  if (!concerns) return;
  if (fresh_) {
    set_options(options, false);
    work_.networks = true;
  }
  fresh_ = false;
  const std::string& ns = key.kind == Kind::kNamespace ? key.name : key.ns;
  if (owned_.insert(ns).second) namespaces_[ns].annotations = annotations_of(objects, ns);
  // Not what the store had before: this registry may be at another snapshot.
  const ObjectPtr* seen = seen_.get(key);
  ObjectPtr before = seen == nullptr ? nullptr : *seen;
  if (before == now) return;
  change(objects, before, now);
  if (now == nullptr) {
    seen_.edit(key.kind).erase(key);
  } else {
    seen_.edit(key.kind).set(now);
  }
  merge_small_hosts();
}

// Endpoint sets are put together at once while they are small; a large one waits for the rest of
// its batch, since every piece of it would copy the whole.
void Registry::merge_small_hosts() {
  constexpr size_t kSmall = 256;
  std::erase_if(work_.hosts, [&](const auto& entry) {
    const auto& [state, host] = entry;
    if (host->set != nullptr && host->set->endpoints.size() > kSmall) return false;
    merge(*state, *host);
    return true;
  });
}

// ---- what changed ---------------------------------------------------------------------------

void Registry::collect(const RegistryInput& input) {
  std::set<std::string> joined;
  if (!std::equal(owned_.begin(), owned_.end(), input.namespaces.begin(), input.namespaces.end())) {
    std::set<std::string> now(input.namespaces.begin(), input.namespaces.end());
    for (const std::string& ns : owned_) {
      if (!now.contains(ns)) leave(ns);
    }
    std::set_difference(now.begin(), now.end(), owned_.begin(), owned_.end(),
                        std::inserter(joined, joined.end()));
    owned_ = std::move(now);
  }
  for (const std::string& ns : joined) {
    namespaces_[ns].annotations = annotations_of(input.objects, ns);
  }
  for (Kind kind : kRegistryKinds) {
    if (kind == Kind::kServiceEntry && !input.service_entries) continue;
    collect_kind(kind, input.objects, joined);
  }
  seen_ = input.objects;
}

void Registry::collect_kind(Kind kind, const Objects& objects,
                            const std::set<std::string>& joined) {
  const ObjectMap& now = objects.of(kind);
  if (!kube::is_cluster_scoped(kind)) {
    for (const std::string& ns : joined) {
      for (const auto& [key, object] : now.in_namespace(ns)) change(objects, nullptr, object);
    }
  }
  // What was taken ahead is the same objects, in chunks of its own.
  if (seen_.same(kind, objects) || seen_.of(kind).same_objects(now)) return;
  ObjectMap::difference(seen_.of(kind), now, [&](const ObjectPtr& before, const ObjectPtr& after) {
    const kube::ObjectKey& key = before == nullptr ? after->key : before->key;
    if (!kube::is_cluster_scoped(kind) && (!owned_.contains(key.ns) || joined.contains(key.ns))) {
      return;
    }
    change(objects, before, after);
  });
}

// Everything of a namespace goes.
void Registry::leave(const std::string& ns) {
  auto found = namespaces_.find(ns);
  if (found == namespaces_.end()) return;
  NamespaceState& state = found->second;
  for (const auto& [name, host] : state.hosts) {
    if (host.set != nullptr) work_.sets = true;
    endpoints_.assign(host.slot, nullptr);
  }
  std::erase_if(work_.hosts, [&](const auto& entry) { return entry.first == &state; });
  for (const auto& [name, pod] : state.pods) {
    pods_.erase({Kind::kPod, ns, name});
    work_.pods.insert({ns, name});
  }
  std::erase_if(gateway_services_, [&](const Name& name) { return name.first == ns; });
  work_.allocation = work_.allocation || !state.service_entries.empty();
  for (const Listed& one : state.listed) finals_.erase(one.base->get());
  namespaces_.erase(found);
  work_.networks = true;
  note_list(ns);
  work_.instances = true;
}

void Registry::change(const Objects& objects, const ObjectPtr& before, const ObjectPtr& after) {
  const kube::ObjectKey& key = before == nullptr ? after->key : before->key;
  switch (key.kind) {
    case Kind::kNamespace:
      return change_namespace(key.name, after);
    case Kind::kNode:
      work_.nodes.insert(key.name);
      work_.networks = work_.networks || !gateway_services_.empty();
      return;
    case Kind::kPod:
      return change_pod(objects, {key.ns, key.name}, after);
    case Kind::kService:
      return change_service(key.ns, key.name, after);
    case Kind::kEndpoints:
      return change_endpoints(key.ns, key.name, after);
    case Kind::kEndpointSlice:
      return change_slice(before, after);
    case Kind::kWorkloadEntry:
      return change_workload_entry(key.ns, key.name, after);
    case Kind::kServiceEntry:
      return change_entry(key.ns, key.name, after);
    default:
      return;  // not one of kRegistryKinds
  }
}

void Registry::change_namespace(const std::string& ns, const ObjectPtr& after) {
  auto found = namespaces_.find(ns);
  if (found == namespaces_.end()) return;
  NamespaceState& state = found->second;
  Labels annotations = after == nullptr ? Labels() : after->annotations;
  if (annotations == state.annotations) return;
  state.annotations = std::move(annotations);
  // They say something of each service.
  std::vector<ObjectPtr> services, entries;
  for (const auto& [name, service] : state.services) services.push_back(service.object);
  for (const auto& [name, entry] : state.service_entries) entries.push_back(entry.object);
  for (const ObjectPtr& object : services) change_service(ns, object->key.name, object);
  for (const ObjectPtr& object : entries) change_entry(ns, object->key.name, object);
}

void Registry::change_pod(const Objects& objects, const Name& name, const ObjectPtr& after) {
  PodState& pod = namespaces_[name.first].pods[name.second];
  if (after == nullptr || is_failed(*after)) {
    pod.object = nullptr;
    pods_.erase({Kind::kPod, name.first, name.second});
  } else {
    pod.object = after;
    pods_.set(after);
  }
  make_pod(name, objects);
}

void Registry::change_service(const std::string& ns, const std::string& name,
                              const ObjectPtr& after) {
  NamespaceState& state = namespaces_[ns];
  ServiceState& service = state.services[name];
  ServicePtr made =
      after == nullptr ? nullptr : model::service_of(*after, state.annotations, options_);
  service.object = after;
  note_gateway({ns, name}, made.get());
  if (service.base != nullptr && made != nullptr && *service.base == *made) {
    if (!made->selector.empty()) mark(state, *service.host);  // its object names target ports
    return;
  }
  note_list(ns);
  if (service.base != nullptr) unlist(state, service.base);
  if (service.host != nullptr) {
    service.host->service = nullptr;
    mark(state, *service.host);
  }
  if (made == nullptr) {
    state.services.erase(name);
    return;
  }
  service.base = std::move(made);
  service.host = &host(state, service.base->hostname, ns);
  service.host->service = &service;
  mark(state, *service.host);
  list(state, service.base, *service.host);
  // Its labels say what becomes of draining endpoints.
  if (state.slices.contains(name) || state.endpoints.contains(name)) {
    work_.slices_of.insert({ns, name});
  }
}

void Registry::change_endpoints(const std::string& ns, const std::string& name,
                                const ObjectPtr& after) {
  NamespaceState& state = namespaces_[ns];
  if (after == nullptr) {
    state.endpoints.erase(name);
  } else {
    state.endpoints[name].object = after;
  }
  work_.slices_of.insert({ns, name});
}

void Registry::change_slice(const ObjectPtr& before, const ObjectPtr& after) {
  const kube::ObjectKey& key = before == nullptr ? after->key : before->key;
  NamespaceState& state = namespaces_[key.ns];
  std::string old_service(before == nullptr ? "" : model::slice_service(*before));
  std::string new_service(after == nullptr ? "" : model::slice_service(*after));
  if (!old_service.empty() && old_service != new_service) {
    auto& slices = state.slices[old_service];
    slices.erase(key.name);
    if (slices.empty()) state.slices.erase(old_service);
    work_.slices_of.insert({key.ns, old_service});
  }
  if (new_service.empty()) return;
  state.slices[new_service][key.name].object = after;
  work_.slices_of.insert({key.ns, new_service});
}

}  // namespace mesh::index
