// Listener: where it listens, what its listener filters find out, and which filter chain a connection gets.
//
// Chains are chosen as source/common/listener_manager/filter_chain_manager_impl.cc in Envoy does: step by step, by
// destination port, destination address, server name, transport protocol, application protocol, source. Each step
// keeps the most specific chains that match and none goes back.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libmesh/testing/walk/exchange.h"
#include "libmesh/testing/walk/http_manager.h"
#include "libmesh/testing/walk/rbac.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

struct NetworkFilter {
  std::string name;
  Opened config;
  std::string type;
  std::unique_ptr<Rbac> rbac;
  std::unique_ptr<ExtAuthz> ext_authz;
  std::unique_ptr<HttpManager> http;
};

// How a chain ends TLS.
struct DownstreamTls {
  bool terminates = false;
  bool requires_certificate = false;
  bool asks_certificate = false;  // there is something to check one against
  std::vector<TextMatcher> subject_alt_names;
  std::string credential;  // the secret's name
  std::string unknown;     // a transport socket that is not walked
};

class FilterChain {
 public:
  explicit FilterChain(View chain);

  View message() const { return message_; }
  const std::string& name() const { return name_; }
  uint32_t port() const { return static_cast<uint32_t>(port_); }  // 0: any
  const std::vector<std::string>& server_names() const { return server_names_; }
  const std::vector<NetworkFilter>& filters() const;
  const DownstreamTls& tls() const;

  // 0: does not match; of those that do, the larger is the more specific.
  uint32_t by_port(const Connection& connection) const;
  uint32_t by_destination(const Connection& connection) const;
  uint32_t by_server_name(const Connection& connection) const;
  uint32_t by_transport(const Connection& connection) const;
  uint32_t by_protocol(const Connection& connection) const;
  uint32_t by_direct_source(const Connection& connection) const;
  uint32_t by_source_type(const Connection& connection) const;
  uint32_t by_source(const Connection& connection) const;
  uint32_t by_source_port(const Connection& connection) const;
  // "destination port 8080, transport tls, ALPN istio"; "any connection".
  std::string describe() const;
  // Its way through Envoy's nested tables of what a chain matches by, once for each alternative. No two chains of a
  // listener may have one in common.
  std::vector<std::string> places() const;

 private:
  void read() const;
  static uint32_t by_ranges(const std::vector<IpRange>& ranges, const Ip& ip);

  View message_;
  std::string name_;
  uint64_t port_ = 0;
  std::vector<IpRange> destinations_;
  std::vector<std::string> server_names_;
  std::string transport_;
  std::vector<std::string> protocols_;
  std::vector<IpRange> direct_sources_;
  uint64_t source_type_ = 0;
  std::vector<IpRange> sources_;
  std::vector<uint64_t> source_ports_;

  mutable std::once_flag once_;
  mutable std::vector<NetworkFilter> filters_;
  mutable DownstreamTls tls_;
};

class Listener {
 public:
  explicit Listener(View listener);  // whose bytes stay as long as this

  View message() const { return message_; }
  const std::string& name() const { return name_; }
  struct Address {
    std::string ip;  // canonical; a path of a socket
    uint32_t port = 0;
  };
  const std::vector<Address>& addresses() const { return addresses_; }
  bool is_udp() const { return udp_; }
  bool hands_over() const { return hands_over_; }  // to the listener of the original destination
  bool is_outbound() const { return outbound_; }

  // What its listener filters find out.
  void inspect(const Request& request, Connection& connection) const;
  // Null: none, and the connection is closed.
  const FilterChain* choose(const Connection& connection) const;
  // Why Envoy does not take the listener: two of its filter chains match alike
  // (source/common/listener_manager/filter_chain_manager_impl.cc, addFilterChains). Empty: it does.
  const std::string& refusal() const { return refusal_; }
  std::vector<const FilterChain*> chains() const;  // the default one last
  bool is_default(const FilterChain* chain) const { return chain == default_.get(); }

 private:
  void read_addresses();
  void find_twins();
  bool has_filter(std::string_view type, const Connection& connection) const;

  View message_;
  std::string name_;
  std::vector<Address> addresses_;
  bool udp_ = false;
  bool hands_over_ = false;
  bool outbound_ = false;
  std::string refusal_;
  struct ListenerFilter {
    std::string type;
    View disabled;
  };
  std::vector<ListenerFilter> filters_;
  std::vector<std::unique_ptr<FilterChain>> chains_;
  std::unique_ptr<FilterChain> default_;
};

}  // namespace mesh::testing
