// spec.proxy from values: what proxy_fields.h cannot say.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/smcp/logging.h"
#include "libmesh/smcp/proxy_fields.h"
#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kWebhook = "sidecarInjectorWebhook.";

void init_from_values(Parts& values, Value& spec) {
  if (auto type = values.tree(kProxyPart).take_string("initType"); type && !type->empty()) {
    if (*type != "CNI" && *type != "InitContainer") {
      // Upstream dereferences nil for its message here.
      values.all().faults().add("unknown proxy init type: " + *type);
      return;
    }
    put(spec, "proxy.networking.initialization.type", Value(*type));
  }
  Tree& all = values.all();
  auto init = all.get_map("global.proxy_init");
  if (!init || init->if_map()->empty()) return;
  Tree tree(*init, all.faults());
  Value runtime{Map{}};
  if (container_from_values(tree, runtime)) {
    put(spec, "proxy.networking.initialization.initContainer.runtime", std::move(runtime));
  }
  if (init->if_map()->empty()) {
    all.remove("global.proxy_init");
  } else {
    all.set("global.proxy_init", std::move(*init));
  }
}

void detection_from_values(Parts& values, Value& spec) {
  for (std::string_view part : {kProxyPart, kMeshConfigPart}) {
    auto timeout = values.tree(part).take_string("protocolDetectionTimeout");
    if (timeout && !timeout->empty()) put(spec, kDetectionTimeout, Value(*timeout));
  }
}

// Without the suffixes that the cluster section added.
void search_suffixes_from_values(Tree& all, Value& spec) {
  auto suffixes = all.take_strings("global.podDNSSearchNamespaces");
  if (!suffixes) return;
  if (auto added = all.take_strings("global.multiCluster.addedSearchSuffixes")) {
    for (const std::string& suffix : *added) {
      auto found = std::find(suffixes->begin(), suffixes->end(), suffix);
      if (found != suffixes->end()) suffixes->erase(found);
    }
  }
  if (suffixes->empty()) return;
  put(spec, "proxy.networking.dns.searchSuffixes", texts_value(*suffixes));
}

void auto_inject_from_values(Parts& values, Value& spec) {
  constexpr std::string_view kField = "proxy.injection.autoInject";
  const std::string by_default = std::string(kWebhook) + "enableNamespacesByDefault";
  if (auto text = values.tree(kProxyPart).take_string("autoInject")) {
    put(spec, kField, Value(*text == "enabled"));
    values.all().remove(by_default);
  } else if (auto enabled = values.all().take_bool(by_default)) {
    put(spec, kField, Value(*enabled));
  }
}

void selectors_from_values(std::string_view name, Tree& all, Value& spec) {
  const std::string path = std::string(kWebhook) + std::string(name);
  const Value* found = all.find(path);
  if (found == nullptr) return;
  Value& injection =
      put(spec, "proxy.injection",
          at(spec, "proxy.injection") == nullptr ? Value(Map{}) : *at(spec, "proxy.injection"));
  if (found->is_list()) {
    List selectors;
    for (const Value& selector : *found->if_list()) {
      Result<Value> decoded = decode(selector, shape("LabelSelector"), path);
      if (!decoded) return all.faults().add(decoded.error().message);
      selectors.push_back(std::move(*decoded));
    }
    injection.set(name, Value(std::move(selectors)));
  } else if (!found->is_null()) {
    return all.faults().add(path + ": must be a list");
  }
  all.remove(path);
}

void annotations_from_values(Tree& all, Value& spec) {
  const std::string path = std::string(kWebhook) + "injectedAnnotations";
  auto annotations = all.get_map(path);
  if (!annotations) return;
  Value taken{Map{}};
  for (const document::Member& member : *std::as_const(*annotations).if_map()) {
    // A YAML number or boolean is read as text into a map of texts.
    taken.set(member.key, member.value.is_null() ? Value("") : Value(go_text(member.value)));
  }
  put(spec, "proxy.injection.injectedAnnotations", std::move(taken));
  all.remove(path);
}

void injection_from_values(Parts& values, Value& spec) {
  auto_inject_from_values(values, spec);
  selectors_from_values("alwaysInjectSelector", values.all(), spec);
  selectors_from_values("neverInjectSelector", values.all(), spec);
  annotations_from_values(values.all(), spec);
}

