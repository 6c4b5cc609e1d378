// ServiceEntries and the workloads they select. An entry keeps the endpoints of each workload apart,
// so that one workload more or less makes its own endpoints and touches no others.
#include <algorithm>

#include "libmesh/index/registry/registry.h"

namespace mesh::index {
namespace {

// One without labels is no workload of a Service (workloadInstanceHandler in Istio's kube controller).
bool counts_for_services(const model::Workload& workload) {
  return !workload.dns_only && !workload.endpoint.labels.empty() &&
         !workload.endpoint.addresses.empty();
}

}  // namespace

using kube::ObjectPtr;
using model::ServicePtr;
using model::WorkloadPtr;

namespace {

std::vector<EntryServicePtr> names_of(const std::vector<ServicePtr>& services) {
  std::vector<EntryServicePtr> out;
  out.reserve(services.size());
  for (const ServicePtr& each : services) {
    out.push_back(std::make_shared<EntryService>(
        EntryService{each->hostname, each->ns, each->object_name, each->default_address}));
  }
  return out;
}

}  // namespace

void Registry::drop_bases(NamespaceState& state, EntryState& entry) {
  for (const ServicePtr& base : entry.bases) {
    unlist(state, base);
    auto at = state.hosts.find(base->hostname);
    if (at == state.hosts.end()) continue;
    std::erase_if(at->second.parts, [&](const Part& part) { return part.entry == &entry; });
    mark(state, at->second);
  }
  entry.bases.clear();
}

void Registry::add_bases(NamespaceState& state, EntryState& entry) {
  for (size_t i = 0; i < entry.bases.size(); ++i) {
    const ServicePtr& base = entry.bases[i];
    HostState& of_host = host(state, base->hostname, base->ns);
    auto after = std::upper_bound(
        of_host.parts.begin(), of_host.parts.end(), base,
        [](const ServicePtr& b, const Part& part) { return comes_before(b, part.service()); });
    of_host.parts.insert(after, Part{&entry, i});
    mark(state, of_host);
    list(state, base, of_host);
  }
}

void Registry::mark(NamespaceState& state, EntryState& entry) {
  for (const ServicePtr& base : entry.bases) mark(state, state.hosts.at(base->hostname));
}

// True when what the entry has of the workload is another thing than before.
bool Registry::select(const NamespaceState& state, EntryState& entry, const WorkloadName& name,
                      const WorkloadPtr& workload) {
  bool matches = !entry.bases.empty() && workload != nullptr && workload->ready &&
                 labels_match(entry.bases.front()->selector, workload->endpoint.labels);
  if (!matches) {
    const bool gone = entry.selected.erase(name) != 0;
    work_.instances = work_.instances || gone;
    return gone;
  }
  EndpointsByBase& known = entry.selected[name];
  return remake(state, entry, known, {workload});
}

// Makes the endpoints of each base anew. True when they differ.
bool Registry::remake(const NamespaceState& state, const EntryState& entry, EndpointsByBase& known,
                      const std::vector<WorkloadPtr>& workloads) {
  const bool fresh = known.empty();
  bool differ = known.size() != entry.bases.size();
  known.resize(entry.bases.size());
  for (size_t i = 0; i < entry.bases.size(); ++i) {
    Endpoints made =
        model::endpoints_of_entry(*entry.object, *entry.bases[i], workloads, entry_options_);
    differ = keep_equal(known[i], made) || differ;
    known[i] = std::move(made);
  }
  if (differ && !fresh) work_.instances = true;
  if (fresh && !work_.instances) {
    for (size_t i = 0; i < entry.bases.size() && !work_.instances; ++i) {
      add_entry_instances(state.hosts.at(entry.bases[i]->hostname), entry.names[i], known[i]);
    }
  }
  return differ;
}

void Registry::reselect(NamespaceState& state, const WorkloadName& name,
                        const WorkloadPtr& workload) {
  for (auto& [entry_name, entry] : state.service_entries) {
    if (entry.selects && select(state, entry, name, workload)) mark(state, entry);
  }
}

// ---- workloads of other clusters ------------------------------------------------------------

namespace {

auto place_of(const WorkloadPtr& workload) {
  return std::tie(workload->ns, workload->kind, workload->name, workload->endpoint.cluster_id);
}

}  // namespace

bool comes_before(const WorkloadPtr& a, const WorkloadPtr& b) { return place_of(a) < place_of(b); }

void Registry::add_workloads(Guests& out) const {
  for (const auto& [ns, state] : namespaces_) {
    for (const auto& [name, pod] : state.pods) {
      if (pod.workload != nullptr) out.push_back(pod.workload);
    }
    for (const auto& [name, workload] : state.workload_entries) out.push_back(workload);
  }
}

void Registry::change_guest(const WorkloadPtr& before, const WorkloadPtr& after) {
  const WorkloadPtr& any = before == nullptr ? after : before;
  auto found = namespaces_.find(any->ns);
  if (found == namespaces_.end()) return;
  NamespaceState& state = found->second;
  const WorkloadName name{any->kind, any->name, any->endpoint.cluster_id};
  if (after == nullptr) {
    state.guests.erase(name);
  } else {
    state.guests[name] = after;
  }
  reselect(state, name, after);
}

// A walk along both lists: what only one of them has, or what is another one in both.
void Registry::receive(const Guests& guests) {
  if (guests == guests_) return;
  auto old = guests_.begin();
  auto now = guests.begin();
  while (old != guests_.end() || now != guests.end()) {
    if (now == guests.end() || (old != guests_.end() && comes_before(*old, *now))) {
      change_guest(*old++, nullptr);
    } else if (old == guests_.end() || comes_before(*now, *old)) {
      change_guest(nullptr, *now++);
    } else {
      if (*old != *now) change_guest(*old, *now);
      ++old;
      ++now;
    }
  }
  guests_ = guests;
}

void Registry::make_endpoints(NamespaceState& state, EntryState& entry) {
  bool differ = false;
  if (entry.selects) {
    differ = !entry.own.empty();
    work_.instances = work_.instances || differ;
    entry.own.clear();
    for (const auto& [name, pod] : state.pods) {
      differ = select(state, entry, {model::Workload::Kind::kPod, name}, pod.workload) || differ;
    }
    for (const auto& [name, workload] : state.workload_entries) {
      differ =
          select(state, entry, {model::Workload::Kind::kWorkloadEntry, name}, workload) || differ;
    }
    for (const auto& [name, workload] : state.guests) {
      differ = select(state, entry, name, workload) || differ;
    }
  } else {
    differ = !entry.selected.empty();
    work_.instances = work_.instances || differ;
    entry.selected.clear();
    differ = remake(state, entry, entry.own, {}) || differ;
  }
  if (differ) mark(state, entry);
}

void Registry::change_entry(const std::string& ns, const std::string& name,
                            const ObjectPtr& after) {
  NamespaceState& state = namespaces_[ns];
  EntryState& entry = state.service_entries[name];
  const std::vector<model::HostAddresses> addresses = note_claim(entry, after);
  std::vector<ServicePtr> made;
  if (after != nullptr) made = model::services_of(*after, state.annotations, addresses);
  for (size_t i = 0; i < made.size() && i < entry.bases.size(); ++i) {
    if (*entry.bases[i] == *made[i]) made[i] = entry.bases[i];
  }
  if (made != entry.bases) {
    note_list(ns);
    work_.instances = work_.instances || !entry.bases.empty();
    drop_bases(state, entry);
    entry.bases = std::move(made);
    entry.names = names_of(entry.bases);
    add_bases(state, entry);
  }
  if (after == nullptr) {
    state.service_entries.erase(name);
    return;
  }
  entry.object = after;
  entry.selects = model::selects_workloads(*after);
  make_endpoints(state, entry);
}

void Registry::list_workload(const WorkloadPtr& workload) {
  if (!counts_for_services(*workload)) return;
  std::vector<WorkloadPtr>& list =
      entry_instances_.edit().workloads[workload->endpoint.addresses.front()];
  const auto before = [](const WorkloadPtr& a, const WorkloadPtr& b) {
    return std::tie(a->ns, a->name) < std::tie(b->ns, b->name);
  };
  list.insert(std::upper_bound(list.begin(), list.end(), workload, before), workload);
}

void Registry::unlist_workload(const WorkloadPtr& workload) {
  if (!counts_for_services(*workload)) return;
  auto& all = entry_instances_.edit().workloads;
  const auto at = all.find(workload->endpoint.addresses.front());
  std::erase(at->second, workload);
  if (at->second.empty()) all.erase(at);
}

void Registry::change_workload_entry(const std::string& ns, const std::string& name,
                                     const ObjectPtr& after) {
  NamespaceState& state = namespaces_[ns];
  WorkloadPtr made = after == nullptr ? nullptr : model::workload_of_entry(*after, entry_options_);
  WorkloadPtr old;
  if (auto at = state.workload_entries.find(name); at != state.workload_entries.end()) {
    old = at->second;
  }
  if (old == nullptr ? made == nullptr : made != nullptr && *old == *made) return;
  if (made == nullptr) {
    state.workload_entries.erase(name);
  } else {
    state.workload_entries[name] = made;
  }
  if (old != nullptr) unlist_workload(old);
  if (made != nullptr) list_workload(made);
  reselect(state, {model::Workload::Kind::kWorkloadEntry, name}, made);
  for (const auto& [service_name, service] : state.services) {
    const Labels& selector = service.base->selector;
    if (selector.empty()) continue;
    auto selects = [&](const WorkloadPtr& workload) {
      return workload != nullptr && labels_match(selector, workload->endpoint.labels);
    };
    if (selects(old) || selects(made)) mark(state, *service.host);
  }
}

}  // namespace mesh::index
