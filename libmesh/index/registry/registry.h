// Registry: the services and endpoints of one tenant, kept up to date with what changes.
//
// It remembers which objects it reflects. Objects reach it one by one as the store takes them
// (take), and each is converted once, then; an update takes the difference to the present objects
// for whatever did not come that way, and remakes only what hangs on it:
//
//   Node -> Pod -> EndpointSlice, Endpoints -> endpoint set of a host
//                  ServiceEntry <- WorkloadEntry        |
//   Service, ServiceEntry -> service <- accounts -------+
//
// Results are compared with the last ones and keep their pointers when they are equal. The answer
// is a function of the objects alone: which snapshots an instance has seen before, and what it took
// ahead, changes no byte (the property in tests/index/property_test.cc). Upstream:
// pilot/pkg/serviceregistry, whose controllers convert as events come, and initServiceRegistry in
// pilot/pkg/model/push_context.go.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/index/objects.h"
#include "libmesh/index/registry/aliases.h"
#include "libmesh/model/network/gateways.h"
#include "libmesh/model/registry.h"

namespace mesh::index {

// The workloads of other clusters, in order of namespace, kind, name and cluster.
using Guests = std::vector<model::WorkloadPtr>;
bool comes_before(const model::WorkloadPtr& a, const model::WorkloadPtr& b);

struct RegistryInput {
  const Objects& objects;                      // of the registry's cluster
  const std::vector<std::string>& namespaces;  // the tenant's, sorted: nothing else is looked at
  model::RegistryOptions options;
  std::vector<std::string> trust_domain_aliases;
  bool service_entries = true;     // they count: in the config cluster
  const Guests* guests = nullptr;  // which ServiceEntries select as well
};

// The new list with the old pointers wherever an endpoint is the same. True when the lists differ.
bool keep_equal(const std::vector<model::EndpointPtr>& before,
                std::vector<model::EndpointPtr>& after);

// The order of services in a mesh: creation time, name, namespace.
bool comes_before(const model::ServicePtr& a, const model::ServicePtr& b);

class Registry {
 public:
  // Takes in what became of one object (null: it went) ahead of the next update. `objects` are those
  // beside it. A registry without options yet takes the given ones. Only for namespaces that it
  // has, or whose first object this is.
  void take(const Objects& objects, const kube::ObjectKey& key, const kube::ObjectPtr& now,
            const model::RegistryOptions& options);
  bool has(const std::string& ns) const { return owned_.contains(ns); }
  // Brings the registry to these objects and puts services, endpoints and pods into the mesh. False
  // when nothing of these differs from the last time.
  bool update(const RegistryInput& input, Mesh& mesh);
  // The same for one cluster among others (clusters.h), which has its part of these.
  bool update(const RegistryInput& input, ClusterServices& cluster);
  const Shared<EntryInstances>& entry_instances() const { return entry_instances_; }
  // Those that Services of the cluster are.
  const std::vector<model::NetworkGateway>& gateways() const { return gateways_; }
  // Appends the pods and WorkloadEntries that ServiceEntries may select.
  void add_workloads(Guests& out) const;

 private:
  using Name = std::pair<std::string, std::string>;  // namespace, name
  using Endpoints = std::vector<model::EndpointPtr>;
  struct HostState;

  struct PodState {
    kube::ObjectPtr object;
    model::WorkloadPtr workload;
  };
  // An EndpointSlice or Endpoints object, with the pods its endpoints asked for.
  struct SliceState {
    kube::ObjectPtr object;
    Endpoints endpoints;
    std::set<Name> pods;
    std::set<Name> addresses;
  };
  struct ServiceState {
    kube::ObjectPtr object;
    model::ServicePtr base;
    HostState* host = nullptr;
  };
  // Selected workloads in Istio's order: pods before WorkloadEntries, each by name. The cluster is
  // empty for the registry's own.
  struct WorkloadName {
    model::Workload::Kind kind = model::Workload::Kind::kPod;
    std::string name;
    std::string cluster = "";
    auto operator<=>(const WorkloadName&) const = default;
  };
  using EndpointsByBase = std::vector<Endpoints>;
  struct EntryState {
    kube::ObjectPtr object;
    bool selects = false;
    std::vector<model::ServicePtr> bases;
    std::vector<EntryServicePtr> names;  // of the bases
    model::AddressClaim claim;
    int64_t creation_time = 0;                         // of the object
    EndpointsByBase own;                               // inline ones; unless it selects workloads
    std::map<WorkloadName, EndpointsByBase> selected;  // of each workload

