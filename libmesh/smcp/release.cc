#include "libmesh/smcp/release.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libmesh/smcp/charts.h"
#include "libmesh/smcp/conversion.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/validation.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kUser = "1337";  // Istio's own, where nobody assigns one

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

bool enabled(const Value& istio, std::string_view component) {
  const bool* flag = bool_at(istio, std::string(component) + ".enabled");
  return flag != nullptr && *flag;
}

std::string name_or(const Value& istio, std::string_view path, std::string_view otherwise) {
  const std::string_view name = text_at(istio, path);
  return std::string(name.empty() ? otherwise : name);
}

// ---- Forced values ---------------------------------------------------------------------------

// v1.1's chart "sidecarInjectorWebhook" is none that an object may have.
std::string object_name(std::string_view chart) {
  std::string out(chart);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// Helm takes release names of 53 characters. Of longer ones the control plane's part is cut and gets
// a hash (FNV-1a) of the whole, so that they stay apart and still say which chart they are.
std::string release_name(std::string mesh, std::string part) {
  constexpr size_t kMost = 53;
  constexpr size_t kDigits = 8;
  constexpr size_t kLongestPart = 36;
  if (mesh.size() + 1 + part.size() <= kMost) return mesh + "-" + part;
  uint32_t hash = 2166136261U;
  for (const char c : mesh + "-" + part) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  std::string digits(kDigits, '0');
  for (size_t i = 0; i < kDigits; ++i) digits[i] = "0123456789abcdef"[hash >> (28 - 4 * i) & 15U];
  auto cut = [](std::string& text, size_t most) {
    if (text.size() > most) text.resize(most);
    while (!text.empty() && (text.back() == '-' || text.back() == '.')) text.pop_back();
  };
  cut(part, kLongestPart);
  cut(mesh, kMost - kDigits - 2 - part.size());
  return mesh + "-" + digits + "-" + part;
}

struct Mesh {
  std::string name;
  std::string name_space;
  Version version;
};

// Places that hold the mesh's namespace, whatever the user wrote.
struct NamespacePlace {
  std::string_view path;
  Version since;
  Version until;
};
constexpr std::array<NamespacePlace, 7> kNamespacePlaces = {{
    {"global.istioNamespace", Version::kV1_1, Version::kV2_6},
    {"global.telemetryNamespace", Version::kV2_0, Version::kV2_0},
    {"global.policyNamespace", Version::kV2_0, Version::kV2_0},
    {"meshConfig.rootNamespace", Version::kV2_1, Version::kV2_6},
    {"global.prometheusNamespace", Version::kV2_0, Version::kV2_6},
    {"global.configRootNamespace", Version::kV2_0, Version::kV2_6},
    {"global.configNamespace", Version::kV2_0, Version::kV2_6},
}};

void force_places(const Mesh& mesh, const ClusterFacts& cluster, Tree& istio) {
  const bool istiod = facts(mesh.version).istiod;
  if (istiod) {
    istio.set("revision", Value(mesh.name));
    istio.set("meshConfig.ingressControllerMode", Value("OFF"));
  } else {
    istio.set("global.operatorNamespace", Value(cluster.operator_namespace));
  }
  istio.set("istio_cni.enabled", Value(cluster.cni));
  istio.set("istio_cni.istio_cni_network", Value(cni_network_name(mesh.version)));
  for (const NamespacePlace& place : kNamespacePlaces) {
    if (mesh.version < place.since || mesh.version > place.until) continue;
    istio.set(place.path, Value(mesh.name_space));
  }
}

// A Jaeger that somebody else made is used as it is.
void use_foreign_jaeger(const Mesh& mesh, const FoundResource& jaeger, Tree& istio) {
  const bool one_pod = jaeger.strategy.empty() || jaeger.strategy == "allInOne";
  istio.set("tracing.jaeger.template", Value(one_pod ? "all-in-one" : "production-elasticsearch"));
  if (facts(mesh.version).istiod) {
    istio.set("tracing.jaeger.install", Value(false));
    return;
  }
  istio.set("tracing.enabled", Value(false));
  if (text_at(istio.root(), "kiali.jaegerInClusterURL").empty()) {
    istio.set("kiali.jaegerInClusterURL",
              Value("https://" + jaeger_name(istio.root()) + "-query." + mesh.name_space + ".svc"));
  }
}

void force_jaeger(const Mesh& mesh, const ClusterFacts& cluster, Tree& istio) {
  const Value& values = istio.root();
  if (!enabled(values, "tracing") || text_at(values, "tracing.provider") != "jaeger") return;
  const std::string_view address = mesh.version >= Version::kV2_1
                                       ? "meshConfig.defaultConfig.tracing.zipkin.address"
                                       : "global.tracer.zipkin.address";
  istio.set(address, Value(jaeger_name(values) + "-collector." + mesh.name_space + ".svc:9411"));
  if (cluster.jaeger && !cluster.jaeger->owned) {
    use_foreign_jaeger(mesh, *cluster.jaeger, istio);
  } else if (!cluster.jaeger || facts(mesh.version).istiod) {
    istio.set("tracing.jaeger.install", Value(true));
  }
}

void force_addons(const Mesh& mesh, const ClusterFacts& cluster, Tree& istio) {
  force_jaeger(mesh, cluster, istio);
  if (mesh.version >= Version::kV2_4 && enabled(istio.root(), "prometheus")) {
    List members;
    for (const std::string& member : cluster.members) members.emplace_back(member);
    istio.set("prometheus.scrapingNamespaces", Value(std::move(members)));
  }
  if (facts(mesh.version).istiod && enabled(istio.root(), "kiali")) {
    istio.set("kiali.install", Value(!cluster.kiali || cluster.kiali->owned));
  }
}

// The store of rate limits, as environment of the service that keeps them.
void force_rate_limits(const Mesh& mesh, Tree& istio) {
  const std::string service = "rateLimiting.rls";
  const Value& values = istio.root();
  if (mesh.version < Version::kV2_1 || !enabled(values, service)) return;
  const Value* address = at(values, service + ".storageAddress");
  const std::string backend(text_at(values, service + ".storageBackend"));
  if (backend.empty() || address == nullptr) return;
  const Value to = *address;
  if (backend == "redis") {
    istio.set(service + ".env.REDIS_SOCKET_TYPE", Value("tcp"));
    istio.set(service + ".env.REDIS_URL", to);
  } else {
    istio.set(service + ".env.BACKEND_TYPE", Value("memcache"));
    istio.set(service + ".env.MEMCACHE_HOST_PORT", to);
  }
}

// ---- Gateways --------------------------------------------------------------------------------

// The values in which one gateway is the only one, under the name that its chart knows.
Value gateway_tree(const Mesh& mesh, const ClusterFacts& cluster, const Value& istio,
                   std::string_view name, bool ingress) {
  const Value& gateways = *istio.find("gateways");
  Value gateway = *gateways.find(name);
  if (mesh.version >= Version::kV2_1 && text_at(gateway, "labels.app").empty()) {
    put(gateway, "labels.app", Value(name));
  }
  const std::string name_space = name_or(gateway, "namespace", mesh.name_space);
  if (mesh.version >= Version::kV2_2 && !cluster.user_ids.contains(name_space)) {
    for (std::string_view key : {"runAsUser", "runAsGroup", "fsGroup"}) {
      if (at(gateway, key) == nullptr) gateway.set(key, Value(kUser));
    }
  }
  Value only{Map{}};
  if (const Value* revision = gateways.find("revision")) only.set("revision", *revision);
  only.set(ingress ? "istio-ingressgateway" : "istio-egressgateway", std::move(gateway));
  Value values = istio;
  values.set("gateways", std::move(only));
  return values;
}

struct GatewayName {
  std::string name;
  bool ingress;
};

// The mesh's own gateways first, then the additional ones by name.
std::vector<GatewayName> gateway_names(const Value& spec, bool ingress) {
  std::vector<GatewayName> names = {
      {ingress ? "istio-ingressgateway" : "istio-egressgateway", ingress}};
  const Value* more =
      at(spec, ingress ? "gateways.additionalIngress" : "gateways.additionalEgress");
  if (more == nullptr) return names;
  for (const document::Member& member : *more->if_map()) names.push_back({member.key, ingress});
  std::sort(names.begin() + 1, names.end(),
            [](const GatewayName& a, const GatewayName& b) { return a.name < b.name; });
  return names;
}

// ---- Charts ----------------------------------------------------------------------------------

class Renderer {
 public:
  Renderer(const Mesh& mesh, const ClusterFacts& cluster, Rendering& out)
      : mesh_(mesh), cluster_(cluster), out_(out) {
    istio_ = *out.effective.values.find("istio");
    merge_values(istio_, cluster.chart_defaults);
  }

  void render() {
    for (const Chart& chart : charts()) {
      if (mesh_.version < chart.since || mesh_.version > chart.until) continue;
      switch (chart.kind) {
        case ChartKind::kMesh:
          if (is_wanted(chart)) add(chart, chart.name, istio_);
          break;
        case ChartKind::kIngress:
        case ChartKind::kEgress:
          add_gateways(chart);
          break;
        case ChartKind::kThreeScale: {
          const Value& values = *out_.effective.values.find("threeScale");
          const bool* on = bool_at(values, "enabled");
          if (on != nullptr && *on) add(chart, chart.name, values);
          break;
        }
      }
    }
    std::stable_sort(out_.releases.begin(), out_.releases.end(),
                     [](const Release& a, const Release& b) { return a.group < b.group; });
  }

 private:
  bool is_wanted(const Chart& chart) const {
    if (chart.enabled_by.front().empty()) return true;
    for (std::string_view component : chart.enabled_by) {
      if (component.empty()) continue;
      const bool* flag = bool_at(istio_, std::string(component) + ".enabled");
      if (flag != nullptr && *flag) return true;
      // The charts' own default is that of the last one.
      const bool last = component == chart.enabled_by.back() || chart.enabled_by.back().empty();
      if (flag == nullptr && last && chart.enabled_otherwise) return true;
    }
    return false;
  }

  void add(const Chart& chart, std::string_view name, Value values, std::string gateway = "") {
    Release release;
    release.name =
        release_name(mesh_.name, (gateway.empty() ? "" : "gateway-") + object_name(name));
    release.chart = chart.name;
    release.path = chart.path;
    release.name_space = mesh_.name_space;
    release.gateway = std::move(gateway);
    release.group = chart.group;
    release.values = std::move(values);
    out_.releases.push_back(std::move(release));
  }

  void add_gateways(const Chart& chart) {
    const Value* gateways = at(istio_, "gateways");
    if (gateways == nullptr || !enabled(istio_, "gateways")) return;
    const bool ingress = chart.kind == ChartKind::kIngress;
    for (const GatewayName& gateway : gateway_names(out_.effective.spec, ingress)) {
      const Value* values = gateways->find(gateway.name);
      if (values == nullptr || !values->is_map()) continue;
      const bool* on = bool_at(*values, "enabled");
      if (on == nullptr || !*on) continue;
      add(chart, gateway.name, gateway_tree(mesh_, cluster_, istio_, gateway.name, ingress),
          gateway.name);
    }
  }

  const Mesh& mesh_;
  const ClusterFacts& cluster_;
  Rendering& out_;
  Value istio_;
};

}  // namespace

