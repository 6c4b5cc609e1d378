#include "libmesh/injection/forms/prepared.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/prepared_parts.h"
#include "libmesh/injection/forms/resources.h"
#include "libmesh/injection/forms/text.h"
#include "libmesh/injection/settings.h"

namespace mesh::injection::forms {
namespace {

// Whether the values have the shape that the templates' texts count on. Texts between quotes may
// be anything quotable; others must stay what they are in YAML.
class Shape {
 public:
  explicit Shape(const Value& values) : values_(values) {}

  bool maps(std::initializer_list<std::string_view> paths) const {
    return all(paths, [](const Value* value) { return value != nullptr && value->is_map(); });
  }
  // `annotation` prints these, or the template puts them between quotes.
  bool quoted(std::initializer_list<std::string_view> paths) const {
    return all(paths,
               [](const Value* value) { return is_scalar(value) && is_quotable(sprint(value)); });
  }
  // Absent or quotable.
  bool optional(std::initializer_list<std::string_view> paths) const {
    return all(paths, [](const Value* value) {
      return value == nullptr || value->is_null() ||
             (is_scalar(value) && is_quotable(sprint(value)));
    });
  }
  // Texts that template functions compare with other texts.
  bool strings(std::initializer_list<std::string_view> paths) const {
    return all(paths, [](const Value* value) {
      return value != nullptr && value->is_string() && is_quotable(*value->if_string());
    });
  }
  // Part of an argument.
  bool plain(std::initializer_list<std::string_view> paths) const {
    return all(paths,
               [](const Value* value) { return is_scalar(value) && is_plain_part(sprint(value)); });
  }
  // A plain scalar of its own that stays a string; empty and absent pass with `or_empty`.
  bool names(std::initializer_list<std::string_view> paths, bool or_empty = false) const {
    return all(paths, [or_empty](const Value* value) {
      if (value == nullptr || value->is_null()) return or_empty;
      const std::string* text = value->if_string();
      if (text == nullptr) return false;
      return text->empty() ? or_empty : is_plain_string(*text);
    });
  }
  bool numbers(std::initializer_list<std::string_view> paths) const {
    return all(paths, [](const Value* value) {
      return value != nullptr && value->if_int() != nullptr && *value->if_int() >= 0 &&
             *value->if_int() < 1'000'000;
    });
  }
  bool flag(std::string_view path, bool or_absent = false) const {
    const Value* value = value_at(values_, path);
    return value == nullptr ? or_absent : value->if_bool() != nullptr;
  }

 private:
  static bool is_scalar(const Value* value) {
    return value != nullptr && !value->is_null() && !value->is_list() && !value->is_map();
  }
  template <typename Holds>
  bool all(std::initializer_list<std::string_view> paths, Holds holds) const {
    return std::all_of(paths.begin(), paths.end(),
                       [&](std::string_view path) { return holds(value_at(values_, path)); });
  }

