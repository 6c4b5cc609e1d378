// The form `sidecar`.
#include <string>
#include <utility>

#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/environment.h"
#include "libmesh/injection/forms/forms.h"
#include "libmesh/injection/forms/init_container.h"
#include "libmesh/injection/forms/metadata.h"
#include "libmesh/injection/forms/parts.h"

namespace mesh::injection::forms {
namespace {

constexpr int64_t kProxyId = 1337;

// What the form decides before it writes.
struct Choice {
  std::string_view mode;  // "REDIRECT", "TPROXY", "NONE"
  bool native = false;
  bool tproxy = false;
  bool bind_service = false;
  bool trace_iptables = false;
};

Choice choose(View& view) {
  Choice out;
  out.mode = view.annotation(Known::kInterceptionMode, view.input.proxy_config.interception_mode);
  out.tproxy = out.mode == "TPROXY";
  out.bind_service = view.annotations.text_or(Known::kCapNetBindService,
                                              view.settings.proxy.cap_net_bind_service) == "true";
  const std::string_view stated = view.annotations.text(Known::kNativeSidecar);
  out.native = stated.empty() ? view.input.native_sidecars : stated != "false";
  out.trace_iptables =
      proxy_metadata_at(view.input.proxy_config, "IPTABLES_TRACE_LOGGING") == "true";
  return out;
}

Value exec(List command) { return object("exec", object("command", Value(std::move(command)))); }

Value lifecycle(View& view, const Choice& choice) {
  if (!view.settings.lifecycle.is_null()) return view.settings.lifecycle;
  const bool hold = view.input.proxy_config.hold_application || view.settings.hold;
  if (hold && !choice.native) {
    return object("postStart", exec(texts("pilot-agent", "wait")));
  }
  if (!choice.native) return Value();
  const Value port =
      argument(view, "--debug-port=", Known::kStatusPort, view.settings.proxy.status_port);
  return object("preStop",
                exec(texts("pilot-agent", "request", *port.if_string(), "POST", "drain")));
}

Value capabilities(const View& view, const Choice& choice) {
  Map out;
  List added;
  if (choice.trace_iptables || choice.tproxy) added.emplace_back("NET_ADMIN");
  if (!choice.trace_iptables && choice.bind_service) added.emplace_back("NET_BIND_SERVICE");
  if (!added.empty()) add(out, "add", Value(std::move(added)));
  add(out, "drop", drop_list(view));
  return Value(std::move(out));
}

Value security_context(const View& view, const Choice& choice) {
  const bool root = choice.trace_iptables || choice.tproxy || choice.bind_service;
  const auto usual = [](int64_t id) { return id == 0 ? kProxyId : id; };
  const int64_t group = root && !choice.trace_iptables ? kProxyId : usual(view.input.proxy_gid);
  const Value privileged = choice.trace_iptables ? Value(true) : view.settings.privileged;
  Map out;
  out.reserve(8);
  add(out, "allowPrivilegeEscalation", privileged);
  add(out, "capabilities", capabilities(view, choice));
  add(out, "privileged", privileged);
  add(out, "readOnlyRootFilesystem", Value(true));
  add(out, "runAsNonRoot", Value(!root));
  add(out, "runAsUser", Value(root ? int64_t{0} : usual(view.input.proxy_uid)));
  add(out, "runAsGroup", Value(group));
  if (!view.settings.seccomp_profile.is_null()) {
    add(out, "seccompProfile", view.settings.seccomp_profile);
  }
  return Value(std::move(out));
}

void add_probes(View& view, Map& container) {
  if (!serves_status(view)) return;
  if (view.settings.startup_probe) {
    Map probe;
    probe.reserve(4);
    add(probe, "httpGet", http_probe_of(15021));
    add(probe, "periodSeconds", Value(int64_t{1}));
    add(probe, "timeoutSeconds", Value(int64_t{3}));
    add(probe, "failureThreshold", view.settings.startup_failure_threshold);
    add(container, "startupProbe", Value(std::move(probe)));
  }
  add(container, "readinessProbe", readiness_probe(view, 15021, true));
}

bool mounts_lightstep(const View& view) {
  return view.settings.lightstep && view.input.proxy_config.tracing_tls;
}

List mounts(View& view) {
  List out;
  out.reserve(16);
  append(out, view.settings.sidecar_mounts_head);
  add_bootstrap_mount(view, out);
  append(out, view.settings.sidecar_mounts_tail);
  if (mounts_lightstep(view)) {
    const std::string_view file = view.input.proxy_config.tracing_ca;
    const size_t slash = file.rfind('/');
    const std::string_view folder =
        slash == std::string_view::npos ? "" : file.substr(0, slash + 1);
    out.push_back(mount("lightstep-certs", view.name(folder), true));
  }
  add_user_mounts(view, out);
  return out;
}

List volumes(View& view) {
  List out;
  out.reserve(16);
  append(out, view.settings.credential_volumes);
  add_bootstrap_volume(view, out);
  append(out, view.settings.shared_volumes);
  out.push_back(view.settings.crl_volume);
  add_mtls_volume(view, out);
  add_user_volumes(view, out);
  if (mounts_lightstep(view)) {
    Map secret;
    add(secret, "optional", Value(true));
    add(secret, "secretName", "lightstep.cacert");
    Map volume;
    add(volume, "name", "lightstep-certs");
    add(volume, "secret", Value(std::move(secret)));
    out.emplace_back(std::move(volume));
  }
  return out;
}

Value proxy_container(View& view, const Choice& choice) {
  const Prepared& settings = view.settings;
  Map out;
  out.reserve(14);
  add(out, "name", "istio-proxy");
  add(out, "image", image_of(view, settings.proxy.image, view.input.proxy_image));
  if (choice.native) add(out, "restartPolicy", "Always");
  add(out, "ports", Value(List{named_port(15090, "http-envoy-prom")}));
  List args = proxy_arguments(view, "sidecar");
  if (!settings.outlier_log_path.empty()) args.emplace_back(settings.outlier_log_path);
  add(out, "args", Value(std::move(args)));
  if (Value hooks = lifecycle(view, choice); !hooks.is_null()) {
    add(out, "lifecycle", std::move(hooks));
  }
  add(out, "env", Value(sidecar_environment(view)));
  if (!settings.pull_policy.empty()) add(out, "imagePullPolicy", settings.pull_policy);
  add_probes(view, out);
  add(out, "securityContext", security_context(view, choice));
  if (Value resources = resources_of(view); !resources.is_null()) {
    add(out, "resources", std::move(resources));
  }
  add(out, "volumeMounts", Value(mounts(view)));
  return Value(std::move(out));
}

std::string_view or_else(std::string_view text, std::string_view otherwise) {
  return text.empty() ? otherwise : text;
}

Map labels(View& view) {
  Map out;
  out.reserve(5);
  add(out, "security.istio.io/tlsMode", or_else(view.label("security.istio.io/tlsMode"), "istio"));
  if (proxy_metadata_at(view.input.proxy_config, "ISTIO_META_ENABLE_HBONE") == "true") {
    add(out, "networking.istio.io/tunnel",
        or_else(view.label("networking.istio.io/tunnel"), "http"));
  }
  add_canonical_labels(view, CanonicalName::kTrimmed, out);
  add_flavour_labels(view, out);
  return out;
}

}  // namespace

Value sidecar(View& view) {
  const Choice choice = choose(view);
  view.odd = view.odd || !view.settings.sidecar_fits;
  Map annotations;
  annotations.reserve(16);
  add_common_annotations(view, annotations);
  add_cni_annotations(view, annotations);

  Map spec;
  spec.reserve(4);
  List init;
  init.reserve(2);
  if (choice.mode != "NONE") init.push_back(init_container(view, choice.mode));
  if (choice.native) {
    init.push_back(proxy_container(view, choice));
  } else {
    add(spec, "containers", Value(List{proxy_container(view, choice)}));
  }
  if (!init.empty()) add(spec, "initContainers", Value(std::move(init)));
  add(spec, "volumes", Value(volumes(view)));
  add_pull_secrets(view, spec);
  return overlay(labels(view), std::move(annotations), std::move(spec));
}

}  // namespace mesh::injection::forms
