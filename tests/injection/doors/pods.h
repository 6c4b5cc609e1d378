// Settings and pods of the tests of injection; random ones are the same for the same seed.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/injection/default_values.h"
#include "libmesh/injection/doors/chooser.h"
#include "libmesh/injection/pod/inject.h"

namespace mesh::injection {

inline document::Value yaml(std::string_view text) {
  Diagnostics problems;
  auto documents = document::read_yaml(text, "", problems);
  EXPECT_EQ(documents.size(), 1u) << text;
  for (const Diagnostic& problem : problems) ADD_FAILURE() << to_string(problem);
  return documents.size() == 1 ? std::move(documents[0].root) : document::Value();
}

inline document::Value json(std::string_view text) {
  Diagnostics problems;
  auto value = document::read_json(text, "", problems);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *std::move(value) : document::Value();
}

// Istio's own settings, changed by one Helm value ("pilot.cni.enabled"), if any, and a MeshConfig.
struct HelmValue {
  const char* path;
  document::Value value;
};
inline SettingsPtr settings_with(const std::vector<HelmValue>& changes,
                                 std::string mesh_config = {}, Options options = {},
                                 std::string_view maistra = {}) {
  document::Value values = default_values();
  for (const HelmValue& change : changes) {
    document::Value* node = &values;
    std::string_view path = change.path;
    for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
      document::Value* child = node->find(path.substr(0, dot));
      node = child != nullptr ? child
                              : &node->set(path.substr(0, dot), document::Value(document::Map{}));
      path.remove_prefix(dot + 1);
    }
    node->set(path, change.value);
  }
  Diagnostics problems;
  SettingsIdentity identity;
  if (!maistra.empty()) identity.maistra = maistra_flavour(maistra, values);
  auto settings = read_settings({document::write_json(values), std::move(mesh_config), {}}, options,
                                std::move(identity), {}, problems);
  for (const Diagnostic& problem : problems) ADD_FAILURE() << to_string(problem);
  EXPECT_TRUE(settings.ok()) << (settings.ok() ? "" : settings.error().message);
  return settings.ok() ? *settings : nullptr;
}
inline const SettingsPtr& istio_settings() {
  static const SettingsPtr settings = settings_with({});
  return settings;
}

inline Result<Injected> injected(const document::Value& pod, const Settings& settings) {
  const PodContext context{.owner = owner_of(pod, "shop")};
  return inject_pod(pod, context, settings);
}

// Pods as users write them: many fields, none that the mesh owns.
class RandomPods {
 public:
  explicit RandomPods(uint32_t seed) : random_(seed) {}

  document::Value pod() {
    using document::Value;
    Value out{document::Map{}};
    out.set("apiVersion", Value("v1"));
    out.set("kind", Value("Pod"));
    Value& metadata = out.set("metadata", Value(document::Map{}));
    metadata.set("name", Value("p" + number(9)));
    metadata.set("namespace", Value("shop"));
    if (chance(70)) metadata.set("labels", labels());
    if (chance(50)) metadata.set("annotations", annotations());
    Value& spec = out.set("spec", Value(document::Map{}));
    if (chance(40)) spec.set("initContainers", containers("init", 2));
    spec.set("containers", containers("app", 3));
    if (chance(50)) spec.set("volumes", volumes());
    rest_of(spec);
    return out;
  }

 private:
  using Value = document::Value;
  using List = document::List;
  using Map = document::Map;

  bool chance(size_t percent) { return below(100) < percent; }
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  std::string number(size_t n) { return std::to_string(below(n)); }
  template <size_t N>
  Value one_of(const char* const (&texts)[N]) {
    return Value(texts[below(N)]);
  }
  static Value map(std::initializer_list<std::pair<const char*, Value>> members) {
    Map out;
    for (const auto& [key, value] : members) out.push_back({key, value, {}});
    return Value(std::move(out));
  }

  Value labels() {
    Value out{Map{}};
    if (chance(60)) out.set("app", Value("shop-" + number(5)));
    if (chance(40)) out.set("version", Value("v" + number(3)));
    if (chance(30)) out.set("app.kubernetes.io/name", Value("cart"));
    if (chance(30)) out.set("team/" + number(3), Value("x"));
    if (out.if_map()->empty()) out.set("z", Value("y"));
    return out;
  }

  Value annotations() {
    Value out{Map{}};
    if (chance(40)) out.set("example.com/note", Value("a \"quoted\" <text> & more\n"));
    if (chance(30)) out.set("prometheus.io/port", Value("80" + number(9)));
    if (chance(30)) out.set("prometheus.io/scrape", Value("true"));
    if (chance(20)) out.set("prometheus.io/path", Value("/m"));
    if (chance(20)) out.set("sidecar.istio.io/proxyCPU", Value("100m"));
    if (chance(20)) out.set("sidecar.istio.io/nativeSidecar", one_of({"true", "false"}));
    if (chance(20)) out.set("traffic.sidecar.istio.io/excludeOutboundPorts", Value("53"));
    if (chance(15)) out.set("sidecar.istio.io/rewriteAppHTTPProbers", one_of({"true", "false"}));
    if (chance(15)) {
      out.set("proxy.istio.io/config", Value("holdApplicationUntilProxyStarts: true"));
    }
    if (out.if_map()->empty()) out.set("z", Value("y"));
    return out;
  }

