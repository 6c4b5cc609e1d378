#include "libmesh/traffic/check/finder.h"

#include <algorithm>

#include "libmesh/schema/kubernetes.h"
#include "libmesh/traffic/check/words.h"

namespace mesh::traffic {

void check_host_name(const std::string& host, const std::string& field, Finder& finder) {
  if (host.empty() || is_wildcard_domain(host) || is_address(host)) return;
  finder.invalid(field, quoted(host) + " is no name of a host",
                 "write a name alone, without scheme, port and path; \"*\" may stand in front");
}

void check_protocol(const std::string& protocol, const std::string& field, Finder& finder) {
  static const std::set<std::string> kProtocols = {"HTTP",     "HTTPS", "HTTP2", "GRPC",
                                                   "GRPC-WEB", "MONGO", "REDIS", "MYSQL",
                                                   "TCP",      "TLS",   "UDP",   "HTTP_PROXY"};
  std::string upper = protocol;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (protocol.empty()) {
    finder.invalid(field, "is not set", "write HTTP, HTTPS, TLS, TCP, …");
  } else if (!kProtocols.contains(upper)) {
    finder.invalid(field, quoted(protocol) + " is no protocol",
                   Surroundings::mend_name(upper, kProtocols, ""));
  }
}

void check_namespace(const std::string& ns, const std::string& field, const Surroundings& around,
                     Finder& finder) {
  if (around.has_namespace(ns)) return;
  finder.warn(Code::kUnknownReference, field,
              "there is no namespace " + quoted(ns) + " in this mesh",
              Surroundings::mend_name(ns, around.namespaces(), "add the namespace to the mesh"));
}

void check_export_to(const std::vector<std::string>& export_to, const Surroundings& around,
                     Finder& finder) {
  for (size_t i = 0; i < export_to.size(); ++i) {
    const std::string& ns = export_to[i];
    if (ns == "*" || ns == "." || ns == "~") continue;
    check_namespace(ns, at("spec.exportTo", i), around, finder);
  }
}

void check_selector(const Labels& labels, const std::string& field, const Surroundings& around,
                    Finder& finder) {
  const std::string ns = finder.ns() == around.mesh().root_namespace ? "" : finder.ns();
  if (labels.empty() || !around.has_pods(ns) || around.selects_workload(ns, labels)) return;
  finder.warn(Code::kSelectsNothing, field, "selects no pod: " + around.missing_label(ns, labels),
              around.mend_labels(ns, labels));
}

std::set<uint32_t> container_ports(const kube::Object& pod, bool with_proxy) {
  std::set<uint32_t> out;
  const auto add = [&](const auto& container) {
    if (container.name == "istio-proxy" && !with_proxy) return;
    for (const auto& port : container.ports) {
      out.insert(static_cast<uint32_t>(port.container_port));
    }
  };
  const k8s::PodSpec& spec = pod.as<k8s::Pod>().spec;
  for (const auto& container : spec.containers) add(container);
  for (const auto& container : spec.init_containers) {
    if (is_native_sidecar(container)) add(container);
  }
  return out;
}

}  // namespace mesh::traffic
