// spec.gateways: the ingress and egress gateway of the mesh, additional ones, OpenShift's Routes.
//
// `openshiftRoute: {}` is as if it were not there (upstream ends in a nil pointer).
#include <array>
#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kIngress = "istio-ingressgateway";
constexpr std::string_view kEgress = "istio-egressgateway";
constexpr std::string_view kInternal = "istio-ilbgateway";  // the section of the cluster has it
constexpr std::string_view kNetworkView = "env.ISTIO_META_REQUESTED_NETWORK_VIEW";

// ---- To values -------------------------------------------------------------------------------

void sds_to_values(const Value& gateway, Tree& values) {
  const Value* sds = at(gateway, "sds");
  if (sds == nullptr) return;
  Value written{Map{}};
  Tree tree(written, values.faults());
  if (const bool* enabled = bool_at(*sds, "enabled")) tree.set("enabled", Value(*enabled));
  if (const Value* runtime = at(*sds, "runtime")) container_to_values(*runtime, tree);
  if (not_empty_map(&written)) values.set("sds", std::move(written));
}

void ingress_to_values(Value& gateway, Tree& values) {
  gateway_to_values(gateway, values);
  values.set("gatewayType", Value("ingress"));
  if (const bool* enabled = bool_at(gateway, "routeConfig.enabled")) {
    values.set("routeConfig.enabled", Value(*enabled));
  }
  sds_to_values(gateway, values);
}

void egress_to_values(Value& gateway, Tree& values) {
  // An empty list is a view, too.
  if (const Value* view = at(gateway, "requestedNetworkView")) {
    Value joined(join_commas(*view->if_list()));
    put(gateway, "runtime.container." + std::string(kNetworkView), std::move(joined));
  }
  gateway_to_values(gateway, values);
  values.set("gatewayType", Value("egress"));
}

// Writes one gateway of either kind; its values are never empty.
void named_to_values(Value& gateway, std::string_view name, void (*write)(Value&, Tree&),
                     Tree& values) {
  Value written{Map{}};
  Tree tree(written, values.faults());
  write(gateway, tree);
  tree.set("name", Value(name));
  values.overwrite(written, Path{"gateways", std::string(name)});
}

// Support for Kubernetes' Ingress by the ingress gateway of the mesh.
void kubernetes_ingress_to_values(const Value& gateway, Tree& values) {
  const bool* enabled = bool_at(gateway, "ingress");
  if (enabled == nullptr) return;
  bool https = false;
  if (const Value* ports = at(gateway, "service.ports")) {
    for (const Value& port : *ports->if_list()) https |= int_at(port, "port") == 443;
  }
  values.set("global.k8sIngress.enabled", Value(*enabled));
  values.set("global.k8sIngress.enableHttps", Value(https));
  values.set("global.k8sIngress.gatewayName", Value("ingressgateway"));
}

void cluster_ingress_to_values(Value& gateway, Tree& values) {
  ingress_to_values(gateway, values);
  typed_part_to_values(gateway, "meshExpansionPorts", "ServicePort", values, "meshExpansionPorts");
}

// ---- From values -----------------------------------------------------------------------------

// True when the values say egress; other types of value are left alone, without a fault.
bool take_egress_type(Tree& values) {
  const Value* type = values.find("gatewayType");
  if (type == nullptr || !(type->is_string() || type->is_null())) return false;
  return values.take_string("gatewayType") == "egress";
}

void sds_from_values(Tree& values, Value& gateway) {
  auto part = open_part(values, "sds");
  if (!part) return;
  Tree tree(*part, values.faults());
  Value sds{Map{}};
  if (auto enabled = tree.take_bool("enabled")) sds.set("enabled", Value(*enabled));
  Value container{Map{}};
  if (container_from_values(tree, container)) sds.set("runtime", std::move(container));
  if (not_empty_map(&sds)) gateway.set("sds", std::move(sds));
  close_part(values, Path{"sds"}, *part);
}

void ingress_from_values(Tree& values, Value& gateway) {
  if (auto enabled = values.take_bool("routeConfig.enabled")) {
    put(gateway, "routeConfig.enabled", Value(*enabled));
  }
  sds_from_values(values, gateway);
}

struct Reading {
  Tree& values;    // all
  Value gateways;  // the spec's
};

// Where in spec.gateways a gateway of this name and kind belongs; empty is nowhere.
Path place_of(std::string_view name, bool egress) {
  if (egress && name == kEgress) return {"egress"};
  if (egress) return {"additionalEgress", std::string(name)};
  if (name == kIngress) return {"ingress"};
  if (name == kInternal) return {};
  return {"additionalIngress", std::string(name)};
}