std::string jaeger_name(const Value& istio) {
  return name_or(istio, "tracing.jaeger.resourceName", "jaeger");
}

std::string kiali_name(const Value& istio) { return name_or(istio, "kiali.resourceName", "kiali"); }

Result<Rendering> render(const Value& smcp, const ProfileSource& source,
                         const ClusterFacts& cluster) {
  auto effective = apply_profiles(smcp, source);
  if (!effective) return effective.error();
  return render_effective(smcp, *std::move(effective), cluster);
}

Result<Rendering> render_effective(const Value& smcp, Effective effective,
                                   const ClusterFacts& cluster) {
  Rendering out{std::move(effective), {}};
  const Mesh mesh{name_or(smcp, "metadata.name", "basic"),
                  name_or(smcp, "metadata.namespace", "istio-system"), out.effective.version};
  Faults faults;
  Tree istio(*out.effective.values.find("istio"), faults);
  force_places(mesh, cluster, istio);
  force_addons(mesh, cluster, istio);
  if (faults.any()) return invalid(faults.first());
  auto back = spec_to_v2(out.effective.values);
  if (!back) return back.error();
  out.effective.spec = *std::move(back);
  if (mesh.version >= Version::kV2_1) {
    std::string wrong = check_rate_limiting(istio.root());
    if (!wrong.empty()) return Error{kBadValues, std::move(wrong)};
  }
  force_rate_limits(mesh, istio);
  if (faults.any()) return invalid(faults.first());
  Renderer(mesh, cluster, out).render();
  return out;
}

}  // namespace mesh::smcp
