#include "libmesh/testing/walk/journey.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "libmesh/base/strings.h"
#include "libmesh/identity/authority.h"

namespace mesh::testing {
namespace {

// "10.1.2.3:8080", "[::1]:80"
bool split(std::string_view text, std::string& ip, uint32_t& port) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos || text.find("://") != text.npos) return false;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  ip = host;
  const std::string_view digits = text.substr(colon + 1);
  return std::from_chars(digits.data(), digits.data() + digits.size(), port).ec == std::errc();
}

void change(std::vector<Header>& headers, const HeaderChange& change) {
  const auto is_it = [&](const Header& each) { return each.name == change.name; };
  const bool present = std::any_of(headers.begin(), headers.end(), is_it);
  using Kind = HeaderChange::Kind;
  if (change.kind == Kind::kAddIfAbsent && present) return;
  if (change.kind == Kind::kOverwriteIfPresent && !present) return;
  if (change.kind != Kind::kAppend) std::erase_if(headers, is_it);
  if (change.kind != Kind::kRemove) headers.push_back({change.name, change.value});
}

// How Envoy's transport socket makes the connection, and Istio's ALPN filter names what is spoken in it.
// Only an HTTP connection manager has that filter: what leaves through tcp_proxy has the cluster's own names.
std::vector<std::string> alpn_of(const Outcome& sent, const Request& request,
                                 const UpstreamTls& tls) {
  const bool by_http = !sent.virtual_host.empty();
  if (by_http && tls.mode == Tls::kMutual && !tls.match.empty()) {
    return {request.protocol == Protocol::kHttp2 ? "istio-h2" : "istio-http/1.1", "istio"};
  }
  return tls.alpn;
}

// The request as the caller's proxy sends it to a destination's endpoint.
Request arriving(const Outcome& sent, const Destination& destination, const Endpoint& endpoint,
                 Request request) {
  request.side = Side::kInbound;
  if (!sent.host.empty()) request.host = sent.host;
  if (!destination.host_rewrite.empty()) request.host = destination.host_rewrite;
  if (!sent.path.empty()) request.path = sent.path;
  for (Header& each : request.headers) each.name = lower_ascii(each.name);
  for (const HeaderChange& each : destination.request_headers) change(request.headers, each);
  for (const HeaderChange& each : sent.request_headers) change(request.headers, each);
  // TLS that no filter chain ended goes on as bytes: as it came, or within the TLS of the endpoint's transport socket.
  const bool not_ended = request.tls != Tls::kNone && sent.tls == Tls::kNone;
  if (not_ended && endpoint.tls.mode != Tls::kNone) request.protocol = Protocol::kTcp;
  if (!not_ended || endpoint.tls.mode != Tls::kNone) {
    request.tls = endpoint.tls.mode;
    request.sni = endpoint.tls.sni;
    request.alpn = alpn_of(sent, request, endpoint.tls);
  }
  return request;
}

}  // namespace

Travel::Travel(const xds::Generator& generator, std::vector<model::Proxy> proxies,
               const Walker& walker)
    : generator_(generator), proxies_(std::move(proxies)), walker_(walker) {
  for (const model::Proxy& proxy : proxies_) {
    for (const std::string& ip : proxy.ip_addresses) by_address_[ip].push_back(&proxy);
  }
}

const model::Proxy* Travel::at(const std::string& address, const model::Proxy* near) const {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return nullptr;
  const auto& all = found->second;
  if (near == nullptr) return all.front();
  const auto distance = [near](const model::Proxy* each) {
    if (each->cluster_id == near->cluster_id) return 0;
    return each->network == near->network ? 1 : 2;
  };
  const model::Proxy* out = *std::min_element(
      all.begin(), all.end(), [&](auto* a, auto* b) { return distance(a) < distance(b); });
  return distance(out) == 2 && is_behind_gateway(*out) ? nullptr : out;
}

