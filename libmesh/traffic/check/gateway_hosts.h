// GatewayHosts: which servers of a Gateway serve a host of a VirtualService, and under which name.
//
// The name is the narrower of the two hosts: of "*.example.com" and "shop.example.com" the latter
// (pilot/pkg/networking/core/gateway.go pickMatchingGatewayHosts). VirtualServices of one name on one port are put
// together.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/index/mesh.h"

namespace mesh::traffic {

// What the servers of a Gateway do with connections.
enum class ServerUse : uint8_t { kHttp, kTcp, kTls, kNone };
ServerUse use_of(const networking::Server& server);

class GatewayHosts {
 public:
  struct Served {
    uint32_t server = 0;  // in spec.servers
    std::string name;     // in lower case
    auto operator<=>(const Served&) const = default;
  };

  explicit GatewayHosts(const index::Gateway& gateway);

  // The servers that serve `host` for VirtualServices of the namespace; each with each name once.
  std::vector<Served> servers_of(const std::string& host, const std::string& ns) const;

 private:
  struct Entry {
    uint32_t server = 0;
    std::string ns;  // "*": every one
  };
  void add(const std::string& known, const std::string& name, const std::string& ns,
           std::vector<Served>& out) const;

  std::unordered_map<std::string, std::vector<Entry>> by_host_;
  std::set<size_t> wildcard_sizes_;  // of the texts behind "*"
};

}  // namespace mesh::traffic
