// The objects that a ServiceMeshGateway stands for. The fields that the API server would fill in are
// written out where lists are compared whole, so that a plan that was applied is empty.
#include <algorithm>

#include "libmesh/tenancy/beyond/objects.h"
#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/names.h"

namespace mesh::tenancy {
namespace {

using body::list;
using body::map;
using body::text;
using document::List;
using document::Value;
using kube::Kind;
using Direction = own::ServiceMeshGatewaySpec_Direction;
using From = own::GatewayAccess_From;
using Termination = own::GatewayRoute_Termination;

constexpr const char* kGatewayLabel = "mesh.libmesh.dev/gateway";
constexpr const char* kRbacGroup = "rbac.authorization.k8s.io";

Value integer(int64_t number) { return Value(number); }

class Maker {
 public:
  Maker(const index::Snapshot& snapshot, const index::Tenant& tenant,
        const kube::ObjectPtr& gateway)
      : snapshot_(snapshot),
        tenant_(tenant),
        gateway_(gateway),
        spec_(gateway->as<own::ServiceMeshGatewaySpec>()),
        name_(gateway->key.name),
        because_(because(gateway->key, "", "a gateway of the mesh")) {}

  std::vector<PlannedObject> make(bool network_policies) {
    add(Kind::kServiceAccount, name_, Value(document::Map()), Ownership::kFields);
    add_role();
    add(Kind::kDeployment, name_, map({{"spec", deployment()}}), Ownership::kFields);
    add(Kind::kService, name_, service(), Ownership::kFields);
    if (network_policies) {
      add(Kind::kNetworkPolicy, name_, map({{"spec", policy()}}), Ownership::kWhole);
    }
    for (const own::GatewayRoute& route : spec_.routes) {
      add(Kind::kRoute, route_name(name_, route), map({{"spec", route_spec(route)}}),
          Ownership::kFields);
    }
    return std::move(out_);
  }

 private:
  void add(Kind kind, std::string name, Value body, Ownership ownership);
  void add_role();
  Value pod_labels() const;
  Value selector() const { return body::labels({{kGatewayLabel, name_}}); }
  Value container() const;
  Value deployment() const;
  Value service() const;
  Value policy() const;
  Value route_spec(const own::GatewayRoute& route) const;