    // Calls visit(endpoints) with each piece of the list of one base, in order.
    template <typename Visit>
    void each_endpoints(size_t base, Visit&& visit) const {
      if (base < own.size()) visit(own[base]);
      for (const auto& [name, endpoints] : selected) visit(endpoints[base]);
    }
  };
  // One of the services of a ServiceEntry.
  struct Part {
    const EntryState* entry = nullptr;
    size_t base = 0;
    const model::ServicePtr& service() const { return entry->bases[base]; }
    const EntryServicePtr& name() const { return entry->names[base]; }
  };
  // All that a namespace says about one host.
  struct HostState {
    ServiceKey key;
    size_t slot = 0;  // of its endpoints
    ServiceState* service = nullptr;
    std::vector<Part> parts;  // in order
    model::EndpointSetPtr set;
    std::vector<std::string> accounts;  // of the endpoints, sorted
    bool synthesized = false;           // some endpoint is
    bool dirty = false;                 // in Work::hosts
  };
  // One of the services that the namespace lists, where it is kept: it may become another one that differs in addresses.
  struct Listed {
    const model::ServicePtr* base = nullptr;
    const HostState* host = nullptr;
  };
  struct NamespaceState {
    Labels annotations;
    std::map<std::string, PodState> pods;
    std::map<std::string, std::set<std::string>> ready_pods;  // names by address
    std::map<std::string, ServiceState> services;
    std::map<std::string, std::map<std::string, SliceState>> slices;  // by service and own name
    std::map<std::string, SliceState> endpoints;
    std::map<std::string, model::WorkloadPtr> workload_entries;
    std::map<WorkloadName, model::WorkloadPtr> guests;  // of other clusters
    std::map<std::string, EntryState> service_entries;
    std::unordered_map<std::string, HostState> hosts;
    std::vector<Listed> listed;  // the services, in order
  };
  // What is still to be done.
  struct Work {
    std::set<std::string> nodes;
    std::set<Name> pods;
    std::set<Name> addresses;  // of pods that came, went or became ready
    std::set<Name> slices_of;  // services whose slices must be made anew
    std::vector<std::pair<NamespaceState*, HostState*>> hosts;  // endpoint sets to merge anew
    std::set<std::string> lists;  // a few namespaces that may list other services
    bool all_services = false;    // all may
    bool instances = false;       // entry_instances_ must be made anew
    bool allocation = false;      // what is allocated to ServiceEntries may be another thing
    bool sets = false;            // an endpoint set is another one
    bool networks = false;        // a gateway between networks may be another one
  };

  void reset(const RegistryInput& input);
  void collect(const RegistryInput& input);
  void collect_kind(kube::Kind kind, const Objects& objects, const std::set<std::string>& joined);
  void leave(const std::string& ns);
  void change(const Objects& objects, const kube::ObjectPtr& before, const kube::ObjectPtr& after);
  void change_namespace(const std::string& ns, const kube::ObjectPtr& after);
  void change_pod(const Objects& objects, const Name& name, const kube::ObjectPtr& after);
  void change_service(const std::string& ns, const std::string& name, const kube::ObjectPtr& after);
  void change_endpoints(const std::string& ns, const std::string& name,
                        const kube::ObjectPtr& after);
  void change_slice(const kube::ObjectPtr& before, const kube::ObjectPtr& after);
  void change_entry(const std::string& ns, const std::string& name, const kube::ObjectPtr& after);
  void change_workload_entry(const std::string& ns, const std::string& name,
                             const kube::ObjectPtr& after);

  // ServiceEntries (registry_entries.cc)
  void drop_bases(NamespaceState& state, EntryState& entry);
  void add_bases(NamespaceState& state, EntryState& entry);
  void make_endpoints(NamespaceState& state, EntryState& entry);
  bool remake(const NamespaceState& state, const EntryState& entry, EndpointsByBase& known,
              const std::vector<model::WorkloadPtr>& workloads);
  bool select(const NamespaceState& state, EntryState& entry, const WorkloadName& name,
              const model::WorkloadPtr& workload);
  void reselect(NamespaceState& state, const WorkloadName& name,
                const model::WorkloadPtr& workload);
  void receive(const Guests& guests);
  void change_guest(const model::WorkloadPtr& before, const model::WorkloadPtr& after);
  void mark(NamespaceState& state, EntryState& entry);

