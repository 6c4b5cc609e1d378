// Whole manifests: which objects, what stays to the byte, messages and mistakes.
#include "libmesh/injection/doors/manifest.h"
#include "libmesh/base/codes.h"

#include <gtest/gtest.h>

#include "libmesh/injection/doors/uninject.h"
#include "tests/injection/doors/pods.h"

namespace mesh::injection {
namespace {

using document::Value;
using document::write_json;

const Chooser& chooser() {
  static const OneControlPlane one(istio_settings(), OneControlPlane::As::kKubeInject);
  return one;
}

std::string inject_text(std::string_view text, ManifestReport& report) {
  return inject_manifest(text, "file.yaml", chooser(), {}, report);
}

std::string workload(const std::string& api, const std::string& kind) {
  const std::string pod =
      "{metadata: {labels: {app: a}}, spec: {x-unknown: 1, containers: [{name: app, image: "
      "\"a:1\"}]}}";
  std::string spec = "{x-kept: [1, null], template: " + pod + "}";
  if (kind == "CronJob") spec = "{schedule: x, jobTemplate: {spec: " + spec + "}}";
  const std::string head = "apiVersion: " + api + "\nkind: " + kind +
                           "\nmetadata: {name: w, namespace: shop, x-own: own}\n";
  if (kind == "Pod")
    return head + "spec: {x-unknown: 1, containers: [{name: app, image: \"a:1\"}]}\n";
  return head + "spec: " + spec + "\nx-top: {z: 1}\n";
}

const std::pair<const char*, const char*> kKinds[] = {{"v1", "Pod"},
                                                      {"v1", "ReplicationController"},
                                                      {"apps/v1", "Deployment"},
                                                      {"apps/v1", "DaemonSet"},
                                                      {"apps/v1", "ReplicaSet"},
                                                      {"apps/v1", "StatefulSet"},
                                                      {"batch/v1", "Job"},
                                                      {"batch/v1", "CronJob"},
                                                      {"apps.openshift.io/v1", "DeploymentConfig"}};

TEST(Manifest, InjectsEveryKindThatHoldsAPodAndTakesItOutAgain) {
  for (const auto& [api, kind] : kKinds) {
    const std::string text = workload(api, kind);
    ManifestReport report;
    const std::string out = inject_text(text, report);
    EXPECT_EQ(report.injected, 1u) << kind;
    EXPECT_TRUE(report.diagnostics.empty() && report.messages.empty());
    ASSERT_TRUE(out.ends_with("\n---\n")) << out;
    const Value after = yaml(out.substr(0, out.size() - 4));
    const std::string flat = write_json(after);
    EXPECT_NE(flat.find("\"istio-proxy\""), std::string::npos) << kind;
    for (const char* kept : {"\"x-unknown\":1", "\"x-own\":\"own\""}) {
      EXPECT_NE(flat.find(kept), std::string::npos) << kind << kept;
    }
    UninjectReport back;
    const std::string again = uninject_manifest(out, "file.yaml", back);
    EXPECT_EQ(back.uninjected, 1u);
    EXPECT_EQ(yaml(again.substr(0, again.size() - 4)) == yaml(text), true) << again;
  }
}

TEST(Manifest, KeepsEverythingElseToTheByte) {
  constexpr std::string_view kText =
      "# a comment\napiVersion: v1\nkind:   Service   # odd\nmetadata: {name: a}\n---\n"
      "kind: Whatever\napiVersion: x.io/v1\nspec: {template: {spec: {containers: []}}}\n";
  ManifestReport report;
  EXPECT_EQ(inject_text(kText, report), std::string(kText) + "---\n");
  EXPECT_EQ(report.injected, 0u);
}

TEST(Manifest, SaysWhatItSkipsInIstiosWords) {
  ManifestReport report;
  inject_text(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: shop}\n"
      "spec: {template: {spec: {hostNetwork: true, containers: []}}}\n---\n"
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n"
      "spec: {template: {metadata: {annotations: {sidecar.istio.io/inject: \"false\"}}, "
      "spec: {containers: []}}}\n",
      report);
  ASSERT_EQ(report.messages.size(), 2u);
  EXPECT_EQ(report.messages[0],
            "===> Skipping injection because Deployment \"shop/a\" has host networking enabled");
  EXPECT_EQ(report.messages[1],
            "===> Skipping injection because Deployment \"b\" has sidecar injection disabled");
}

TEST(Manifest, OneBadDocumentDoesNotStopTheOthers) {
  ManifestReport report;
  const std::string bad = "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n";
  const std::string refused =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: b, annotations: {prometheus.io/port: x}}\n"
      "spec: {containers: [{name: c, image: d}]}\n";
  const std::string empty =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: e}\nspec: {}\n";
  const std::string out = inject_text(
      bad + "---\n" + refused + "---\n" + empty + "---\n" + workload("v1", "Pod"), report);
  EXPECT_EQ(report.injected, 1u);
  ASSERT_EQ(report.diagnostics.size(), 3u);
  EXPECT_EQ(report.diagnostics[0].code, Code::kInjectionRefused);
  EXPECT_EQ(report.diagnostics[0].object, "Pod b");
  EXPECT_EQ(report.diagnostics[1].code, Code::kMissingField);
  EXPECT_EQ(report.diagnostics[1].object, "Deployment e");
  EXPECT_EQ(report.diagnostics[1].field, "spec.template");
  EXPECT_EQ(report.diagnostics[2].code, Code::kSyntax);
  EXPECT_TRUE(out.starts_with(bad + "---\n" + refused + "---\n" + empty + "---\n")) << out;
}

TEST(Manifest, LeavesWhatIsNoPodAsItIsAndSaysWhy) {
  const std::pair<const char*, const char*> rows[] = {
      {"metadata: {labels: [a]}\nspec: {containers: [{name: app}]}\n",
       "metadata.labels is a list, must be a mapping"},
      {"metadata: {annotations: {sidecar.istio.io/inject: false}}\nspec: {containers: [{name: "
       "app}]}\n",
       "metadata.annotations[sidecar.istio.io/inject] is a boolean, must be a string (write it in "
       "quotes)"},
      {"metadata: {name: p}\nspec: {containers: x}\n",
       "spec.containers is a string, must be a list"}};
  for (const auto& [pod, message] : rows) {
    const std::string text = std::string("apiVersion: v1\nkind: Pod\n") + pod;
    ManifestReport report;
    EXPECT_EQ(inject_text(text, report), text + "---\n");
    ASSERT_EQ(report.diagnostics.size(), 1u) << pod;
    EXPECT_EQ(report.diagnostics[0].code, Code::kInjectionRefused);
    EXPECT_EQ(report.diagnostics[0].message, message);
  }
}

TEST(Manifest, InjectsIntoTheItemsOfAList) {
  ManifestReport report;
  const Value out = yaml([&] {
    std::string text =
        inject_text(R"({"apiVersion":"v1","kind":"List","items":[)"
                    R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"x":null},)"
                    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},)"
                    R"("spec":{"containers":[{"name":"a","image":"b"}]}}]})",
                    report);
    return text.substr(0, text.size() - 4);
  }());
  EXPECT_EQ(report.injected, 1u);
  const document::List& items = *out.find("items")->if_list();
  EXPECT_EQ(write_json(items[0]),
            R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"x":null})");
  EXPECT_NE(write_json(items[1]).find("istio-proxy"), std::string::npos);
}

}  // namespace
}  // namespace mesh::injection