  Value containers(const std::string& prefix, size_t most) {
    List out;
    for (size_t i = 0; i <= below(most); ++i) out.push_back(container(prefix + std::to_string(i)));
    return Value(std::move(out));
  }

  Value container(const std::string& name) {
    Value out = map({{"name", Value(name)}, {"image", Value("registry/" + name + ":1")}});
    if (chance(30)) out.set("command", Value(List{Value("/bin/x"), Value("-v")}));
    if (chance(40)) out.set("env", env());
    if (chance(50)) out.set("ports", ports());
    if (chance(30)) {
      out.set("resources",
              map({{"limits", map({{"cpu", Value("1500m")}, {"memory", Value("128Mi")}})}}));
    }
    if (chance(30)) {
      out.set("volumeMounts",
              Value(List{map({{"name", Value("data")}, {"mountPath", Value("/d")}})}));
    }
    if (chance(30)) out.set("livenessProbe", probe());
    if (chance(30)) out.set("readinessProbe", probe());
    if (chance(20)) out.set("startupProbe", probe());
    if (chance(20)) out.set("lifecycle", map({{"preStop", handler(false)}}));
    if (chance(20)) out.set("securityContext", map({{"runAsUser", Value(int64_t{1000})}}));
    if (chance(10)) out.set("x-unknown", map({{"kept", Value(true)}}));
    return out;
  }

  Value env() {
    List out;
    for (size_t i = 0; i <= below(4); ++i) {
      Value variable = map({{"name", Value("V" + std::to_string(i))}});
      if (chance(70)) {
        variable.set("value", Value("v" + number(9)));
      } else {
        variable.set("valueFrom",
                     map({{"fieldRef", map({{"fieldPath", Value("metadata.name")}})}}));
      }
      out.push_back(std::move(variable));
    }
    return Value(std::move(out));
  }

  Value ports() {
    List out;
    for (size_t i = 0; i <= below(2); ++i) {
      out.push_back(map({{"name", Value("port" + std::to_string(i))},
                         {"containerPort", Value(static_cast<int64_t>(7000 + i))}}));
    }
    return Value(std::move(out));
  }

  // A number that no port has a name for, so that it can be told what it was.
  Value handler(bool grpc) {
    const Value port(static_cast<int64_t>(8000 + below(9)));
    switch (below(grpc ? 4 : 3)) {
      case 0: {
        Value action = map({{"path", Value("/x")}, {"port", port}});
        if (chance(30)) action.set("scheme", one_of({"HTTP", "HTTPS"}));
        if (chance(30)) action.set("host", Value("h"));
        if (chance(30)) {
          action.set("httpHeaders",
                     Value(List{map({{"name", Value("a")}, {"value", Value("b<")}})}));
        }
        return map({{"httpGet", action}});
      }
      case 1:
        return map({{"tcpSocket", map({{"port", port}})}});
      case 2:
        return map({{"exec", map({{"command", Value(List{Value("true")})}})}});
      default:
        return map({{"grpc", map({{"port", port}})}});
    }
  }

  Value probe() {
    Value out = handler(true);
    if (chance(50)) out.set("timeoutSeconds", Value(static_cast<int64_t>(1 + below(9))));
    if (chance(50)) out.set("periodSeconds", Value(static_cast<int64_t>(1 + below(9))));
    return out;
  }

  Value volumes() {
    List out;
    out.push_back(map({{"name", Value("data")}, {"emptyDir", Value(Map{})}}));
    if (chance(50)) {
      out.push_back(map(
          {{"name", Value("host")}, {"hostPath", map({{"path", Value("/var/" + number(3))}})}}));
    }
    return Value(std::move(out));
  }

  void rest_of(Value& spec) {
    if (chance(30)) spec.set("serviceAccountName", Value("sa"));
    if (chance(20)) spec.set("nodeSelector", map({{"disk", Value("ssd")}}));
    if (chance(20)) {
      spec.set("tolerations",
               Value(List{map({{"key", Value("a")}, {"operator", Value("Exists")}})}));
    }
    if (chance(20)) spec.set("imagePullSecrets", Value(List{map({{"name", Value("own")}})}));
    if (chance(20)) spec.set("securityContext", map({{"fsGroup", Value(int64_t{5})}}));
    if (chance(20)) spec.set("unknownField", Value(List{Value(int64_t{1}), Value()}));
    if (chance(20)) spec.set("terminationGracePeriodSeconds", Value(int64_t{30}));
  }

  std::mt19937 random_;
};

}  // namespace mesh::injection
