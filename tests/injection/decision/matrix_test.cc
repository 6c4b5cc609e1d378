#include "libmesh/injection/decision/matrix.h"
#include "libmesh/base/codes.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "libmesh/index/proxies/injection.h"
#include "libmesh/index/proxies/proxies.h"
#include "tests/injection/decision/support.h"

namespace mesh::injection {
namespace {

using testing::control_plane;
using testing::istio_tag;
using testing::istio_webhooks;
using testing::namespace_yaml;
using testing::snapshot_of;

std::string deployment(const std::string& ns, const std::string& name, const std::string& labels,
                       const std::string& annotations = "", const std::string& spec = "") {
  return "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name +
         ", namespace: " + ns + "}, spec: {selector: {matchLabels: {app: " + name +
         "}}, template: {metadata: {labels: {app: " + name + ", " + labels + "}, annotations: {" +
         annotations + "}}, spec: {" + spec + "}}}}\n";
}

TEST(Matrix, RowsAndColumns) {
  auto snapshot = snapshot_of(
      istio_webhooks("istio-system", "canary") + istio_tag("istio-system", "default", "stable") +
      namespace_yaml("shop", "istio-injection: enabled") +
      namespace_yaml("bank", "istio.io/rev: canary") + deployment("shop", "cart", "a: b") +
      deployment("bank", "vault", "a: b") +
      "---\n{apiVersion: batch/v1, kind: CronJob, metadata: {name: night, namespace: bank}, spec: "
      "{schedule: '@daily', jobTemplate: {spec: {template: {metadata: {labels: "
      "{sidecar.istio.io/inject: 'false'}}, spec: {}}}}}}\n"
      "---\n{apiVersion: v1, kind: Pod, metadata: {name: owned, namespace: shop, ownerReferences: "
      "[{apiVersion: apps/v1, kind: ReplicaSet, name: x, uid: u, controller: true}]}, spec: {}}\n"
      "---\n{apiVersion: v1, kind: Pod, metadata: {name: lone, namespace: shop}, spec: "
      "{hostNetwork: true}}\n");
  const Matrix all = matrix(*snapshot);
  ASSERT_EQ(all.columns.size(), 2u);
  EXPECT_EQ(column_title(all.columns[0]), "canary (istio-system)");
  EXPECT_EQ(column_title(all.columns[1]), "stable (istio-system)");
  std::vector<std::string> rows;
  for (const MatrixRow& row : all.rows) {
    std::string text = row.kind + " " + row.ns + "/" + row.name;
    for (const MatrixCell& cell : row.cells) {
      text += " | " + std::string(answer_text(cell.answer)) + " " + cell.because.field + "=" +
              cell.because.value;
    }
    rows.push_back(text);
  }
  EXPECT_EQ(rows, (std::vector<std::string>{
                      "Deployment bank/vault | yes metadata.labels[istio.io/rev]=canary | no "
                      "metadata.labels[istio.io/rev]=canary",
                      "CronJob bank/night | no metadata.labels[sidecar.istio.io/inject]=false | no "
                      "metadata.labels[istio.io/rev]=canary",
                      "Pod shop/lone | no metadata.labels[istio-injection]=enabled | no "
                      "spec.hostNetwork=true",
                      "Deployment shop/cart | no metadata.labels[istio-injection]=enabled | yes "
                      "metadata.labels[istio-injection]=enabled"}));
  EXPECT_EQ(matrix(*snapshot, "bank").rows.size(), 2u);
  EXPECT_TRUE(all.diagnostics.empty());
}

TEST(Matrix, ConflictsStandAtTheirObject) {
  auto snapshot = snapshot_of(control_plane("mesh", "v2.6", "shop", "autoInject: true") +
                              istio_webhooks("istio-system", "default") +
                              namespace_yaml("shop", "istio-injection: enabled") +
                              deployment("shop", "cart", "a: b"));
  const Matrix all = matrix(*snapshot, "shop");
  ASSERT_EQ(all.columns.size(), 2u);
  ASSERT_EQ(all.rows.size(), 1u);
  EXPECT_EQ(all.rows[0].cells[0].answer, Answer::kYes);
  EXPECT_EQ(all.rows[0].cells[1].answer, Answer::kYes);
  ASSERT_EQ(all.diagnostics.size(), 1u);
  EXPECT_EQ(all.diagnostics[0].code, Code::kInjectionConflict);
  EXPECT_EQ(all.diagnostics[0].object, "Deployment shop/cart");
  EXPECT_EQ(all.diagnostics[0].file, "input.yaml");
  EXPECT_GT(all.diagnostics[0].line, 0u);
}

// ---- property -------------------------------------------------------------------------------

class RandomCluster {
 public:
  explicit RandomCluster(uint32_t seed) : random_(seed) {}