void typed_from_values(std::string_view name, std::string_view type, Tree& values, Value& out) {
  auto given = values.get_map(name);
  if (!given || given->if_map()->empty()) return;
  Result<Value> taken = take_decoded(*given, shape(type), name);
  if (!taken) return values.faults().add(taken.error().message);
  out.set(name, std::move(*taken));
  if (given->if_map()->empty()) {
    values.remove(name);
  } else {
    values.set(name, std::move(*given));
  }
}

// Nothing, or the service that the values describe (which keep what they say beside it).
std::optional<Value> take_envoy_service(Tree& values, std::string_view name) {
  auto root = values.get_map(name);
  if (!root || root->if_map()->empty()) return std::nullopt;
  Tree service(*root, values.faults());
  Value out{Map{}};
  if (auto enabled = service.take_bool("enabled")) out.set("enabled", Value(*enabled));
  if (auto host = service.take_string("host")) {
    auto port = service.take_string("port");
    if (port && !port->empty()) *host += ":" + *port;
    out.set("address", Value(*host));
  }
  typed_from_values("tcpKeepalive", "TCPKeepalive", service, out);
  typed_from_values("tlsSettings", "ClientTLSSettings", service, out);
  const std::string place(name == "defaultConfig.envoyMetricsService" ? "envoyMetricsService"
                                                                      : name);
  if (root->if_map()->empty()) {
    values.remove(name);
  } else {
    values.set(place, std::move(*root));
  }
  return out;
}

void put_service(std::string_view field, std::optional<Value> service, Value& spec) {
  if (service && !service->if_map()->empty()) put(spec, field, std::move(*service));
}

void services_from_values(Parts& values, Value& spec) {
  constexpr std::string_view kAccessLog = "proxy.accessLogging.envoyService";
  constexpr std::string_view kMetrics = "proxy.envoyMetricsService";
  Tree& proxy = values.tree(kProxyPart);
  Tree& mesh = values.tree(kMeshConfigPart);
  put_service(kAccessLog, take_envoy_service(proxy, "envoyAccessLogService"), spec);
  if (auto service = take_envoy_service(mesh, "defaultConfig.envoyAccessLogService")) {
    const bool described = !service->if_map()->empty();
    auto enabled = mesh.take_bool("enableEnvoyAccessLogService");
    if (enabled) service->set("enabled", Value(*enabled));
    if (described) {
      put(spec, kAccessLog, std::move(*service));
    } else if (enabled && at(spec, "proxy.accessLogging") == nullptr) {
      put(spec, "proxy.accessLogging", Value(Map{}));
    }
  }
  put_service(kMetrics, take_envoy_service(proxy, "envoyMetricsService"), spec);
  put_service(kMetrics, take_envoy_service(mesh, "defaultConfig.envoyMetricsService"), spec);
}

void runtime_from_proxy_values(Parts& values, Value& spec) {
  Value container{Map{}};
  bool found = container_from_values(values.tree(kProxyPart), container);
  if (auto env = values.tree(kMeshConfigPart).take_labels("defaultConfig.proxyMetadata")) {
    container.set("env", std::move(*env));
    found = true;
  }
  if (found) put(spec, "proxy.runtime.container", std::move(container));
  if (auto rewrite = values.all().take_bool(std::string(kWebhook) + "rewriteAppHTTPProbe")) {
    put(spec, "proxy.runtime.readiness.rewriteApplicationProbes", Value(*rewrite));
  }
}

void close(Parts& values) {
  Tree& mesh = values.tree(kMeshConfigPart);
  const Value* defaults = mesh.root().find("defaultConfig");
  if (defaults != nullptr &&
      (defaults->is_null() || (defaults->is_map() && defaults->if_map()->empty()))) {
    mesh.remove("defaultConfig");
  }
  values.close(kProxyPart);
  values.close(kMeshConfigPart);
}

}  // namespace

void proxy_from_values(Tree& tree, const Context&, Value& spec) {
  Parts values(tree);
  if (!values.open(kProxyPart) || !values.open(kMeshConfigPart)) return;
  tree.remove("istio_cni.enabled");  // written beside initType
  fields_from_values(kProxyFields, values, spec);
  auto levels = values.tree(kProxyPart).take_string("componentLogLevel");
  if (levels && !levels->empty()) {
    put(spec, "proxy.logging.componentLevels", parse_log_levels(*levels, tree.faults()));
  }
  init_from_values(values, spec);
  detection_from_values(values, spec);
  search_suffixes_from_values(tree, spec);
  injection_from_values(values, spec);
  services_from_values(values, spec);
  runtime_from_proxy_values(values, spec);
  if (!tree.failed()) close(values);
}

}  // namespace mesh::smcp
