// The built-in profiles: base and small say how a mesh is set up, maistra and servicemesh with which
// images (of the community and of the product), gateway-controller makes a mesh that only serves
// the Gateway API.
#include <algorithm>
#include <array>
#include <string>

#include "libmesh/document/yaml.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/profiles.h"

namespace mesh::smcp {
namespace {

// ---- v2.x ------------------------------------------------------------------------------------

constexpr std::string_view kBase = R"(
gateways:
  {enabled: true, openshiftRoute: {enabled: true}, egress: {enabled: true},
   ingress: {enabled: true, ingress: false, service: {type: ClusterIP}}}
general: {logging: {componentLevels: {default: warn}}}
proxy:
  injection: {autoInject: false}
  networking: {protocol: {autoDetect: {inbound: false, outbound: false}}, dns: {refreshRate: 300s}}
security: {identity: {type: Kubernetes}}
telemetry: {type: Istiod}
policy: {type: None}
tracing: {type: Jaeger}
addons:
  prometheus: {enabled: true, install: {service: {ingress: {enabled: true}}}}
  grafana: {enabled: true, install: {service: {ingress: {enabled: true}}}}
  kiali:
    {enabled: true, name: kiali,
     install: {dashboard: {viewOnly: false}, service: {ingress: {enabled: true}}}}
  jaeger: {name: jaeger, install: {storage: {type: Memory}, ingress: {enabled: true}}}
techPreview: {sidecarInjectorWebhook: {objectSelector: {enabled: false}}}
)";

constexpr std::string_view kGatewayController = R"(
mode: ClusterWide
gateways: {enabled: false}
tracing: {type: None}
addons: {grafana: {enabled: false}, kiali: {enabled: false}, prometheus: {enabled: false}}
techPreview:
  global: {caCertConfigMapName: ossm-ca-root-cert}
  gatewayAPI: {enabled: true, controllerMode: true}
)";

// What a component takes where there is little.
constexpr std::string_view kLittle = "{requests: {cpu: 10m, memory: 128Mi}}";
constexpr std::string_view kServingCertificate =
    "service.alpha.openshift.io/serving-cert-secret-name";

struct Component {
  std::string_view name;
  std::string_view image;  // without the suffix of the vendor
  Version since;
  Version until;
  bool small;        // in the profile small
  bool autoscaling;  // … which switches this off
};
constexpr std::array<Component, 8> kComponents = {{
    {"grafana", "grafana", Version::kV2_0, Version::kV2_6, false, false},
    {"mixer", "mixer", Version::kV2_0, Version::kV2_0, false, false},
    {"mixer.policy", "mixer", Version::kV2_0, Version::kV2_0, true, true},
    {"mixer.telemetry", "mixer", Version::kV2_0, Version::kV2_0, true, true},
    {"pilot", "pilot", Version::kV2_0, Version::kV2_6, true, true},
    {"prometheus", "prometheus", Version::kV2_0, Version::kV2_6, true, false},
    {"wasmExtensions.cacher", "pilot", Version::kV2_0, Version::kV2_2, true, false},
    {"rateLimiting.rls", "ratelimit", Version::kV2_1, Version::kV2_6, false, false},
}};

struct Vendor {
  std::string_view profile;
  std::string_view registry;
  std::string_view suffix;
  std::string_view init_image;
  std::string_view oauth_registry;
  std::string_view oauth_image;
  std::string_view oauth_prefix;  // of its tag
  std::string_view threescale_registry;
  std::string_view threescale_image;
  std::string_view threescale_prefix;
  std::string_view ior_image;  // v1.1
};
constexpr std::array<Vendor, 2> kVendors = {{
    {"maistra", "docker.io/maistra", "-ubi8", "proxy-init-centos7", "quay.io/openshift",
     "origin-oauth-proxy", "", "quay.io/3scale", "3scale-istio-adapter", "v", "istio-ior-ubi8"},
    {"servicemesh", "registry.redhat.io/openshift-service-mesh", "-rhel8", "proxy-init-rhel7",
     "registry.redhat.io/openshift4", "ose-oauth-proxy", "v",
     "registry.redhat.io/openshift-service-mesh", "3scale-istio-adapter-rhel8", "", "ior-rhel8"},
}};

