// The kinds that put a request to proxies: route, authz, mtls.
#include <algorithm>

#include "libmesh/document/json.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/registry/targets.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/testing/suite/answer.h"
#include "libmesh/testing/suite/origins.h"
#include "libmesh/testing/suite/world.h"
#include "libmesh/testing/walk/policy_name.h"
#include "libmesh/testing/walk/request_json.h"
#include "libmesh/traffic/peer_authentication.h"

namespace mesh::testing {

using document::List;
using document::Value;

namespace {

// The question without what is not the request's own.
Result<Request> request_of(const Value& question) {
  Value request = question;
  for (const std::string_view key : {"from", "gateway", "to"}) request.erase(key);
  return read_request(request);
}

Result<Value> value_of(const Outcome& outcome) {
  document::JsonWriter json;
  write(json, outcome);
  Diagnostics problems;
  return document::read_json(json.text(), "", problems);
}

// "VirtualService/shop/cart" as the other reasons have it.
std::string object_of(std::string_view name) {
  std::string out(name);
  if (const size_t slash = out.find('/'); slash != std::string::npos) out[slash] = ' ';
  return out;
}

void add_steps(const Outcome& outcome, std::string_view where, Answer& out) {
  for (const Step& step : outcome.because) {
    std::string text(where);
    text += step.what;
    if (!step.name.empty()) text += " " + step.name;
    out.because.push_back({object_of(step.object), "", text + ": " + step.why});
  }
}

void add_origins(World& world, const model::Proxy& proxy, const Request& request,
                 const Outcome& outcome, Answer& out) {
  if (!world.details()) return;
  for (Reason& each : origins(world, proxy, request, outcome)) {
    out.because.push_back(std::move(each));
  }
}

// ---- policies of RBAC --------------------------------------------------------------------------

void add_rule(std::string_view name, std::string_view text, Answer& out) {
  const PolicyRule found = policy_rule(name);
  if (found.policy.empty()) return;
  out.because.push_back({"AuthorizationPolicy " + found.policy,
                         "spec.rules[" + std::to_string(found.rule) + "]", std::string(text)});
}

void add_access(const Outcome& outcome, Answer& out) {
  if (outcome.denied_by) {
    const PolicyRule rule = policy_rule(outcome.denied_by->policy);
    out.set("filter", outcome.denied_by->filter);
    out.set("action", outcome.denied_by->action);
    out.set("policy", rule.policy);
    if (rule.rule >= 0) out.set("rule", Value(rule.rule));
    add_rule(outcome.denied_by->policy, "denies it", out);
  }
  List allowed;
  for (const std::string& each : outcome.allowed_by) {
    allowed.emplace_back(policy_rule(each).policy);
    add_rule(each, "allows it", out);
  }
  if (!outcome.denied_by && !outcome.allowed_by.empty()) {
    const PolicyRule rule = policy_rule(outcome.allowed_by.back());
    out.set("policy", rule.policy);
    out.set("rule", Value(rule.rule));
    out.set("action", "ALLOW");
  }
  out.set("allowedBy", Value(std::move(allowed)));
  List asked;
  for (const Asked& each : outcome.asked) {
    Value entry;
    entry.set("filter", Value(each.filter));
    entry.set("service", Value(each.service));
    entry.set("policy", Value(policy_rule(each.policy).policy));
    asked.push_back(std::move(entry));
    add_rule(each.policy, "asks " + each.service, out);
  }
  out.set("asked", Value(std::move(asked)));
}

bool arrives(Verdict verdict) {
  return verdict == Verdict::kRouted || verdict == Verdict::kPassthrough ||
         verdict == Verdict::kRedirect || verdict == Verdict::kDirectResponse ||
         verdict == Verdict::kAborted;
}

// Whether the server's own access control turns the request away. What ends otherwise (no listener, no route, …) is a
// mistake of the configuration or of the question, and no denial.
bool refuses(Verdict verdict) {
  return verdict == Verdict::kDenied || verdict == Verdict::kUnauthenticated ||
         verdict == Verdict::kTlsRefused || verdict == Verdict::kNoFilterChain;
}

// Who is asked outside decides and cannot be asked here; what was not walked could decide as well.
Value allowed_value(const Outcome& outcome) {
  if (outcome.verdict == Verdict::kUnknown || !outcome.unknown.empty()) return Value("unknown");
  const bool yes = arrives(outcome.verdict);
  return yes && !outcome.asked.empty() ? Value("unknown") : Value(yes);
}

// ---- from one workload to another --------------------------------------------------------------

struct Ends {
  model::Proxy server;                 // without a sidecar: who it would be
  std::optional<model::Proxy> caller;  // of a workload with a proxy
  std::string caller_ip;
  std::string no_sidecar;  // the server's pod, when nothing stands before it
};

std::string ip_of(const kube::Object& pod) {
  const Value* status = pod.document.find("status");
  return status == nullptr ? "" : std::string(status->string_at("podIP"));
}

bool has_proxy_or_ended(const kube::Object& object) {
  const auto& pod = object.as<k8s::Pod>();
  const auto is_proxy = [](const auto& each) { return each.name == "istio-proxy"; };
  return pod.status.phase == "Failed" || pod.status.phase == "Succeeded" ||
         std::any_of(pod.spec.containers.begin(), pod.spec.containers.end(), is_proxy) ||
         std::any_of(pod.spec.init_containers.begin(), pod.spec.init_containers.end(), is_proxy);
}

// A server without a sidecar gets what comes, and refuses nobody.
Result<Ends> plain_server(World& world, std::string_view name, const Error& otherwise) {
  const auto pod = world.pod(name);
  if (!pod || ip_of(**pod).empty() || has_proxy_or_ended(**pod)) return Error(otherwise).at("to");
  Ends out;
  const kube::ObjectKey& key = (*pod)->key;
  if (const index::Tenant* tenant = world.snapshot().tenants().of_namespace(key.ns)) {
    out.server.tenant = tenant->id;
  }
  const std::string_view cluster = index::cluster_of(world.snapshot(), **pod);
  out.server.remote = !cluster.empty();
  out.server.cluster_id = cluster.empty() ? world.snapshot().options().cluster_id : cluster;
  out.server.id = key.name + "." + key.ns;
  out.server.ns = key.ns;
  out.server.labels = (*pod)->labels;
  out.server.ip_addresses = {ip_of(**pod)};
  out.no_sidecar = kube::to_string(key);
  return out;
}

Result<Ends> server_of(World& world, std::string_view name) {
  auto server = world.proxy(name);
  if (!server) return plain_server(world, name, server.error());
  Ends out;
  out.server = *std::move(server);
  return out;
}

Result<Ends> ends_of(World& world, const Value& question) {
  auto found = server_of(world, question.string_at("to"));
  const std::string_view from = question.string_at("from");
  if (!found || from.empty()) return found;
  Ends out = *std::move(found);
  if (auto caller = world.proxy(from)) {
    out.caller = *std::move(caller);
    if (!out.caller->ip_addresses.empty()) out.caller_ip = out.caller->ip_addresses.front();
    return out;
  }
  const auto pod = world.pod(from);
  if (!pod) return pod.error().at("from");
  out.caller_ip = ip_of(**pod);
  return out;
}

// Where the workload is known under a service's name, and on which port.
struct Target {
  std::string host;
  uint32_t port = 0;
  uint32_t own_port = 0;
};

// By the port that was asked for, a Service's; 0 is the first.
Target target_of(World& world, const model::Proxy& server, uint32_t port) {
  const auto mesh = world.snapshot().mesh(server.tenant);
  if (mesh == nullptr) return {{}, port, port};
  const auto targets = index::service_targets(*mesh, server);
  for (const model::ServiceTarget& each : targets) {
    if (port == 0 || each.port.number == port)
      return {each.service->hostname, each.port.number, each.target_port};
  }
  return {targets.empty() ? "" : targets.front().service->hostname, port, port};
}

// The workload's own port that is meant: its own, else that behind the Service's.
uint32_t own_port_of(World& world, const model::Proxy& server, uint32_t port) {
  const auto mesh = world.snapshot().mesh(server.tenant);
  if (port != 0 && mesh != nullptr) {
    for (const model::ServiceTarget& each : index::service_targets(*mesh, server)) {
      if (each.target_port == port) return port;
    }
  }
  return target_of(world, server, port).own_port;
}

// The arrival at the server or at one of its like.
const Arrival* arrival_at(World& world, const Journey& journey, const Ends& ends) {
  const model::Proxy& server = ends.server;
  if (!ends.no_sidecar.empty()) {  // of endpoints without a proxy one stands for all
    const auto& all = journey.arrivals;
    const auto plain = std::find_if(all.begin(), all.end(),
                                    [](const Arrival& each) { return each.proxy.empty(); });
    return plain == all.end() ? nullptr : &*plain;
  }
  const auto wanted = world.generator().config(server);
  const std::string cluster = server.remote ? server.cluster_id : "";
  for (const Arrival& each : journey.arrivals) {
    if (each.proxy == server.id && each.proxy_cluster == cluster) return &each;
  }
  for (const Arrival& each : journey.arrivals) {
    const model::Proxy* proxy = world.travel().at(each.request.address, &*ends.caller);
    const auto config = proxy == nullptr ? nullptr : world.generator().config(*proxy);
    if (config != nullptr && wanted != nullptr && config->own() == wanted->own() &&
        &config->shared() == &wanted->shared()) {
      return &each;
    }
  }
  return nullptr;
}

// As the caller's Istio proxy would connect, were it led straight to the workload.
void make_direct(World& world, const Ends& ends, const Value& question, Request& request) {
  request.side = Side::kInbound;
  if (request.address.empty() && !ends.server.ip_addresses.empty()) {
    request.address = ends.server.ip_addresses.front();
  }
  request.port = own_port_of(world, ends.server, request.port);
  if (request.source.ip.empty()) request.source.ip = ends.caller_ip;
  if (!ends.caller && request.source.identity.empty()) return;
  if (question.find("tls") == nullptr) request.tls = Tls::kMutual;
  if (request.source.identity.empty())
    request.source.identity = world.travel().identity_of(*ends.caller);
  if (request.tls == Tls::kMutual && request.alpn.empty()) {
    request.alpn = {request.protocol == Protocol::kHttp1   ? "istio-http/1.1"
                    : request.protocol == Protocol::kHttp2 ? "istio-h2"
                                                           : "istio-peer-exchange",
                    "istio"};
  }
}

}  // namespace

Result<void> check_request(const Value& question) {
  const auto request = request_of(question);
  if (!request) return request.error();
  return {};
}

Result<Answer> answer_route(World& world, const Case& question) {
  const Value& asked = question.question;
  auto request = request_of(asked);
  if (!request) return request.error();
  const bool gateway = asked.find("gateway") != nullptr;
  auto proxy = world.proxy(asked.string_at(gateway ? "gateway" : "from"));
  if (!proxy) return proxy.error();
  auto config = world.config(*proxy);
  if (!config) return config.error();
  const Outcome outcome = world.walker().walk(**config, *request);
  auto value = value_of(outcome);
  if (!value) return value.error();
  Answer out;
  out.value = *std::move(value);
  add_steps(outcome, "", out);
  add_origins(world, *proxy, *request, outcome, out);
  return out;
}

namespace {

Error does_not_come(const Ends& ends, std::string_view detail) {
  return Error{ErrorCode::kNotFound,
               "the request does not come to " + ends.server.id + ": " + std::string(detail)};
}

void add_no_sidecar(const Ends& ends, Answer& out) {
  if (ends.no_sidecar.empty()) return;
  out.because.push_back(
      {ends.no_sidecar, "", "has no sidecar, and no policy of the mesh holds at it"});
}

// By way of the caller's proxy, which sends it where its routes say.
Result<Outcome> ask_travelling(World& world, const Ends& ends, const Request& request,
                               Answer& out) {
  Journey journey = world.travel().from(*ends.caller, request);
  add_steps(journey.sent, "caller: ", out);
  add_origins(world, *ends.caller, request, journey.sent, out);
  const Arrival* arrival = arrival_at(world, journey, ends);
  if (arrival == nullptr) {
    if (journey.sent.verdict == Verdict::kUnknown) return std::move(journey.sent);
    return does_not_come(ends, journey.sent.detail);
  }
  Outcome outcome = arrival->outcome;
  outcome.unknown.insert(outcome.unknown.begin(), journey.sent.unknown.begin(),
                         journey.sent.unknown.end());
  add_steps(outcome, "", out);
  return outcome;
}

Result<Outcome> ask_directly(World& world, const Ends& ends, const Value& asked, Request& request,
                             Answer& out) {
  if (!ends.no_sidecar.empty()) {
    Outcome arrived;
    arrived.verdict = Verdict::kRouted;
    arrived.detail = "arrives: " + ends.no_sidecar + " has no sidecar";
    return arrived;
  }
  make_direct(world, ends, asked, request);
  auto config = world.config(ends.server);
  if (!config) return config.error();
  Outcome outcome = world.walker().walk(**config, request);
  add_steps(outcome, "", out);
  return outcome;
}

}  // namespace

Result<Answer> answer_authz(World& world, const Case& question) {
  const Value& asked = question.question;
  auto request = request_of(asked);
  if (!request) return request.error();
  auto ends = ends_of(world, asked);
  if (!ends) return ends.error();
  Answer out;
  const auto outcome = ends->caller && !request->host.empty()
                           ? ask_travelling(world, *ends, *request, out)
                           : ask_directly(world, *ends, asked, *request, out);
  if (!outcome) return outcome.error();
  if (outcome->verdict != Verdict::kUnknown && !arrives(outcome->verdict) &&
      !refuses(outcome->verdict)) {
    return does_not_come(*ends, outcome->detail);
  }
  out.set("allowed", allowed_value(*outcome));
  out.set("verdict", to_string(outcome->verdict));
  out.set("detail", outcome->detail);
  out.set("principal", outcome->principal);
  out.set("unknown", texts(outcome->unknown));
  add_no_sidecar(*ends, out);
  for (Reason& each : token_rules(world, ends->server, *request)) {
    out.because.push_back(std::move(each));
  }
  add_access(*outcome, out);
  if (outcome->denied_by && outcome->denied_by->policy.empty()) {
    for (Reason& each : allow_policies(world, ends->server)) out.because.push_back(std::move(each));
  }
  return out;
}

namespace {

std::string_view mode_text(traffic::MutualTls mode) {
  switch (mode) {
    case traffic::MutualTls::kDisable:
      return "DISABLE";
    case traffic::MutualTls::kStrict:
      return "STRICT";
    case traffic::MutualTls::kPermissive:
    case traffic::MutualTls::kUnknown:
      return "PERMISSIVE";
  }
  return "";
}

void add_server_mode(World& world, const model::Proxy& server, uint32_t port, Answer& out) {
  const auto* policies = world.peer_authentications(server.tenant);
  if (policies == nullptr) return;
  const auto modes = policies->for_workload(server.ns, server.labels);
  const auto mode = modes.for_port(port);
  out.set("server", mode_text(mode));
  if (const auto* policy = policies->narrowest(server.ns, server.labels)) {
    const bool of_port = modes.per_port.contains(port);
    out.because.push_back(
        {kube::to_string(policy->object->key),
         of_port ? "spec.portLevelMtls." + std::to_string(port) : "spec.mtls.mode",
         "the server's mode is " + std::string(mode_text(mode))});
  } else {
    out.because.push_back(
        {"", "", "no PeerAuthentication is for the server: its mode is PERMISSIVE"});
  }
}

}  // namespace

Result<Answer> answer_mtls(World& world, const Case& question) {
  const Value& asked = question.question;
  auto request = request_of(asked);
  if (!request) return request.error();
  auto ends = ends_of(world, asked);
  if (!ends) return ends.error();
  const Target target = target_of(world, ends->server, request->port);
  if (request->host.empty()) request->host = target.host;
  if (request->port == 0) request->port = target.port;
  Answer out;
  Journey journey;
  if (ends->caller) {
    journey = world.travel().from(*ends->caller, *request);
    add_steps(journey.sent, "caller: ", out);
  } else {
    if (!ends->server.ip_addresses.empty()) request->address = ends->server.ip_addresses.front();
    request->port = target.own_port;
    request->source.ip = ends->caller_ip;
    journey = world.travel().plain(*request, &ends->server);
  }
  const Arrival* arrival = ends->caller               ? arrival_at(world, journey, *ends)
                           : journey.arrivals.empty() ? nullptr
                                                      : &journey.arrivals.front();
  if (arrival == nullptr) {
    return Error{ErrorCode::kNotFound,
                 "the request does not come to " + ends->server.id + ": " + journey.sent.detail};
  }
  add_steps(arrival->outcome, "", out);
  const Verdict verdict = arrival->outcome.verdict;
  const Tls mode = arrival->request.tls;
  out.set("mode", to_string(mode));
  // The application has no certificate of the mesh; whether it speaks TLS of its own is not known.
  out.set("accepted",
          !ends->no_sidecar.empty() && mode == Tls::kTls
              ? Value("unknown")
              : Value(verdict != Verdict::kTlsRefused && verdict != Verdict::kNoFilterChain &&
                      verdict != Verdict::kNoListener &&
                      (ends->no_sidecar.empty() || mode == Tls::kNone)));
  out.set("verdict", to_string(verdict));
  out.set("detail", arrival->outcome.detail);
  out.set("sni", arrival->request.sni);
  out.set("alpn", texts(arrival->request.alpn));
  out.set("principal", arrival->outcome.principal);
  add_no_sidecar(*ends, out);
  if (ends->no_sidecar.empty()) {
    add_server_mode(world, ends->server, arrival->request.port, out);
  } else {
    out.set("server", "");
  }
  return out;
}

}  // namespace mesh::testing
