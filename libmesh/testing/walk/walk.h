// Walker: a request's way through one proxy, on the configuration that the proxy is sent.
//
//   Walker walker;
//   Outcome outcome = walker.walk(*generator.config(proxy), request);
//
// Nothing here knows Istio's rules: the bytes of the resources are read as an Envoy reads them. Listeners by the
// original destination, listener filters, filter chains, network filters, HTTP filters, virtual hosts, routes,
// clusters, endpoints, in Envoy's order and with Envoy's precedence; regular expressions by RE2, as there. That it is
// the same order is held by tests/e2e/walk_test.py, which puts the same requests to a real Envoy.
//
// A resource is read once and kept as long as the Walker is there: proxies that share resources share what was
// read. Threads: any.
#pragma once

#include <memory>
#include <vector>

#include "libmesh/testing/walk/outcome.h"
#include "libmesh/testing/walk/request.h"
#include "libmesh/xds/generator.h"

namespace mesh::testing {

class Readings;

// The port of the proxy where a connection to `port` arrives: a port of a gateway's Service is one of its pods.
uint32_t arrival_port(const xds::ProxyConfig& config, uint32_t port);
// Where a request goes: its port, its host's, else 80, or 443 with TLS.
uint32_t arrival_port(const xds::ProxyConfig& config, const Request& request);

class Walker {
 public:
  Walker();
  ~Walker();
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;

  Outcome walk(const xds::ProxyConfig& config, const Request& request) const;
  // Requests that a configuration speaks of, in its order, `most` at most: of every listener, virtual host (its first
  // domain) and route one that the route matches as far as texts can tell (an expression is not turned round), and
  // the paths and methods that RBAC rules name. They are questions; what becomes of them walk() says.
  std::vector<Request> probes(const xds::ProxyConfig& config, size_t most) const;
  // Lets go what was read of resources that nobody else has any more.
  void forget() const;

 private:
  const std::unique_ptr<Readings> readings_;
};

}  // namespace mesh::testing
