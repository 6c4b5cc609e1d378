// World: the configuration that a suite tests, with what its cases ask of it made once.
//
// Nothing is made before a case asks for it. One World serves all suites of the same configuration;
// one thread uses it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/injection/injector.h"
#include "libmesh/model/proxy.h"
#include "libmesh/tenancy/plan/plan.h"
#include "libmesh/tenancy/reach/network.h"
#include "libmesh/testing/suite/answer.h"
#include "libmesh/testing/walk/journey.h"
#include "libmesh/testing/walk/walk.h"
#include "libmesh/traffic/peer_authentication.h"
#include "libmesh/xds/generator.h"

namespace mesh::testing {

// "shop/cart", or "east=shop/cart" of a remote cluster, taken apart. kInvalidArgument for what is no such name.
Result<index::PodName> workload_name(std::string_view text);

class World {
 public:
  // `details`: reasons that cost more than the answer are found as well.
  explicit World(index::SnapshotPtr snapshot, bool details = false);
  ~World();

  const index::Snapshot& snapshot() const { return *snapshot_; }
  const injection::Injector& injector();
  const xds::Generator& generator();
  const Walker& walker() const { return walker_; }
  const Travel& travel();
  bool details() const { return details_; }
  void set_details(bool details) { details_ = details; }
  // The same mesh with tagged routes (tagged.h).
  World& tagged_world();
  // The DestinationRules of a host, and the subset in them.
  std::vector<Reason> rules_of_host(const model::TenantId& tenant, const std::string& host,
                                    const std::string& subset);
  const tenancy::Network& network(bool planned);
  // Null: there is no such tenant.
  const traffic::PeerAuthenticationIndex* peer_authentications(const model::TenantId& tenant);

  // A pod, or a pod of the workload of that name: one with a proxy before others. Which cluster is meant: index::cluster_meant.
  Result<kube::ObjectPtr> pod(std::string_view workload);
  // Its proxy.
  Result<model::Proxy> proxy(std::string_view workload);
  Result<xds::ProxyConfigPtr> config(const model::Proxy& proxy);
  // As JSON, read again; kept by the resource.
  Result<const document::Value*> document_of(const xds::ResourcePtr& resource, xds::Type type);

  // The plan for a control plane, or for all.
  const tenancy::Plan& plan(const std::string& tenant);
  // What of a plan has the key, or null.
  const tenancy::PlannedObject* planned(const std::string& tenant, const kube::ObjectKey& key);
  const tenancy::Step* step(const std::string& tenant, const kube::ObjectKey& key);

 private:
  struct Planned {
    tenancy::Plan plan;
    std::map<kube::ObjectKey, size_t> objects;
    std::map<kube::ObjectKey, size_t> steps;
  };
  Result<kube::ObjectPtr> pod_of_cluster(const index::PodName& name, std::string_view cluster);
  const Planned& planned_for(const std::string& tenant);
  const std::vector<model::Proxy>& proxies();

  const index::SnapshotPtr snapshot_;
  bool details_;
  std::unique_ptr<World> tagged_;
  injection::InjectorPtr injector_;
  std::unique_ptr<xds::Generator> generator_;
  Walker walker_;
  std::unique_ptr<Travel> travel_;
  std::unique_ptr<tenancy::Network> networks_[2];
  std::map<model::TenantId, traffic::PeerAuthenticationIndex> peer_authentications_;
  std::map<std::string, Planned> plans_;
  std::optional<std::vector<model::Proxy>> proxies_;
  std::map<std::string, model::Proxy, std::less<>> found_;
  struct Printed {
    xds::ResourcePtr resource;  // keeps the address taken
    document::Value document;
  };
  std::map<const xds::Resource*, Printed> documents_;
};

}  // namespace mesh::testing