// Nobody outside of its network connects to it itself.
bool Travel::is_behind_gateway(const model::Proxy& proxy) const {
  const auto snapshot = generator_.snapshot();
  const index::MeshPtr mesh = snapshot == nullptr ? nullptr : snapshot->mesh(proxy.tenant);
  return mesh != nullptr && mesh->networks != nullptr &&
         !mesh->networks->all.find(proxy.network, proxy.cluster_id).empty();
}

void Travel::arrive(const Destination& destination, const Endpoint& endpoint,
                    const model::Proxy* near, Request request, std::vector<Arrival>& out) const {
  if (!split(endpoint.address, request.address, request.port)) return;
  Arrival arrival;
  arrival.cluster = destination.cluster;
  arrival.endpoint = endpoint;
  const model::Proxy* server = at(request.address, near);
  const auto config = server == nullptr ? nullptr : generator_.config(*server);
  if (config == nullptr) {
    arrival.outcome.verdict = Verdict::kRouted;
    arrival.outcome.detail = "arrives: no proxy stands before " + endpoint.address;
    arrival.outcome.because.push_back(
        {"endpoint", endpoint.address, "", "no proxy is known there", ""});
  } else {
    arrival.proxy = server->id;
    if (server->remote) arrival.proxy_cluster = server->cluster_id;
    arrival.outcome = walker_.walk(*config, request);
  }
  arrival.request = std::move(request);
  out.push_back(std::move(arrival));
}

void Travel::arrive_at_all(const Outcome& sent, const model::Proxy& caller, const Request& request,
                           std::vector<Arrival>& out) const {
  for (const Destination& destination : sent.destinations) {
    // Endpoints that are reached alike, at proxies of one configuration, answer alike: the first stands for them.
    std::set<std::tuple<const void*, const void*, std::string, Tls>> seen;
    for (const Endpoint& endpoint : destination.endpoints) {
      std::string ip;
      uint32_t port = 0;
      if (!split(endpoint.address, ip, port)) continue;
      const model::Proxy* server = at(ip, &caller);
      const auto config = server == nullptr ? nullptr : generator_.config(*server);
      const void* view = config == nullptr ? nullptr : &config->shared();
      const void* own = config == nullptr ? nullptr : config->own().get();
      if (!seen.emplace(view, own, std::to_string(port) + endpoint.tls.match, endpoint.tls.mode)
               .second) {
        continue;
      }
      arrive(destination, endpoint, &caller, arriving(sent, destination, endpoint, request), out);
    }
  }
}

std::string Travel::identity_of(const model::Proxy& caller) const {
  const auto snapshot = generator_.snapshot();
  const index::MeshPtr mesh = snapshot == nullptr ? nullptr : snapshot->mesh(caller.tenant);
  if (mesh == nullptr) return {};
  return identity::spiffe_id(mesh->trust_domain, caller.ns, caller.service_account);
}

Journey Travel::from(const model::Proxy& caller, const Request& request) const {
  Journey out;
  const auto config = generator_.config(caller);
  if (config == nullptr) {
    out.sent.detail = "the mesh of " + caller.id + " is gone";
    return out;
  }
  out.sent = walker_.walk(*config, request);
  if (out.sent.verdict != Verdict::kRouted && out.sent.verdict != Verdict::kPassthrough) return out;
  Request onward = request;
  onward.source.identity = identity_of(caller);
  onward.source.ip = caller.ip_addresses.empty() ? "" : caller.ip_addresses.front();
  arrive_at_all(out.sent, caller, onward, out.arrivals);
  return out;
}

Journey Travel::plain(const Request& request, const model::Proxy* near) const {
  Journey out;
  out.sent.verdict = Verdict::kPassthrough;
  out.sent.detail = "the caller has no proxy";
  const std::string address = request.address + ":" + std::to_string(request.port);
  Request onward = request;
  onward.side = Side::kInbound;
  Endpoint endpoint;
  endpoint.address = address;
  endpoint.tls.mode = request.tls;
  arrive({}, endpoint, near, onward, out.arrivals);
  return out;
}

}  // namespace mesh::testing
