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

#include "libmesh/testing/walk/outcome.h"
#include "libmesh/testing/walk/request.h"
#include "libmesh/xds/generator.h"

namespace mesh::testing {

class Readings;

class Walker {
 public:
  Walker();
  ~Walker();
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;

  Outcome walk(const xds::ProxyConfig& config, const Request& request) const;

 private:
  const std::unique_ptr<Readings> readings_;
};

}  // namespace mesh::testing
