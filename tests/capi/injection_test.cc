// mesh_injector_* and mesh_cni_*: used, and used wrongly.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/support.h"

namespace mesh::testing {
namespace {

using meshpp::Buffer;
using meshpp::Injector;
using meshpp::Snapshot;

bool has(const Buffer& buffer, std::string_view word) {
  return buffer.text().find(word) != std::string_view::npos;
}

Snapshot snapshot_of(std::string_view objects) {
  meshpp::Store store;
  store.apply(objects);
  return store.snapshot();
}

constexpr std::string_view kPod =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: cart, namespace: shop}\n"
    "spec: {containers: [{name: app, image: app}]}\n";

std::string review(std::string_view operation) {
  return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1",)"
         R"("kind":{"group":"","version":"v1","kind":"Pod"},)"
         R"("resource":{"group":"","version":"v1","resource":"pods"},"operation":")" +
         std::string(operation) +
         R"(","namespace":"shop","object":{"metadata":{"name":"cart"},)"
         R"("spec":{"containers":[{"name":"app","image":"app"}]}}}})";
}

TEST(Injection, AppliesReviewsExplainsAndTakesOut) {
  const Injector injector(snapshot_of(kShop));
  const Buffer applied = injector.apply(kPod, "pod.yaml");
  EXPECT_TRUE(has(applied, "istio-proxy"));
  EXPECT_TRUE(has(applied, "\"injected\":1"));
  EXPECT_TRUE(
      has(injector.apply(kPod, "pod.yaml", R"({"output":"documents"})"), "\"documents\":[{"));
  const Buffer answered = injector.review(review("CREATE"), "/inject");
  EXPECT_TRUE(has(answered, "\"uid\":\"u1\""));
  EXPECT_TRUE(has(answered, "\"patch\":"));
  EXPECT_FALSE(has(injector.review(review("UPDATE")), "\"patch\":"));
  EXPECT_TRUE(has(injector.explain("shop", "web"), "\"answer\":\"yes\""));
  EXPECT_TRUE(has(injector.matrix(), "\"name\":\"web\""));
  EXPECT_EQ(injector.diagnostics().text(), "[]");
  const Buffer documents = injector.apply(kPod, {}, R"({"output":"documents"})");
  EXPECT_TRUE(has(meshpp::uninject(documents.text()), "\"uninjected\":0")) << "an answer is no pod";
}

TEST(Injection, AnInjectorOutlivesItsSnapshotAndItsOriginal) {
  Injector copy("");
  {
    const Injector original(snapshot_of(kShop));
    copy = original;
  }
  EXPECT_TRUE(has(copy.explain("shop", "web"), "\"answer\":\"yes\""));
  const Snapshot later = snapshot_of(kShop);
  EXPECT_TRUE(has(Injector(later, {}, &copy).apply(kPod), "istio-proxy"));
}

// Two templates nobody can use, in the ConfigMap of the control plane that injects into `shop`.
std::string with_injector_config(std::string_view config) {
  return std::string(kShop) +
         "\n---\napiVersion: v1\nkind: ConfigMap\n"
         "metadata: {name: istio-sidecar-injector, namespace: istio-system}\n"
         "data:\n  values: '{}'\n  config: |\n" +
         std::string(config);
}

TEST(Injection, TemplatesOfTheInputAreJudgedBeforeAnyPodComes) {
  const Injector injector(
      snapshot_of(with_injector_config("    policy: enabled\n    templates:\n"
                                       "      odd: 'spec: {{ noSuch 3 }}'\n"
                                       "      open: 'spec: {{ if .Spec }}'\n")));
  const Buffer found = injector.diagnostics();
  EXPECT_TRUE(has(found, "noSuch")) << found.text();
  EXPECT_TRUE(has(found, "unexpected EOF")) << found.text();
  EXPECT_TRUE(has(found, "ConfigMap istio-system/istio-sidecar-injector"));
}

TEST(Injection, APodIsRefusedWhereTheSettingsCannotBeRead) {
  const Injector injector(snapshot_of(with_injector_config("    templates: [\n")));
  EXPECT_TRUE(has(injector.diagnostics(), "\"field\":\"data.config\""));
  EXPECT_TRUE(has(injector.review(review("CREATE"), "/inject"), "\"allowed\":false"));
  EXPECT_TRUE(has(injector.review(review("UPDATE"), "/inject"), "\"allowed\":true"));
  const Buffer applied = injector.apply(kPod, "pod.yaml");
  EXPECT_TRUE(has(applied, "\"injected\":0"));
  EXPECT_TRUE(has(applied, "injection-refused")) << applied.text();
}

TEST(Injection, SettingsMayBeGiven) {
  const Injector injector(R"({"values": "{\"global\":{\"hub\":\"h.example\",\"tag\":\"9\"}}"})");
  EXPECT_TRUE(has(injector.apply(kPod), "h.example/proxyv2:9"));
}

