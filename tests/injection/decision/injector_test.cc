#include "libmesh/injection/injector.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/injection/decision/support.h"

namespace mesh::injection {
namespace {

using testing::control_plane;
using testing::injector_config;
using testing::istio_webhooks;
using testing::namespace_yaml;
using testing::pod_of;
using testing::snapshot_of;

const char* const kTrue = "sidecar.istio.io/inject: \"true\"";

TEST(Injector, SettingsOfTheControlPlaneThatDecides) {
  auto snapshot =
      snapshot_of(control_plane("mesh", "v2.5", "shop") + istio_webhooks("istio-system", "canary") +
                  injector_config("istio-system", "canary", "policy: enabled",
                                  "{\"global\": {\"network\": \"far\"}}") +
                  namespace_yaml("shop", "") + namespace_yaml("bank", "istio.io/rev: canary"));
  InjectorPtr injector = Injector::make(snapshot, {});
  Choice member = injector->choose(pod_of(kTrue), "");
  ASSERT_NE(member.settings, nullptr) << member.because;
  EXPECT_EQ(member.settings->tenant, "mesh/basic");
  EXPECT_EQ(member.settings->revision, "basic");
  ASSERT_NE(member.settings->maistra, nullptr);
  EXPECT_EQ(member.settings->maistra->version, "v2.5");
  ASSERT_NE(member.ns_facts, nullptr);

  document::Value pod = pod_of("");
  pod.find("metadata")->set("namespace", document::Value("bank"));
  Choice istio = injector->choose(pod, "shop");
  ASSERT_NE(istio.settings, nullptr) << istio.because;
  EXPECT_EQ(istio.settings->tenant, "");
  EXPECT_EQ(istio.settings->revision, "canary");
  EXPECT_EQ(istio.settings->maistra, nullptr);
  EXPECT_EQ(istio.settings->network, "far");
  EXPECT_EQ(istio.ns_facts->labels.at("istio.io/rev"), "canary");

  EXPECT_EQ(injector->choose(pod, "").settings, istio.settings) << "read once";
  EXPECT_EQ((*injector->settings({}, "", "canary"))->network, "far") << "wherever it is";
  EXPECT_FALSE(injector->settings({"no/such"}, "", "").ok());
}

TEST(Injector, WhatStaysAsItIsSaysWhy) {
  auto snapshot = snapshot_of(control_plane("mesh", "v2.5", "shop") + namespace_yaml("shop", ""));
  InjectorPtr injector = Injector::make(snapshot, {});
  Choice choice = injector->choose(pod_of(""), "");
  EXPECT_EQ(choice.settings, nullptr);
  EXPECT_EQ(choice.because,
            "no (policy): ServiceMeshControlPlane mesh/basic spec.proxy.injection.autoInject "
            "\"disabled\": injects only what asks for it");
  EXPECT_TRUE(choice.warnings.empty());
  choice = injector->choose(pod_of("sidecar.istio.io/inject: enabled"), "");
  EXPECT_EQ(choice.settings, nullptr);
  EXPECT_EQ(choice.warnings.size(), 1u);
}

TEST(Injector, WhatTheInputDoesNotTellTheApiServerKnows) {
  auto snapshot = snapshot_of(istio_webhooks("istio-system", "default"));
  const document::Value plain = pod_of(""), asks = pod_of(kTrue);
  InjectorPtr manifest = Injector::make(snapshot, {});
  EXPECT_EQ(manifest->choose(plain, "").settings, nullptr);
  EXPECT_NE(manifest->choose(asks, "").settings, nullptr);
  InjectorPtr server = Injector::make(snapshot, {}, nullptr, Caller::kApiServer);
  EXPECT_NE(server->choose(plain, "").settings, nullptr);
  EXPECT_NE(server->choose(asks, "").settings, nullptr);
  EXPECT_EQ(server->choose(pod_of("sidecar.istio.io/inject: \"false\""), "").settings, nullptr);
}

TEST(Injector, WhatIsReadForOneCallerIsReadForTheOther) {
  auto snapshot = snapshot_of(istio_webhooks("istio-system", "default"));
  InjectorPtr manifest = Injector::make(snapshot, {});
  InjectorPtr server = manifest->asked_by(Caller::kApiServer);
  const auto settings = server->choose(pod_of(""), "").settings;
  ASSERT_NE(settings, nullptr);
  EXPECT_EQ(manifest->choose(pod_of(kTrue), "").settings, settings);
  EXPECT_EQ(manifest->choose(pod_of(""), "").settings, nullptr);
}

TEST(Injector, SettingsAreLentWhileTheirInputsAreTheSame) {
  const std::string config = injector_config("istio-system", "default", "policy: enabled");
  const std::string other = injector_config("istio-system", "default", "policy: enabled",
                                            "{\"global\": {\"network\": \"far\"}}");
  index::Store store;
  store.apply(config + namespace_yaml("shop", "istio-injection: enabled"), "");
  InjectorPtr first = Injector::make(store.snapshot(), {});
  SettingsPtr settings = first->choose(pod_of(""), "").settings;
  ASSERT_NE(settings, nullptr);

  store.apply(namespace_yaml("shop", "istio-injection: enabled, a: b"), "");
  InjectorPtr second = Injector::make(store.snapshot(), {}, first);
  EXPECT_EQ(second->choose(pod_of(""), "").settings, settings);
  EXPECT_EQ(second->choose(pod_of(""), "").ns_facts->labels.at("a"), "b");

  Options options;
  options.openshift = true;
  EXPECT_NE(Injector::make(store.snapshot(), options, second)->choose(pod_of(""), "").settings,
            settings);
  store.apply(other, "");
  InjectorPtr third = Injector::make(store.snapshot(), {}, second);
  EXPECT_NE(third->choose(pod_of(""), "").settings, settings);
  EXPECT_EQ(third->choose(pod_of(""), "").settings->network, "far");
  EXPECT_EQ(second->choose(pod_of(""), "").settings, settings) << "an Injector does not change";
}

TEST(Injector, ThreadsGetTheSameSettings) {
  InjectorPtr injector =
      Injector::make(snapshot_of(namespace_yaml("shop", "istio-injection: enabled")), {});
  const document::Value pod = pod_of("");
  std::vector<SettingsPtr> found(4);
  std::vector<std::thread> threads;
  for (SettingsPtr& one : found) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) one = injector->choose(pod, "").settings;
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_NE(found[0], nullptr);
  for (const SettingsPtr& one : found) EXPECT_EQ(one, found[0]);
}

}  // namespace
}  // namespace mesh::injection
