// Inbound listeners of a sidecar while they are made. Inside of listeners_inbound*.cc only.
//
// What a workload serves comes from the services that select it, or from Sidecar.ingress. Each port
// becomes a set of filter chains: which ones depends on what the port speaks and on how strict
// mutual TLS is (InboundMatch). With interception they all are chains of one listener,
// virtualInbound, beside chains that pass every other port; else each port is a listener of its
// own. As in Istio's pilot/pkg/networking/core/listener_inbound.go and filterchain_options.go.
//
//   listeners_inbound.cc        ports, listeners
//   listeners_inbound_chains.cc the chains of a port
#pragma once

#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/xds/lds/filter_chain.h"
#include "libmesh/xds/lds/hcm.h"
#include "libmesh/xds/lds/listeners_context.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// One filter chain of a port: what it matches, and whether it ends mutual TLS.
struct InboundMatch {
  std::span<const std::string_view> alpns;
  std::string_view transport;
  bool http = false;
  bool tls = false;

  bool inspects_tls() const;
  bool inspects_http() const;
};
// The chains of a port, in Istio's order.
std::span<const InboundMatch> inbound_matches(traffic::MutualTls mode, model::Protocol protocol);

// A port that is served.
struct InboundPort {
  std::string cluster;
  std::string host;               // of the service; names the route in traces
  std::string_view service_name;  // of a Kubernetes service
  std::string_view service_ns;
  uint32_t service_port = 0;
  std::string_view port_name;
  uint32_t target_port = 0;  // 0: every port
  model::Protocol protocol = model::Protocol::kUnsupported;
  std::string_view bind;
  std::vector<std::string_view> extra_binds;  // of dual stack
  bool bind_to_port = false;
  bool passthrough = false;  // no port of a service: passed as it comes
  bool of_sidecar = false;   // declared by Sidecar.ingress

  // Of its chains, unless they pass what comes; and of a listener of its own.
  std::string chain_name() const;
};

class InboundBuilder {
 public:
  explicit InboundBuilder(const ListenerContext& context);

  void write(Resources& out);

 private:
  // Which inspectors a port's chains need.
  struct Inspection {
    uint32_t port = 0;
    bool tls = false;
    bool http = false;
  };
  // The chains of one listener so far: serialized `filter_chains` fields. Filters that several chains share stand
  // once, in the builder.
  struct ChainSet {
    MessageParts parts;
    std::vector<Inspection> inspections;

    void inspect(uint32_t port, bool tls, bool http);
    void clear();
  };

  // Filters that come before the body of a chain; one builder of a thread is at work, and leaves the memory to the next.
  class Heads {
   public:
    std::string& next();
    void clear();

   private:
    std::deque<std::string> texts_;
    size_t used_ = 0;  // of them
  };
  static Heads& kept_heads();

  // listeners_inbound.cc
  std::vector<InboundPort> ports() const;
  std::vector<InboundPort> service_ports() const;
  std::vector<InboundPort> ingress_ports() const;
  std::vector<uint32_t> passthrough_ports() const;
  // The filters of a chain, in two parts: the one is shared by many chains, the other is of the port.
  struct Filters {
    std::string_view first;
    std::string_view second;
    bool empty() const { return first.empty() && second.empty(); }
  };
  void write_listener(std::string_view name, const InboundPort& at, ChainSet& chains,
                      Resources& out) const;
  void put_listener_filters(std::string& out, ChainSet& chains, bool bind_to_port) const;

  // listeners_inbound_chains.cc
  void add_black_hole(ChainSet& chains) const;
  void add_passthrough(ChainSet& chains, uint32_t port);
  void add_chains(ChainSet& chains, const InboundPort& port);
  Filters http_filters_of(const InboundPort& port);
  Filters tcp_filters_of(const InboundPort& port);
  std::string_view leading_filters(const TcpTarget& target);
  std::string_view tls_of(bool http);
  const std::string& hcm_body_of(const InboundPort& port);

  const ListenerContext& context_;
  traffic::PeerAuthn authn_;
  std::string tls_settings_;
  std::string tcp_tls_;  // serialized `transport_socket` fields, made when needed
  std::string http_tls_;
  Heads& heads_;
  // What comes before the last TCP proxy, and the number of its extensions: mostly that of the next one.
  std::string_view leading_;
  uint32_t leading_of_ = 0;
  // By what the protocol changes, and four times the number of the port's extensions.
  std::map<uint32_t, std::string> hcm_bodies_;
};

}  // namespace mesh::xds
