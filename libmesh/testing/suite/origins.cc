#include "libmesh/testing/suite/origins.h"

#include <algorithm>

#include "libmesh/model/host.h"
#include "libmesh/model/protocol.h"
#include "libmesh/testing/suite/tagged.h"
#include "libmesh/testing/suite/world.h"

namespace mesh::testing {

namespace {

std::string host_without_port(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool port =
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  return std::string(host.substr(0, port ? colon : host.size()));
}

void add_route(World& world, const model::Proxy& proxy, const Request& request,
               const Outcome& outcome, std::vector<Reason>& out) {
  const bool http = !outcome.route_configuration.empty() || !outcome.virtual_host.empty();
  if (!http && outcome.destinations.empty()) return;
  World& shadow = world.tagged_world();
  auto config = shadow.config(proxy);
  if (!config) return;
  const Outcome again = shadow.walker().walk(**config, request);
  if (again.verdict != outcome.verdict || again.virtual_host != outcome.virtual_host) return;
  if (http) {
    for (Reason& each : places_in(again.route)) out.push_back(std::move(each));
    return;
  }
  for (const Destination& each : again.destinations) {
    for (Reason& place : places_in(each.cluster)) out.push_back(std::move(place));
  }
}

void add_subsets(World& world, const model::Proxy& proxy, const Outcome& outcome,
                 std::vector<Reason>& out) {
  for (const Destination& destination : outcome.destinations) {
    for (const Reason& each :
         world.rules_of_host(proxy.tenant, destination.host, destination.subset)) {
      out.push_back(each);
    }
  }
}

void add_servers(World& world, const model::Proxy& proxy, const Request& request,
                 std::vector<Reason>& out) {
  if (proxy.type != model::ProxyType::kGateway) return;
  const auto mesh = world.snapshot().mesh(proxy.tenant);
  const auto config = world.config(proxy);
  if (!config) return;
  const uint32_t port = arrival_port(**config, request);
  const std::string host = host_without_port(request.sni.empty() ? request.host : request.sni);
  for (const index::Gateway& gateway : *mesh->gateways) {
    if (!labels_match(gateway->selector, proxy.labels)) continue;
    for (size_t i = 0; i < gateway->servers.size(); ++i) {
      const auto& server = gateway->servers[i];
      if (!server.port || arrival_port(**config, server.port->number) != port) continue;
      const bool secure = model::is_tls(model::parse_protocol(server.port->protocol));
      if (secure != (request.tls != Tls::kNone)) continue;
      for (const std::string& entry : server.hosts) {
        const size_t slash = entry.find('/');
        if (!model::host_matches(entry.substr(slash == std::string::npos ? 0 : slash + 1), host)) {
          continue;
        }
        out.push_back({kube::to_string(gateway.object->key),
                       "spec.servers[" + std::to_string(i) + "]", "serves " + host});
        break;
      }
    }
  }
}

}  // namespace

std::vector<Reason> origins(World& world, const model::Proxy& proxy, const Request& request,
                            const Outcome& outcome) {
  std::vector<Reason> out;
  add_servers(world, proxy, request, out);
  add_route(world, proxy, request, outcome, out);
  add_subsets(world, proxy, outcome, out);
  return out;
}

std::vector<Reason> allow_policies(World& world, const model::Proxy& server) {
  std::vector<Reason> out;
  const auto mesh = world.snapshot().mesh(server.tenant);
  if (mesh == nullptr) return out;
  for (const index::AuthorizationPolicy& policy : *mesh->authorization_policies) {
    if (policy->action != security::AuthorizationPolicy_Action::ALLOW) continue;
    if (policy.ns() != server.ns && policy.ns() != mesh->root_namespace) continue;
    if (policy->selector && !labels_match(policy->selector->match_labels, server.labels)) continue;
    if (policy->targetRef || !policy->targetRefs.empty()) continue;
    out.push_back(
        {kube::to_string(policy.object->key), "spec", "no rule of it allows the request"});
  }
  return out;
}

std::vector<Reason> token_rules(World& world, const model::Proxy& server, const Request& request) {
  std::vector<Reason> out;
  const auto mesh = world.snapshot().mesh(server.tenant);
  if (mesh == nullptr || request.tokens.empty()) return out;
  for (const index::RequestAuthentication& policy : *mesh->request_authentications) {
    if (policy.ns() != server.ns && policy.ns() != mesh->root_namespace) continue;
    if (policy->selector && !labels_match(policy->selector->match_labels, server.labels)) continue;
    if (policy->targetRef || !policy->targetRefs.empty()) continue;
    for (size_t i = 0; i < policy->jwt_rules.size(); ++i) {
      const std::string& issuer = policy->jwt_rules[i].issuer;
      const bool its_own =
          std::any_of(request.tokens.begin(), request.tokens.end(),
                      [&](const Token& token) { return token.claims.string_at("iss") == issuer; });
      if (!its_own) continue;
      out.push_back({kube::to_string(policy.object->key),
                     "spec.jwtRules[" + std::to_string(i) + "]", "verifies tokens of " + issuer});
    }
  }
  return out;
}

}  // namespace mesh::testing
