// Readings: what was read of resources, kept by resource, and what one proxy has of them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/testing/walk/cluster.h"
#include "libmesh/testing/walk/listener.h"
#include "libmesh/testing/walk/route_table.h"
#include "libmesh/xds/generator.h"

namespace mesh::testing {

// The listeners of a proxy by their addresses.
class ListenerSet {
 public:
  void add(std::shared_ptr<const Listener> listener);
  const std::vector<std::shared_ptr<const Listener>>& all() const { return all_; }

  // Of TCP: the listener of that address, else that of the port at any address, else null.
  const Listener* at(const std::string& ip, uint32_t port) const;
  // Where a sidecar's traffic is sent: the one that hands over, and the one called virtualInbound.
  const Listener* outbound() const { return outbound_; }
  const Listener* inbound() const { return inbound_; }

 private:
  std::vector<std::shared_ptr<const Listener>> all_;
  std::map<std::pair<std::string, uint32_t>, const Listener*> by_address_;
  const Listener* outbound_ = nullptr;
  const Listener* inbound_ = nullptr;
};

// Names that the workload's DNS answers, and their addresses.
class Names {
 public:
  explicit Names(View table);
  // By the search path of a pod of the domain ("shop.svc.cluster.local"); empty: no address is known.
  std::string address(std::string_view host, std::string_view domain) const;

 private:
  std::unordered_map<std::string, std::string> addresses_;
};

class Readings {
 public:
  std::shared_ptr<const ListenerSet> listeners(const xds::ProxyConfig& config);
  std::shared_ptr<const Names> names(const xds::ProxyConfig& config);
  // Null when the proxy has none of that name.
  std::shared_ptr<const RouteTable> routes(const xds::ProxyConfig& config, std::string_view name);
  std::shared_ptr<const Cluster> cluster(const xds::ProxyConfig& config, std::string_view name);
  std::shared_ptr<const Assignment> assignment(const xds::ProxyConfig& config,
                                               std::string_view name);
  // What nobody else has any more.
  void forget();

 private:
  // What was read of a resource, by its place: the resource stays.
  template <typename T>
  struct Kept {
    std::unordered_map<const xds::Resource*, std::pair<xds::ResourcePtr, std::shared_ptr<const T>>>
        list;
  };
  template <typename T, typename F>
  std::shared_ptr<const T> keep(Kept<T>& kept, const xds::ResourcePtr& resource, F&& read);

  std::mutex mutex_;  // guards all below
  Kept<Listener> listeners_;
  Kept<RouteTable> routes_;
  Kept<Cluster> clusters_;
  Kept<Assignment> assignments_;
  Kept<Names> names_;
  struct Set {
    xds::PartPtr shared;
    xds::OwnResourcesPtr own;
    std::shared_ptr<const ListenerSet> value;
  };
  std::map<std::pair<const void*, const void*>, Set> sets_;
};

}  // namespace mesh::testing