  const Value& values_;
};

bool pull_secrets_fit(const Value& values) {
  const Value* secrets = value_at(values, "global.imagePullSecrets");
  if (!is_truthy(secrets)) return true;
  const List* names = secrets->if_list();
  return names != nullptr && std::all_of(names->begin(), names->end(), [](const Value& name) {
           return name.is_string() && is_plain_string(*name.if_string());
         });
}

// What all forms with a proxy read.
bool proxy_fits(const Settings& settings) {
  const Value& values = settings.values;
  const Shape shape(values);
  const std::string_view trust_domain = settings.mesh_config.string_at("trustDomain");
  return shape.maps({"global", "global.proxy", "global.logging", "global.sts", "global.sds.token",
                     "global.multiCluster", "pilot", "pilot.env"}) &&
         shape.flag("pilot.env.ENABLE_CLUSTER_TRUST_BUNDLE_API", true) &&
         shape.quoted({"global.proxy.image"}) &&
         shape.plain({"global.proxy.logLevel", "global.proxy.componentLogLevel",
                      "global.logging.level", "global.proxy.clusterDomain"}) &&
         shape.names(
             {"global.pilotCertProvider", "global.istioNamespace", "global.sds.token.aud"}) &&
         shape.names({"global.caAddress", "global.trustBundleName"}, true) &&
         shape.strings({"revision", "global.caName"}) &&
         shape.optional({"global.multiCluster.clusterName", "global.network", "global.meshID",
                         "global.trustDomain", "global.imagePullPolicy",
                         "global.sts.servicePort"}) &&
         is_quotable(trust_domain) && pull_secrets_fit(values) &&
         is_quotable(settings.options.compliance_policy);
}

bool probe_fits(const Shape& shape) {
  return shape.numbers({"global.proxy.readinessInitialDelaySeconds",
                        "global.proxy.readinessPeriodSeconds",
                        "global.proxy.readinessFailureThreshold"}) &&
         shape.quoted({"global.proxy.statusPort"});
}

bool sidecar_fits(const Settings& settings) {
  const Shape shape(settings.values);
  const bool startup = is_truthy(value_at(settings.values, "global.proxy.startupProbe.enabled"));
  return proxy_fits(settings) && probe_fits(shape) &&
         shape.maps({"global.proxy_init", "pilot.cni", "global.proxy.startupProbe"}) &&
         shape.quoted({"global.proxy_init.image"}) &&
         shape.strings({"global.proxy.includeIPRanges", "global.proxy.excludeIPRanges",
                        "global.proxy.includeInboundPorts", "global.proxy.excludeInboundPorts",
                        "global.proxy.includeOutboundPorts", "global.proxy.excludeOutboundPorts",
                        "global.proxy.tracer"}) &&
         shape.optional({"global.proxy.capNetBindService", "global.proxy.outlierLogPath"}) &&
         shape.names({"pilot.crlConfigMapName"}, true) && shape.flag("global.proxy.privileged") &&
         (!startup || shape.numbers({"global.proxy.startupProbe.failureThreshold"}));
}

void prepare_texts(const Value& values, Prepared& out) {
  auto text = [&](std::string_view path) { return sprint(value_at(values, path)); };
  Replaceable& proxy = out.proxy;
  proxy.image = text("global.proxy.image");
  proxy.init_image = text("global.proxy_init.image");
  proxy.status_port = text("global.proxy.statusPort");
  proxy.log_level = text("global.proxy.logLevel");
  proxy.component_log_level = text("global.proxy.componentLogLevel");
  proxy.agent_log_level = text("global.logging.level");
  proxy.cap_net_bind_service = text("global.proxy.capNetBindService");
  proxy.include_outbound_ranges = text("global.proxy.includeIPRanges");
  proxy.exclude_outbound_ranges = text("global.proxy.excludeIPRanges");
  proxy.include_inbound_ports = text("global.proxy.includeInboundPorts");
  proxy.exclude_inbound_ports = text("global.proxy.excludeInboundPorts");
  proxy.include_outbound_ports = text("global.proxy.includeOutboundPorts");
  proxy.exclude_outbound_ports = text("global.proxy.excludeOutboundPorts");
  out.states_include_outbound_ports =
      is_truthy(value_at(values, "global.proxy.includeOutboundPorts"));
  out.states_exclude_outbound_ports =
      is_truthy(value_at(values, "global.proxy.excludeOutboundPorts"));
  auto number = [&](std::string_view path) {
    const Value* found = value_at(values, path);
    return found == nullptr ? Value() : *found;
  };
  proxy.readiness_initial_delay = number("global.proxy.readinessInitialDelaySeconds");
  proxy.readiness_period = number("global.proxy.readinessPeriodSeconds");
  proxy.readiness_failure_threshold = number("global.proxy.readinessFailureThreshold");
  out.startup_failure_threshold = number("global.proxy.startupProbe.failureThreshold");
  out.privileged = number("global.proxy.privileged");
  const Value* policy = value_at(values, "global.imagePullPolicy");
  if (is_truthy(policy)) out.pull_policy = sprint(policy);
  const Value* sts = value_at(values, "global.sts.servicePort");
  if (is_truthy(sts)) out.sts_port = "--stsPort=" + sprint(sts);
  const Value* outliers = value_at(values, "global.proxy.outlierLogPath");
  if (is_truthy(outliers)) out.outlier_log_path = "--outlierLogPath=" + sprint(outliers);
  out.istio_namespace = text("global.istioNamespace");
  out.domain = "$(POD_NAMESPACE).svc." + text("global.proxy.clusterDomain");
}

void prepare_switches(const Value& values, Prepared& out) {
  auto on = [&](std::string_view path) { return is_truthy(value_at(values, path)); };
  auto is = [&](std::string_view path, std::string_view text) {
    return sprint(value_at(values, path)) == text;
  };
  out.cni = on("pilot.cni.enabled");
  if (out.cni && is("pilot.cni.provider", "multus")) out.cni_network = "default/istio-cni";
  out.native_nftables = on("global.nativeNftables");
  out.force_iptables = on("global.proxy_init.forceApplyIptables");
  out.log_as_json = on("global.logAsJson");
  out.hold = on("global.proxy.holdApplicationUntilProxyStarts");
  out.datadog = is("global.proxy.tracer", "datadog");
  out.lightstep = is("global.proxy.tracer", "lightstep");
  out.mount_mtls_certs = on("global.mountMtlsCerts");
  out.startup_probe = on("global.proxy.startupProbe.enabled");
}

void prepare_documents(const Value& values, Prepared& out) {
  auto document = [&](std::string_view path) {
    const Value* found = value_at(values, path);
    return is_truthy(found) ? *found : Value();
  };
  out.resources = values_resources(value_at(values, "global.proxy.resources"));
  out.seccomp_profile = document("global.proxy.seccompProfile");
  out.lifecycle = document("global.proxy.lifecycle");
  out.pod_security_context = document("gateways.securityContext");
  if (out.pod_security_context.is_null()) {
    Map sysctl;
    add(sysctl, "name", "net.ipv4.ip_unprivileged_port_start");
    add(sysctl, "value", "0");
    out.pod_security_context = object("sysctls", Value(List{Value(std::move(sysctl))}));
  }
}

void prepare_mesh_config(const Value& mesh, Prepared& out) {
  auto port = [&](std::string_view field, std::string_view otherwise) {
    const Value* found = mesh.find(field);
    return is_truthy(found) ? sprint(found) : std::string(otherwise);
  };
  out.listen_port = port("proxyListenPort", "15001");
  out.inbound_listen_port = port("proxyInboundListenPort", "15006");
  const Value* providers = mesh.find("extensionProviders");
  const List* list = providers == nullptr ? nullptr : providers->if_list();
  if (list == nullptr) return;
  out.otel = std::any_of(list->begin(), list->end(), [](const Value& provider) {
    const Value* otel = provider.find("opentelemetry");
    return otel != nullptr &&
           otel->string_at("serviceAttributeEnrichment") == "OTEL_SEMANTIC_CONVENTIONS";
  });
}

void prepare_flavour(const Maistra* maistra, const Value& values, Prepared& out) {
  out.drop_capabilities = {"ALL"};
  if (maistra == nullptr) return;
  const Value* cni = value_at(values, "istio_cni.enabled");
  if (cni != nullptr) out.cni = is_truthy(cni);
  out.cni_network = out.cni ? maistra->cni_network : std::string();
  out.maistra_version = maistra->label_version;
  out.drop_capabilities.insert(out.drop_capabilities.end(), maistra->drop_capabilities.begin(),
                               maistra->drop_capabilities.end());
}

}  // namespace

std::shared_ptr<const Prepared> prepare(const Settings& settings) {
  auto out = std::make_shared<Prepared>();
  prepare_texts(settings.values, *out);
  prepare_switches(settings.values, *out);
  prepare_documents(settings.values, *out);
  prepare_mesh_config(settings.mesh_config, *out);
  prepare_flavour(settings.maistra.get(), settings.values, *out);
  prepare_environment(settings, *out);
  prepare_volumes(settings, *out);
  const Shape shape(settings.values);
  out->sidecar_fits = sidecar_fits(settings);
  out->gateway_fits = proxy_fits(settings) && probe_fits(shape) && shape.maps({"gateways"});
  out->agent_fits =
      proxy_fits(settings) && probe_fits(shape) && shape.strings({"global.proxy.image"});
  out->simple_fits = shape.strings({"global.istioNamespace"});
  return out;
}

}  // namespace mesh::injection::forms
