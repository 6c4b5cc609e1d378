// spec.proxy to values: what proxy_fields.h cannot say.
#include <string>
#include <utility>

#include "libmesh/smcp/logging.h"
#include "libmesh/smcp/proxy_fields.h"
#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

const Path kProxy = {"global", "proxy"};

void networking_to_values(const Value& networking, Tree& values) {
  const std::string_view type = text_at(networking, "initialization.type");
  if (type == "CNI" || type == "InitContainer") {
    values.set("global.proxy.initType", Value(type));
    values.set("istio_cni.enabled", Value(type == "CNI"));
  }
  if (const Value* runtime = at(networking, "initialization.initContainer.runtime")) {
    Value root{Map{}};
    Tree init(root, values.faults());
    container_to_values(*runtime, init);
    values.overwrite(root, {"global", "proxy_init"});
  }
  if (std::string_view timeout = text_at(networking, "protocol.autoDetect.timeout");
      !timeout.empty()) {
    values.set("meshConfig.protocolDetectionTimeout", Value(timeout));
  }
  if (const Value* suffixes = at(networking, "dns.searchSuffixes")) {
    values.set("global.podDNSSearchNamespaces", *suffixes);
  }
}

void selectors_to_values(const Value& injection, std::string_view name, Tree& values) {
  const Value* selectors = at(injection, name);
  if (selectors == nullptr || selectors->if_list()->empty()) return;
  List list;
  for (const Value& selector : *selectors->if_list()) {
    list.push_back(encode(selector, shape("LabelSelector")));
  }
  values.set("sidecarInjectorWebhook." + std::string(name), Value(std::move(list)));
}

void injection_to_values(const Value& injection, Tree& values) {
  if (const bool* enabled = bool_at(injection, "autoInject")) {
    values.set("sidecarInjectorWebhook.enableNamespacesByDefault", Value(*enabled));
    values.set("global.proxy.autoInject", Value(*enabled ? "enabled" : "disabled"));
  }
  selectors_to_values(injection, "alwaysInjectSelector", values);
  selectors_to_values(injection, "neverInjectSelector", values);
  const Value* annotations = at(injection, "injectedAnnotations");
  if (annotations != nullptr && !annotations->if_map()->empty()) {
    values.set("sidecarInjectorWebhook.injectedAnnotations", *annotations);
  }
}

void put_encoded(const Value& service, std::string_view name, std::string_view type, Value& out) {
  const Value* given = at(service, name);
  if (given == nullptr) return;
  Value encoded = encode(*given, shape(type));
  if (!encoded.if_map()->empty()) out.set(name, std::move(encoded));
}

// An Envoy service by its address; a port is text, and 80 unless given.
Value envoy_service(const Value& service) {
  Value out{Map{}};
  if (const bool* enabled = bool_at(service, "enabled")) out.set("enabled", Value(*enabled));
  if (std::string_view address = text_at(service, "address"); !address.empty()) {
    const size_t colon = address.find(':');
    out.set("host", Value(address.substr(0, colon)));
    out.set("port",
            colon == std::string_view::npos ? Value("80") : Value(address.substr(colon + 1)));
  }
  put_encoded(service, "tcpKeepalive", "TCPKeepalive", out);
  put_encoded(service, "tlsSettings", "ClientTLSSettings", out);
  return out;
}

void access_log_service_to_values(const Value& service, Tree& values) {
  const Value out = envoy_service(service);
  if (out.if_map()->empty()) return;
  values.overwrite(out, {"global", "proxy", "envoyAccessLogService"});
  const bool* enabled = bool_at(service, "enabled");
  if (enabled == nullptr) return;
  values.set("meshConfig.enableEnvoyAccessLogService", Value(*enabled));
  // The proxy does not look at the switch: the service stands there only when it is on.
  if (*enabled) values.overwrite(out, {"meshConfig", "defaultConfig", "envoyAccessLogService"});
}

void metrics_service_to_values(const Value& service, Tree& values) {
  const Value out = envoy_service(service);
  if (out.if_map()->empty()) return;
  values.overwrite(out, {"global", "proxy", "envoyMetricsService"});
  const bool* enabled = bool_at(service, "enabled");
  if (enabled != nullptr && *enabled) {
    values.overwrite(out, {"meshConfig", "defaultConfig", "envoyMetricsService"});
  }
}

void runtime_to_proxy_values(const Value& runtime, Tree& values) {
  if (const Value* container = at(runtime, "container")) {
    Value root{Map{}};
    Tree proxy(root, values.faults());
    common_container_to_values(*container, proxy);
    if (std::string_view image = text_at(*container, "imageName"); !image.empty()) {
      proxy.set("image", Value(image));
    }
    values.overwrite(root, kProxy);
    if (const Value* env = at(*container, "env")) {
      for (const document::Member& member : *env->if_map()) {
        values.set("meshConfig.defaultConfig.proxyMetadata." + member.key, member.value);
      }
    }
  }
  if (const Value* readiness = at(runtime, "readiness")) {
    const bool* rewrite = bool_at(*readiness, "rewriteApplicationProbes");
    values.set("sidecarInjectorWebhook.rewriteAppHTTPProbe", Value(rewrite != nullptr && *rewrite));
  }
}

}  // namespace

void proxy_to_values(Value& spec, const Context&, Tree& values) {
  const Value* proxy = at(spec, "proxy");
  if (proxy == nullptr) return;
  fields_to_values(kProxyFields, spec, values);
  const std::string levels = log_levels_text(at(*proxy, "logging.componentLevels"));
  if (!levels.empty()) values.set("global.proxy.componentLogLevel", Value(levels));
  if (const Value* networking = at(*proxy, "networking")) networking_to_values(*networking, values);
  if (const Value* injection = at(*proxy, "injection")) injection_to_values(*injection, values);
  if (const Value* service = at(*proxy, "accessLogging.envoyService")) {
    access_log_service_to_values(*service, values);
  }
  if (const Value* service = at(*proxy, "envoyMetricsService")) {
    metrics_service_to_values(*service, values);
  }
  if (const Value* runtime = at(*proxy, "runtime")) runtime_to_proxy_values(*runtime, values);
}

}  // namespace mesh::smcp
