#include "libmesh/model/ingress/ingress.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/schema/gen/k8s/networking.h"
#include "libmesh/schema/kubernetes.h"

namespace mesh::model {
namespace {

using kube::Kind;
using kube::Object;
using kube::ObjectPtr;
using networking::HTTPRoute;
using Mode = meshconfig::MeshConfig_IngressControllerMode;

// K8S_INGRESS_NS of istiod. It only names: proxies are selected by label wherever they are.
constexpr const char* kIngressNamespace = "istio-system";
constexpr const char* kClassAnnotation = "kubernetes.io/ingress.class";
constexpr const char* kController = "istio.io/ingress-controller";

const k8s::IngressSpec& spec_of(const Object& ingress) { return ingress.as<k8s::Ingress>().spec; }

ObjectPtr make(Kind kind, std::string ns, std::string name, const Object& from,
               std::shared_ptr<const void> spec) {
  auto out = std::make_shared<Object>();
  out->key = {kind, std::move(ns), std::move(name)};
  out->api_version = "networking.istio.io/v1";
  out->synthesized = true;
  out->typed = std::move(spec);
  out->document = from.document;
  out->file = from.file;
  if (kind == Kind::kVirtualService) out->annotations[kRouteSemantics] = "ingress";
  return out;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (std::string_view part : parts) {
    if (!out.empty()) out.push_back('-');
    out.append(part);
  }
  return out;
}

std::string gateway_name(const Object& ingress) {
  return joined({ingress.key.name, kMadeOfIngress, ingress.key.ns});
}

// The default installation's gateway is called after its label, not after its service.
std::map<std::string, std::string> gateway_selector(const meshconfig::MeshConfig& config) {
  std::string value = "ingressgateway";
  if (!config.ingress_selector.empty()) {
    value = config.ingress_selector;
  } else if (!config.ingress_service.empty() && config.ingress_service != "istio-ingressgateway") {
    value = config.ingress_service;
  }
  return {{"istio", std::move(value)}};
}

networking::Server server_of(const char* protocol, uint32_t port, std::string name,
                             std::vector<std::string> hosts) {
  networking::Server out;
  networking::Port& made = out.port.ensure();
  made.number = port;
  made.protocol = protocol;
  made.name = std::move(name);
  out.hosts = std::move(hosts);
  return out;
}

// What matches paths written for other controllers: "/foo.*" and "/foo/*" are prefixes. Nothing for
// those that mean every path.
std::optional<networking::StringMatch> loose_match(const std::string& path) {
  if (path.empty() || path == "*" || path == "/*" || path == ".*") return std::nullopt;
  networking::StringMatch out;
  if (path.ends_with(".*") || path.ends_with("/*")) {
    out.prefix = path.substr(0, path.size() - 2);
  } else {
    out.exact = path;
  }
  return out;
}

std::optional<networking::StringMatch> path_match(const k8s::HTTPIngressPath& path) {
  networking::StringMatch out;
  if (path.path_type && *path.path_type == "Exact") {
    out.exact = path.path;
  } else if (path.path_type && *path.path_type == "Prefix") {
    out.prefix = path.path;
  } else {
    return loose_match(path.path);
  }
  return out;
}

// A VirtualService that knows what its routes are made of.
struct IngressRoutes : networking::VirtualService {
  std::vector<IngressPath> paths;
};

// A route and what it is made of.
struct MadeRoute {
  HTTPRoute route;
  IngressPath path;
};

// Longer paths first, and of those as long the exact ones
// (kubernetes.io/docs/concepts/services-networking/ingress, multiple matches).
bool precedes(const MadeRoute& a, const MadeRoute& b) {
  const auto rank = [](const HTTPRoute& route) -> std::pair<size_t, bool> {
    if (route.match.empty()) return {0, false};
    const networking::StringMatch& uri = *route.match.front().uri;
    return uri.exact ? std::pair{uri.exact->size(), true} : std::pair{uri.prefix->size(), false};
  };
  const auto [a_length, a_exact] = rank(a.route);
  const auto [b_length, b_exact] = rank(b.route);
  return a_length == b_length ? a_exact && !b_exact : a_length > b_length;
}

// One rule of one Ingress.
struct Rule {
  const Object* ingress = nullptr;
  size_t index = 0;
  const k8s::IngressRule* rule = nullptr;