struct Release {
  Version version;
  std::string_view maistra;      // tag of its images
  std::string_view servicemesh;  // likewise
  std::string_view oauth;
};
constexpr std::array<Release, 7> kReleases = {{
    {Version::kV2_0, "2.0.11", "2.0.11", "4.4"},
    {Version::kV2_1, "2.1.6", "2.1.6", "4.4"},
    {Version::kV2_2, "2.2.1", "2.2.6", "4.4"},
    {Version::kV2_3, "2.3.3", "2.3.3", "4.4"},
    {Version::kV2_4, "2.4.0", "2.4.0", "4.9"},
    {Version::kV2_5, "2.5.0", "2.5.0", "4.9"},
    {Version::kV2_6, "2.6.0", "2.6.0", "4.9"},
}};

Value parse(std::string_view text) {
  Diagnostics diagnostics;
  return document::read_yaml(text, "", diagnostics).front().root;
}

Value& child(Value& parent, std::string_view key) {
  Value* found = parent.find(key);
  return found != nullptr ? *found : parent.set(key, Value(Map{}));
}

// spec.runtime.components.<name>; names hold dots.
Value& component(Value& spec, std::string_view name) {
  return child(child(child(spec, "runtime"), "components"), name);
}

bool in(const Component& candidate, Version version) {
  return version >= candidate.since && version <= candidate.until;
}

Value base(Version version) {
  Value spec = parse(kBase);
  for (std::string_view addon : {"prometheus", "grafana"}) {
    Value certificate{Map{}};
    certificate.set(kServingCertificate, Value(std::string(addon) + "-tls"));
    put(spec, "addons." + std::string(addon) + ".install.service.metadata.annotations",
        std::move(certificate));
  }
  if (version == Version::kV2_0) put(spec, "techPreview.wasmExtensions.enabled", Value(false));
  return spec;
}

Value small(Version version) {
  const Value little = parse(kLittle);
  Value spec{Map{}};
  put(spec, "runtime.defaults.deployment.podDisruption.enabled", Value(false));
  put(spec, "runtime.defaults.container.resources", little);
  put(spec, "proxy.runtime.container.resources", little);
  for (const Component& each : kComponents) {
    if (!each.small || !in(each, version)) continue;
    Value& runtime = component(spec, each.name);
    put(runtime, "container.resources", little);
    if (each.autoscaling) put(runtime, "deployment.autoScaling.enabled", Value(false));
  }
  for (std::string_view gateway : {"gateways.ingress.runtime", "gateways.egress.runtime"}) {
    Value& runtime = put(spec, gateway, Value(Map{}));
    put(runtime, "container.resources", little);
    put(runtime, "deployment.autoScaling.enabled", Value(false));
  }
  return spec;
}

void set_container(Value& spec, std::string_view name, std::string_view registry,
                   std::string_view image, const std::string& tag) {
  Value& container = child(component(spec, name), "container");
  container.set("imageRegistry", Value(registry));
  container.set("imageName", Value(image));
  container.set("imageTag", Value(tag));
}

Value images(const Vendor& vendor, Version version) {
  const Release& release = *std::find_if(kReleases.begin(), kReleases.end(),
                                         [&](const Release& r) { return r.version == version; });
  const bool community = vendor.profile == "maistra";
  Value spec = parse("profiles: [base, small]");
  put(spec, "runtime.defaults.container.imageRegistry", Value(vendor.registry));
  put(spec, "runtime.defaults.container.imageTag",
      Value(community ? release.maistra : release.servicemesh));
  const auto named = [&](std::string_view image) {
    return Value(std::string(image) + std::string(vendor.suffix));
  };
  for (const Component& each : kComponents) {
    if (in(each, version))
      put(component(spec, each.name), "container.imageName", named(each.image));
  }
  set_container(spec, "3scale", vendor.threescale_registry, vendor.threescale_image,
                std::string(vendor.threescale_prefix) + "2.0.0");
  set_container(spec, "global.oauthproxy", vendor.oauth_registry, vendor.oauth_image,
                std::string(vendor.oauth_prefix) + std::string(release.oauth));
  put(component(spec, "global.oauthproxy"), "container.imagePullPolicy", Value("IfNotPresent"));
  put(spec, "proxy.runtime.container.imageName", named("proxyv2"));
  put(spec, "proxy.networking.initialization.initContainer.runtime.imageName",
      Value(vendor.init_image));
  return spec;
}

// ---- v1.1 ------------------------------------------------------------------------------------

