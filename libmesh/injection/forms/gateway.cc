// The form `gateway`.
#include <utility>

#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/environment.h"
#include "libmesh/injection/forms/forms.h"
#include "libmesh/injection/forms/metadata.h"
#include "libmesh/injection/forms/parts.h"

namespace mesh::injection::forms {
namespace {

constexpr int64_t kProxyId = 1337;

List mounts(View& view) {
  const Prepared& settings = view.settings;
  List out = {mount("workload-socket", "/var/run/secrets/workload-spiffe-uds"),
              mount("credential-socket", "/var/run/secrets/credential-uds"), settings.gke_mount};
  if (settings.istiod_certs) out.push_back(mount("istiod-ca-cert", "/var/run/secrets/istio"));
  out.push_back(mount("istio-data", "/var/lib/istio/data"));
  add_bootstrap_mount(view, out);
  append(out, settings.sidecar_mounts_tail);
  return out;
}

List volumes(View& view) {
  List out;
  out.reserve(12);
  append(out, view.settings.credential_volumes);
  for (Value& volume : out) {
    const std::string_view name = volume.string_at("name");
    if (name == "credential-socket" || name == "workload-certs") {
      volume.set("emptyDir", Value(Map{}));
    }
  }
  add_bootstrap_volume(view, out);
  append(out, view.settings.shared_volumes);
  add_mtls_volume(view, out);
  return out;
}

Value container(View& view) {
  const Prepared& settings = view.settings;
  const auto usual = [](int64_t id) { return Value(id == 0 ? kProxyId : id); };
  Map out;
  out.reserve(12);
  add(out, "name", "istio-proxy");
  add(out, "image", image_of(view, settings.proxy.image, view.input.proxy_image));
  add(out, "ports", Value(List{named_port(15090, "http-envoy-prom")}));
  add(out, "args", Value(proxy_arguments(view, "router")));
  if (!settings.lifecycle.is_null()) add(out, "lifecycle", settings.lifecycle);
  Map security;
  add(security, "runAsUser", usual(view.input.proxy_uid));
  add(security, "runAsGroup", usual(view.input.proxy_gid));
  add(out, "securityContext", Value(std::move(security)));
  add(out, "env", Value(gateway_environment(view)));
  if (!settings.pull_policy.empty()) add(out, "imagePullPolicy", settings.pull_policy);
  add(out, "readinessProbe", readiness_probe(view, 15021, false));
  add(out, "volumeMounts", Value(mounts(view)));
  return Value(std::move(out));
}

}  // namespace

Value gateway(View& view) {
  view.odd = view.odd || !view.settings.gateway_fits;
  Map labels;
  add_canonical_labels(view, CanonicalName::kAsIs, labels);
  add_flavour_labels(view, labels);
  Map annotations;
  add_common_annotations(view, annotations);
  Map spec;
  spec.reserve(4);
  add(spec, "securityContext", view.settings.pod_security_context);
  add(spec, "containers", Value(List{container(view)}));
  add(spec, "volumes", Value(volumes(view)));
  add_pull_secrets(view, spec);
  return overlay(std::move(labels), std::move(annotations), std::move(spec));
}

}  // namespace mesh::injection::forms