  std::string field() const { return "spec.rules[" + std::to_string(index) + "]"; }
};

bool older(const Rule& a, const Rule& b) {
  const auto key = [](const Rule& rule) {
    return std::tie(rule.ingress->creation_time, rule.ingress->key.name, rule.ingress->key.ns,
                    rule.index);
  };
  return key(a) < key(b);
}

class Converter {
 public:
  explicit Converter(const IngressInput& input) : input_(input) {}

  void add(const ObjectPtr& ingress);
  IngressConfigs finish();

 private:
  std::shared_ptr<const networking::Gateway> gateway_of(const Object& ingress);
  void add_routes(const Rule& rule, std::vector<MadeRoute>& out);
  std::optional<uint32_t> port_of(const Rule& rule, const std::string& field,
                                  const k8s::IngressServiceBackend& backend);
  void check_tls(const std::vector<Rule>& rules);
  void say(const Object& ingress, std::string field, std::string message, std::string mend);

  const IngressInput& input_;
  IngressConfigs out_;
  std::map<std::string, std::vector<Rule>> by_host_;
};

void Converter::say(const Object& ingress, std::string field, std::string message,
                    std::string mend) {
  const document::Position& position = ingress.document.position;
  out_.diagnostics.push_back({Severity::kWarning, Code::kIngressIgnored, to_string(ingress.key),
                              std::move(field), std::move(message), std::move(mend), ingress.file,
                              position.line, position.column});
}

std::shared_ptr<const networking::Gateway> Converter::gateway_of(const Object& ingress) {
  auto out = std::make_shared<networking::Gateway>();
  out->selector = gateway_selector(input_.config);
  const auto& tls = spec_of(ingress).tls;
  for (size_t i = 0; i < tls.size(); ++i) {
    if (tls[i].secret_name.empty()) {
      say(ingress, "spec.tls[" + std::to_string(i) + "]",
          "there is no secretName; its hosts are not served with TLS",
          "name the Secret with the certificate");
      continue;
    }
    auto hosts = tls[i].hosts.empty() ? std::vector<std::string>{"*"} : tls[i].hosts;
    std::string name =
        joined({"https-443-ingress", ingress.key.name, ingress.key.ns, std::to_string(i)});
    networking::Server server = server_of("HTTPS", 443, std::move(name), std::move(hosts));
    networking::ServerTLSSettings& settings = server.tls.ensure();
    settings.mode = networking::ServerTLSSettings_TLSmode::SIMPLE;
    settings.credential_name = tls[i].secret_name;
    out->servers.push_back(std::move(server));
  }
  out->servers.push_back(
      server_of("HTTP", 80, joined({"http-80-ingress", ingress.key.name, ingress.key.ns}), {"*"}));
  return out;
}

void Converter::add(const ObjectPtr& ingress) {
  const k8s::IngressSpec& spec = spec_of(*ingress);
  out_.gateways.push_back(make(Kind::kGateway, kIngressNamespace, gateway_name(*ingress), *ingress,
                               gateway_of(*ingress)));
  if (spec.default_backend) {
    say(*ingress, "spec.defaultBackend",
        "a default backend is not served: it would take what other hosts' rules leave",
        "write a rule without host, or a VirtualService for host \"*\"");
  }
  for (size_t i = 0; i < spec.rules.size(); ++i) {
    const k8s::IngressRule& rule = spec.rules[i];
    const Rule one{ingress.get(), i, &rule};
    if (rule.http) {
      by_host_[rule.host.empty() ? "*" : rule.host].push_back(one);
    } else {
      say(*ingress, one.field(), "the rule has no paths and is left out", "give it http.paths");
    }
  }
}

// Numbers stand as they are; names are those of the Service's ports.
std::optional<uint32_t> Converter::port_of(const Rule& rule, const std::string& field,
                                           const k8s::IngressServiceBackend& backend) {
  if (backend.port.number > 0) return static_cast<uint32_t>(backend.port.number);
  const Object* service = input_.service(rule.ingress->key.ns, backend.name);
  if (service == nullptr) {
    say(*rule.ingress, field, "there is no Service \"" + backend.name + "\"; the path is left out",
        "make the Service, or name the port by its number");
    return std::nullopt;
  }
  for (const auto& port : service->as<k8s::Service>().spec.ports) {
    if (port.name == backend.port.name) return static_cast<uint32_t>(port.port);
  }
  say(*rule.ingress, field + ".port",
      "Service \"" + backend.name + "\" has no port \"" + backend.port.name +
          "\"; the path is left out",
      "name one of its ports");
  return std::nullopt;
}

void Converter::add_routes(const Rule& rule, std::vector<MadeRoute>& out) {
  const auto& paths = rule.rule->http->paths;
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string path = rule.field() + ".http.paths[" + std::to_string(i) + "]";
    const std::string field = path + ".backend";
    const auto& service = paths[i].backend.service;
    if (!service) {
      say(*rule.ingress, field, "the backend is no Service; the path is left out",
          "name a Service: the mesh serves no other backends");
      continue;
    }
    const auto port = port_of(rule, field + ".service", *service);
    if (!port) continue;
    HTTPRoute route;
    networking::HTTPRouteDestination& to = route.route.emplace_back();
    to.weight = 100;
    networking::Destination& destination = to.destination.ensure();
    destination.host = service->name + "." + rule.ingress->key.ns + ".svc.";
    destination.host.append(input_.cluster_domain);
    destination.port.ensure().number = *port;
    if (auto uri = path_match(paths[i])) route.match.emplace_back().uri = std::move(*uri);
    out.push_back({std::move(route), {rule.ingress->key, path}});
  }
}

// The rules of a host are bound to the Gateway of the oldest Ingress with it, so that TLS of another
// one has a certificate for the host and nothing behind it.
void Converter::check_tls(const std::vector<Rule>& rules) {
  const Object* winner = rules.front().ingress;
  for (const Rule& rule : rules) {
    if (rule.ingress == winner) continue;
    const auto& tls = spec_of(*rule.ingress).tls;
    for (size_t i = 0; i < tls.size(); ++i) {
      const auto& hosts = tls[i].hosts;
      if (tls[i].secret_name.empty() || rule.rule->host.empty()) continue;
      if (std::find(hosts.begin(), hosts.end(), rule.rule->host) == hosts.end()) continue;
      say(*rule.ingress, "spec.tls[" + std::to_string(i) + "]",
          "host \"" + rule.rule->host + "\" is served through " + to_string(winner->key) +
              ", which is older: with this certificate nothing answers",
          "put the host's certificate into that Ingress, or all its rules into this one");
    }
  }
}

IngressConfigs Converter::finish() {
  for (auto& [host, rules] : by_host_) {
    std::sort(rules.begin(), rules.end(), older);
    std::vector<MadeRoute> routes;
    for (const Rule& rule : rules) add_routes(rule, routes);
    std::stable_sort(routes.begin(), routes.end(), precedes);
    auto out = std::make_shared<IngressRoutes>();
    for (MadeRoute& made : routes) {
      out->http.push_back(std::move(made.route));
      out->paths.push_back(std::move(made.path));
    }
    const Object& first = *rules.front().ingress;
    out->hosts = {host};
    out->gateways = {std::string(kIngressNamespace) + "/" + gateway_name(first)};
    std::string name = host;
    std::replace(name.begin(), name.end(), '.', '-');
    out_.virtual_services.push_back(make(Kind::kVirtualService, first.key.ns,
                                         joined({name, first.key.name, kMadeOfIngress}), first,
                                         std::shared_ptr<const networking::VirtualService>(out)));
    check_tls(rules);
  }
  return std::move(out_);
}

}  // namespace

