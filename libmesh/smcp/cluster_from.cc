// spec.cluster from values: first what multi-cluster forced is undone, then the section is taken.
//
// A note in global.multiCluster.multiClusterOverrides holds what stood there before; null means
// nothing. Upstream gives up silently (and leaves the section out) on gateways that are no mappings.
// Upstream: conversion/cluster.go.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kOverrides = "global.multiCluster.multiClusterOverrides";

// Puts a noted value back into a mapping; false when there is no note.
bool restore(const Value& overrides, std::string_view note, std::string_view key, Value& map) {
  const Value* before = overrides.find(note);
  if (before == nullptr) return false;
  if (before->is_null()) {
    map.erase(key);
  } else {
    map.set(key, *before);
  }
  return true;
}

// Nothing but what the conversion itself writes.
bool only_names(const Value& gateway) {
  size_t names = 0;
  for (std::string_view key : {"name", "gatewayType"}) {
    if (gateway.find(key) != nullptr) ++names;
  }
  return gateway.if_map()->size() == names;
}

void put_gateway(Value& gateways, std::string_view name, Value gateway) {
  if (only_names(gateway)) {
    gateways.erase(name);
  } else {
    gateways.set(name, std::move(gateway));
  }
}

// "a,external,b" without the network; "$1" of upstream's (^|,)external(,|$).
std::string without_external(std::string_view view) {
  constexpr std::string_view kExternal = "external";
  std::string out;
  bool at_border = true;  // at the start, or after a comma that no match has used
  while (!view.empty()) {
    const bool ends = view.size() == kExternal.size() ||
                      (view.size() > kExternal.size() && view[kExternal.size()] == ',');
    if (at_border && view.starts_with(kExternal) && ends) {
      view.remove_prefix(std::min(view.size(), kExternal.size() + 1));
      at_border = false;
      continue;
    }
    at_border = view.front() == ',';
    out.push_back(view.front());
    view.remove_prefix(1);
  }
  return out;
}

// True when the gateway changed.
bool remove_external(Tree& egress) {
  constexpr std::string_view kView = "env.ISTIO_META_REQUESTED_NETWORK_VIEW";
  const auto view = egress.take_string(kView);
  if (!view) return false;
  bool changed = false;
  if (const std::string rest = without_external(*view); rest != *view && !rest.empty()) {
    egress.set(kView, Value(rest));
    changed = true;
  }
  const auto env = egress.get_map("env");
  if (env && env->if_map()->empty()) {
    egress.remove("env");
    changed = true;
  }
  return changed;
}

enum class Outcome : uint8_t { kUnchanged, kChanged, kGiveUp };

// A gateway of `gateways` as a copy; nothing when it is absent or empty, and no mapping gives up.
std::optional<Value> gateway_of(const Value& gateways, std::string_view name, bool& give_up) {
  const Value* gateway = gateways.find(name);
  if (gateway == nullptr || gateway->is_null()) return std::nullopt;
  if (!gateway->is_map()) {
    give_up = true;
    return std::nullopt;
  }
  if (gateway->if_map()->empty()) return std::nullopt;
  return *gateway;
}

// The switch of one gateway.
Outcome undo_switch(const Value& overrides, std::string_view note, std::string_view name,
                    Value& gateways) {
  if (overrides.find(note) == nullptr) return Outcome::kUnchanged;
  bool give_up = false;
  auto gateway = gateway_of(gateways, name, give_up);
  if (give_up) return Outcome::kGiveUp;
  if (!gateway) return Outcome::kUnchanged;
  restore(overrides, note, "enabled", *gateway);
  put_gateway(gateways, name, std::move(*gateway));
  return Outcome::kChanged;
}

Outcome undo_egress(Value& overrides, Value& gateways, Faults& faults) {
  constexpr std::string_view kName = "istio-egressgateway";
  bool give_up = false;
  auto gateway = gateway_of(gateways, kName, give_up);
  if (give_up) return Outcome::kGiveUp;
  if (!gateway) return Outcome::kUnchanged;
  bool changed = restore(overrides, "egressEnabled", "enabled", *gateway);
  Tree notes(overrides, faults);
  if (notes.take_bool("addedExternal").value_or(false)) {
    Tree egress(*gateway, faults);
    changed = remove_external(egress) || changed;
  }
  if (!changed) return Outcome::kUnchanged;
  put_gateway(gateways, kName, std::move(*gateway));
  return Outcome::kChanged;
}

// False to give up.
bool undo_gateways(Value& overrides, Tree& values) {
  auto gateways = values.get_map("gateways");
  if (!gateways || gateways->if_map()->empty()) return !values.failed();
  bool changed = restore(overrides, "gatewaysEnabled", "enabled", *gateways);
  for (int step = 0; step < 3; ++step) {
    Outcome outcome = Outcome::kUnchanged;
    if (step == 0) {
      outcome = undo_switch(overrides, "ingressEnabled", "istio-ingressgateway", *gateways);
    } else if (step == 1) {
      outcome = undo_egress(overrides, *gateways, values.faults());
    } else {
      outcome = undo_switch(overrides, "ilbEnabled", "istio-ilbgateway", *gateways);
    }
    if (outcome == Outcome::kGiveUp || values.failed()) return false;
    changed = changed || outcome == Outcome::kChanged;
  }
  if (!changed) return true;
  if (gateways->if_map()->empty()) {
    values.remove("gateways");
  } else {
    values.set("gateways", std::move(*gateways));
  }
  return true;
}

