// RouteTable: a route configuration; finds the virtual host and the route of a request.
//
// Virtual hosts by their domains in Envoy's order: exact ones, then the longest of "*.example.com", then the longest of
// "example.*", then "*"; of the host's routes the first that matches. The routes of a virtual host are read when
// a request first comes to it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/testing/walk/route_match.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

struct Route {
  explicit Route(View route);
  View message;  // envoy.config.route.v3.Route
  RouteMatch match;
  std::string name;
  std::string object;  // the configuration that made it: "VirtualService/shop/reviews"; or empty
};

class VirtualHost {
 public:
  explicit VirtualHost(View host);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& domains() const { return domains_; }
  View message() const { return message_; }  // envoy.config.route.v3.VirtualHost
  const std::vector<Route>& routes() const;

 private:
  View message_;
  std::string name_;
  std::vector<std::string> domains_;
  mutable std::once_flag once_;
  mutable std::vector<Route> routes_;
};

class RouteTable {
 public:
  // A RouteConfiguration, whose bytes stay as long as this.
  explicit RouteTable(View table);

  struct Found {
    const VirtualHost* host = nullptr;
    std::string why;  // "its domain *.example.com"
  };
  // `authority` as the request has it.
  Found find(std::string_view authority) const;

  View message() const { return message_; }  // without its virtual hosts
  const std::string& name() const { return name_; }
  const std::vector<std::unique_ptr<VirtualHost>>& hosts() const { return hosts_; }

 private:
  using Hosts = std::unordered_map<std::string, const VirtualHost*>;
  using Wildcards = std::map<size_t, Hosts, std::greater<>>;  // by length
  void add(const VirtualHost& host, std::string_view domain);

  std::string rest_;  // what is not its virtual hosts
  View message_;
  std::string name_;
  std::vector<std::unique_ptr<VirtualHost>> hosts_;
  Hosts exact_;
  Wildcards suffixes_;  // of "*.example.com": ".example.com"
  Wildcards prefixes_;
  const VirtualHost* any_ = nullptr;
  bool ignore_port_ = false;
};

// Where the port of "host:port" begins, or npos.
size_t port_start(std::string_view authority);
// The configuration that Istio's metadata of a message names, as "Kind/namespace/name"; or empty.
std::string object_of(View message);

}  // namespace mesh::testing