bool has_ingress_semantics(const Object& virtual_service) {
  if (virtual_service.annotations.empty()) return false;
  const auto found = virtual_service.annotations.find(kRouteSemantics);
  return found != virtual_service.annotations.end() && found->second == "ingress";
}

const std::vector<IngressPath>& ingress_paths(const Object& virtual_service) {
  static const std::vector<IngressPath> kNone;
  if (!virtual_service.synthesized || !has_ingress_semantics(virtual_service)) return kNone;
  return static_cast<const IngressRoutes&>(virtual_service.as<networking::VirtualService>()).paths;
}

bool serves_ingress(const meshconfig::MeshConfig& config, const Object& ingress,
                    const Object* named) {
  const Mode mode = config.ingress_controller_mode;
  const auto said = ingress.annotations.find(kClassAnnotation);
  if (said != ingress.annotations.end()) {
    return (mode == Mode::STRICT || mode == Mode::DEFAULT) && said->second == config.ingress_class;
  }
  if (named != nullptr) return named->as<k8s::IngressClass>().spec.controller == kController;
  return mode == Mode::DEFAULT;
}

IngressConfigs ingress_configs(const std::vector<ObjectPtr>& served, const IngressInput& input) {
  Converter converter(input);
  for (const ObjectPtr& ingress : served) converter.add(ingress);
  return converter.finish();
}

}  // namespace mesh::model
