// The forms `grpc-agent` and `grpc-simple`: applications that speak xDS themselves.
#include <string>
#include <utility>

#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/environment.h"
#include "libmesh/injection/forms/forms.h"
#include "libmesh/injection/forms/metadata.h"
#include "libmesh/injection/forms/parts.h"

namespace mesh::injection::forms {
namespace {

constexpr char kBootstrapScript[] =
    R"(NODE_ID="sidecar~${INSTANCE_IP}~${POD_NAME}.${POD_NAMESPACE}~cluster.local"
SERVER_URI="dns:///istiod.${ISTIO_NAMESPACE}.svc:15010"
echo '
{
  "xds_servers": [
    {
      "server_uri": "'${SERVER_URI}'",
      "channel_creds": [{"type": "insecure"}],
      "server_features" : ["xds_v3"]
    }
  ],
  "node": {
    "id": "'${NODE_ID}'",
    "metadata": {
      "GENERATOR": "grpc"
    }
  }
}' > /var/lib/grpc/data/bootstrap.json)";

constexpr char kBootstrapVolume[] = "grpc-io-proxyless-bootstrap";

Value bootstrap_container(const View& view) {
  Map out;
  add(out, "name", "grpc-bootstrap-init");
  add(out, "image", "busybox:1.28");
  add(out, "volumeMounts", Value(List{mount(kBootstrapVolume, "/var/lib/grpc/data/")}));
  add(out, "env",
      Value(List{field_variable("INSTANCE_IP", "status.podIP"),
                 field_variable("POD_NAME", "metadata.name"),
                 field_variable("POD_NAMESPACE", "metadata.namespace"),
                 variable("ISTIO_NAMESPACE", view.settings.istio_namespace + "\n")}));
  add(out, "command", Value(texts("sh", "-c", kBootstrapScript)));
  return Value(std::move(out));
}

Value agent_mount_of(const View& view) { return view.settings.gke_mount; }

List agent_mounts(View& view) {
  const Prepared& settings = view.settings;
  List out = {mount("workload-socket", "/var/run/secrets/workload-spiffe-uds"),
              agent_mount_of(view)};
  if (settings.istiod_certs) out.push_back(mount("istiod-ca-cert", "/var/run/secrets/istio"));
  out.push_back(mount("istio-data", "/var/lib/istio/data"));
  out.push_back(mount("istio-xds", "/etc/istio/proxy"));
  out.push_back(mount("istio-token", "/var/run/secrets/tokens"));
  if (settings.mount_mtls_certs) out.push_back(mount("istio-certs", "/etc/certs/", true));
  out.push_back(mount("istio-podinfo", "/etc/istio/pod"));
  add_user_mounts(view, out);
  return out;
}

Value agent_container(View& view) {
  const Prepared& settings = view.settings;
  Map out;
  out.reserve(11);
  add(out, "name", "istio-proxy");
  add(out, "image", image_of(view, settings.proxy.image, view.input.proxy_image));
  add(out, "ports", Value(List{named_port(15020, "mesh-metrics")}));
  add(out, "args", Value(proxy_arguments(view, "sidecar")));
  add(out, "lifecycle",
      object("postStart",
             object("exec", object("command", Value(texts("pilot-agent", "wait",
                                                          "--url=http://localhost:15020/healthz/"
                                                          "ready"))))));
  add(out, "env", Value(agent_environment(view)));
  if (!settings.pull_policy.empty()) add(out, "imagePullPolicy", settings.pull_policy);
  if (serves_status(view)) {
    add(out, "readinessProbe", readiness_probe(view, 15020, true));
    if (Value resources = resources_of(view); !resources.is_null()) {
      add(out, "resources", std::move(resources));
    }
    add(out, "volumeMounts", Value(agent_mounts(view)));
  } else if (view.annotations.has(Known::kUserVolumeMount)) {
    view.odd = true;  // the text then puts the mounts among the variables
  }
  return Value(std::move(out));
}

Value agent_application(View& view, std::string_view name) {
  Map out;
  add(out, "name", view.name(name));
  add(out, "env",
      Value(List{variable("GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT", "true"),
                 variable("GRPC_XDS_BOOTSTRAP", "/etc/istio/proxy/grpc-bootstrap.json")}));
  add(out, "volumeMounts",
      Value(List{mount("istio-data", "/var/lib/istio/data"), mount("istio-xds", "/etc/istio/proxy"),
                 agent_mount_of(view)}));
  return Value(std::move(out));
}

List agent_volumes(View& view) {
  List out;
  out.reserve(12);
  for (const Value& volume : view.settings.credential_volumes) {
    if (volume.string_at("name") != "credential-socket") out.push_back(volume);
  }
  add_bootstrap_volume(view, out);
  append(out, view.settings.agent_volumes);
  add_mtls_volume(view, out);
  add_user_volumes(view, out);
  return out;
}

}  // namespace

Value grpc_simple(View& view) {
  view.odd = view.odd || !view.settings.simple_fits;
  List containers;
  if (view.containers != nullptr) {
    for (const Value& container : *view.containers) {
      Map out;
      add(out, "name", view.name(container.string_at("name")));
      add(out, "env",
          Value(List{variable("GRPC_XDS_BOOTSTRAP", "/var/lib/grpc/data/bootstrap.json"),
                     variable("GRPC_GO_LOG_VERBOSITY_LEVEL", "99"),
                     variable("GRPC_GO_LOG_SEVERITY_LEVEL", "info")}));
      add(out, "volumeMounts", Value(List{mount(kBootstrapVolume, "/var/lib/grpc/data/")}));
      containers.emplace_back(std::move(out));
    }
  }
  Map volume;
  add(volume, "name", kBootstrapVolume);
  add(volume, "emptyDir", Value(Map{}));
  Map annotations;
  add(annotations, "sidecar.istio.io/rewriteAppHTTPProbers", "false");
  Map spec;
  add(spec, "initContainers", Value(List{bootstrap_container(view)}));
  add(spec, "containers", Value(std::move(containers)));
  add(spec, "volumes", Value(List{Value(std::move(volume))}));
  return overlay({}, std::move(annotations), std::move(spec));
}

Value grpc_agent(View& view) {
  view.odd = view.odd || !view.settings.agent_fits;
  Map labels;
  add_canonical_labels(view, CanonicalName::kAsIs, labels);
  add_flavour_labels(view, labels);
  Map annotations;
  add_common_annotations(view, annotations);
  add(annotations, "sidecar.istio.io/rewriteAppHTTPProbers", "false");
  List containers;
  containers.push_back(agent_container(view));
  for (std::string_view name : view.app_names) containers.push_back(agent_application(view, name));
  Map spec;
  spec.reserve(3);
  add(spec, "containers", Value(std::move(containers)));
  add(spec, "volumes", Value(agent_volumes(view)));
  add_pull_secrets(view, spec);
  return overlay(std::move(labels), std::move(annotations), std::move(spec));
}

}  // namespace mesh::injection::forms