constexpr std::string_view kBaseV1 = R"(
istio:
  global:
    tag: 1.1.18
    proxy: {autoInject: disabled, dnsRefreshRate: 300s}
    oauthproxy: {tag: 4.2, imagePullPolicy: IfNotPresent}
    defaultPodDisruptionBudget: {enabled: false}
  istio_cni: {repair: {enabled: false}}
  pilot: {env: {GODEBUG: null}}
  mixer: {env: {GODEBUG: null}}
  grafana: {enabled: true, ingress: {enabled: true}}
  tracing: {enabled: true, ingress: {enabled: true}}
  kiali: {enabled: true, dashboard: {viewOnlyMode: false}, ingress: {enabled: true}}
  sidecarInjectorWebhook: {enableNamespacesByDefault: true}
  gateways:
    istio-egressgateway: {enabled: true}
    istio-ingressgateway: {enabled: true, ior_enabled: false, type: ClusterIP}
  prometheus: {ingress: {enabled: true}}
threeScale: {}
)";
constexpr std::array<std::string_view, 9> kLittleV1 = {
    "global.defaultResources",
    "global.proxy.resources",
    "security.resources",
    "galley.resources",
    "pilot.resources",
    "mixer.telemetry.resources",
    "gateways.istio-egressgateway.resources",
    "gateways.istio-ingressgateway.resources",
    "prometheus.resources",
};
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kImagesV1 = {{
    {"global.proxy.image", "proxyv2"},
    {"galley.image", "galley"},
    {"grafana.image", "grafana"},
    {"mixer.image", "mixer"},
    {"pilot.image", "pilot"},
    {"security.image", "citadel"},
    {"sidecarInjectorWebhook.image", "sidecar-injector"},
    {"prometheus.image", "prometheus"},
}};

Value base_v1() {
  Value spec = parse(kBaseV1);
  Value little = parse(kLittle);
  little.set("limits", Value());  // a null takes the charts' limits away
  Value& istio = *spec.find("istio");
  for (std::string_view path : kLittleV1) put(istio, path, little);
  for (std::string_view addon : {"prometheus", "grafana"}) {
    Value certificate{Map{}};
    certificate.set(kServingCertificate, Value(std::string(addon) + "-tls"));
    put(istio, std::string(addon) + ".service.annotations", std::move(certificate));
  }
  return spec;
}

Value images_v1(const Vendor& vendor) {
  Value spec = parse("template: base");
  Value& istio = spec.set("istio", Value(Map{}));
  put(istio, "global.hub", Value(vendor.registry));
  for (const auto& [path, image] : kImagesV1) {
    put(istio, path, Value(std::string(image) + std::string(vendor.suffix)));
  }
  if (vendor.profile == "maistra") put(istio, "global.proxy.autoInject", Value("disabled"));
  put(istio, "global.proxy_init.image", Value(vendor.init_image));
  put(istio, "global.oauthproxy.image", Value(vendor.oauth_image));
  put(istio, "global.oauthproxy.hub", Value(vendor.oauth_registry));
  put(istio, "tracing.jaeger.template", Value("all-in-one"));
  put(istio, "gateways.istio-ingressgateway.ior_image", Value(vendor.ior_image));
  put(spec, "threeScale.hub", Value(vendor.threescale_registry));
  put(spec, "threeScale.image", Value(vendor.threescale_image));
  put(spec, "threeScale.tag", Value(std::string(vendor.threescale_prefix) + "1.0.0"));
  return spec;
}

Value object(std::string_view api_version, std::string_view name, Value spec) {
  Value out{Map{}};
  out.set("apiVersion", Value("maistra.io/" + std::string(api_version)));
  out.set("kind", Value("ServiceMeshControlPlane"));
  put(out, "metadata.name", Value(name));
  out.set("spec", std::move(spec));
  return out;
}

std::optional<Value> built_in_v1(std::string_view name) {
  if (name == "base") return object("v1", name, base_v1());
  for (const Vendor& vendor : kVendors) {
    if (vendor.profile == name) return object("v1", name, images_v1(vendor));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Value> built_in_profile(Version version, std::string_view name) {
  if (version == Version::kV1_1) return built_in_v1(name);
  if (name == "base") return object("v2", name, base(version));
  if (name == "small") return object("v2", name, small(version));
  if (name == "gateway-controller" && version >= Version::kV2_4) {
    return object("v2", name, parse(kGatewayController));
  }
  for (const Vendor& vendor : kVendors) {
    if (vendor.profile == name) return object("v2", name, images(vendor, version));
  }
  return std::nullopt;
}

std::vector<std::string_view> built_in_profiles(Version version) {
  std::vector<std::string_view> names;
  for (std::string_view name : {"base", "gateway-controller", "maistra", "servicemesh", "small"}) {
    if (built_in_profile(version, name)) names.push_back(name);
  }
  names.insert(std::upper_bound(names.begin(), names.end(), "default"), "default");
  return names;
}

}  // namespace mesh::smcp
