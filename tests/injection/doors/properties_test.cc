// What holds of every pod, over random ones.
#include <gtest/gtest.h>

#include "libmesh/document/json_patch.h"
#include "libmesh/injection/doors/review.h"
#include "libmesh/injection/doors/uninject.h"
#include "libmesh/injection/pod/invariant.h"
#include "tests/injection/doors/pods.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Value;
using document::write_json;

struct Flavour {
  const char* name;
  SettingsPtr settings;
};

const std::vector<Flavour>& flavours() {
  Options disabled;
  disabled.native_sidecars = NativeSidecars::kDisabled;
  static const std::vector<Flavour> all = {
      {"istio", istio_settings()},
      {"old sidecar", settings_with({}, "", disabled)},
      {"cni", settings_with({{"pilot.cni.enabled", Value(true)}})},
      {"multus", settings_with({{"pilot.cni.enabled", Value(true)},
                                {"pilot.cni.provider", Value("multus")}})},
      {"hold", settings_with({{"global.proxy.holdApplicationUntilProxyStarts", Value(true)}}, "",
                             disabled)},
      {"network", settings_with({{"global.network", Value("n1")},
                                 {"global.multiCluster.clusterName", Value("c1")}})},
      {"tproxy", settings_with({}, "defaultConfig: {interceptionMode: TPROXY}")},
      {"maistra", settings_with({}, "", disabled, "v2.6")},
  };
  return all;
}

TEST(InjectionProperty, InjectingTwiceIsInjectingOnce) {
  for (const Flavour& flavour : flavours()) {
    RandomPods pods(1);
    for (int i = 0; i < 40; ++i) {
      const Value pod = pods.pod();
      const auto once = injected(pod, *flavour.settings);
      ASSERT_TRUE(once.ok()) << once.error().message << write_json(pod);
      const auto twice = injected(once->pod, *flavour.settings);
      ASSERT_TRUE(twice.ok()) << twice.error().message << write_json(pod);
      std::string patch;
      ASSERT_FALSE(document::append_json_patch(patch, once->pod, twice->pod))
          << flavour.name << "\n"
          << write_json(pod) << "\n"
          << patch;
    }
  }
}

TEST(InjectionProperty, OverridesSurviveASecondInjection) {
  const Value pod = yaml(R"(
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: "a:1"}
  - {name: istio-proxy, image: "own:1", args: [x], resources: {limits: {cpu: "2"}}}
)");
  for (const Flavour& flavour : flavours()) {
    const auto once = injected(pod, *flavour.settings);
    ASSERT_TRUE(once.ok()) << once.error().message;
    EXPECT_NE(write_json(once->pod).find("own:1"), std::string::npos);
    const auto twice = injected(once->pod, *flavour.settings);
    ASSERT_TRUE(twice.ok()) << twice.error().message;
    std::string patch;
    EXPECT_FALSE(document::append_json_patch(patch, once->pod, twice->pod))
        << flavour.name << patch;
  }
}

TEST(InjectionProperty, UninjectingGivesThePodBack) {
  size_t told = 0;
  for (const Flavour& flavour : flavours()) {
    RandomPods pods(2);
    for (int i = 0; i < 40; ++i) {
      const Value pod = pods.pod();
      const auto once = injected(pod, *flavour.settings);
      ASSERT_TRUE(once.ok()) << once.error().message << write_json(pod);
      const Uninjected back = uninject_pod(once->pod);
      EXPECT_TRUE(back.was_injected);
      told += back.unknown.size();
      std::string patch;
      ASSERT_FALSE(document::append_json_patch(patch, pod, back.pod)) << flavour.name << "\n"
                                                                      << write_json(pod) << "\n"
                                                                      << patch;
    }
  }
  EXPECT_GT(told, 0u);
}

// What the API server does with the answer, and what it has to be.
TEST(InjectionProperty, ThePatchOfAReviewGivesExactlyTheInjectedPod) {
  for (const Flavour& flavour : flavours()) {
    RandomPods pods(3);
    for (int i = 0; i < 25; ++i) {
      const Value pod = pods.pod();
      const auto expected = injected(pod, *flavour.settings);
      ASSERT_TRUE(expected.ok());
      std::string text;
      ASSERT_TRUE(document::append_json_patch(text, pod, expected->pod));
      Value patched = pod;
      const Value patch = json(text);
      const auto applied = document::apply_json_patch(*patch.if_list(), patched);
      ASSERT_TRUE(applied.ok()) << applied.error().message;
      ASSERT_EQ(patched == expected->pod, true) << flavour.name << write_json(pod);
    }
  }
}

TEST(InjectionProperty, EverythingTheUserWroteIsThere) {
  for (const Flavour& flavour : flavours()) {
    RandomPods pods(4);
    for (int i = 0; i < 25; ++i) {
      const Value pod = pods.pod();
      const auto out = injected(pod, *flavour.settings);
      ASSERT_TRUE(out.ok());
      for (const char* list : {"containers", "initContainers", "volumes", "imagePullSecrets"}) {
        const Value* before = pod.find("spec")->find(list);
        if (before == nullptr) continue;
        const Value* after = out->pod.find("spec")->find(list);
        ASSERT_NE(after, nullptr);
        size_t place = 0;  // the user's keep their order
        for (const Value& element : *before->if_list()) {
          while (place < after->if_list()->size() &&
                 (*after->if_list())[place].string_at("name") != element.string_at("name")) {
            ++place;
          }
          ASSERT_LT(place, after->if_list()->size()) << list << write_json(element);
        }
      }
    }
  }
}

}  // namespace
}  // namespace mesh::injection
