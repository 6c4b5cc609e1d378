// The decision as tables: what stands on the namespace and the pod, who is there, and the answer.
#include "libmesh/injection/decision/decide.h"
#include "libmesh/base/codes.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/injection/decision/support.h"

namespace mesh::injection {
namespace {

using testing::control_plane;
using testing::decide_pod;
using testing::injector_config;
using testing::istio_tag;
using testing::istio_webhooks;
using testing::namespace_yaml;
using testing::pod_of;
using testing::snapshot_of;
using testing::words;

struct Case {
  const char* name;
  std::string ns_labels;  // of namespace shop
  std::string labels;     // of the pod
  std::string annotations;
  std::string answer;
  std::string revision = "default";
};

const char* const kTrue = "sidecar.istio.io/inject: \"true\"";
const char* const kFalse = "sidecar.istio.io/inject: \"false\"";

void run(const std::string& input, const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    auto snapshot = snapshot_of(input + namespace_yaml("shop", test.ns_labels));
    Decision decision = decide_pod(*snapshot, pod_of(test.labels, test.annotations));
    EXPECT_EQ(words(decision), test.answer) << decision.text();
    if (decision.answer != Answer::kNo || decision.reason != InjectionReason::kNoWebhook) {
      EXPECT_EQ(decision.revision, test.revision);
    }
    ASSERT_FALSE(decision.because.empty());
  }
}

// What Istio's chart says of the default revision, whether its webhooks are in the input or not.
TEST(Decide, TheDefaultRevision) {
  const std::vector<Case> cases{
      {"an enabled namespace", "istio-injection: enabled", "", "", "yes policy"},
      {"an enabled namespace, a pod that asks", "istio-injection: enabled", kTrue, "",
       "yes pod-label"},
      {"an enabled namespace, a pod that refuses", "istio-injection: enabled", kFalse, "",
       "no no-webhook"},
      {"an annotation refuses once the namespace lets it through", "istio-injection: enabled", "",
       kFalse, "no pod-annotation"},
      {"the label beats the annotation", "istio-injection: enabled", kTrue, kFalse,
       "yes pod-label"},
      {"a word that Istio does not know counts for nothing", "istio-injection: enabled",
       "sidecar.istio.io/inject: \"no\"", "", "yes policy"},
      {"a disabled namespace", "istio-injection: disabled", kTrue, "", "no no-webhook"},
      {"a disabled namespace, whatever its revision says",
       "istio-injection: disabled, istio.io/rev: default", kTrue, "", "no no-webhook"},
      {"istio-injection beats istio.io/rev", "istio-injection: enabled, istio.io/rev: other", "",
       "", "yes policy"},
      {"a namespace of revision default", "istio.io/rev: default", "", "", "yes policy"},
      {"a plain namespace", "", "", "", "no no-webhook"},
      {"a plain namespace, a pod that asks", "", kTrue, "", "yes pod-label"},
      {"a plain namespace, an annotation alone reaches nobody", "", "", kTrue, "no no-webhook"},
      {"a plain namespace, a pod that names the revision", "", "istio.io/rev: default", "",
       "yes policy"},
      {"a pod that names the revision and refuses", "",
       "istio.io/rev: default, sidecar.istio.io/inject: \"false\"", "", "no no-webhook"},
      {"a label of another word does not select", "", "sidecar.istio.io/inject: \"yes\"", "",
       "no no-webhook"},
  };
  {
    SCOPED_TRACE("webhooks of the input");
    run(istio_webhooks("istio-system", "default"), cases);
  }
  {
    SCOPED_TRACE("an injector's ConfigMap");
    run(injector_config("istio-system", "default", "policy: enabled"), cases);
  }
  {
    SCOPED_TRACE("nothing said");
    run("", cases);
  }
}

TEST(Decide, Revisions) {
  const std::string two =
      istio_webhooks("istio-system", "default") + istio_webhooks("istio-system", "canary");
  run(two,
      {{"a namespace of the revision", "istio.io/rev: canary", "", "", "yes policy", "canary"},
       {"a namespace of a revision that is not there", "istio.io/rev: blue", "", "",
        "no no-webhook"},
       {"a pod of the revision", "", "istio.io/rev: canary", "", "yes policy", "canary"},
       {"the namespace's revision beats the pod's", "istio.io/rev: default", "istio.io/rev: canary",
        "", "yes policy", "default"},
       {"a pod that asks for a revision and a proxy is not the default's", "",
        "istio.io/rev: canary, sidecar.istio.io/inject: \"true\"", "", "yes pod-label", "canary"}});
  run("", {{"a revision that nothing speaks against", "istio.io/rev: blue", "", "", "yes policy",
            "blue"}});
  run(injector_config("istio-system", "canary", "policy: enabled"),
      {{"only the revisions of the ConfigMaps", "istio.io/rev: blue", "", "", "no no-webhook"},
       {"no default revision", "istio-injection: enabled", "", "", "no no-webhook"},
       {"the revision of the ConfigMap", "istio.io/rev: canary", "", "", "yes policy", "canary"}});
}

TEST(Decide, Tags) {
  const std::string input = istio_webhooks("istio-system", "v1") +
                            istio_tag("istio-system", "prod", "v1") +
                            istio_tag("istio-system", "default", "v1");
  run(input, {{"a namespace of the tag", "istio.io/rev: prod", "", "", "yes policy", "v1"},
              {"the tag default is istio-injection", "istio-injection: enabled", "", "",
               "yes policy", "v1"},
              {"the revision itself", "istio.io/rev: v1", "", "", "yes policy", "v1"}});
  auto snapshot = snapshot_of(input + namespace_yaml("shop", "istio.io/rev: prod"));
  Decision decision = decide_pod(*snapshot, pod_of(""));
  EXPECT_EQ(decision.tag, "prod");
  EXPECT_EQ(decision.configuration, "istio-revision-tag-prod");
  EXPECT_TRUE(decision.stated);
  EXPECT_TRUE(decision.diagnostics.empty()) << "a revision and its tag are one control plane";
}

TEST(Decide, PolicyOfTheInjector) {
  run(injector_config("istio-system", "default", "policy: disabled"),
      {{"a disabled policy", "istio-injection: enabled", "", "", "no policy"},
       {"a pod asks under a disabled policy", "istio-injection: enabled", kTrue, "",
        "yes pod-label"},
       {"an annotation asks under a disabled policy", "istio-injection: enabled", "", kTrue,
        "yes pod-annotation"}});
  run(injector_config("istio-system", "default", "policy: sometimes"),
      {{"a policy that is none injects nothing", "istio-injection: enabled", kTrue, "",
        "no illegal-policy"}});
  const std::string selectors =
      "{policy: enabled, neverInjectSelector: [{matchLabels: {job: batch}}], "
      "alwaysInjectSelector: [{matchExpressions: [{key: job, operator: Exists}]}]}";
  run(injector_config("istio-system", "default", selectors),
      {{"never beats always", "istio-injection: enabled", "job: batch", "",
        "no never-inject-selector"},
       {"always", "istio-injection: enabled", "job: web", "", "yes always-inject-selector"},
       {"the pod's word beats never", "istio-injection: enabled",
        "job: batch, sidecar.istio.io/inject: \"true\"", "", "yes pod-label"},
       {"a word that says nothing leaves it to the selectors", "istio-injection: enabled",
        "job: batch, sidecar.istio.io/inject: maybe", "", "no never-inject-selector"}});
  run(injector_config("istio-system", "default", "policy: enabled",
                      "{\"sidecarInjectorWebhook\": {\"enableNamespacesByDefault\": true}}"),
      {{"namespaces are enabled by default", "", "", "", "yes policy"},
       {"a disabled one still is", "istio-injection: disabled", "", "", "no no-webhook"}});
}

TEST(Decide, HostNetworkAndIgnoredNamespaces) {
  auto snapshot = snapshot_of(istio_webhooks("istio-system", "default") +
                              namespace_yaml("shop", "istio-injection: enabled") +
                              namespace_yaml("kube-system", "istio-injection: enabled"));
  EXPECT_EQ(words(decide_pod(*snapshot, pod_of(kTrue, "", "hostNetwork: true"))),
            "no host-network");
  EXPECT_EQ(words(decide_pod(*snapshot, pod_of(kTrue), "kube-system")), "no ignored-namespace");
}

TEST(Decide, MaistraIsOptIn) {
  run(control_plane("mesh", "v2.5", "shop"),
      {{"a member alone", "", "", "", "no policy", "basic"},
       {"a label", "", kTrue, "", "yes pod-label", "basic"},
       {"an annotation", "", "", kTrue, "yes pod-annotation", "basic"},
       {"the label beats the annotation", "", kFalse, kTrue, "no pod-label", "basic"},
       {"yes", "", "sidecar.istio.io/inject: \"yes\"", "", "yes pod-label", "basic"},
       {"On in any case", "", "sidecar.istio.io/inject: \"On\"", "", "yes pod-label", "basic"},
       {"any other word is no", "", "sidecar.istio.io/inject: enabled", "", "no pod-label",
        "basic"},
       {"empty is undecided", "", "sidecar.istio.io/inject: \"\"", "", "no policy", "basic"},
       {"a disabled namespace", "istio-injection: disabled", kTrue, "", "no no-webhook"},
       {"an enabled namespace changes nothing", "istio-injection: enabled", "", "", "no policy",
        "basic"},
       {"the label that keeps a namespace out", "maistra.io/ignore-namespace: \"true\"", kTrue, "",
        "no no-webhook"},
       {"istio-env keeps a namespace out", "istio-env: x", kTrue, "", "no no-webhook"},
       {"istiod itself", "", "app: istiod, sidecar.istio.io/inject: \"true\"", "",
        "no no-webhook"}});
  run(control_plane("mesh", "v2.5", "shop", "autoInject: true"),
      {{"autoInject", "", "", "", "yes policy", "basic"},
       {"a pod refuses", "", kFalse, "", "no pod-label", "basic"}});
  run(control_plane("mesh", "v2.5", "shop",
                    "neverInjectSelector: [{matchLabels: {job: batch}}], "
                    "autoInject: true"),
      {{"never", "", "job: batch", "", "no never-inject-selector", "basic"}});
  run(control_plane("mesh", "v1.1", "shop"),
      {{"v1.1 looks at the annotation", "", "", kTrue, "yes pod-annotation", "basic"},
       {"v1.1 does not look at the label", "", kTrue, "", "no policy", "basic"},
       {"v1.1: a label does not beat the annotation", "", kFalse, kTrue, "yes pod-annotation",
        "basic"}});
  run(control_plane("mesh", "v2.5", "other"), {{"no member", "", kTrue, "", "no no-webhook"}});
}

// With the operator's own webhook in the input its selectors count, and so does what really stands
// on the namespace: a pod that is made before the operator has labelled it stays without a proxy.
TEST(Decide, MaistrasWebhookOfTheInput) {
  const std::string input =
      control_plane("mesh", "v2.5", "shop") +
      "---\n{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, "
      "metadata: {name: istiod-basic-mesh, labels: {istio.io/rev: basic, maistra.io/owner: mesh}}, "
      "webhooks: [{name: sidecar-injector.istio.io, clientConfig: {service: {name: istiod-basic, "
      "namespace: mesh, path: /inject}}, rules: [{operations: [CREATE], apiGroups: [''], "
      "apiVersions: [v1], resources: [pods]}], namespaceSelector: {matchExpressions: [{key: "
      "maistra.io/member-of, operator: In, values: [mesh]}]}, objectSelector: {matchExpressions: "
      "[{key: app, operator: NotIn, values: [istiod]}]}}]}\n";
  auto labelled = snapshot_of(input + namespace_yaml("shop", "maistra.io/member-of: mesh"));
  Decision decision = decide_pod(*labelled, pod_of("", kTrue));
  EXPECT_EQ(words(decision), "yes pod-annotation") << "in Maistra's words, by its control plane";
  EXPECT_EQ(decision.tenant.value, "mesh/basic");
  EXPECT_EQ(decision.configuration, "istiod-basic-mesh");
  EXPECT_TRUE(decision.stated);
  EXPECT_EQ(words(decide_pod(*labelled, pod_of(""))), "no policy");

  auto early = snapshot_of(input + namespace_yaml("shop", ""));
  decision = decide_pod(*early, pod_of("", kTrue));
  EXPECT_EQ(decision.text(),
            "no (no-webhook): Namespace shop metadata.labels[maistra.io/member-of]: no control "
            "plane is asked to inject: is not set, must be \"mesh\"");
}

TEST(Decide, TheMeshNamespaceIsKeptOutBefore24) {
  for (auto [version, answer] : {std::pair{"v2.3", "no no-webhook"}, {"v2.4", "yes pod-label"}}) {
    SCOPED_TRACE(version);
    auto snapshot = snapshot_of(control_plane("mesh", version, "shop"));
    EXPECT_EQ(words(decide_pod(*snapshot, pod_of(kTrue), "mesh")), answer);
  }
}

TEST(Decide, CannotTellWithoutTheNamespace) {
  const std::string istio = istio_webhooks("istio-system", "default");
  auto snapshot = snapshot_of(istio);
  Decision asks = decide_pod(*snapshot, pod_of(kTrue));
  EXPECT_EQ(words(asks), "unknown namespace-unknown");
  EXPECT_TRUE(asks.presumed);
  EXPECT_EQ(asks.because.back().object, "Namespace shop");
  Decision plain = decide_pod(*snapshot, pod_of(""));
  EXPECT_EQ(words(plain), "unknown namespace-unknown");
  EXPECT_FALSE(plain.presumed);
  EXPECT_EQ(words(decide_pod(*snapshot, pod_of(kFalse))), "no no-webhook");
  EXPECT_EQ(words(decide_pod(*snapshot, pod_of(kTrue, "", "hostNetwork: true"))),
            "no host-network");
}

TEST(Decide, CannotTellWhatIsCel) {
  std::string input = istio_webhooks("istio-system", "default");
  const std::string rule = "  sideEffects: None\n";
  for (size_t at = input.find(rule); at != input.npos; at = input.find(rule, at + 200)) {
    input.insert(at, "  matchConditions: [{name: x, expression: \"true\"}]\n");
  }
  auto snapshot = snapshot_of(input + namespace_yaml("shop", "istio-injection: enabled"));
  Decision decision = decide_pod(*snapshot, pod_of(""));
  EXPECT_EQ(words(decision), "unknown match-conditions") << decision.text();
  EXPECT_TRUE(decision.presumed);
  EXPECT_EQ(words(decide_pod(*snapshot, pod_of("", kFalse))), "no pod-annotation");
}

TEST(Decide, TheNameOfTheNamespaceIsALabel) {
  auto snapshot = snapshot_of(
      "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: "
      "{name: mine, labels: {istio.io/rev: default}}, webhooks: [{name: "
      "x.sidecar-injector.istio.io, clientConfig: {service: {name: istiod, namespace: "
      "istio-system, path: /inject}}, failurePolicy: Ignore, rules: [{operations: ['*'], "
      "apiGroups: "
      "['*'], apiVersions: ['*'], resources: ['*/*']}], namespaceSelector: {matchExpressions: "
      "[{key: kubernetes.io/metadata.name, operator: In, values: [shop]}]}}]}");
  Decision decision = decide_pod(*snapshot, pod_of(""));
  EXPECT_EQ(words(decision), "yes policy") << "needs no Namespace object";
  EXPECT_NE(decision.because.front().text.find("failurePolicy Ignore"), std::string::npos)
      << decision.because.front().text;
  EXPECT_EQ(words(decide_pod(*snapshot, pod_of(""), "bank")), "no no-webhook");
}

struct RuleCase {
  const char* name;
  const char* rule;
  bool called;
};
TEST(Decide, RulesOfAWebhook) {
  const RuleCase cases[] = {
      {"pods", "operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods]", true},
      {"all resources", "operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*']",
       true},
      {"namespaced ones",
       "operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods], scope: "
       "Namespaced",
       true},
      {"cluster-scoped ones",
       "operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: ['*'], scope: Cluster",
       false},
      {"updates", "operations: [UPDATE], apiGroups: [''], apiVersions: [v1], resources: [pods]",
       false},
      {"a sub-resource",
       "operations: [CREATE], apiGroups: [''], apiVersions: [v1], resources: [pods/exec]", false},
      {"another group",
       "operations: [CREATE], apiGroups: [apps], apiVersions: [v1], resources: "
       "[pods]",
       false},
  };
  for (const RuleCase& test : cases) {
    SCOPED_TRACE(test.name);
    auto snapshot = snapshot_of(
        "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, "
        "metadata: {name: mine}, webhooks: [{name: x.sidecar-injector.istio.io, clientConfig: "
        "{url: "
        "'https://istiod/inject'}, rules: [{" +
        std::string(test.rule) + "}]}]}\n" + namespace_yaml("shop", ""));
    EXPECT_EQ(decide_pod(*snapshot, pod_of("")).injects(), test.called);
  }
}

Code only_code(const Decision& decision) {
  EXPECT_EQ(decision.diagnostics.size(), 1u) << decision.text();
  return decision.diagnostics.empty() ? Code::kSyntax : decision.diagnostics.front().code;
}

TEST(Decide, TwoControlPlanesAreAConflict) {
  // A member of a Service Mesh 2 control plane whose namespace was labelled for Istio too early.
  const std::string both =
      control_plane("mesh", "v2.6", "shop") + istio_webhooks("istio-system", "default");
  auto snapshot = snapshot_of(both + namespace_yaml("shop", "istio-injection: enabled"));
  Decision decision = decide_pod(*snapshot, pod_of(kTrue));
  EXPECT_EQ(words(decision), "yes pod-label");
  EXPECT_EQ(only_code(decision), Code::kInjectionConflict);
  snapshot = snapshot_of(both + namespace_yaml("shop",
                                               "istio-injection: enabled, "
                                               "maistra.io/ignore-namespace: \"true\""));
  decision = decide_pod(*snapshot, pod_of(kTrue));
  EXPECT_EQ(words(decision), "yes pod-label");
  EXPECT_EQ(decision.revision, "default");
  EXPECT_TRUE(decision.diagnostics.empty());
  // Two revisions, each by a webhook of its own making.
  snapshot = snapshot_of(istio_webhooks("istio-system", "default") +
                         istio_tag("istio-two", "default", "two") +
                         namespace_yaml("shop", "istio-injection: enabled"));
  decision = decide_pod(*snapshot, pod_of(""));
  EXPECT_EQ(only_code(decision), Code::kInjectionConflict);
  EXPECT_EQ(decision.revision, "default") << "istio-sidecar-injector is called last";
}

TEST(Decide, NobodyAnswers) {
  const std::string istio = istio_webhooks("istio-system", "canary");
  auto shop = [&](const char* labels) {
    return snapshot_of(istio + namespace_yaml("shop", labels));
  };
  EXPECT_EQ(only_code(decide_pod(*shop("istio-injection: enabled"), pod_of(""))),
            Code::kInjectionUnanswered);
  EXPECT_EQ(only_code(decide_pod(*shop("istio.io/rev: blue"), pod_of(""))),
            Code::kInjectionUnanswered);
  EXPECT_EQ(only_code(decide_pod(*shop(""), pod_of("", kTrue))), Code::kInjectionUnanswered);
  EXPECT_EQ(only_code(decide_pod(*shop(""), pod_of(kTrue))), Code::kInjectionUnanswered);
  EXPECT_TRUE(decide_pod(*shop(""), pod_of("")).diagnostics.empty());
  EXPECT_TRUE(decide_pod(*shop("istio-injection: enabled"), pod_of(kFalse)).diagnostics.empty());
  EXPECT_TRUE(decide_pod(*shop("istio-injection: enabled"), pod_of("", "", "hostNetwork: true"))
                  .diagnostics.empty());
}

TEST(Decide, WordsThatSayNothing) {
  auto istio = snapshot_of(namespace_yaml("shop", "istio-injection: enabled"));
  EXPECT_EQ(only_code(decide_pod(*istio, pod_of("sidecar.istio.io/inject: \"yes\""))),
            Code::kInjectionValue);
  auto maistra = snapshot_of(control_plane("mesh", "v2.5", "shop") + namespace_yaml("shop", ""));
  EXPECT_TRUE(decide_pod(*maistra, pod_of("sidecar.istio.io/inject: \"yes\"")).diagnostics.empty());
  EXPECT_EQ(only_code(decide_pod(*maistra, pod_of("sidecar.istio.io/inject: enabled"))),
            Code::kInjectionValue);
}

TEST(Decide, TheReasonsAreInOrder) {
  auto snapshot = snapshot_of(istio_webhooks("istio-system", "default") +
                              namespace_yaml("shop", "istio-injection: enabled"));
  Decision decision = decide_pod(*snapshot, pod_of("", kFalse));
  ASSERT_EQ(decision.because.size(), 5u);
  EXPECT_EQ(decision.because[2].object, "Namespace shop");
  EXPECT_EQ(decision.because[2].field, "metadata.labels[istio-injection]");
  EXPECT_EQ(decision.because[2].value, "enabled");
  EXPECT_EQ(decision.because[2].text,
            "webhook namespace.sidecar-injector.istio.io of istio-sidecar-injector is called: is "
            "\"enabled\"; without an answer the pod is refused (failurePolicy Fail)");
  EXPECT_EQ(decision.text(),
            "no (pod-annotation): Pod shop/cart metadata.annotations[sidecar.istio.io/inject] "
            "\"false\": refuses a proxy");
  Decision off = decide_pod(*snapshot_of(istio_webhooks("istio-system", "default") +
                                         namespace_yaml("shop", "istio-injection: disabled")),
                            pod_of(""));
  EXPECT_EQ(off.text(),
            "no (no-webhook): Namespace shop metadata.labels[istio-injection] \"disabled\": no "
            "control plane is asked to inject: is \"disabled\", must be \"enabled\"");
}

}  // namespace
}  // namespace mesh::injection
