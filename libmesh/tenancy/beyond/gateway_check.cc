// What is wrong with a ServiceMeshGateway beyond its types (objects.h, check_gateway).
#include <algorithm>
#include <map>
#include <set>

#include "libmesh/base/codes.h"
#include "libmesh/tenancy/beyond/objects.h"

namespace mesh::tenancy {
namespace {

constexpr const char* kRange = "write a number of that range";

using document::Value;
using kube::Kind;
using Direction = own::ServiceMeshGatewaySpec_Direction;

constexpr int32_t kHighestPort = 65535;
constexpr size_t kLongestName = 59;  // "-sds" fits behind it, and a Service allows 63
constexpr size_t kLongestHost = 253;

bool is_label(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_host(std::string_view host) {
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (host.size() > kLongestHost) return false;
  while (true) {
    size_t dot = host.find('.');
    if (!is_label(host.substr(0, dot))) return false;
    if (dot == host.npos) return true;
    host.remove_prefix(dot + 1);
  }
}

class Checker {
 public:
  Checker(const index::Snapshot& snapshot, const kube::ObjectPtr& gateway, Diagnostics& out)
      : snapshot_(snapshot),
        gateway_(gateway),
        spec_(gateway->as<own::ServiceMeshGatewaySpec>()),
        out_(out) {}

  void check() {
    check_name();
    check_labels();
    check_ports();
    check_routes();
    check_taken();
    if (spec_.replicas && *spec_.replicas < 0) {
      report("spec.replicas", "must not be negative", "write 0 or more");
    }
  }

 private:
  void report(std::string field, std::string message, std::string mend,
              Severity severity = Severity::kError, Code code = Code::kGatewayInvalid) {
    const Value* at = gateway_->document.find("spec");
    if (at == nullptr) at = &gateway_->document;
    // The member of spec that the field begins with is near enough for line and column.
    std::string_view key = std::string_view(field).starts_with("spec.")
                               ? std::string_view(field).substr(5)
                               : std::string_view();
    if (const Value* found = at->find(key.substr(0, key.find_first_of(".[")))) at = found;
    out_.push_back({severity, code, to_string(gateway_->key), std::move(field), std::move(message),
                    std::move(mend), gateway_->file, at->position.line, at->position.column});
  }
  void check_name();
  void check_labels();
  void check_ports();
  void check_routes();
  void check_taken();

  const index::Snapshot& snapshot_;
  const kube::ObjectPtr& gateway_;
  const own::ServiceMeshGatewaySpec& spec_;
  Diagnostics& out_;
};

void Checker::check_name() {
  const std::string& name = gateway_->key.name;
  if (!is_label(name) || name.size() > kLongestName || (name[0] >= '0' && name[0] <= '9')) {
    report("metadata.name", "\"" + name + "\" cannot be the name of a Service",
           "at most 59 lower-case letters, digits and '-', a letter first");
  }
  const index::Tenant* tenant = snapshot_.tenants().of_namespace(gateway_->key.ns);
  if (tenant == nullptr || tenant->implicit) {
    report("metadata.namespace",
           "namespace \"" + gateway_->key.ns + "\" is in no mesh, so nothing is made for it",
           "add the namespace to a mesh", Severity::kWarning, Code::kNoControlPlane);
  }
}

void Checker::check_labels() {
  for (const auto& [key, value] : spec_.labels) {
    bool ours = key.starts_with("mesh.libmesh.dev/") || key == "sidecar.istio.io/inject";
    if (ours) report("spec.labels[" + key + "]", "is set by the mesh itself", "leave it out");
  }
}

void Checker::check_ports() {
  if (!spec_.service) return;
  std::set<std::string> names;
  std::set<int32_t> numbers;
  const auto& ports = spec_.service->ports;
  auto in_range = [](int32_t number) { return number >= 1 && number <= kHighestPort; };
  for (size_t i = 0; i < ports.size(); ++i) {
    std::string field = "spec.service.ports[" + std::to_string(i) + "]";
    const k8s::ServicePort& port = ports[i];
    if (port.name.empty() && ports.size() > 1) {
      report(field + ".name", "is missing", "with several ports each has a name");
    } else if (!port.name.empty() && (!is_label(port.name) || port.name.size() > 15)) {
      report(field + ".name", "\"" + port.name + "\" is not the name of a port",
             "at most 15 lower-case letters, digits and '-'");
    } else if (!names.insert(port.name).second) {
      report(field + ".name", "\"" + port.name + "\" is there twice",
             "give each port a name of its own");
    }
    if (!in_range(port.port)) report(field + ".port", "must be between 1 and 65535", kRange);
    if (!numbers.insert(port.port).second) {
      report(field + ".port", "is there twice", "give each port a number of its own");
    }
    if (port.target_port.is_string) {
      report(field + ".targetPort", "is a name", "write the number that the proxy listens on");
    } else if (port.target_port.number != 0 && !in_range(port.target_port.number)) {
      report(field + ".targetPort", "must be between 1 and 65535", kRange);
    }
    if (!port.protocol.empty() && port.protocol != "TCP") {
      report(field + ".protocol", "\"" + port.protocol + "\" is not TCP",
             "write TCP, or leave it out");
    }
  }
}

void Checker::check_routes() {
  if (spec_.direction == Direction::Egress && !spec_.routes.empty()) {
    return report("spec.routes", "an egress gateway is not reached from outside",
                  "leave them out, or make it an Ingress gateway");
  }
  std::vector<GatewayPort> ports = gateway_ports(spec_);
  std::set<std::string> names;
  for (size_t i = 0; i < spec_.routes.size(); ++i) {
    const own::GatewayRoute& route = spec_.routes[i];
    std::string field = "spec.routes[" + std::to_string(i) + "]";
    if (!route.host.empty() && !is_host(route.host)) {
      report(field + ".host", "\"" + route.host + "\" is not the name of a host",
             "write it like shop.example.com");
    } else if (!names.insert(route_name(gateway_->key.name, route)).second) {
      report(field + ".host", "\"" + route.host + "\" is there twice", "write it once");
    }
    std::string port = route_port(route);
    bool known = std::any_of(ports.begin(), ports.end(),
                             [&](const GatewayPort& each) { return each.name == port; });
    if (!known) {
      report(field + ".port", "the Service has no port \"" + port + "\"",
             "name one of spec.service.ports");
    }
  }
}

// A name that somebody else's objects have is not free.
void Checker::check_taken() {
  for (Kind kind : {Kind::kDeployment, Kind::kService, Kind::kServiceAccount}) {
    kube::ObjectPtr there = snapshot_.find({kind, gateway_->key.ns, gateway_->key.name});
    if (there == nullptr || there->synthesized) continue;
    auto label = there->labels.find(kMadeForLabel);
    if (label != there->labels.end() &&
        label->second == "ServiceMeshGateway." + gateway_->key.name) {
      continue;
    }
    report("metadata.name", to_string(there->key) + " is there already and is not this gateway's",
           "give the gateway another name");
  }
}

// Two gateways of one mesh that want the same host from the router.
void check_hosts(const index::Snapshot& snapshot, Diagnostics& out) {
  std::map<std::pair<std::string, std::string>, kube::ObjectPtr> first;
  for (const auto& [key, gateway] : snapshot.objects(Kind::kServiceMeshGateway)) {
    const index::Tenant* tenant = snapshot.tenants().of_namespace(key.ns);
    if (tenant == nullptr) continue;
    const auto& routes = gateway->as<own::ServiceMeshGatewaySpec>().routes;
    for (size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].host.empty()) continue;
      auto [at, fresh] = first.try_emplace({tenant->id.value, routes[i].host}, gateway);
      if (fresh || at->second == gateway) continue;
      const Value& place = gateway->document;
      out.push_back({Severity::kWarning, Code::kGatewayConflict, to_string(key),
                     "spec.routes[" + std::to_string(i) + "].host",
                     "host \"" + routes[i].host + "\" is " + to_string(at->second->key) +
                         "'s as well; the router serves one of them",
                     "give each route a host of its own", gateway->file, place.position.line,
                     place.position.column});
    }
  }
}

}  // namespace

Diagnostics check_gateway(const index::Snapshot& snapshot, const kube::ObjectPtr& gateway) {
  Diagnostics out;
  Checker(snapshot, gateway, out).check();
  return out;
}

Diagnostics check_gateways(const index::Snapshot& snapshot) {
  Diagnostics out;
  for (const auto& [key, gateway] : snapshot.objects(Kind::kServiceMeshGateway)) {
    Checker(snapshot, gateway, out).check();
  }
  check_hosts(snapshot, out);
  sort_and_dedupe(out);
  return out;
}

}  // namespace mesh::tenancy
