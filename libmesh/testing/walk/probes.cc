#include <optional>
#include <set>

#include "libmesh/testing/walk/readings.h"
#include "libmesh/testing/walk/walk.h"

namespace mesh::testing {
namespace {

// Stands for the ports that no chain of a redirection's listener is for.
constexpr uint32_t kOtherPort = 1;

// A text that a StringMatcher takes; nothing of an expression.
std::optional<std::string> example(View matcher) {
  const std::string_view kind = matcher.which("match_pattern");
  if (kind == "exact" || kind == "prefix" || kind == "suffix" || kind == "contains") {
    return matcher.text(kind);
  }
  return {};
}

std::string concrete(const std::string& domain) {
  if (domain == "*") return "any.example.org";
  if (domain.starts_with('*')) return "any" + domain.substr(1);
  if (domain.ends_with('*')) return domain.substr(0, domain.size() - 1) + "any";
  return domain;
}

// Makes a request one that the route matches; false when that takes turning an expression round.
bool shape(View match, Request& request) {
  const std::string_view kind = match.which("path_specifier");
  if (kind == "prefix" || kind == "path" || kind == "path_separated_prefix") {
    request.path = match.text(kind);
  } else {
    return false;
  }
  bool good = true;
  match.each("headers", [&](View header) {
    if (header.flag("invert_match") || header.which("header_match_specifier") == "present_match") {
      if (!header.flag("invert_match")) request.headers.push_back({header.text("name"), "x"});
      return;
    }
    const auto value = example(header.at("string_match"));
    const std::string name = header.text("name");
    if (!value) {
      good = false;
    } else if (name == ":method") {
      request.method = *value;
    } else if (name == ":authority") {
      request.host = *value;
    } else if (!name.starts_with(':')) {
      request.headers.push_back({name, *value});
    }
  });
  match.each("query_parameters", [&](View parameter) {
    const auto value = example(parameter.at("string_match")).value_or("x");
    request.path += (request.path.find('?') == request.path.npos ? "?" : "&") +
                    parameter.text("name") + "=" + value;
  });
  return good && request.path.starts_with('/');
}

// Paths and methods that rules of RBAC name.
struct Named {
  std::set<std::string> paths;
  std::set<std::string> methods;

  void look(View permission) {
    const std::string_view kind = permission.which("rule");
    if (kind == "and_rules" || kind == "or_rules") {
      permission.at(kind).each("rules", [&](View each) { look(each); });
    } else if (kind == "not_rule") {
      look(permission.at(kind));
    } else if (kind == "url_path") {
      const auto path = example(permission.at(kind).at("path"));
      if (path && path->starts_with('/')) paths.insert(*path);
    } else if (kind == "header" && permission.at(kind).text("name") == ":method") {
      if (const auto method = example(permission.at(kind).at("string_match"))) {
        methods.insert(*method);
      }
    }
  }
};

class Collector {
 public:
  Collector(Readings& readings, const xds::ProxyConfig& config, size_t most)
      : readings_(readings), config_(config), most_(most) {}

  std::vector<Request> collect() {
    const auto listeners = readings_.listeners(config_);
    for (const auto& listener : listeners->all()) {
      if (listener->addresses().empty()) continue;
      const bool inbound = !listener->is_outbound();
      for (const FilterChain* chain : listener->chains()) add_chain(*listener, *chain, inbound);
    }
    return std::move(out_);
  }

 private:
  void add(Request request) {
    if (out_.size() < most_) out_.push_back(std::move(request));
  }

  void add_chain(const Listener& listener, const FilterChain& chain, bool inbound) {
    const Listener::Address& address = listener.addresses().front();
    const bool redirected = listener.hands_over() || listener.name() == "virtualInbound";
    // The chain that keeps connections to the redirection's own port from going round in a circle.
    if (redirected && chain.port() == address.port) return;
    Request request;
    request.side = inbound ? Side::kInbound : Side::kOutbound;
    request.port = chain.port() != 0 ? chain.port() : redirected ? kOtherPort : address.port;
    if (!inbound && address.ip != "0.0.0.0" && address.ip != "::") request.address = address.ip;
    if (chain.tls().terminates) {
      request.tls = chain.tls().requires_certificate ? Tls::kMutual : Tls::kTls;
      if (inbound && request.tls == Tls::kMutual) request.alpn = {"istio"};
    }
    if (!chain.server_names().empty()) {
      if (request.tls == Tls::kNone) request.tls = Tls::kTls;
      request.sni = concrete(chain.server_names().front());
      request.host = request.sni;
    }
    bool http = false;
    for (const NetworkFilter& filter : chain.filters()) {
      if (filter.http == nullptr) continue;
      http = true;
      add_manager(*filter.http, request);
    }
    if (http) return;
    request.protocol = Protocol::kTcp;
    add(std::move(request));
  }

  void add_manager(const HttpManager& manager, const Request& base) {
    Named named;
    for (const HttpFilter& filter : manager.filters()) {
      if (filter.rbac == nullptr) continue;
      filter.config.message.at("rules").each("policies", [&](View entry) {
        entry.at("value").each("permissions", [&](View each) { named.look(each); });
      });
    }
    const auto discovered =
        manager.route_name().empty() ? nullptr : readings_.routes(config_, manager.route_name());
    const RouteTable* table = discovered != nullptr ? discovered.get() : manager.inline_routes();
    if (table == nullptr) return;
    for (const auto& host : table->hosts()) add_host(*host, base, named);
  }

  void add_host(const VirtualHost& host, Request base, const Named& named) {
    if (host.domains().empty()) return;
    if (base.host.empty()) base.host = concrete(host.domains().front());
    for (const Route& route : host.routes()) {
      Request request = base;
      if (shape(route.message.at("match"), request)) add(std::move(request));
    }
    for (const std::string& path : named.paths) {
      Request request = base;
      request.path = path;
      add(std::move(request));
    }
    for (const std::string& method : named.methods) {
      Request request = base;
      request.method = method;
      add(std::move(request));
    }
  }

  Readings& readings_;
  const xds::ProxyConfig& config_;
  const size_t most_;
  std::vector<Request> out_;
};

}  // namespace

std::vector<Request> Walker::probes(const xds::ProxyConfig& config, size_t most) const {
  return Collector(*readings_, config, most).collect();
}

}  // namespace mesh::testing