  // Addresses of ServiceEntries (registry_addresses.cc)
  struct Claimant;
  std::vector<model::HostAddresses> note_claim(EntryState& entry, const kube::ObjectPtr& after);
  void allocate_addresses();
  void number(std::vector<Claimant>& claimants,
              const std::vector<const model::AddressClaim*>& claims);
  void readdress(const std::string& ns, EntryState& entry,
                 const std::vector<model::HostAddresses>& addresses);
  void readdress(const std::string& ns, model::ServicePtr& base, std::string_view ipv4,
                 std::string_view ipv6);

  // Pods and slices (registry_pods.cc)
  void make_pod(const Name& name, const Objects& objects);
  void make_pods_of_nodes(const Objects& objects);
  void index_pod(const Name& name, const model::WorkloadPtr& workload, bool add);
  void mark_slices_of_pods();
  void make_slices();
  void make_slice(SliceState& slice, const model::Service& service, bool is_slice);
  model::PodLookup lookup(SliceState& slice) const;

  // Gateways between networks (registry_networks.cc)
  void note_gateway(const Name& name, const model::Service* service);
  void add_gateways(const ServiceState& service, const Objects& objects,
                    std::vector<model::NetworkGateway>& out) const;
  void finish_networks(const Objects& objects);

  // Hosts and lists (registry_merge.cc)
  HostState& host(NamespaceState& state, const std::string& hostname, const std::string& ns);
  void mark(NamespaceState& state, HostState& host);
  void list(NamespaceState& state, const model::ServicePtr& base, const HostState& host);
  void unlist(NamespaceState& state, const model::ServicePtr& base);
  void merge(NamespaceState& state, HostState& host);
  void merge_small_hosts();
  template <typename Visit>
  static void each_external(const HostState& host, Visit&& visit);
  static bool has_logical_dns(const HostState& host);
  void merge_external(const HostState& host, Endpoints& out) const;
  void merge_kubernetes(const NamespaceState& state, const HostState& host, Endpoints& out) const;
  void list_workload(const model::WorkloadPtr& workload);
  void unlist_workload(const model::WorkloadPtr& workload);
  void remake_entry_instances();
  void add_entry_instances(const HostState& host, const EntryServicePtr& service,
                           const Endpoints& endpoints);
  void set_options(const model::RegistryOptions& options, bool remote);

  // The mesh's lists (registry_lists.cc)
  static const std::vector<std::string>& declared_accounts(const HostState& host);
  // Itself when there is nothing to add: as long as `listed` stays.
  const model::ServicePtr& final_service(const Listed& listed,
                                         const std::vector<model::NamespacedName>* aliases);
  std::vector<model::ServicePtr> list_of(const NamespaceState& state, const Aliases& aliases);
  void note_list(const std::string& ns);  // it may list other services
  void finish_services();
  void remake_services();
  void finish_namespaces(const Aliases& aliases, bool one_has_all);
  struct Replaced;
  bool replace_few();
  void replace(Replaced& replaced);

  Objects seen_;
  Guests guests_;
  std::set<std::string> owned_;
  model::RegistryOptions options_;
  model::RegistryOptions entry_options_;  // of ServiceEntries and WorkloadEntries
  std::vector<std::string> trust_domain_aliases_;
  bool fresh_ = true;

  std::map<std::string, NamespaceState> namespaces_;
  std::set<Name> gateway_services_;  // Services that may be gateways between networks
  Work work_;
  // Services that are not as their object says them: with accounts of endpoints, or aliases. By
  // what they were made of.
  struct Final {
    model::ServicePtr base;
    model::ServicePtr service;
    bool used = false;
  };
  std::unordered_map<const model::Service*, Final> finals_;

  // The parts of the last mesh.
  Shared<std::vector<model::ServicePtr>> services_;
  Shared<HostTable> hosts_;
  bool has_aliases_ = false;  // some service is one
  Shared<NamespaceServices> services_by_namespace_;
  EndpointTable endpoints_;
  ObjectMap pods_;
  Shared<EntryInstances> entry_instances_;
  std::vector<model::NetworkGateway> gateways_;
  model::NetworksPtr networks_;
};

}  // namespace mesh::index
