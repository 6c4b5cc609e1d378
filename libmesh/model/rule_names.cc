#include "libmesh/model/rule_names.h"

#include "libmesh/model/host.h"

namespace mesh::model {
namespace {

template <typename Matches>
void resolve_gateways(Matches& matches, const std::string& ns) {
  for (auto& match : matches) {
    for (std::string& gateway : match.gateways) gateway = resolve_gateway_name(gateway, ns);
  }
}

template <typename Routes, typename Resolve>
void resolve_l4(Routes& routes, const std::string& ns, const Resolve& host) {
  for (auto& route : routes) {
    resolve_gateways(route.match, ns);
    for (auto& weighted : route.route) {
      if (weighted.destination) host(weighted.destination->host);
    }
  }
}

template <typename Resolve>
void resolve_http(std::vector<networking::HTTPRoute>& routes, const std::string& ns,
                  const Resolve& host) {
  for (networking::HTTPRoute& route : routes) {
    resolve_gateways(route.match, ns);
    for (auto& weighted : route.route) {
      if (weighted.destination) host(weighted.destination->host);
    }
    if (route.mirror) host(route.mirror->host);
    for (auto& mirror : route.mirrors) {
      if (mirror.destination) host(mirror.destination->host);
    }
  }
}

template <typename Resolve>
void resolve(networking::VirtualService& rule, const std::string& ns, const Resolve& host) {
  for (std::string& name : rule.hosts) host(name);
  for (std::string& gateway : rule.gateways) gateway = resolve_gateway_name(gateway, ns);
  resolve_http(rule.http, ns, host);
  resolve_l4(rule.tcp, ns, host);
  resolve_l4(rule.tls, ns, host);
}

template <typename Resolve>
void resolve(networking::DestinationRule& rule, const std::string&, const Resolve& host) {
  host(rule.host);
}

// What is remembered with the object. Null: the rule is as the object has it (a pointer to that
// would keep the object alive for ever).
template <typename Rule>
struct Resolved {
  std::string domain;
  std::shared_ptr<const Rule> rule;
};

template <typename Rule>
std::shared_ptr<const Rule> resolved(const kube::ObjectPtr& object, const Rule& rule,
                                     const std::string& domain) {
  auto known = object->memo.get<Resolved<Rule>>();
  if (known == nullptr || known->domain != domain) {
    auto full = std::make_shared<Rule>(rule);
    const std::string& ns = object->key.ns;
    resolve(*full, ns, [&](std::string& name) { name = resolve_short_host(name, ns, domain); });
    auto made = std::make_shared<Resolved<Rule>>();
    made->domain = domain;
    if (!(*full == rule)) made->rule = std::move(full);
    known = std::move(made);
    object->memo.set(known);
  }
  return known->rule != nullptr ? known->rule : std::shared_ptr<const Rule>(object, &rule);
}

}  // namespace

std::string resolve_gateway_name(const std::string& name, const std::string& ns) {
  if (name == kMeshGateway) return name;
  if (size_t slash = name.find('/'); slash != std::string::npos) {
    return name.compare(0, slash, ".") == 0 ? ns + name.substr(slash) : name;
  }
  size_t dot = name.find('.');
  if (dot == std::string::npos) return ns + "/" + name;
  // The legacy form "<name>.<namespace>[.svc…]".
  size_t end = name.find('.', dot + 1);
  return name.substr(dot + 1, end == std::string::npos ? end : end - dot - 1) + "/" +
         name.substr(0, dot);
}

std::shared_ptr<const networking::VirtualService> with_full_names(
    const kube::ObjectPtr& object, const networking::VirtualService& rule,
    const std::string& domain) {
  return resolved(object, rule, domain);
}

std::shared_ptr<const networking::DestinationRule> with_full_names(
    const kube::ObjectPtr& object, const networking::DestinationRule& rule,
    const std::string& domain) {
  return resolved(object, rule, domain);
}

void prepare_names(const kube::ObjectPtr& object, const std::string& domain) {
  if (object->typed == nullptr) return;
  if (object->key.kind == kube::Kind::kVirtualService) {
    resolved(object, object->as<networking::VirtualService>(), domain);
  } else if (object->key.kind == kube::Kind::kDestinationRule) {
    resolved(object, object->as<networking::DestinationRule>(), domain);
  }
}

}  // namespace mesh::model