  std::string make() {
    std::string out;
    switch (random_() % 4) {
      case 0:  // nothing is said
        break;
      case 1:
        out += webhooks();
        break;
      case 2:
        out += planes();
        break;
      case 3:
        out += planes() + webhooks();
        break;
    }
    for (const std::string& ns : kNamespaces) {
      if (one_of(4)) continue;  // its object is not in the input
      out += namespace_yaml(ns, some({{"istio-injection", {"enabled", "disabled", "x"}},
                                      {"istio.io/rev", {"default", "canary", "prod", "blue"}},
                                      {"maistra.io/ignore-namespace", {"\"true\""}}}));
    }
    for (int i = 0; i < 8; ++i) {
      out += deployment(pick(kNamespaces), "w" + std::to_string(i),
                        some({{"sidecar.istio.io/inject", kWords},
                              {"istio.io/rev", {"default", "canary", "blue"}}}),
                        some({{"sidecar.istio.io/inject", kWords}}),
                        one_of(8) ? "hostNetwork: true" : "");
    }
    return out;
  }

 private:
  using Choice = std::pair<std::string, std::vector<std::string>>;
  static inline const std::vector<std::string> kNamespaces{"shop", "bank", "mesh", "mesh2",
                                                           "kube-system"};
  static inline const std::vector<std::string> kWords{"\"true\"", "\"false\"", "\"yes\"",
                                                      "\"on\"",   "\"\"",      "\"x\""};

  bool one_of(uint32_t n) { return random_() % n == 0; }
  const std::string& pick(const std::vector<std::string>& from) {
    return from[random_() % from.size()];
  }
  std::string some(const std::vector<Choice>& choices) {
    std::string out;
    for (const auto& [key, values] : choices) {
      if (one_of(2)) continue;
      out += (out.empty() ? "" : ", ") + key + ": " + pick(values);
    }
    return out;
  }
  std::string webhooks() {
    std::string out = istio_webhooks("istio-system", one_of(2) ? "default" : "canary");
    if (one_of(2)) out += istio_webhooks("istio-two", "canary");
    if (one_of(2)) out += istio_tag("istio-system", one_of(2) ? "prod" : "default", "canary");
    if (one_of(3)) {
      out += testing::injector_config("istio-system", "canary",
                                      "{policy: disabled, alwaysInjectSelector: [{matchLabels: "
                                      "{app: w1}}]}");
    }
    return out;
  }
  std::string planes() {
    static const std::vector<std::string> kVersions{"v1.1", "v2.3", "v2.5", "v2.6"};
    static const std::vector<std::string> kInjection{"", "autoInject: true",
                                                     "neverInjectSelector: [{matchLabels: {app: "
                                                     "w2}}]"};
    std::string out = control_plane("mesh", pick(kVersions), "shop", pick(kInjection));
    if (one_of(2)) out += control_plane("mesh2", pick(kVersions), "bank", pick(kInjection));
    return out;
  }

  std::mt19937 random_;
};

// The decision, the matrix and the short form that finds proxies give the same answer: a row's cells
// say yes exactly when the decision does, and the short form says what the decision says or, where
// it cannot tell, what it presumes.
TEST(Matrix, DecisionMatrixAndIndexAgree) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomCluster random(seed);
  size_t yes = 0, no = 0, unknown = 0;
  for (int round = 0; round < 200; ++round) {
    const std::string yaml = random.make();
    SCOPED_TRACE(yaml);
    auto snapshot = snapshot_of(yaml);
    for (const MatrixRow& row : matrix(*snapshot).rows) {
      SCOPED_TRACE(row.ns + "/" + row.name + ": " + row.decision.text());
      const Decision& decision = row.decision;
      bool any_yes = false, any_unknown = false;
      for (const MatrixCell& cell : row.cells) {
        any_yes = any_yes || cell.answer == Answer::kYes;
        any_unknown = any_unknown || cell.answer == Answer::kUnknown;
      }
      const Answer cells = any_yes ? Answer::kYes : any_unknown ? Answer::kUnknown : Answer::kNo;
      ASSERT_EQ(cells, decision.answer);
      ++(cells == Answer::kYes ? yes : cells == Answer::kNo ? no : unknown);

      const index::Tenant* tenant = snapshot->tenants().of_namespace(row.ns);
      const auto& pod = snapshot->find({kube::Kind::kDeployment, row.ns, row.name})->document;
      const document::Value& form = *pod.find("spec")->find("template");
      const kube::ObjectPtr ns = snapshot->find({kube::Kind::kNamespace, "", row.ns});
      const bool injected =
          tenant != nullptr &&
          index::is_to_be_injected(snapshot->injection_rules(), snapshot->tenants(), *tenant,
                                   ns == nullptr ? Labels() : ns->labels,
                                   subject_of(form, row.ns, ""));
      const bool told =
          decision.answer == Answer::kUnknown ? decision.presumed : decision.answer == Answer::kYes;
      const bool ours = tenant != nullptr && decision.tenant == tenant->id;
      ASSERT_EQ(injected, told && ours);
      // And that is what the made-up pod of the workload shows.
      const kube::ObjectPtr made =
          snapshot->find({kube::Kind::kPod, row.ns, row.name + "-synthesized"});
      ASSERT_NE(made, nullptr);
      ASSERT_EQ(made->labels.contains("security.istio.io/tlsMode"), injected);
      ASSERT_EQ(index::proxy_of_pod(*snapshot, row.ns, made->key.name).ok(), injected);
    }
  }
  EXPECT_GT(yes, 50u);
  EXPECT_GT(no, 200u);
  EXPECT_GT(unknown, 20u);
}

}  // namespace
}  // namespace mesh::injection
