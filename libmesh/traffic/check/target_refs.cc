#include "libmesh/traffic/check/target_refs.h"

#include "libmesh/traffic/attachment.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {
namespace {

// What proxies of a Kubernetes Gateway carry.
constexpr const char* kGatewayLabel = "gateway.networking.k8s.io/gateway-name";

class TargetRefs {
 public:
  TargetRefs(const Surroundings& around, Diagnostics& out) : around_(around), out_(out) {}

  template <typename T>
  void check(const std::vector<index::Config<T>>& list) {
    for (const index::Config<T>& config : list) {
      const Attachment attachment = attachment_of(*config.spec);
      for (size_t i = 0; i < attachment.targets.size(); ++i) {
        const bool several = !config->targetRefs.empty();
        check(attachment.targets[i], several ? at("spec.targetRefs", i) : "spec.targetRef",
              *config.object);
      }
    }
  }

 private:
  void check(const TargetReference& target, const std::string& field, const kube::Object& object) {
    if (target.name.empty()) return;
    if (target.kind == "Gateway") {
      check_gateway(target.name, field, object);
    } else if (target.kind == "Service") {
      check_service(target.name, model::Registry::kKubernetes, field, object);
    } else if (target.kind == "ServiceEntry") {
      check_service(target.name, model::Registry::kExternal, field, object);
    }
  }

  // Kubernetes' Gateways are known by their proxies.
  void check_gateway(const std::string& name, const std::string& field,
                     const kube::Object& object) {
    const std::string& ns = object.key.ns;
    if (!around_.has_pods(ns) || around_.selects_pod(ns, {{kGatewayLabel, name}})) return;
    Finder(object, out_)
        .warn(Code::kSelectsNothing, field + ".name",
              "no proxy of namespace " + quoted(ns) + " is of Gateway " + quoted(name) +
                  ": no pod has " + kGatewayLabel + "=" + name +
                  ", so that this applies to nothing",
              around_.mend_labels(ns, {{kGatewayLabel, name}}));
  }

  void check_service(const std::string& name, model::Registry registry, const std::string& field,
                     const kube::Object& object) {
    std::set<std::string> known;
    for (const model::ServicePtr& service : around_.services_in(object.key.ns)) {
      if (service->registry != registry) continue;
      known.insert(service->object_name.empty() ? service->name : service->object_name);
    }
    if (known.contains(name)) return;
    const char* kind = registry == model::Registry::kKubernetes ? "Service " : "ServiceEntry ";
    Finder(object, out_)
        .warn(Code::kUnknownReference, field + ".name",
              "there is no " + (kind + quoted(object.key.ns + "/" + name)) +
                  ", so that this applies to nothing",
              Surroundings::mend_name(name, known, "create it, or name another"));
  }

  const Surroundings& around_;
  Diagnostics& out_;
};

}  // namespace

Diagnostics check_target_refs(const Surroundings& around) {
  Diagnostics out;
  const index::Mesh& mesh = around.mesh();
  TargetRefs refs(around, out);
  refs.check(*mesh.authorization_policies);
  refs.check(*mesh.request_authentications);
  refs.check(*mesh.telemetries);
  refs.check(*mesh.wasm_plugins);
  refs.check(*mesh.traffic_extensions);
  refs.check(*mesh.envoy_filters);
  return out;
}

}  // namespace mesh::traffic
