// What a resource asks for by name: the route configurations and extensions of a listener, the endpoints of
// a cluster, the secrets of both. Read from the serialized bytes, so that it holds whoever wrote them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/text_index.h"

namespace mesh::xds {

// RDS names of the filter chains of Listeners, in order, without repetitions. The listeners' bytes must stay.
class RouteNames {
 public:
  void add(std::string_view listener);
  const std::vector<std::string_view>& list() const { return list_; }

 private:
  void visit_chain(std::string_view chain);
  bool is_known(std::string_view name);

  std::vector<std::string_view> list_;
  std::optional<TextIndex> index_;  // of the list, once it is long
};
// The EDS name of a Cluster of type EDS (its service_name, else its own name), in its bytes; empty for others.
std::string_view endpoint_name(std::string_view cluster);

// SDS names of the TLS contexts of Listeners and Clusters, also inside of QUIC and PROXY protocol.
class SecretNames {
 public:
  void add_listener(std::string_view listener);
  void add_cluster(std::string_view cluster);
  const std::set<std::string, std::less<>>& list() const { return list_; }

 private:
  void visit_socket(std::string_view socket);
  void visit_context(std::string_view common_tls_context);
  void visit_config(std::string_view sds_secret_config);

  std::set<std::string, std::less<>> list_;
};

// ECDS names of the network filters and HTTP filters of a Listener, sorted.
void add_extension_names(std::string_view listener, std::set<std::string, std::less<>>& out);

}  // namespace mesh::xds