  const index::Snapshot& snapshot_;
  const index::Tenant& tenant_;
  const kube::ObjectPtr& gateway_;
  const own::ServiceMeshGatewaySpec& spec_;
  const std::string& name_;
  BecausePtr because_;
  std::vector<PlannedObject> out_;
};

void Maker::add(Kind kind, std::string name, Value body, Ownership ownership) {
  Labels labels = {{names::kAppName, name_},
                   {names::kAppPartOf, "istio"},
                   {names::kAppManagedBy, "libmesh"},
                   {kMeshLabel, tenant_.ns},
                   {kMadeForLabel, "ServiceMeshGateway." + name_}};
  Value* metadata = body.find("metadata");
  if (metadata == nullptr) metadata = &body.set("metadata", Value(document::Map()));
  metadata->set("labels", body::labels(labels));
  out_.push_back(planned(kind, gateway_->key.ns, std::move(name), std::move(body), {because_},
                         tenant_.id, ownership));
}

// It reads the certificates that Gateways name (credentialName) and nothing else.
void Maker::add_role() {
  Value rule = map({{"apiGroups", body::texts({""})},
                    {"resources", body::texts({"secrets"})},
                    {"verbs", body::texts({"get", "watch", "list"})}});
  if (!spec_.credentials.empty()) {
    List names;
    for (const std::string& name : spec_.credentials) names.emplace_back(name);
    rule.set("resourceNames", Value(std::move(names)));
  }
  add(Kind::kRole, name_ + "-sds", map({{"rules", list({std::move(rule)})}}), Ownership::kWhole);
  add(Kind::kRoleBinding, name_ + "-sds",
      map({{"roleRef", map({{"apiGroup", text(kRbacGroup)},
                            {"kind", text("Role")},
                            {"name", text(name_ + "-sds")}})},
           {"subjects", list({map({{"kind", text("ServiceAccount")},
                                   {"name", text(name_)},
                                   {"namespace", text(gateway_->key.ns)}})})}}),
      Ownership::kWhole);
}

Value Maker::pod_labels() const {
  Labels labels = spec_.labels;
  labels.emplace("app", name_);
  labels.emplace("istio", name_);
  labels[kGatewayLabel] = name_;
  labels["sidecar.istio.io/inject"] = "true";
  return body::labels(labels);
}

Value resources_of(const k8s::ResourceRequirements& resources) {
  Value out = Value(document::Map());
  auto add = [&](const char* key, const auto& quantities) {
    if (quantities.empty()) return;
    Value& list = out.set(key, Value(document::Map()));
    for (const auto& [name, quantity] : quantities) list.set(name, Value(quantity.text));
  };
  add("limits", resources.limits);
  add("requests", resources.requests);
  return out;
}

// The injector puts the proxy in the place of the image `auto` (template `gateway`).
Value Maker::container() const {
  List ports;
  for (const GatewayPort& port : gateway_ports(spec_)) {
    ports.push_back(map({{"containerPort", integer(port.target)},
                         {"name", text(port.name)},
                         {"protocol", text("TCP")}}));
  }
  return map(
      {{"name", text("istio-proxy")},
       {"image", text("auto")},
       {"imagePullPolicy", text("Always")},
       {"ports", Value(std::move(ports))},
       {"resources", spec_.resources ? resources_of(*spec_.resources) : Value(document::Map())},
       {"terminationMessagePath", text("/dev/termination-log")},
       {"terminationMessagePolicy", text("File")}});
}

Value Maker::deployment() const {
  Value pod = map({{"serviceAccountName", text(name_)}, {"containers", list({container()})}});
  if (!spec_.node_selector.empty()) pod.set("nodeSelector", body::labels(spec_.node_selector));
  List tolerations;
  for (const k8s::Toleration& toleration : spec_.tolerations) {
    Value one = Value(document::Map());
    if (!toleration.key.empty()) one.set("key", text(toleration.key));
    if (!toleration.operator_.empty()) one.set("operator", text(toleration.operator_));
    if (!toleration.value.empty()) one.set("value", text(toleration.value));
    if (!toleration.effect.empty()) one.set("effect", text(toleration.effect));
    if (toleration.toleration_seconds) {
      one.set("tolerationSeconds", integer(*toleration.toleration_seconds));
    }
    tolerations.push_back(std::move(one));
  }
  if (!tolerations.empty()) pod.set("tolerations", Value(std::move(tolerations)));
  Value metadata = map({{"annotations", body::labels({{"inject.istio.io/templates", "gateway"}})},
                        {"labels", pod_labels()}});
  Value out =
      map({{"selector", map({{"matchLabels", selector()}})},
           {"template", map({{"metadata", std::move(metadata)}, {"spec", std::move(pod)}})}});
  // Without a number whoever scales it decides.
  if (spec_.replicas) out.set("replicas", integer(*spec_.replicas));
  return out;
}

// The node ports that the API server chose stay.
const Value* node_port(const kube::ObjectPtr& existing, const std::string& name) {
  const Value* spec = existing == nullptr ? nullptr : existing->document.find("spec");
  const Value* ports = spec == nullptr ? nullptr : spec->find("ports");
  const List* all = ports == nullptr ? nullptr : ports->if_list();
  if (all == nullptr) return nullptr;
  for (const Value& port : *all) {
    if (port.string_at("name") == name) return port.find("nodePort");
  }
  return nullptr;
}

Value Maker::service() const {
  kube::ObjectPtr existing = snapshot_.find({Kind::kService, gateway_->key.ns, name_});
  auto type = spec_.service && spec_.service->type ? *spec_.service->type
                                                   : own::GatewayService_Type::ClusterIP;
  List ports;
  for (const GatewayPort& port : gateway_ports(spec_)) {
    Value one = map({{"name", text(port.name)},
                     {"port", integer(port.port)},
                     {"protocol", text("TCP")},
                     {"targetPort", integer(port.target)}});
    const Value* node = node_port(existing, port.name);
    if (type != own::GatewayService_Type::ClusterIP && node != nullptr) one.set("nodePort", *node);
    ports.push_back(std::move(one));
  }
  Value out = map({{"spec", map({{"type", text(own::enum_name(type))},
                                 {"selector", selector()},
                                 {"ports", Value(std::move(ports))}})}});
  if (spec_.service && !spec_.service->annotations.empty()) {
    out.set("metadata", map({{"annotations", body::labels(spec_.service->annotations)}}));
  }
  return out;
}

Value from_namespaces(const std::string& label, const std::string& value) {
  return map({{"namespaceSelector", map({{"matchLabels", body::labels({{label, value}})}})}});
}

// Its own ports, and only for those who may come; the mesh's own policy admits the mesh besides.
Value Maker::policy() const {
  bool egress = spec_.direction == Direction::Egress;
  From from = spec_.access && spec_.access->from ? *spec_.access->from
                                                 : (egress ? From::Mesh : From::Anywhere);
  List ports;
  for (const GatewayPort& port : gateway_ports(spec_)) {
    ports.push_back(map({{"port", integer(port.target)}, {"protocol", text("TCP")}}));
  }
  Value rule = map({{"ports", Value(std::move(ports))}});
  Value mesh = from_namespaces(names::kMemberOf, tenant_.ns);
  if (from == From::Router) {
    rule.set("from", list({from_namespaces(names::kPolicyGroup, "ingress"), std::move(mesh)}));
  } else if (from == From::Mesh) {
    rule.set("from", list({std::move(mesh)}));
  }
  return map({{"podSelector", map({{"matchLabels", selector()}})},
              {"ingress", list({std::move(rule)})},
              {"policyTypes", body::texts({"Ingress"})}});
}

Value Maker::route_spec(const own::GatewayRoute& route) const {
  bool wildcard = route.host.starts_with("*.");
  Value out = map({{"port", map({{"targetPort", text(route_port(route))}})},
                   {"to", map({{"kind", text("Service")}, {"name", text(name_)}})},
                   {"wildcardPolicy", text(wildcard ? "Subdomain" : "None")}});
  // OpenShift's wildcard routes are written with any one name below the domain.
  if (!route.host.empty())
    out.set("host", text(wildcard ? "wildcard" + route.host.substr(1) : route.host));
  switch (route.termination.value_or(Termination::Passthrough)) {
    case Termination::Passthrough:
      out.set("tls", map({{"termination", text("passthrough")}}));
      break;
    case Termination::Edge:
      out.set("tls", map({{"termination", text("edge")}}));
      break;
    case Termination::Reencrypt:
      out.set("tls", map({{"termination", text("reencrypt")}}));
      break;
    case Termination::Plain:
      break;
  }
  return out;
}

}  // namespace

std::vector<GatewayPort> gateway_ports(const own::ServiceMeshGatewaySpec& spec) {
  std::vector<GatewayPort> out;
  if (spec.service) {
    for (const k8s::ServicePort& port : spec.service->ports) {
      int32_t target = port.target_port.number == 0 ? port.port : port.target_port.number;
      std::string name = port.name.empty() ? "port-" + std::to_string(port.port) : port.name;
      out.push_back({std::move(name), port.port, target});
    }
  }
  if (!out.empty()) return out;
  out = {{"http2", 80, 8080}, {"https", 443, 8443}};
  // What load balancers ask whether the gateway is well.
  if (spec.direction != Direction::Egress) out.push_back({"status-port", 15021, 15021});
  return out;
}

std::string route_name(const std::string& gateway, const own::GatewayRoute& route) {
  if (route.host.empty()) return gateway;
  bool wildcard = route.host.starts_with("*.");
  return gateway + "-" + (wildcard ? "wildcard" + route.host.substr(1) : route.host);
}

std::string route_port(const own::GatewayRoute& route) {
  if (!route.port.empty()) return route.port;
  switch (route.termination.value_or(Termination::Passthrough)) {
    case Termination::Passthrough:
    case Termination::Reencrypt:
      return "https";
    case Termination::Edge:
    case Termination::Plain:
      return "http2";
  }
  return "https";
}

std::vector<PlannedObject> gateway_objects(const index::Snapshot& snapshot,
                                           const index::Tenant& tenant,
                                           const kube::ObjectPtr& gateway, bool network_policies) {
  return Maker(snapshot, tenant, gateway).make(network_policies);
}

}  // namespace mesh::tenancy