TEST(Injection, OptionsAreStrict) {
  struct Row {
    std::string_view options;
    mesh_code code;
    std::string_view word;
  };
  const Row rows[] = {
      {"", MESH_OK, ""},
      {R"({"nativeSidecars": "true", "platform": "openshift", "cluster": "east"})", MESH_OK, ""},
      {R"({"nativeSidecars": "maybe"})", MESH_INVALID_ARGUMENT, "maybe"},
      {R"({"nativeSidecars": true})", MESH_INVALID_ARGUMENT, "nativeSidecars"},
      {R"({"platform": "plan9"})", MESH_INVALID_ARGUMENT, "plan9"},
      {R"({"value": ""})", MESH_INVALID_ARGUMENT, "value"},
      {R"({"values": "{]"})", MESH_PARSE, "values"},
      {"{", MESH_PARSE, ""},
  };
  for (const Row& row : rows) {
    mesh_injector* injector = nullptr;
    mesh_error* error = mesh_injector_new(nullptr, view(row.options), nullptr, &injector);
    EXPECT_EQ(mesh_error_code(error), row.code) << row.options;
    EXPECT_NE(meshpp::text(mesh_error_message(error)).find(row.word), std::string_view::npos)
        << meshpp::text(mesh_error_message(error));
    EXPECT_EQ(injector != nullptr, row.code == MESH_OK) << row.options;
    mesh_error_delete(error);
    mesh_injector_delete(injector);
  }
  const Injector injector("");
  mesh_buffer* out = nullptr;
  EXPECT_EQ(code_of(mesh_injector_apply(injector.get(), view(kPod), {},
                                        view(R"({"output": "xml"})"), &out)),
            MESH_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(mesh_uninject(view(kPod), {}, view(R"({"namespace": "a"})"), &out)),
            MESH_INVALID_ARGUMENT);
}

TEST(Injection, NullIsRefusedAndOutIsCleared) {
  const mesh_view none{nullptr, 3};
  const Injector injector("");
  mesh_buffer* out = reinterpret_cast<mesh_buffer*>(1);
  EXPECT_EQ(code_of(mesh_injector_review(nullptr, {}, {}, &out)), MESH_INVALID_ARGUMENT);
  EXPECT_EQ(out, nullptr);
  for (mesh_error* error :
       {mesh_injector_review(injector.get(), none, {}, &out),
        mesh_injector_review(injector.get(), {}, {}, nullptr),
        mesh_injector_apply(nullptr, {}, {}, {}, &out),
        mesh_injector_apply(injector.get(), {}, none, {}, &out),
        mesh_injector_explain(nullptr, {}, {}, &out), mesh_injector_matrix(nullptr, &out),
        mesh_injector_diagnostics(nullptr, &out), mesh_uninject(none, {}, {}, &out),
        mesh_injector_new(nullptr, {}, nullptr, nullptr), mesh_cni_networks_merge({}, {}, {}, &out),
        mesh_cni_networks_merge(none, {}, {}, &out)}) {
    EXPECT_EQ(code_of(error), MESH_INVALID_ARGUMENT);
    EXPECT_EQ(out, nullptr);
  }
  EXPECT_EQ(mesh_injector_clone(nullptr), nullptr);
  mesh_injector_delete(nullptr);
}

TEST(Injection, WhatIsNoReviewIsStillAnswered) {
  const Injector injector(snapshot_of(kShop));
  for (const char* body : {"", "{}", "}{", "null", "[]", "{\"request\":7}", "\xff\xfe"}) {
    const Buffer answer = injector.review(body);
    EXPECT_TRUE(has(answer, "\"allowed\":false")) << body << answer.text();
    EXPECT_TRUE(has(answer, "AdmissionReview")) << body;
  }
}

TEST(Injection, NobodyIsNotFound) {
  const Injector injector(snapshot_of(kShop));
  mesh_buffer* out = nullptr;
  EXPECT_EQ(code_of(mesh_injector_explain(injector.get(), view("shop"), view("nobody"), &out)),
            MESH_NOT_FOUND);
}

// For TSan: many threads on one injector, whose settings are read when first asked for.
TEST(Injection, ManyThreadsShareOneInjector) {
  const Injector injector(snapshot_of(kShop));
  const std::string asked = review("CREATE");
  std::vector<std::thread> threads;
  std::atomic<int> patched{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const Injector own = injector;
      for (int j = 0; j < 10; ++j) {
        if (has(own.review(asked, "/inject"), "\"patch\":")) patched.fetch_add(1);
        if (has(own.apply(kPod), "istio-proxy")) patched.fetch_add(1);
        own.diagnostics();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(patched.load(), 80);
}

TEST(Cni, MergesAndSaysWhatItDid) {
  struct Row {
    std::string_view annotation;
    std::string_view options;
    std::string_view outcome;
    std::string_view value;
  };
  const Row rows[] = {
      {"", "", "added", "\"value\":\"n\""},
      {"a", "", "added", "\"value\":\"a, n\""},
      {"shop/n@eth1", R"({"podNamespace": "shop"})", "present", "\"value\":\"shop/n@eth1\""},
      {"[", "", "left-alone", "\"value\":\"[\""},
      {"a, b", R"({"overwrite": true})", "overwritten", "\"lost\":[\"a\",\"b\"]"},
  };
  for (const Row& row : rows) {
    const Buffer answer = meshpp::cni_networks_merge(row.annotation, "n", row.options);
    EXPECT_TRUE(has(answer, row.outcome)) << answer.text();
    EXPECT_TRUE(has(answer, row.value)) << answer.text();
  }
}

}  // namespace
}  // namespace mesh::testing
