// Profiles: who wins, where they are looked for, and what is refused.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libmesh/document/yaml.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/profiles.h"

namespace mesh::smcp {
namespace {

Value yaml(const std::string& text) {
  Diagnostics diagnostics;
  return document::read_yaml(text, "", diagnostics).front().root;
}

Value object(std::string_view api, const std::string& spec) {
  Value out{Map{}};
  out.set("apiVersion", Value("maistra.io/" + std::string(api)));
  out.set("kind", Value("ServiceMeshControlPlane"));
  put(out, "metadata.name", Value("basic"));
  put(out, "metadata.namespace", Value("mesh"));
  out.set("spec", yaml(spec));
  return out;
}

// A profile that lists others and sets techPreview.who.
Value profile(const std::string& who, const std::string& parents = "[]") {
  return object("v2", "{profiles: " + parents + ", techPreview: {who: " + who + ", " + who +
                          ": true, list: [" + who + "]}}");
}

Effective effective_of(const std::string& spec, const ProfileSource& source,
                       std::string_view api = "v2") {
  auto effective = apply_profiles(object(api, spec), source);
  EXPECT_TRUE(effective.ok()) << (effective ? "" : effective.error().message);
  return effective ? *effective : Effective{};
}

std::string refusal(const std::string& spec, const ProfileSource& source) {
  auto effective = apply_profiles(object("v2", spec), source);
  return effective ? "" : effective.error().message;
}

std::string who(const Effective& effective) {
  return std::string(text_at(effective.values, "istio.who"));
}

std::string walked(const Effective& effective) {
  std::string out;
  for (const std::string& name : effective.profiles) out += (out.empty() ? "" : " ") + name;
  return out;
}

ProfileSource own() {
  ProfileSource source;
  source.own = {{"a", profile("a")},
                {"b", profile("b")},
                {"c", profile("c", "[a, b]")},
                {"d", profile("d", "[b, c]")},
                {"round", profile("round", "[trip]")},
                {"trip", profile("trip", "[a, round]")},
                {"self", profile("self", "[self]")},
                {"text", Value("no document")},
                {"roll", yaml("{apiVersion: maistra.io/v1, kind: ServiceMeshMemberRoll}")}};
  return source;
}

TEST(Profiles, WhoWins) {
  struct Row {
    const char* name;
    const char* spec;
    const char* who;
    const char* walked;
  };
  const Row kRows[] = {
      {"what the user wrote wins over every profile", "{profiles: [a], techPreview: {who: user}}",
       "user", "a"},
      {"a later profile wins over an earlier one", "{profiles: [a, b]}", "b", "b a"},
      {"… and the other way round", "{profiles: [b, a]}", "a", "a b"},
      {"a profile wins over its parents", "{profiles: [c]}", "c", "c b a"},
      {"the parents of a later profile win over an earlier profile", "{profiles: [a, c]}", "c",
       "c b a a"},
      {"a profile may be reached twice", "{profiles: [d]}", "d", "d c b a b"},
  };
  for (const Row& row : kRows) {
    const Effective effective = effective_of(row.spec, own());
    EXPECT_EQ(who(effective), row.who) << row.name;
    EXPECT_EQ(walked(effective), row.walked) << row.name;
  }
}

TEST(Profiles, MapsMergeListsReplace) {
  const Effective effective = effective_of("{profiles: [c], techPreview: {list: [user]}}", own());
  const Value& istio = *effective.values.find("istio");
  for (std::string_view key : {"a", "b", "c"}) EXPECT_NE(at(istio, key), nullptr) << key;
  EXPECT_EQ(*at(istio, "list"), yaml("[user]"));
}

TEST(Profiles, ANullOfTheUserStays) {
  Value smcp = object("v1", "{version: v1.1, profiles: [a], istio: {who: null}}");
  auto effective = apply_profiles(smcp, own());
  ASSERT_TRUE(effective.ok());
  const Value* there = effective->values.find("istio")->find("who");
  ASSERT_NE(there, nullptr);
  EXPECT_TRUE(there->is_null());
}

TEST(Profiles, NoListIsDefault) {
  EXPECT_EQ(walked(effective_of("{}", {})), "default small base");
  EXPECT_EQ(text_at(effective_of("{}", {}).values, "istio.global.hub"), "docker.io/maistra");
  ProfileSource product;
  product.default_profile = "servicemesh";
  EXPECT_EQ(text_at(effective_of("{}", product).values, "istio.global.hub"),
            "registry.redhat.io/openshift-service-mesh");
}

TEST(Profiles, OnesOwnComesBeforeTheBuiltIn) {
  ProfileSource source;
  source.own = {{"default", profile("mine", "[maistra]")}, {"small", profile("tiny")}};
  const Effective effective = effective_of("{}", source);
  EXPECT_EQ(walked(effective), "default maistra small base");
  EXPECT_EQ(who(effective), "mine");
  EXPECT_EQ(at(effective.values, "istio.pilot.autoscaleEnabled"), nullptr);
}

TEST(Profiles, MayBeOfV1) {
  ProfileSource source;
  source.own = {{"old", object("v1", "{template: older, istio: {who: old, pilot: {image: p}}}")},
                {"older", object("v1", "{istio: {who: older, x: {w: 1}}, threeScale: {z: 1}}")}};
  const Effective effective = effective_of("{profiles: [old]}", source);
  EXPECT_EQ(walked(effective), "old older");
  EXPECT_EQ(who(effective), "old");
  EXPECT_EQ(int_at(effective.values, "istio.x.w"), 1);
  EXPECT_EQ(int_at(effective.values, "threeScale.z"), 1);
  EXPECT_EQ(text_at(effective.spec, "runtime.components"), "");
  const Value* components = at(effective.spec, "runtime.components");
  ASSERT_NE(components, nullptr);
  EXPECT_EQ(text_at(*components->find("pilot"), "container.imageName"), "p");
}

TEST(Profiles, Refused) {
  struct Row {
    const char* name;
    const char* profiles;
    const char* message;
  };
  const Row kRows[] = {
      {"a path", "[a/b]", "profile name contains invalid character '/'"},
      {"a cycle of two, with its way", "[round]",
       "profile \"round\" comes back to itself: round -> trip -> round"},
      {"a cycle that begins further down", "[b, trip]",
       "profile \"trip\" comes back to itself: trip -> round -> trip"},
      {"a profile that lists itself", "[self]",
       "profile \"self\" comes back to itself: self -> self"},
      {"a text that is no object", "[text]",
       "profile \"text\" is no ServiceMeshControlPlane of maistra.io/v1 or v2"},
      {"another kind", "[roll]",
       "profile \"roll\" is no ServiceMeshControlPlane of maistra.io/v1 or v2"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(refusal(std::string("{profiles: ") + row.profiles + "}", own()), row.message)
        << row.name;
  }
  EXPECT_EQ(refusal("{profiles: [nope]}", {}),
            "profile \"nope\" is not known to v2.5; there are: base, default, gateway-controller, "
            "maistra, servicemesh, small");
}

TEST(Profiles, BuiltInPerVersion) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(built_in_profiles(Version::kV1_1),
            (Names{"base", "default", "maistra", "servicemesh"}));
  EXPECT_EQ(built_in_profiles(Version::kV2_3),
            (Names{"base", "default", "maistra", "servicemesh", "small"}));
  EXPECT_EQ(built_in_profiles(Version::kV2_4),
            (Names{"base", "default", "gateway-controller", "maistra", "servicemesh", "small"}));
}

TEST(Profiles, EveryBuiltInOneIsReadInEveryVersion) {
  for (const VersionFacts& version : all_versions()) {
    for (std::string_view name : built_in_profiles(version.version)) {
      const Effective effective = effective_of(
          "{version: " + std::string(version.text) + ", profiles: [" + std::string(name) + "]}",
          {});
      EXPECT_GE(effective.profiles.size(), 1u) << version.text << " " << name;
      EXPECT_EQ(at(effective.spec, "techPreview.errored"), nullptr) << version.text << " " << name;
    }
  }
}

TEST(Profiles, BaseAndSmall) {
  const Value spec = effective_of("{version: v2.5}", {}).spec;
  const char* kTrue[] = {"gateways.enabled",
                         "gateways.ingress.enabled",
                         "gateways.egress.enabled",
                         "gateways.openshiftRoute.enabled",
                         "addons.prometheus.enabled",
                         "addons.prometheus.install.service.ingress.enabled",
                         "addons.grafana.install.service.ingress.enabled",
                         "addons.kiali.install.service.ingress.enabled",
                         "addons.jaeger.install.ingress.enabled"};
  for (const char* path : kTrue) {
    const bool* flag = bool_at(spec, path);
    EXPECT_TRUE(flag != nullptr && *flag) << path;
  }
  const char* kFalse[] = {"proxy.injection.autoInject",
                          "proxy.networking.protocol.autoDetect.inbound",
                          "proxy.networking.protocol.autoDetect.outbound",
                          "runtime.defaults.deployment.podDisruption.enabled"};
  for (const char* path : kFalse) {
    const bool* flag = bool_at(spec, path);
    EXPECT_TRUE(flag != nullptr && !*flag) << path;
  }
  const std::pair<const char*, const char*> kTexts[] = {
      {"gateways.ingress.service.type", "ClusterIP"},
      {"general.logging.componentLevels.default", "warn"},
      {"proxy.networking.dns.refreshRate", "300s"},
      {"security.identity.type", "Kubernetes"},
      {"telemetry.type", "Istiod"},
      {"policy.type", "None"},
      {"tracing.type", "Jaeger"},
      {"addons.jaeger.install.storage.type", "Memory"},
      {"runtime.defaults.container.resources.requests.cpu", "10m"},
      {"runtime.defaults.container.resources.requests.memory", "128Mi"}};
  for (const auto& [path, text] : kTexts) EXPECT_EQ(text_at(spec, path), text) << path;
}

TEST(Profiles, Images) {
  ProfileSource source;
  EXPECT_EQ(text_at(effective_of("{}", source).values, "istio.pilot.image"), "pilot-ubi8");
  source.images = Images{{"pilot", "img/pilot"}, {"oauth-proxy", "img/oauth"}};
  const Value known = effective_of("{}", source).values;
  EXPECT_EQ(text_at(known, "istio.pilot.image"), "img/pilot");
  EXPECT_EQ(text_at(known, "istio.global.oauthproxy.image"), "img/oauth");
  EXPECT_EQ(*at(known, "istio.grafana.image"), Value(""))
      << "one that is not configured is emptied";
  for (const char* chosen : {"imageTag: mine", "imageRegistry: mine"}) {
    const Value values =
        effective_of(std::string("{runtime: {defaults: {container: {") + chosen + "}}}}", source)
            .values;
    EXPECT_EQ(text_at(values, "istio.pilot.image"), "pilot-ubi8") << chosen;
  }
}

TEST(Profiles, AMissingVersionIsTheDefaultOfItsApi) {
  EXPECT_EQ(effective_of("{}", {}).version, Version::kV2_5);
  EXPECT_EQ(effective_of("{}", {}, "v1").version, Version::kV1_1);
  EXPECT_EQ(refusal("{version: v9}", {}), "invalid version: v9");
}

TEST(Profiles, AControlPlaneThatCouldNotBeConvertedHasNoValues) {
  auto effective =
      apply_profiles(object("v1", "{version: v1.1, istio: {gateways: {enabled: maybe}}}"), {});
  ASSERT_FALSE(effective.ok());
  EXPECT_NE(effective.error().message.find("conversion error"), std::string::npos);
}

}  // namespace
}  // namespace mesh::smcp
