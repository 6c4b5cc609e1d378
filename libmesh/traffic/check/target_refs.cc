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

  // Kubernetes' Gateways are known by their proxies. Where a namespace has none of them, istiod makes them when there is
  // such a Gateway, which the mesh does not read: then it cannot be told.
  void check_gateway(const std::string& name, const std::string& field,
                     const kube::Object& object) {
    const std::string& ns = object.key.ns;
    if (around_.selects_pod(ns, {{kGatewayLabel, name}})) return;
    if (!around_.has_label(ns, kGatewayLabel)) {
      return Finder(object, out_)
          .remark(Code::kSelectsNothing, field + ".name",
                  "no pod has " + (kGatewayLabel + ("=" + name)) +
                      "; this applies to what istiod makes for a Gateway " + quoted(name) +
                      " of namespace " + quoted(ns) + ", if there is one",
                  "create that Gateway, or name another");
    }
    Finder(object, out_)
        .warn(Code::kSelectsNothing, field + ".name",
              "no proxy of namespace " + quoted(ns) + " is of Gateway " + quoted(name) +
                  ": no pod has " + kGatewayLabel + "=" + name +
                  ", so that this applies to nothing",
              around_.mend_labels(ns, {{kGatewayLabel, name}}));
  }

  void check_service(const std::string& name, model::Registry registry, const std::string& field,
                     const kube::Object& object) {
    const std::set<std::string>& known = names(object.key.ns, registry);
    if (known.contains(name)) return;
    const char* kind = registry == model::Registry::kKubernetes ? "Service " : "ServiceEntry ";
    Finder(object, out_)
        .warn(Code::kUnknownReference, field + ".name",
              "there is no " + (kind + quoted(object.key.ns + "/" + name)) +
                  ", so that this applies to nothing",
              Surroundings::mend_name(name, known, "create it, or name another"));
  }

  // Of the objects that services of a namespace come from.
  const std::set<std::string>& names(const std::string& ns, model::Registry registry) {
    const auto [at, fresh] = names_.try_emplace({ns, registry});
    if (!fresh) return at->second;
    for (const model::ServicePtr& service : around_.services_in(ns)) {
      if (service->registry != registry) continue;
      at->second.insert(service->object_name.empty() ? service->name : service->object_name);
    }
    return at->second;
  }

  const Surroundings& around_;
  Diagnostics& out_;
  std::map<std::pair<std::string, model::Registry>, std::set<std::string>> names_;
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
