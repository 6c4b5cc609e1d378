// HttpManager: an HTTP connection manager, read: its HTTP filters in order, where its routes come from, and how it
// sees a request before any filter does.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libmesh/testing/walk/exchange.h"
#include "libmesh/testing/walk/jwt.h"
#include "libmesh/testing/walk/matchers.h"
#include "libmesh/testing/walk/rbac.h"
#include "libmesh/testing/walk/route_table.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

// ext_authz, of HTTP or of a connection.
struct ExtAuthz {
  ExtAuthz(View config, std::string filter);
  bool asks(const Exchange& exchange) const;
  std::string filter;
  std::string service;  // the cluster that is asked
  std::optional<MetadataMatcher> enabled;
};

struct HttpFilter {
  std::string name;
  Opened config;
  std::string type;  // of the configuration
  bool disabled = false;
  std::unique_ptr<Rbac> rbac;
  std::unique_ptr<JwtAuthn> jwt;
  std::unique_ptr<ExtAuthz> ext_authz;
};

class HttpManager {
 public:
  explicit HttpManager(Opened config);

  View message() const { return config_.message; }
  const std::vector<HttpFilter>& filters() const { return filters_; }
  const std::string& route_name() const {
    return route_name_;
  }  // of a discovered table; empty: inline
  const RouteTable* inline_routes() const { return inline_.get(); }

  // The request as the filters see it; a fault that ends it there (400), or nothing.
  std::optional<std::string> begin(const Request& request, Exchange& exchange) const;

 private:
  void read_filter(View filter);
  void put_headers(const Request& request, Exchange& exchange) const;
  std::optional<std::string> put_path(const Request& request, Exchange& exchange) const;
  void put_remote(Exchange& exchange) const;
  std::string stripped_host(const Request& request) const;

  Opened config_;
  std::vector<HttpFilter> filters_;
  std::string route_name_;
  std::unique_ptr<RouteTable> inline_;
};

// How a filter is set for a request: the most specific of what the route says, else null.
struct Override {
  Opened config;
  bool disabled = false;
};
std::optional<Override> override_of(View message, std::string_view filter);

}  // namespace mesh::testing