void put_gateway(Value& gateways, const Path& place, Value gateway) {
  if (place.empty()) return;
  Value* parent = &gateways;
  if (place.size() == 2) {
    parent = gateways.find(place.front());
    if (parent == nullptr) parent = &gateways.set(place.front(), Value(Map{}));
  }
  parent->set(place.back(), std::move(gateway));
}

// Takes one gateway's values apart.
void read_gateway(Reading& reading, std::string_view name, Tree& gateway) {
  const auto view = gateway.take_string(kNetworkView);
  Value config{Map{}};
  gateway_from_values(gateway, config);
  const bool egress = take_egress_type(gateway) || name == kEgress || view.has_value();
  if (egress) {
    if (view && !view->empty()) {
      config.set("requestedNetworkView", texts_value(split_commas(*view)));
    }
  } else {
    ingress_from_values(gateway, config);
    if (name == kIngress) {
      if (auto enabled = reading.values.take_bool("global.k8sIngress.enabled")) {
        config.set("ingress", Value(*enabled));
      }
    }
  }
  put_gateway(reading.gateways, place_of(name, egress), std::move(config));
  gateway.remove("name");
}

// What is left of a gateway's values, or nothing. `found` says that the spec has gateways.
std::optional<Value> read_member(Reading& reading, const document::Member& member, bool& found) {
  Faults& faults = reading.values.faults();
  if (member.key == "enabled") {
    if (member.value.if_bool() == nullptr) {
      faults.add("invalid value for gateways.enabled: " + go_text(member.value));
      return std::nullopt;
    }
    reading.gateways.set("enabled", member.value);
    found = true;
    return std::nullopt;
  }
  if (!member.value.is_map()) {
    faults.add("failed to parse gateway." + member.key + ": cannot cast to map[string]interface{}");
    return std::nullopt;
  }
  if (member.value.if_map()->empty()) return member.value;
  found = true;
  Value left = member.value;
  Tree gateway(left, faults);
  if (member.key == kIngress) {
    if (auto enabled = gateway.take_bool("ior_enabled")) {
      put(reading.gateways, "openshiftRoute.enabled", Value(*enabled));
    }
    if (gateway.empty()) return std::nullopt;  // no ingress gateway for a switch alone
  }
  read_gateway(reading, member.key, gateway);
  return gateway.empty() ? std::nullopt : std::optional(std::move(left));
}

}  // namespace

void gateways_to_values(Value& spec, const Context&, Tree& values) {
  Value* gateways = at(spec, "gateways");
  if (gateways == nullptr) return;
  if (const bool* enabled = bool_at(*gateways, "enabled")) {
    values.set("gateways.enabled", Value(*enabled));
  }
  if (Value* gateway = gateways->find("ingress")) {
    kubernetes_ingress_to_values(*gateway, values);
    named_to_values(*gateway, kIngress, cluster_ingress_to_values, values);
  }
  if (Value* gateway = gateways->find("egress")) {
    named_to_values(*gateway, kEgress, egress_to_values, values);
  }
  const std::pair<std::string_view, void (*)(Value&, Tree&)> kAdditional[] = {
      {"additionalIngress", ingress_to_values}, {"additionalEgress", egress_to_values}};
  for (const auto& [field, write] : kAdditional) {
    Value* additional = gateways->find(field);
    if (additional == nullptr) continue;
    for (document::Member& member : *additional->if_map()) {
      named_to_values(member.value, member.key, write, values);
    }
  }
  if (const bool* enabled = bool_at(*gateways, "openshiftRoute.enabled")) {
    values.set("gateways.istio-ingressgateway.ior_enabled", Value(*enabled));
  }
}

void gateways_from_values(Tree& values, const Context&, Value& spec) {
  values.remove("global.k8sIngress.enableHttps");
  values.remove("global.k8sIngress.gatewayName");
  auto part = values.get_map("gateways");
  if (!part) return;
  Reading reading{values, Value(Map{})};
  bool found = false;
  Value left{Map{}};
  for (const document::Member& member : *part->if_map()) {
    if (auto rest = read_member(reading, member, found)) left.set(member.key, std::move(*rest));
    if (values.failed()) return;
  }
  close_part(values, Path{"gateways"}, left);
  if (found) spec.set("gateways", std::move(reading.gateways));
}

}  // namespace mesh::smcp
