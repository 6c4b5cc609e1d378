#include "libmesh/tenancy/plan/facts.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libmesh/smcp/path.h"
#include "libmesh/smcp/release.h"

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

bool on(const Value& values, std::string_view path, bool otherwise) {
  const bool* value = smcp::bool_at(values, path);
  return value == nullptr ? otherwise : *value;
}

void add_ports(const Value* from, std::vector<Value>& to) {
  const List* list = from == nullptr ? nullptr : from->if_list();
  if (list == nullptr) return;
  for (const Value& port : *list) {
    const Value* target = port.find("targetPort");
    if (target == nullptr || target->is_null()) target = port.find("port");
    if (target == nullptr || target->is_null()) continue;
    if (std::find(to.begin(), to.end(), *target) == to.end()) to.push_back(*target);
  }
}

// The charts' own ports when the gateway names none: status, http2 and https.
std::vector<Value> ports_of(const Value& gateway) {
  std::vector<Value> out;
  add_ports(gateway.find("ports"), out);
  if (out.empty()) {
    for (int64_t port : {15021, 8080, 8443}) out.emplace_back(port);
  }
  add_ports(gateway.find("meshExpansionPorts"), out);
  return out;
}

void add_labels(const Value* from, Labels& to) {
  const Map* map = from == nullptr ? nullptr : from->if_map();
  if (map == nullptr) return;
  for (const Member& member : *map) {
    if (const std::string* text = member.value.if_string()) to[member.key] = *text;
  }
}

std::string field_of(const std::string& gateway, bool ingress) {
  if (gateway == "istio-ingressgateway") return "spec.gateways.ingress";
  if (gateway == "istio-egressgateway") return "spec.gateways.egress";
  return std::string("spec.gateways.additional") + (ingress ? "Ingress." : "Egress.") + gateway;
}

// A gateway's release has a tree in which it is the only gateway.
GatewayFacts gateway_of(const smcp::Release& release) {
  static const Value kNone{Map()};
  GatewayFacts out;
  out.name = release.gateway;
  out.ns = release.name_space;
  out.ingress = release.chart.find("egress") == std::string::npos;
  const char* kind = out.ingress ? "ingressgateway" : "egressgateway";
  const Value* values = smcp::at(release.values, std::string("gateways.istio-") + kind);
  const Value* nested = smcp::at(release.values, std::string("istio.gateways.istio-") + kind);
  const Value& gateway = values != nullptr ? *values : nested != nullptr ? *nested : kNone;
  out.labels = {{"app", out.name}, {"istio", kind}};
  add_labels(gateway.find("labels"), out.labels);
  out.ports = ports_of(gateway);
  out.field = field_of(out.name, out.ingress);
  if (std::string_view ns = gateway.string_at("namespace"); !ns.empty()) out.ns = ns;
  return out;
}

// Which charts there are, and what their values say.
void read_rendering(const smcp::Rendering& rendering, MeshFacts& out) {
  for (const smcp::Release& release : rendering.releases) {
    if (!release.gateway.empty()) out.gateways.push_back(gateway_of(release));
    out.prometheus = out.prometheus || release.chart == "prometheus";
    out.grafana = out.grafana || release.chart == "grafana";
    out.kiali = out.kiali || release.chart == "kiali";
    out.jaeger = out.jaeger || release.chart == "tracing";
  }
  std::sort(out.gateways.begin(), out.gateways.end(), [](const auto& a, const auto& b) {
    return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
  });
  const Value* istio = rendering.effective.values.find("istio");
  if (istio == nullptr) return;
  std::string_view provider = smcp::text_at(*istio, "tracing.provider");
  out.jaeger = out.jaeger && (provider.empty() || provider == "jaeger");
  out.jaeger_name = smcp::jaeger_name(*istio);
  out.manage_network_policy = on(*istio, "global.manageNetworkPolicy", true);
  std::string_view wide = smcp::facts(out.version).cluster_wide;
  if (!wide.empty() && on(*istio, wide, false)) out.cluster_wide = true;
}

}  // namespace

std::string generation_of(const kube::Object& control_plane, const PlanOptions& options) {
  const Value* metadata = control_plane.document.find("metadata");
  const Value* generation = metadata == nullptr ? nullptr : metadata->find("generation");
  const int64_t* number = generation == nullptr ? nullptr : generation->if_int();
  return options.operator_version + "-" + std::to_string(number == nullptr ? 0 : *number);
}

bool is_deleting(const kube::Object& object) {
  const Value* metadata = object.document.find("metadata");
  return metadata != nullptr && !metadata->string_at("deletionTimestamp").empty();
}

MeshFacts facts_of(const index::Tenant& tenant, const PlanOptions& options,
                   const smcp::Rendering& rendering) {
  MeshFacts out;
  out.tenant = tenant.id;
  out.ns = tenant.ns;
  out.name = tenant.name;
  out.control_plane = tenant.control_plane;
  out.version = rendering.effective.version;
  out.cluster_wide = tenant.cluster_wide;
  out.chart_version = chart_version(out.version);
  out.generation = generation_of(*tenant.control_plane, options);
  read_rendering(rendering, out);
  return out;
}

std::optional<MeshFacts> read_facts(const index::Snapshot& snapshot, const index::Tenant& tenant,
                                    const PlanOptions& options, std::string& problem) {
  Result<smcp::Rendering> rendering = render_releases(snapshot, tenant, release_options(options));
  if (!rendering) {
    problem = rendering.error().message;
    return std::nullopt;
  }
  return facts_of(tenant, options, *rendering);
}

ReleaseOptions release_options(const PlanOptions& options) {
  ReleaseOptions out;
  out.operator_namespace = options.operator_namespace;
  out.cni = options.cni;
  out.default_profile = options.default_profile;
  return out;
}

}  // namespace mesh::tenancy
