// spec.cluster to values: names, multi-cluster and mesh expansion.
//
// Multi-cluster forces other parts of the spec (mesh expansion, gateways, DNS suffixes), so this
// section comes first and changes the spec that the later ones write. What was forced is noted in
// global.multiCluster.multiClusterOverrides, with the value before (null: not given), so that the
// way back can undo it. Upstream: conversion/cluster.go.
#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kOverrides = "global.multiCluster.multiClusterOverrides";

struct ExpansionPort {
  const char* name;
  int64_t port;
  int64_t target;
};
constexpr ExpansionPort kPortsV1[] = {{"tcp-pilot-grpc-tls", 15011, 15011},
                                      {"tcp-mixer-grpc-tls", 15004, 15004},
                                      {"tcp-citadel-grpc-tls", 8060, 8060},
                                      {"tcp-dns-tls", 853, 8853}};
constexpr ExpansionPort kPortsV2[] = {{"tcp-istiod", 15012, 15012}, {"tcp-dns-tls", 853, 8853}};

std::span<const ExpansionPort> expansion_ports(Version version) {
  return facts(version).istiod ? std::span<const ExpansionPort>(kPortsV2) : kPortsV1;
}

Value port_value(const ExpansionPort& port) {
  Value out{Map{}};
  out.set("name", Value(port.name));
  out.set("port", Value(port.port));
  out.set("targetPort", Value(port.target));
  return out;
}

// As upstream does it: without ports of the user's own none is added (the service keeps its
// default ones), and a new port is added once for each of them that comes before its equal.
void add_expansion_ports(Value& holder, std::string_view path, Version version) {
  Value* found = at(holder, path);
  if (found == nullptr || found->if_list() == nullptr) return;
  List& ports = *found->if_list();
  const size_t given = ports.size();
  for (const ExpansionPort& port : expansion_ports(version)) {
    for (size_t i = 0; i < given; ++i) {
      if (int_at(ports[i], "port") == port.port) break;
      ports.push_back(port_value(port));
    }
  }
}

bool is_on(const Value& root, std::string_view path) {
  const bool* flag = bool_at(root, path);
  return flag != nullptr && *flag;
}

// What stands at a path of the spec before it is forced on: null, or false.
void force_on(Value& spec, std::string_view path, std::string_view note, Value& overrides) {
  const bool* flag = bool_at(spec, path);
  if (flag != nullptr && *flag) return;
  overrides.set(note, flag == nullptr ? Value() : Value(false));
  put(spec, path, Value(true));
}

void local_network(const Value& cluster, std::string_view service, Value& networks, Tree& values) {
  const std::string network(text_at(cluster, "network"));
  if (networks.find(network) != nullptr) return;
  Value endpoint{Map{}};
  endpoint.set("fromRegistry", Value(text_at(cluster, "name")));
  Value gateway{Map{}};
  gateway.set("service", Value(service));
  gateway.set("port", Value(int64_t{443}));
  Value added{Map{}};
  added.set("endpoints", Value(List{std::move(endpoint)}));
  added.set("gateways", Value(List{std::move(gateway)}));
  networks.set(network, std::move(added));
  values.set("global.multiCluster.addedLocalNetwork", Value(network));
}

// The networks of the mesh, with the local one; only when the cluster and its network have names.
void networks_to_values(const Value& spec, std::string_view name_space, Tree& values) {
  const Value& cluster = *at(spec, "cluster");
  if (text_at(cluster, "name").empty() || text_at(cluster, "network").empty()) return;
  std::string_view domain = text_at(spec, "proxy.networking.clusterDomain");
  if (domain.empty()) domain = "cluster.local";
  const std::string service =
      "istio-ingressgateway." + std::string(name_space) + ".svc." + std::string(domain);
  const Value* given = at(cluster, "multiCluster.meshNetworks");
  Value networks = given == nullptr ? Value(Map{}) : *given;
  local_network(cluster, service, networks, values);
  Value encoded{Map{}};
  for (const document::Member& member : *std::as_const(networks).if_map()) {
    encoded.set(member.key, encode(member.value, shape("MeshNetwork")));
  }
  values.overwrite(encoded, {"global", "meshNetworks"});
}

void force_gateways(Value& spec, Value& overrides) {
  force_on(spec, "gateways.egress.enabled", "egressEnabled", overrides);
  force_on(spec, "gateways.enabled", "gatewaysEnabled", overrides);
  constexpr std::string_view kView = "gateways.egress.requestedNetworkView";
  const Value* view = at(spec, kView);
  List networks = view == nullptr ? List{} : *view->if_list();
  if (std::find(networks.begin(), networks.end(), Value("external")) != networks.end()) return;
  overrides.set("addedExternal", Value(true));
  networks.emplace_back("external");
  put(spec, kView, Value(std::move(networks)));
}

