// Journey: a request from one workload to others: through its proxy, and through the proxies of the endpoints
// that it may come to.
//
//   Travel travel(generator, index::proxies(*snapshot), walker);
//   Journey journey = travel.from(proxy, request);
//
// At the server the request arrives as the client's proxy sends it: host and path as rewritten, headers as changed,
// the connection as the endpoint's transport socket makes it, with the identity of the caller's service account when
// that is mutual TLS. Threads: any.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libmesh/testing/walk/walk.h"

namespace mesh::testing {

// What becomes of it at one endpoint.
struct Arrival {
  std::string cluster;  // of the destination by which it came
  Endpoint endpoint;
  std::string
      proxy;  // "cart-v1-0.shop"; empty: the endpoint has no proxy that is known, nothing stops it there
  std::string proxy_cluster;  // the proxy's, when that is a remote one
  Request request;            // as it arrives
  Outcome outcome;            // kRouted when there is no proxy
};

struct Journey {
  Outcome sent;  // at the caller's proxy
  std::vector<Arrival>
      arrivals;  // of each destination the endpoints that differ in their proxy or transport
};

class Travel {
 public:
  // Both stay longer than this.
  Travel(const xds::Generator& generator, std::vector<model::Proxy> proxies, const Walker& walker);

  Journey from(const model::Proxy& caller, const Request& request) const;
  // Of a workload without a proxy: the request goes to its address as it is. `near`: as of `at`.
  Journey plain(const Request& request, const model::Proxy* near = nullptr) const;
  // The proxy that has an address, or null. Clusters that share no network may give one address twice: of several the one
  // in the cluster of `near` comes first, then one on its network.
  const model::Proxy* at(const std::string& address, const model::Proxy* near) const;

  // "spiffe://cluster.local/ns/shop/sa/web"
  std::string identity_of(const model::Proxy& caller) const;

 private:
  bool is_behind_gateway(const model::Proxy& proxy) const;
  void arrive(const Destination& destination, const Endpoint& endpoint, const model::Proxy* near,
              Request request, std::vector<Arrival>& out) const;
  void arrive_at_all(const Outcome& sent, const model::Proxy& caller, const Request& request,
                     std::vector<Arrival>& out) const;

  const xds::Generator& generator_;
  const std::vector<model::Proxy> proxies_;
  const Walker& walker_;
  std::map<std::string, std::vector<const model::Proxy*>, std::less<>> by_address_;
};

}  // namespace mesh::testing
