// WasmPlugins and TrafficExtensions: in which order they stand in listeners, what ECDS says, and who is given a pull
// secret. That each field is as Istio has it is what tests/peers compares (goldens wasm-plugin, traffic-extension).
#include "libmesh/traffic/extensions/extensions.h"

#include <gtest/gtest.h>

#include "libmesh/base/codes.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/xds/check/check.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/sds/sent.h"
#include "tests/xds/fixtures.h"

namespace mesh::xds::testing {
namespace {

constexpr const char* kRegistry = R"(---
apiVersion: v1
kind: Secret
metadata: {name: registry, namespace: app}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: "the credentials"}
)";

std::string plugin(const std::string& name, const std::string& spec,
                   const std::string& ns = "app") {
  return "---\napiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: " +
         name + ", namespace: " + ns + "}\nspec: {url: \"oci://r.example/" + name + "\"" +
         (spec.empty() ? "" : ", ") + spec + "}\n";
}

std::string resource(const std::string& name, const std::string& ns = "app") {
  return "extensions.istio.io/trafficextension/" + ns + "." + name + "~istio-translated-wasmplugin";
}

class Extensions : public ::testing::Test {
 protected:
  void apply(const std::string& text) {
    for (const auto& d : store_.apply(kNamespace + web_service("http") + text, "")) {
      ADD_FAILURE() << to_string(d);
    }
    generator_.update(store_.snapshot());
  }

  ProxyConfigPtr config(const std::string& description = kSidecar) {
    auto proxy = index::read_proxy(*store_.snapshot(), description, "proxy.yaml");
    return proxy ? generator_.config(*proxy) : nullptr;
  }

  // The listener's extensions, in order, each once.
  static std::vector<std::string> order(const ProxyConfig& config, std::string_view listener) {
    const std::string bytes(config.find(Type::kListener, listener)->value());
    std::map<size_t, std::string> places;
    for (const std::string& name : config.extension_names()) {
      const size_t at = bytes.find(name);
      if (at == std::string::npos) continue;
      const size_t from = name.rfind('.') + 1;
      places[at] = name.substr(from, name.find('~') - from);
    }
    std::vector<std::string> out;
    for (const auto& [at, name] : places) out.push_back(name);
    return out;
  }

  std::string sent(const ProxyConfig& config, const std::optional<Caller>& caller) {
    std::string out;
    for (const auto& r : sent_resources(config, Type::kExtension, caller, *store_.snapshot())) {
      auto json = schema::to_json("envoy.config.core.v3.TypedExtensionConfig", r->value());
      out += json ? *json : json.error().message;
    }
    return out;
  }

  index::Store store_;
  Generator generator_;
};

using Names = std::vector<std::string>;

TEST_F(Extensions, StandByPhaseThenPriorityThenNamespace) {
  apply(plugin("late", "") + plugin("stats", "phase: STATS") + plugin("authz", "phase: AUTHZ") +
        plugin("low", "phase: AUTHN, priority: 1") + plugin("high", "phase: AUTHN, priority: 9") +
        plugin("root", "phase: AUTHN, priority: 1", "istio-system"));
  EXPECT_EQ(order(*config(), "virtualInbound"),
            (Names{"high", "low", "root", "authz", "stats", "late"}));
}

TEST_F(Extensions, AreOnTheirSideAndPortOnly) {
  apply(plugin("client", "match: [{mode: CLIENT}]") + plugin("server", "match: [{mode: SERVER}]") +
        plugin("port", "match: [{mode: SERVER, ports: [{number: 9999}]}]"));
  auto web = config();
  EXPECT_EQ(order(*web, "virtualInbound"), Names{"server"});
  EXPECT_EQ(order(*web, "0.0.0.0_80"), Names{"client"});
}

TEST_F(Extensions, OfAnotherWorkloadAreNotSeen) {
  apply(plugin("theirs", "selector: {matchLabels: {app: other}}"));
  EXPECT_TRUE(config()->extension_names().empty());
  EXPECT_EQ(config()->shared().extension("no such prefix", false), nullptr);
}

TEST_F(Extensions, ShareAViewOnlyWithProxiesThatHaveTheSame) {
  apply(plugin("ours", "selector: {matchLabels: {app: web}}"));
  auto web = config();
  auto other =
      config("{type: sidecar, id: o-0.app, namespace: app, ip: [10.1.0.9], labels: {app: o}}");
  EXPECT_NE(&web->shared(), &other->shared());
  EXPECT_TRUE(other->extension_names().empty());
  EXPECT_EQ(web->extension_names(), Names{resource("ours")});
}

TEST_F(Extensions, GiveAPullSecretToAKnownCallerOnly) {
  apply(kRegistry + plugin("pulled", "imagePullSecret: registry"));
  const Caller caller{{"cluster.local", "app", "web"}, std::nullopt};
  auto web = config();
  EXPECT_NE(sent(*web, caller).find("the credentials"), std::string::npos);
  EXPECT_EQ(sent(*web, std::nullopt).find("the credentials"), std::string::npos);
  EXPECT_EQ(sent(*web, std::nullopt).find("registry"), std::string::npos);
}

TEST_F(Extensions, NeverTakeAPullSecretOfAnotherNamespace) {
  apply(kRegistry +
        plugin("pulled", "imagePullSecret: \"kubernetes://app/registry\"", "istio-system"));
  const Caller caller{{"cluster.local", "app", "web"}, std::nullopt};
  EXPECT_EQ(sent(*config(), caller).find("the credentials"), std::string::npos);
}

TEST_F(Extensions, WithoutAnythingToRunAreFindings) {
  apply(R"(---
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: broken, namespace: app}
spec: {url: "oci://image:latest"}
---
apiVersion: extensions.istio.io/v1alpha1
kind: TrafficExtension
metadata: {name: hollow, namespace: app}
spec: {phase: AUTHN}
)");
  EXPECT_TRUE(config()->extension_names().empty());
  Names found;
  for (const auto& d : check(store_.snapshot())) {
    if (d.code == Code::kExtensionIgnored) found.push_back(d.object + " " + d.field);
  }
  EXPECT_EQ(found, (Names{"WasmPlugin app/broken spec.url", "TrafficExtension app/hollow spec"}));
}

}  // namespace
}  // namespace mesh::xds::testing
