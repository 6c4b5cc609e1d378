// Outbound listeners of a sidecar while they are collected: which listeners there are, and the
// filter chains of each. Inside of listeners_outbound*.cc only.
//
// Every service port asks for a listener; several may ask for the same address. HTTP ports share a
// wildcard listener and are told apart by routes; TCP ports have the service's own address, or a
// chain that matches addresses (CIDRs) or SNI. When HTTP and TCP meet on one address the listener
// sniffs. The rules are those of buildSidecarOutboundListener in Istio's
// pilot/pkg/networking/core/listener.go.
//
//   listeners_outbound.cc         walks egress listeners, services and ports
//   listeners_outbound_chains.cc  the chains that one port of one service needs
//   listeners_outbound_merge.cc   finds the listener of an address, settles conflicts
//   listeners_outbound_write.cc   writes Envoy's messages
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/xds/lds/hcm.h"
#include "libmesh/xds/lds/listeners_context.h"
#include "libmesh/xds/lds/plain_listeners.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// All views of text point into the proxy view, or into `owned_` of the builder.
struct OutboundBind {
  std::string_view address;             // empty: not decided yet
  std::vector<std::string_view> extra;  // of other IP families
  bool to_port = false;  // a socket of its own, not only a match for intercepted traffic
};

struct OutboundPort {
  uint32_t number = 0;
  std::string_view name;
  model::Protocol protocol = model::Protocol::kUnsupported;
};

struct OutboundChain {
  std::vector<std::string_view> sni_hosts;
  std::vector<std::string_view> cidrs;
  bool sniffed_http = false;  // matches what the HTTP inspector recognized
  bool needs_sni = false;     // a filter reads the name that the client asked for
  const traffic::VirtualService* rule = nullptr;  // named in the chain's metadata
  uint32_t next = 0;                              // of the same listener; 0 is none
  uint32_t listener = 0;                          // it is told apart from others of, plus one

  // TCP: the service whose cluster it goes to, when nothing else is to be said; or where its filters
  // stand in the builder's text.
  const model::Service* plain = nullptr;
  uint32_t plain_port = 0;
  size_t filters_at = 0;
  size_t filters_size = 0;
  // HTTP: the routes are "<host>:<port>", or either alone.
  bool http = false;
  std::string_view route_host;
  uint32_t route_port = 0;
  bool grpc_web = false;
  const model::Service* forward_proxy = nullptr;  // a wildcard host that is resolved by request

  bool matches_all() const;
  bool conflicts_with(const OutboundChain& other) const;
  // Chains in conflict have the same.
  uint64_t match_hash() const;
  uint64_t claimed_hash = 0;  // that and the listener's
};

struct OutboundListener {
  OutboundPort port;
  OutboundBind bind;
  model::Protocol protocol = model::Protocol::kUnsupported;  // after merging: kUnsupported sniffs
  bool indexed = false;  // its chains are in the builder's table
  bool locked = false;   // declared by an egress listener with a port: nothing is added to it
  uint32_t first_chain = 0;
  uint32_t last_chain = 0;
};

// What a builder collects in; kept for the memory only.
struct OutboundMemory {
  std::string text;                   // serialized filters of TCP chains
  std::vector<OutboundChain> chains;  // 0 is unused
  std::vector<OutboundListener> listeners;
  std::vector<uint32_t> slots;    // hash table: index into listeners plus one
  std::vector<uint32_t> matches;  // hash table: chains of listeners that are merged, by match

  void clear();
};

class OutboundBuilder {
 public:
  explicit OutboundBuilder(const ListenerContext& context);
  ~OutboundBuilder();
  OutboundBuilder(const OutboundBuilder&) = delete;
  OutboundBuilder& operator=(const OutboundBuilder&) = delete;

  void collect();
  void write(Resources& out);
  // The explicit proxy (MeshConfig.proxyHttpPort, node metadata HTTP_PROXY_PORT), if there is one.
  void write_http_proxy(Resources& out);
  // The listener that takes all intercepted traffic and hands it to the others.
  void write_virtual(Resources& out);

 private:
  struct Request {  // one service port
    const model::Service* service = nullptr;
    OutboundPort port;
    OutboundBind bind;
    std::vector<std::string_view> cidrs;  // of a service whose address is a range
  };
  // The chains that a request made, from the first to the last.
  struct Chains {
    uint32_t first = 0;
    uint32_t last = 0;
  };
  enum class Shape : uint8_t { kHttp, kTcp, kSniffed, kNone };
  enum class Meeting : uint8_t { kNone, kReplace, kMerge, kMergeSniffed };

