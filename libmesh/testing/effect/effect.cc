#include "libmesh/testing/effect/effect.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "libmesh/identity/authority.h"

namespace mesh::testing {
namespace {

constexpr size_t kMostProbes = 400;    // of a proxy
constexpr size_t kMostEffects = 1000;  // told
constexpr size_t kMostCallers = 50;
constexpr std::string_view kPlain = "plain text";

using ProxyKey = xds::DiffSide::Key;

bool goes_through(const Outcome& outcome) {
  switch (outcome.verdict) {
    case Verdict::kRouted:
    case Verdict::kPassthrough:
    case Verdict::kRedirect:
    case Verdict::kDirectResponse:
      return true;
    default:
      return false;
  }
}

// What a client or its destination would notice.
std::string noticed(const Outcome& outcome) {
  std::string out = outcome.detail + "\n" + outcome.host + outcome.path;
  for (const auto* list : {&outcome.request_headers, &outcome.response_headers}) {
    for (const HeaderChange& each : *list) {
      out += "\n" + std::to_string(static_cast<int>(each.kind)) + each.name + ":" + each.value;
    }
  }
  if (outcome.direct_response) out += "\n" + outcome.direct_response->body;
  for (const Mirror& each : outcome.mirrors) out += "\nmirror " + each.destination.cluster;
  if (outcome.fault) {
    out += "\nfault " + std::to_string(outcome.fault->abort_percent) + " " +
           std::to_string(outcome.fault->delay_percent);
  }
  return out;
}

// A request, so that the same one is asked once.
std::string key_of(const Request& request) {
  std::string out = std::to_string(static_cast<int>(request.side)) +
                    std::to_string(static_cast<int>(request.protocol)) +
                    std::to_string(static_cast<int>(request.tls)) + request.method + " " +
                    request.host + request.path + " " + request.address + ":" +
                    std::to_string(request.port) + " " + request.sni;
  for (const Header& header : request.headers) out += "\n" + header.name + ":" + header.value;
  return out + "\n" + request.source.identity;
}

bool same(const xds::ProxyConfig& a, const xds::ProxyConfig& b) {
  for (const xds::Type type : {xds::Type::kListener, xds::Type::kRoute, xds::Type::kCluster}) {
    std::map<std::string_view, uint64_t> names;
    size_t count = 0;
    a.for_each(type,
               [&](const xds::ResourcePtr& each) { names.emplace(each->name, each->hash()); });
    bool equal = true;
    b.for_each(type, [&](const xds::ResourcePtr& each) {
      const auto found = names.find(each->name);
      equal = equal && found != names.end() && found->second == each->hash();
      ++count;
    });
    if (!equal || count != names.size()) return false;
  }
  return true;
}

class Comparison {
 public:
  Comparison(const xds::DiffSide& before, const xds::DiffSide& after)
      : before_(before), after_(after) {}

  Effects compare() {
    for (const auto& [key, proxy] : after_.proxies) {
      const auto was = before_.config(key);
      const auto is = after_.config(key);
      if (was == nullptr || is == nullptr) continue;
      const bool replica =
          !seen_.emplace(&was->shared(), was->own().get(), &is->shared(), is->own().get()).second;
      if (!replica && !same(*was, *is)) compare_proxy(key, proxy, *was, *is);
    }
    return std::move(out_);
  }

 private:
  void compare_proxy(const ProxyKey& key, const model::Proxy& proxy, const xds::ProxyConfig& was,
                     const xds::ProxyConfig& is) {
    std::vector<Request> requests = walker_before_.probes(was, kMostProbes);
    std::vector<Request> further = walker_after_.probes(is, kMostProbes);
    out_.complete = out_.complete && std::max(requests.size(), further.size()) < kMostProbes;
    requests.insert(requests.end(), further.begin(), further.end());
    const bool gateway = proxy.type == model::ProxyType::kGateway;
    std::set<std::string> asked;
    for (const Request& request : requests) {
      if (!asked.insert(key_of(request)).second) continue;
      if (gateway || request.side == Side::kOutbound) {
        ask(key, request, "", was, is);
      } else {
        ask_callers(key, request, proxy, was, is, asked);
      }
    }
  }

  void ask_callers(const ProxyKey& key, Request request, const model::Proxy& proxy,
                   const xds::ProxyConfig& was, const xds::ProxyConfig& is,
                   std::set<std::string>& asked) {
    request.tls = Tls::kNone;
    request.alpn.clear();
    request.sni.clear();
    if (asked.insert(key_of(request) + "plain").second) {
      ask(key, request, std::string(kPlain), was, is);
    }
    request.tls = Tls::kMutual;
    request.alpn = {"istio"};
    for (const std::string& identity : callers(proxy.tenant)) {
      request.source.identity = identity;
      if (asked.insert(key_of(request) + "mutual").second) ask(key, request, identity, was, is);
    }
  }

  // Accounts of the mesh that have a proxy.
  const std::set<std::string>& callers(const model::TenantId& tenant) {
    std::set<std::string>& out = callers_[tenant.value];
    if (!out.empty()) return out;
    const index::MeshPtr mesh = after_.snapshot->mesh(tenant);
    if (mesh == nullptr) return out;
    for (const auto& [key, proxy] : after_.proxies) {
      if (proxy.tenant != tenant) continue;
      if (out.size() == kMostCallers) {
        out_.complete = false;
        break;
      }
      out.insert(identity::spiffe_id(mesh->trust_domain, proxy.ns, proxy.service_account));
    }
    return out;
  }

  void ask(const ProxyKey& key, const Request& request, std::string caller,
           const xds::ProxyConfig& was, const xds::ProxyConfig& is) {
    ++out_.asked;
    const Outcome old = walker_before_.walk(was, request);
    const Outcome now = walker_after_.walk(is, request);
    const bool went = goes_through(old);
    const bool goes = goes_through(now);
    if (went == goes && (!goes || noticed(old) == noticed(now))) return;
    if (out_.list.size() == kMostEffects) {
      out_.complete = false;
      return;
    }
    RequestEffect out;
    using Kind = RequestEffect::Kind;
    out.kind = went == goes ? Kind::kElsewhere : (goes ? Kind::kGains : Kind::kLoses);
    std::tie(out.tenant, out.ns, out.name, out.cluster) = key;
    out.caller = std::move(caller);
    out.request = request;
    out.verdict_before = old.verdict;
    out.verdict_after = now.verdict;
    out.before = old.detail;
    out.after = now.detail;
    out_.list.push_back(std::move(out));
  }

  const xds::DiffSide& before_;
  const xds::DiffSide& after_;
  Walker walker_before_;
  Walker walker_after_;
  std::set<std::tuple<const void*, const void*, const void*, const void*>> seen_;
  std::map<std::string, std::set<std::string>> callers_;
  Effects out_;
};

}  // namespace

Effects effect(const xds::DiffSide& before, const xds::DiffSide& after) {
  return Comparison(before, after).compare();
}

std::string_view to_string(RequestEffect::Kind kind) {
  switch (kind) {
    case RequestEffect::Kind::kLoses:
      return "loses";
    case RequestEffect::Kind::kGains:
      return "gains";
    case RequestEffect::Kind::kElsewhere:
      return "elsewhere";
  }
  return "";
}

}  // namespace mesh::testing
