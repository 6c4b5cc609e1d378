#include "libmesh/tenancy/plan/facts.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libmesh/smcp/path.h"

namespace mesh::tenancy {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

// The chart version that each mesh version is installed with (label maistra-version).
std::string_view chart_version(smcp::Version version) {
  switch (version) {
    case smcp::Version::kV1_1:
      return "1.1.18";
    case smcp::Version::kV2_0:
      return "2.0.11";
    case smcp::Version::kV2_1:
      return "2.1.6";
    case smcp::Version::kV2_2:
      return "2.2.13";
    case smcp::Version::kV2_3:
      return "2.3.11";
    case smcp::Version::kV2_4:
      return "2.4.7";
    case smcp::Version::kV2_5:
    case smcp::Version::kV2_6:
      return "2.5.1";
  }
  return "";
}

bool said(const Value& spec, std::string_view path, bool otherwise) {
  const bool* value = smcp::bool_at(spec, path);
  return value == nullptr ? otherwise : *value;
}

Value target_port(const Value& port) {
  const Value* target = port.find("targetPort");
  if (target == nullptr || target->is_null()) target = port.find("port");
  return target == nullptr ? Value() : *target;
}

void add_port(std::vector<Value>& ports, Value port) {
  if (port.is_null()) return;
  if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(std::move(port));
}

// The charts' own ports when the gateway names none: status, http2 and https.
std::vector<Value> ports_of(const Value& gateway) {
  std::vector<Value> out;
  const Value* ports = smcp::at(gateway, "service.ports");
  const List* list = ports == nullptr ? nullptr : ports->if_list();
  if (list == nullptr || list->empty()) {
    for (int64_t port : {15021, 8080, 8443}) out.emplace_back(port);
    return out;
  }
  for (const Value& port : *list) add_port(out, target_port(port));
  const Value* expansion = gateway.find("meshExpansionPorts");
  if (const List* more = expansion == nullptr ? nullptr : expansion->if_list()) {
    for (const Value& port : *more) add_port(out, target_port(port));
  }
  return out;
}

void add_labels(const Value* from, Labels& to) {
  const Map* map = from == nullptr ? nullptr : from->if_map();
  if (map == nullptr) return;
  for (const Member& member : *map) {
    if (const std::string* text = member.value.if_string()) to[member.key] = *text;
  }
}

class GatewayReader {
 public:
  GatewayReader(const Value& spec, MeshFacts& out) : spec_(spec), out_(out) {}

  void read() {
    if (!said(spec_, "gateways.enabled", true)) return;
    one(smcp::at(spec_, "gateways.ingress"), "istio-ingressgateway", true, true,
        "spec.gateways.ingress");
    one(smcp::at(spec_, "gateways.egress"), "istio-egressgateway", false, true,
        "spec.gateways.egress");
    more("additionalIngress", true);
    more("additionalEgress", false);
    std::sort(out_.gateways.begin(), out_.gateways.end(), [](const auto& a, const auto& b) {
      return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
    });
  }

 private:
  void more(std::string_view list, bool ingress) {
    const Value* gateways = smcp::at(spec_, std::string("gateways.").append(list));
    const Map* map = gateways == nullptr ? nullptr : gateways->if_map();
    if (map == nullptr) return;
    for (const Member& member : *map) {
      one(&member.value, member.key, ingress, false,
          std::string("spec.gateways.").append(list).append(".").append(member.key));
    }
  }

  // `otherwise`: what the profile `base` says of one that is not mentioned.
  void one(const Value* gateway, const std::string& name, bool ingress, bool otherwise,
           std::string field) {
    static const Value kNone{Map()};
    const Value& said_of = gateway == nullptr ? kNone : *gateway;
    if (!said(said_of, "enabled", gateway == nullptr ? otherwise : true)) return;
    GatewayFacts facts;
    facts.name = name;
    facts.ns = said_of.string_at("namespace");
    if (facts.ns.empty()) facts.ns = out_.ns;
    facts.ingress = ingress;
    facts.route = ingress && said(said_of, "routeConfig.enabled", otherwise);
    facts.labels = {{"app", name}, {"istio", ingress ? "ingressgateway" : "egressgateway"}};
    add_labels(smcp::at(said_of, "service.metadata.labels"), facts.labels);
    facts.ports = ports_of(said_of);
    facts.field = std::move(field);
    out_.gateways.push_back(std::move(facts));
  }

  const Value& spec_;
  MeshFacts& out_;
};

void read_addons(const Value& spec, MeshFacts& out) {
  out.manage_network_policy = said(spec, "security.manageNetworkPolicy", true);
  out.prometheus = said(spec, "addons.prometheus.enabled", true);
  out.grafana = said(spec, "addons.grafana.enabled", true);
  out.kiali = said(spec, "addons.kiali.enabled", true);
  std::string_view tracing = smcp::text_at(spec, "tracing.type");
  out.jaeger = tracing.empty() || tracing == "Jaeger";
  out.jaeger_name = smcp::text_at(spec, "addons.jaeger.name");
  if (out.jaeger_name.empty()) out.jaeger_name = "jaeger";
}

std::string generation_of(const kube::Object& control_plane, const PlanOptions& options) {
  const Value* metadata = control_plane.document.find("metadata");
  const Value* generation = metadata == nullptr ? nullptr : metadata->find("generation");
  const int64_t* number = generation == nullptr ? nullptr : generation->if_int();
  return options.operator_version + "-" + std::to_string(number == nullptr ? 0 : *number);
}

}  // namespace

bool is_deleting(const kube::Object& object) {
  const Value* metadata = object.document.find("metadata");
  return metadata != nullptr && !metadata->string_at("deletionTimestamp").empty();
}

std::optional<MeshFacts> read_facts(const index::Snapshot&, const index::Tenant& tenant,
                                    const PlanOptions& options, std::string& problem) {
  const Value* spec = tenant.control_plane->document.find("spec");
  static const Value kNone{Map()};
  if (spec == nullptr || !spec->is_map()) spec = &kNone;
  std::string version(tenant.version.empty() ? "v2.5" : tenant.version);
  Result<smcp::Version> parsed = smcp::parse_version(version);
  if (!parsed) {
    problem = parsed.error().message;
    return std::nullopt;
  }
  MeshFacts out;
  out.tenant = tenant.id;
  out.ns = tenant.ns;
  out.name = tenant.name;
  out.control_plane = tenant.control_plane;
  out.version = *parsed;
  out.cluster_wide = tenant.cluster_wide;
  out.chart_version = chart_version(out.version);
  out.generation = generation_of(*tenant.control_plane, options);
  read_addons(*spec, out);
  GatewayReader(*spec, out).read();
  return out;
}

}  // namespace mesh::tenancy