  static Shape shape_of(model::Protocol protocol);

  // listeners_outbound.cc
  void collect_port(const traffic::EgressListener& egress, const OutboundBind& bind);
  void collect_services(const traffic::EgressListener& egress, const OutboundBind& bind);
  // Most HTTP ports add nothing: their listener is there already.
  static bool may_share(const model::Port& port, const OutboundBind& bind);
  void collect_service_port(const model::Service& service, const model::Port& port,
                            const OutboundBind& bind);
  void collect_instances(Request& request, const std::vector<const model::Endpoint*>& instances);
  std::vector<const model::Endpoint*> instances(const model::Service& service,
                                                const model::Port& port) const;
  void add(Request request);
  void resolve_bind(Request& request, Shape shape);
  void bind_to_localhost(OutboundBind& bind) const;
  void use_rules(const traffic::EgressListener& egress);

  // listeners_outbound_chains.cc
  Chains make_chains(const Request& request, Shape shape);
  void add_http_chain(const Request& request, Shape shape, bool sniffed, Chains& out);
  void add_tcp_chains(const Request& request, Chains& out);
  void add_tls_rule_chains(const Request& request, Chains& out);
  // True when a rule took all that is left.
  bool add_tcp_rule_chains(const Request& request, Chains& out);
  void add_default_chain(const Request& request, Chains& out);
  NamedTemplates& plain_tcp_filters(uint32_t port);
  std::vector<std::string_view> default_sni_hosts(const Request& request);
  OutboundChain route_chain(const traffic::VirtualService& rule,
                            const std::vector<networking::RouteDestination>& routes,
                            const OutboundPort& port);
  void push(OutboundChain chain, Chains& out);
  std::string_view own(std::string text) { return owned_.emplace_back(std::move(text)); }

  // listeners_outbound_merge.cc
  OutboundListener* find(std::string_view address, uint32_t port);
  OutboundListener& insert(const Request& request);
  void grow();
  static Meeting meeting(const OutboundListener& current, model::Protocol incoming);
  void merge(OutboundListener& current, const Chains& incoming);
  // False when a chain of that listener has the same match.
  bool claim_match(uint32_t chain, uint32_t listener);
  void forget_chains(OutboundListener& listener);
  void grow_matches();

  // listeners_outbound_write.cc
  void write_listener(const OutboundListener& listener, std::string_view name, std::string& out);
  void append_chain(const OutboundChain& chain, bool is_default, std::string& out);
  void append_hcm(const OutboundChain& chain, std::string& out);
  void append_network_extensions(std::string& out);
  void append_plain_filters(const OutboundChain& chain, std::string& out);
  ResourcePtr make_listener(const OutboundListener& listener, std::string& scratch);
  const std::string& hcm_body_of(bool grpc_web);
  NamedTemplates& sniffed_chains(bool grpc_web);

  OutboundMemory memory_;
  std::string& text_ = memory_.text;
  std::vector<OutboundChain>& chains_ = memory_.chains;
  std::vector<OutboundListener>& listeners_ = memory_.listeners;
  std::vector<uint32_t>& slots_ = memory_.slots;
  std::vector<uint32_t>& matches_ = memory_.matches;
  const ListenerContext& context_;
  const traffic::Scope& scope_;
  const std::vector<std::string_view> wildcards_;  // the context's and those of other families
  std::vector<const traffic::VirtualService*> tcp_rules_;  // of the egress listener at hand
  std::list<std::string> owned_;
  size_t claimed_ = 0;             // of them
  std::string allow_any_filter_;   // of the mode ALLOW_ANY_DYNAMIC_DNS
  std::string default_chain_;      // serialized `default_filter_chain` of listeners without one
  uint32_t shared_http_port_ = 0;  // the last port that is known to have a shared listener
  // By the number of the port's extensions; twice that, and one for gRPC-Web.
  std::map<uint32_t, NamedTemplates> plain_tcp_filters_;
  std::map<uint32_t, std::string> hcm_bodies_;
  std::map<uint32_t, NamedTemplates> sniffed_chains_;
  PlainListeners plain_listeners_;
  std::string stat_prefix_;  // of the listener being written
  uint32_t port_ = 0;        // its port
  // The network filters of extensions stand in its first HTTP chain only, as in Istio.
  bool network_extensions_written_ = false;
};

}  // namespace mesh::xds