bool undo_ingress_support(const Value& overrides, Tree& values) {
  if (overrides.find("k8sIngressEnabled") == nullptr) return true;
  const Value* found = values.find("global.k8sIngress");
  if (found == nullptr || found->is_null()) return true;
  if (!found->is_map()) return false;
  if (found->if_map()->empty()) return true;
  Value ingress = *found;
  restore(overrides, "k8sIngressEnabled", "enabled", ingress);
  values.set("global.k8sIngress", std::move(ingress));
  return true;
}

void undo_value(const Value& overrides, std::string_view note, std::string_view path,
                Tree& values) {
  const Value* before = overrides.find(note);
  if (before == nullptr) return;
  if (before->is_null()) {
    values.remove(path);
  } else {
    values.set(path, *before);
  }
}

bool undo_overrides(Tree& values) {
  auto overrides = values.get_map(kOverrides);
  if (overrides && !overrides->if_map()->empty()) {
    if (!undo_gateways(*overrides, values)) return false;
    if (!undo_ingress_support(*overrides, values)) return false;
    undo_value(*overrides, "expansionEnabled", "global.meshExpansion.enabled", values);
    undo_value(*overrides, "multiClusterEnabled", "global.multiCluster.enabled", values);
  }
  values.remove(kOverrides);
  return !values.failed();
}

// The network that the conversion added; false to give up, as upstream does when it is no text.
bool take_added_network(Tree& values, Value& networks) {
  Faults ignored;
  Tree lenient(values.root(), ignored);
  if (auto added = lenient.take_string("global.multiCluster.addedLocalNetwork")) {
    networks.erase(*added);
  }
  return !ignored.any();
}

// False to give up.
bool networks_from_values(Tree& values, Value& cluster) {
  auto given = values.get_map("global.meshNetworks");
  if (!given || given->if_map()->empty()) return true;
  Value networks{Map{}};
  for (const document::Member& member : Map(*std::as_const(*given).if_map())) {
    if (member.value.is_null()) {  // read as an empty one, and not taken
      networks.set(member.key, Value(Map{}));
      continue;
    }
    if (!member.value.is_map()) {
      values.faults().add("global.meshNetworks." + member.key + ": must be a mapping");
      return false;
    }
    Value network = member.value;
    Result<Value> taken = take_decoded(network, shape("MeshNetwork"), "meshNetworks");
    if (!taken) {
      values.faults().add(taken.error().message);
      return false;
    }
    networks.set(member.key, std::move(*taken));
    if (network.if_map()->empty()) {
      given->erase(member.key);
    } else {
      given->set(member.key, std::move(network));
    }
  }
  if (given->if_map()->empty()) {
    values.remove("global.meshNetworks");
  } else {
    values.set("global.meshNetworks", std::move(*given));
  }
  if (!take_added_network(values, networks)) return false;
  if (!networks.if_map()->empty()) put(cluster, "multiCluster.meshNetworks", std::move(networks));
  return true;
}

void expansion_from_values(Tree& values, Value& cluster) {
  if (auto enabled = values.take_bool("global.meshExpansion.enabled")) {
    put(cluster, "meshExpansion.enabled", Value(*enabled));
  }
  auto ilb = values.get_map("gateways.istio-ilbgateway");
  if (!ilb || ilb->if_map()->empty()) return;
  values.remove("gateways.istio-ilbgateway");
  Tree tree(*ilb, values.faults());
  Value gateway{Map{}};
  gateway_from_values(tree, gateway);
  put(cluster, "meshExpansion.ilbGateway", std::move(gateway));
}

}  // namespace

void cluster_from_values(Tree& values, const Context&, Value& spec) {
  Value cluster{Map{}};
  bool given = false;
  for (auto [field, place] : {std::pair("name", "global.multiCluster.clusterName"),
                              std::pair("network", "global.network")}) {
    if (auto text = values.take_string(place)) {
      cluster.set(field, Value(*text));
      given = true;
    }
  }
  if (!undo_overrides(values)) return;
  if (auto enabled = values.take_bool("global.multiCluster.enabled")) {
    put(cluster, "multiCluster.enabled", Value(*enabled));
  }
  if (!networks_from_values(values, cluster)) return;
  expansion_from_values(values, cluster);
  for (std::string_view path : {"gateways.istio-ilbgateway.enabled", "global.meshExpansion.enabled",
                                "global.meshExpansion.useILB"}) {
    values.remove(path);
  }
  if (given || !cluster.if_map()->empty()) spec.set("cluster", std::move(cluster));
}

}  // namespace mesh::smcp
