// Registry: the services and endpoints of one tenant, kept up to date with what changes.
//
// It remembers which objects it reflects. An update takes the difference to the present objects and
// remakes only what hangs on it:
//
//   Node -> Pod -> EndpointSlice, Endpoints -> endpoint set of a host
//                  ServiceEntry <- WorkloadEntry        |
//   Service, ServiceEntry -> service <- accounts -------+
//
// Results are compared with the last ones and keep their pointers when they are equal. The answer
// is a function of the objects alone: which snapshots an instance has seen before changes no byte
// (the property in tests/index/registry_test.cc). Upstream: pilot/pkg/serviceregistry, and
// initServiceRegistry in pilot/pkg/model/push_context.go.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libmesh/index/mesh.h"
#include "libmesh/index/objects.h"
#include "libmesh/model/registry.h"

namespace mesh::index {

struct RegistryInput {
  const Objects& objects;
  const std::vector<std::string>& namespaces;  // the tenant's, sorted: nothing else is looked at
  model::RegistryOptions options;
  std::vector<std::string> trust_domain_aliases;
};

// The new list with the old pointers wherever an endpoint is the same. True when the lists differ.
bool keep_equal(const std::vector<model::EndpointPtr>& before,
                std::vector<model::EndpointPtr>& after);

class Registry {
 public:
  // Brings the registry to these objects and puts services, endpoints and pods into the mesh. False
  // when nothing of these differs from the last time.
  bool update(const RegistryInput& input, Mesh& mesh);

 private:
  using Name = std::pair<std::string, std::string>;  // namespace, name

  struct PodState {
    kube::ObjectPtr object;
    model::WorkloadPtr workload;
  };
  // An EndpointSlice or Endpoints object, with the pods its endpoints asked for.
  struct SliceState {
    kube::ObjectPtr object;
    std::vector<model::EndpointPtr> endpoints;
    std::set<Name> pods;
    std::set<Name> addresses;
  };
  struct ServiceState {
    kube::ObjectPtr object;
    model::ServicePtr base;
  };
  struct EntryState {
    kube::ObjectPtr object;
    std::vector<model::ServicePtr> bases;
    std::vector<std::vector<model::EndpointPtr>> endpoints;  // of each base
  };
  struct NamespaceState {
    Labels annotations;
    std::map<std::string, PodState> pods;
    std::map<std::string, std::set<std::string>> ready_pods;  // names by address
    std::map<std::string, ServiceState> services;
    std::map<std::string, std::map<std::string, SliceState>> slices;  // by service and own name
    std::map<std::string, SliceState> endpoints;
    std::map<std::string, model::WorkloadPtr> workload_entries;
    std::map<std::string, EntryState> service_entries;
    std::map<std::string, std::set<std::string>> entries_by_host;
  };
  struct Merged {
    model::EndpointSetPtr set;
    std::vector<std::string> accounts;
    bool external = false;  // endpoints of ServiceEntries are among them
    bool synthesized = false;
  };
  // What one update still has to do.
  struct Work {
    std::set<std::string> nodes;
    std::set<Name> pods;
    std::set<Name> addresses;           // of pods that came, went or became ready
    std::set<Name> slices_of;           // services whose slices must be made anew
    std::set<Name> entries;             // ServiceEntries to make anew
    std::set<std::string> workloads;    // namespaces in which a selectable workload changed
    std::set<std::string> annotations;  // namespaces
    std::set<ServiceKey> keys;          // endpoint sets to merge anew
    bool services = false;
    bool external = false;
    bool sets = false;  // an endpoint set is another one
  };

  void reset(const RegistryInput& input);
  void collect(const RegistryInput& input, Work& work);
  void collect_kind(kube::Kind kind, const RegistryInput& input,
                    const std::set<std::string>& joined, Work& work);
  void leave(const std::string& ns, Work& work);
  void change(kube::Kind kind, const kube::ObjectPtr& before, const kube::ObjectPtr& after,
              Work& work);
  void change_pod(const std::string& ns, const std::string& name, const kube::ObjectPtr& after,
                  Work& work);
  void change_service(const std::string& ns, const std::string& name, const kube::ObjectPtr& after,
                      Work& work);
  void change_slice(const kube::ObjectPtr& before, const kube::ObjectPtr& after, Work& work);
  void change_entry(const std::string& ns, const std::string& name, const kube::ObjectPtr& after,
                    Work& work);

  void make_pods(const Objects& objects, Work& work);
  void mark_slices_of_pods(Work& work);
  void make_slices(Work& work);
  bool make_slice(SliceState& slice, const model::Service& service, bool is_slice);
  void make_entries(Work& work);
  void make_entry(const std::string& ns, const std::string& name, Work& work);
  std::vector<model::WorkloadPtr> selected_workloads(const NamespaceState& state,
                                                     const Labels& selector, bool with_pods) const;
  model::PodLookup lookup(SliceState& slice) const;

  void merge(const ServiceKey& key, Work& work);
  void merge_external(const NamespaceState& state, const std::string& host,
                      std::vector<model::EndpointPtr>& out) const;
  void merge_kubernetes(const NamespaceState& state, const std::string& host,
                        std::vector<model::EndpointPtr>& out) const;
  void finish_services();
  void finish_entries();
  model::ServicePtr final_service(const model::ServicePtr& base,
                                  const std::vector<model::NamespacedName>* aliases);
  ServiceKey kubernetes_key(const std::string& ns, const std::string& name) const;

  Objects seen_;
  std::set<std::string> owned_;
  model::RegistryOptions options_;
  std::vector<std::string> trust_domain_aliases_;
  bool fresh_ = true;

  std::map<std::string, NamespaceState> namespaces_;
  std::unordered_map<ServiceKey, Merged, ServiceKeyHash> merged_;
  // Services with accounts and aliases, by what they were made of.
  std::unordered_map<const model::Service*, std::pair<model::ServicePtr, model::ServicePtr>>
      finals_;

  // The parts of the last mesh.
  Shared<std::vector<model::ServicePtr>> services_;
  Shared<std::unordered_map<ServiceKey, model::ServicePtr, ServiceKeyHash>> service_by_key_;
  Shared<std::unordered_map<std::string, std::vector<model::ServicePtr>>> services_by_host_;
  Shared<std::unordered_map<std::string, std::vector<model::ServicePtr>>> services_by_namespace_;
  EndpointTable endpoints_;
  ObjectMap pods_;
  Shared<std::unordered_map<std::string, std::vector<Mesh::EntryInstance>>> entries_by_address_;
};

}  // namespace mesh::index