bool multi_cluster_to_values(Value& spec, std::string_view name_space, Value& overrides,
                             Tree& values) {
  constexpr std::string_view kEnabled = "global.multiCluster.enabled";
  const Value* multi = at(spec, "cluster.multiCluster");
  const bool* enabled = multi == nullptr ? nullptr : bool_at(*multi, "enabled");
  if (enabled == nullptr) overrides.set("multiClusterEnabled", Value());
  const bool on = enabled != nullptr && *enabled;
  values.set(kEnabled, Value(on));
  if (multi != nullptr) networks_to_values(spec, name_space, values);
  if (on) {
    force_on(spec, "cluster.meshExpansion.enabled", "expansionEnabled", overrides);
    force_gateways(spec, overrides);
  }
  return on;
}

// Without an ILB gateway the ingress gateway carries the expansion ports: it is switched on. Where
// the spec has no gateways at all upstream dereferences nil.
void force_ingress(Value& spec, Value& overrides) {
  const Value* ingress = at(spec, "gateways.ingress");
  if (ingress == nullptr) {
    overrides.set("ingressEnabled", Value());
    overrides.set("k8sIngressEnabled", Value());
  } else {
    // Upstream notes the new value, not the old one.
    if (!is_on(*ingress, "enabled")) overrides.set("ingressEnabled", Value(true));
    if (!is_on(*ingress, "ingress")) overrides.set("k8sIngressEnabled", Value(true));
  }
  put(spec, "gateways.ingress.enabled", Value(true));
  put(spec, "gateways.ingress.ingress", Value(true));
}

void expansion_gateways(Value& spec, Version version, Value& overrides, Tree& values) {
  constexpr std::string_view kIlb = "cluster.meshExpansion.ilbGateway";
  const bool use_ilb = is_on(spec, std::string(kIlb) + ".enabled");
  values.set("global.meshExpansion.useILB", Value(use_ilb));
  if (use_ilb) {
    add_expansion_ports(spec, std::string(kIlb) + ".service.ports", version);
  } else {
    force_ingress(spec, overrides);
    add_expansion_ports(spec, "gateways.ingress.meshExpansionPorts", version);
    const bool absent = at(spec, kIlb) == nullptr;
    if (absent || bool_at(spec, std::string(kIlb) + ".enabled") == nullptr) {
      overrides.set("ilbEnabled", Value());
    }
    if (absent) put(spec, std::string(kIlb) + ".enabled", Value(false));
  }
  Value root{Map{}};
  Tree gateway(root, values.faults());
  gateway_to_values(*at(spec, kIlb), gateway);
  values.overwrite(root, {"gateways", "istio-ilbgateway"});
}

void expansion_to_values(Value& spec, Version version, Value& overrides, Tree& values) {
  const Value* expansion = at(spec, "cluster.meshExpansion");
  const bool* enabled = expansion == nullptr ? nullptr : bool_at(*expansion, "enabled");
  // A note about what multi-cluster forced stays.
  if (enabled == nullptr) overrides.set("expansionEnabled", Value());
  values.set("global.meshExpansion.enabled", Value(enabled != nullptr && *enabled));
  if (expansion == nullptr) {
    values.set("global.meshExpansion.useILB", Value(false));
  } else {
    expansion_gateways(spec, version, overrides, values);
  }
}

// Names of other clusters end in ".global": pods look there too.
void search_suffixes(Value& spec, std::string_view name_space, Tree& values) {
  constexpr std::string_view kSuffixes = "proxy.networking.dns.searchSuffixes";
  const Value* given = at(spec, kSuffixes);
  List suffixes = given == nullptr ? List{} : *given->if_list();
  const auto global = std::find(suffixes.begin(), suffixes.end(), Value("global"));
  const bool has_global = global != suffixes.end();
  const bool has_namespace = std::any_of(suffixes.begin(), suffixes.end(), [](const Value& item) {
    const size_t found = go_text(item).find(".DeploymentMeta.Namespace");
    return found != std::string::npos && found > 0;  // within {{ }}
  });
  List added;
  if (!has_namespace) {
    added.emplace_back("{{ valueOrDefault .DeploymentMeta.Namespace \"" + std::string(name_space) +
                       "\" }}.global");
    suffixes.insert(has_global ? global + 1 : suffixes.begin(), added.back());
  }
  if (!has_global) {
    added.emplace_back("global");
    suffixes.insert(suffixes.begin(), Value("global"));
  }
  if (added.empty()) return;
  put(spec, kSuffixes, Value(std::move(suffixes)));
  values.set("global.multiCluster.addedSearchSuffixes", Value(std::move(added)));
}

}  // namespace

void cluster_to_values(Value& spec, const Context& context, Tree& values) {
  if (std::string_view name = text_at(spec, "cluster.name"); !name.empty()) {
    values.set("global.multiCluster.clusterName", Value(name));
  }
  if (std::string_view network = text_at(spec, "cluster.network"); !network.empty()) {
    values.set("global.network", Value(network));
  }
  Value overrides{Map{}};
  const bool multi = multi_cluster_to_values(spec, context.name_space, overrides, values);
  expansion_to_values(spec, context.version, overrides, values);
  if (multi) search_suffixes(spec, context.name_space, values);
  values.overwrite(overrides, split_path(kOverrides));
}

}  // namespace mesh::smcp
