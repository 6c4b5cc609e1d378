// The plan: rule by rule, with the defects of the original named where ours differs.
#include "libmesh/tenancy/plan/plan.h"

#include <gmock/gmock.h>

#include "tests/tenancy/plan/world.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using kube::Kind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kTwo = control_plane("mesh", "basic") + ns("mesh") + ns("shop") + ns("bank") +
                         roll("mesh", "members: [shop]");

std::string network(const std::string& type, const std::string& plugin = "") {
  std::string out =
      "---\napiVersion: config.openshift.io/v1\nkind: Network\nmetadata: {name: cluster}\n"
      "spec: {networkType: " +
      type + "}\n";
  if (plugin.empty()) return out;
  return out +
         "---\napiVersion: network.openshift.io/v1\nkind: ClusterNetwork\nmetadata: {name: "
         "default}\npluginName: " +
         plugin + "\n";
}

std::string net_namespace(const std::string& name, int id, const std::string& change = "") {
  return "---\napiVersion: network.openshift.io/v1\nkind: NetNamespace\nmetadata: {name: " + name +
         (change.empty()
              ? ""
              : ", annotations: {pod.network.openshift.io/multitenant.change-network: \"" + change +
                    "\"}") +
         "}\nnetname: " + name + "\nnetid: " + std::to_string(id) + "\n";
}

size_t position(const Plan& plan, Action action, Kind kind, const std::string& ns) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const kube::ObjectKey& key = plan.object_of(plan.steps[i]).key;
    const std::string& where = kube::is_cluster_scoped(kind) ? key.name : key.ns;
    if (plan.steps[i].action == action && key.kind == kind && where == ns) return i;
  }
  ADD_FAILURE() << "no such step: " << kube::kind_name(kind) << " " << ns;
  return 0;
}

TEST(Plan, AMemberGetsLabelBindingsPoliciesAndNetwork) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.label("shop"), "mesh");
  EXPECT_THAT(world.names(Kind::kRoleBinding, "shop"),
              ElementsAre("istiod-clusterrole-basic-mesh", "istiod-gateway-controller-basic-mesh",
                          "prometheus-mesh"));
  EXPECT_THAT(world.names(Kind::kNetworkPolicy, "shop"),
              ElementsAre("istio-expose-route-basic", "istio-mesh-basic"));
  EXPECT_THAT(world.names(Kind::kNetworkAttachmentDefinition, "shop"),
              ElementsAre("v2-5-istio-cni"));
  EXPECT_EQ(world.label("bank"), "");
  EXPECT_THAT(world.names(Kind::kRoleBinding, "bank"), IsEmpty());
}

TEST(Plan, TheMeshItself) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.label("mesh"), "mesh");
  EXPECT_THAT(world.names(Kind::kNetworkPolicy, "mesh"),
              ElementsAre("istio-expose-route-basic", "istio-grafana-ingress",
                          "istio-ingressgateway", "istio-istiod-basic", "istio-jaeger-ingress",
                          "istio-kiali-ingress", "istio-mesh-basic", "istio-prometheus-ingress"));
  EXPECT_THAT(world.names(Kind::kServiceAccount, "mesh"), Contains("istiod-basic"));
  EXPECT_THAT(world.names(Kind::kRole, "mesh"), Contains("mesh-user"));
  EXPECT_THAT(world.names(Kind::kRoleBinding, "mesh"), Contains("mesh-users"));
}

TEST(Plan, CopiesLoseTheLabelsOfThePruner) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  kube::ObjectPtr source = world.find(Kind::kRoleBinding, "mesh", "prometheus-mesh");
  kube::ObjectPtr copy = world.find(Kind::kRoleBinding, "shop", "prometheus-mesh");
  for (const char* label :
       {"maistra.io/owner", "maistra.io/owner-name", "app.kubernetes.io/version"}) {
    EXPECT_TRUE(source->labels.contains(label)) << label;
    EXPECT_FALSE(copy->labels.contains(label)) << label;
  }
  EXPECT_EQ(copy->labels.at("maistra.io/member-of"), "mesh");
  EXPECT_EQ(copy->labels.at("maistra-version"), "2.5.1");
  EXPECT_EQ(*copy->document.find("subjects"), *source->document.find("subjects"));
}

TEST(Plan, NoClusterRoleBindingInAMultiTenantMesh) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  EXPECT_TRUE(world.snapshot()->objects(Kind::kClusterRoleBinding).empty());
  for (const auto& [key, object] : world.snapshot()->objects(Kind::kClusterRole)) {
    EXPECT_THAT(key.name, Not(HasSubstr("reader")));
    EXPECT_THAT(key.name, Not(HasSubstr("multi")));
  }
}

TEST(Plan, AClusterWideMeshBindsIstiodOnceAndCopiesOnlyPrometheus) {
  World world(control_plane("mesh", "basic", "version: v2.5, mode: ClusterWide") + ns("mesh") +
              ns("shop", "istio-injection: enabled") + ns("bank"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_THAT(world.names(Kind::kRoleBinding, "shop"), ElementsAre("prometheus-mesh"));
  EXPECT_NE(world.find(Kind::kClusterRoleBinding, "", "istiod-clusterrole-basic-mesh"), nullptr);
  EXPECT_EQ(world.label("shop"), "mesh");
  EXPECT_EQ(world.label("bank"), "") << "owned by the mesh, but no member";
}

TEST(Plan, MeshesBefore24AreIgnoredByTheInjectorInTheirOwnNamespace) {
  World world(control_plane("mesh", "basic", "version: v2.3") + ns("mesh") + ns("shop") +
              roll("mesh", "members: [shop]"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.label("mesh", "maistra.io/ignore-namespace"), "ignore");
  EXPECT_THAT(world.names(Kind::kNetworkAttachmentDefinition, "shop"),
              ElementsAre("v2-3-istio-cni"));
  world.add(control_plane("mesh", "basic", "version: v2.5"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.label("mesh", "maistra.io/ignore-namespace"), "");
  EXPECT_THAT(world.names(Kind::kNetworkAttachmentDefinition, "shop"),
              ElementsAre("v2-5-istio-cni"));
}

// J.5: Maistra writes the policies before the label, and a namespace is cut off from itself.
TEST(Plan, LabelBeforePoliciesWhenJoiningAndAfterThemWhenLeaving) {
  World world(kTwo);
  Plan join = world.plan();
  EXPECT_LT(position(join, Action::kUpdate, Kind::kNamespace, "shop"),
            position(join, Action::kCreate, Kind::kNetworkPolicy, "shop"));
  ASSERT_TRUE(world.apply_all());
  world.add(roll("mesh", "members: [bank]"));
  Plan leave = world.plan();
  EXPECT_LT(position(leave, Action::kDelete, Kind::kNetworkPolicy, "shop"),
            position(leave, Action::kUpdate, Kind::kNamespace, "shop"));
  EXPECT_LT(position(leave, Action::kDelete, Kind::kRoleBinding, "shop"),
            position(leave, Action::kUpdate, Kind::kNamespace, "shop"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.label("shop"), "");
  EXPECT_THAT(world.names(Kind::kNetworkPolicy, "shop"), IsEmpty());
  EXPECT_EQ(world.label("bank"), "mesh");
}

// J.3: Maistra creates copies and never looks at them again.
TEST(Plan, ACopyIsUpdatedWhenItsSourceOrItselfChanges) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  kube::ObjectPtr before = world.find(Kind::kRoleBinding, "shop", "prometheus-mesh");
  std::string yaml = document::write_yaml(before->document);
  yaml.replace(yaml.rfind("name: prometheus\n"), 16, "name: somebody-else");
  world.add(yaml);
  Plan plan = world.plan();
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.steps[0].action, Action::kUpdate);
  ASSERT_EQ(plan.steps[0].differences.size(), 1u);
  EXPECT_EQ(plan.steps[0].differences[0].path, "subjects");
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.find(Kind::kRoleBinding, "shop", "prometheus-mesh")->document, before->document);
}

TEST(Plan, ARoleRefIsReplacedByDeletingFirst) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  world.add(
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: "
      "prometheus-mesh, namespace: shop, labels: {maistra.io/member-of: mesh}}\nroleRef: "
      "{apiGroup: "
      "rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n");
  Plan plan = world.plan();
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].action, Action::kDelete);
  EXPECT_EQ(plan.steps[1].action, Action::kCreate);
  EXPECT_TRUE(world.apply_all());
}

TEST(Plan, ForeignFieldsStay) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  world.add(ns("shop", "team: a, maistra.io/member-of: mesh"));
  EXPECT_THAT(world.plan().steps, IsEmpty());
  world.add(ns("shop", "team: a"));  // B.8: a label removed by hand is put back
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.label("shop"), "mesh");
  EXPECT_EQ(world.label("shop", "team"), "a");
}

TEST(Plan, SourcesOfOthersAreCopiedUnlessInternalOrBoundToARole) {
  auto policy = [](const std::string& name, const std::string& more) {
    return "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " + name +
           ", namespace: mesh, labels: {maistra.io/owner: mesh}" + more +
           "}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n";
  };
  World world(kTwo + policy("own", "") +
              policy("inner", ", annotations: {maistra.io/internal: \"true\"}"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_THAT(world.names(Kind::kNetworkPolicy, "shop"), Contains("own"));
  EXPECT_THAT(world.names(Kind::kNetworkPolicy, "shop"), Not(Contains("inner")));
  world.remove(Kind::kNetworkPolicy, "mesh", "own");
  ASSERT_TRUE(world.apply_all());
  EXPECT_THAT(world.names(Kind::kNetworkPolicy, "shop"), Not(Contains("own")));
}

TEST(Plan, WithoutManagedPoliciesThereAreNone) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  world.add(
      control_plane("mesh", "basic", "version: v2.5, security: {manageNetworkPolicy: false}"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_THAT(world.names(Kind::kNetworkPolicy, "shop"), IsEmpty());
  EXPECT_EQ(world.label("shop"), "mesh");
}

// J.4: in Maistra's charts these rules mean "from anywhere, any port".
TEST(Plan, InternalPoliciesHaveRealPorts) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  struct Row {
    const char* name;
    std::vector<int64_t> ports;
  };
  for (const Row& row : std::vector<Row>{{"istio-istiod-basic", {15017}},
                                         {"istio-prometheus-ingress", {3001}},
                                         {"istio-grafana-ingress", {3001}},
                                         {"istio-kiali-ingress", {20001}},
                                         {"istio-jaeger-ingress", {8443}},
                                         {"istio-ingressgateway", {15021, 8080, 8443}}}) {
    kube::ObjectPtr policy = world.find(Kind::kNetworkPolicy, "mesh", row.name);
    ASSERT_NE(policy, nullptr) << row.name;
    const document::Value& rule = policy->document.find("spec")->find("ingress")->if_list()->at(0);
    EXPECT_EQ(rule.find("port"), nullptr) << row.name;
    std::vector<int64_t> ports;
    ASSERT_NE(rule.find("ports"), nullptr) << row.name;
    for (const document::Value& port : *rule.find("ports")->if_list()) {
      ports.push_back(*port.find("port")->if_int());
      EXPECT_EQ(port.string_at("protocol"), "TCP");
    }
    EXPECT_EQ(ports, row.ports) << row.name;
    EXPECT_EQ(policy->annotations.at("maistra.io/internal"), "true");
  }
}

TEST(Plan, TheStrategyFollowsTheClustersNetwork) {
  const std::string crd =
      "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: "
      "networks.config.openshift.io}\n";
  const std::string ovs = "redhat/openshift-ovs-";
  struct Row {
    const char* name;
    std::string objects;
    size_t policies;
    const char* problem;
  };
  for (const Row& row : std::vector<Row>{
           {"plain Kubernetes", "", 2, ""},
           {"the kind is there, the object is not", crd, 0, ""},
           {"OVNKubernetes", network("OVNKubernetes"), 2, ""},
           {"Calico", network("Calico"), 2, ""},
           {"anything else", network("Whatever"), 2, ""},
           {"SDN without ClusterNetwork", network("OpenShiftSDN"), 0, ""},
           {"SDN, subnet", network("openshiftsdn", ovs + "subnet"), 0, ""},
           {"SDN, networkpolicy", network("OpenShiftSDN", ovs + "networkpolicy"), 2, ""},
           {"SDN, no plug-in named", network("OpenShiftSDN", "\"\""), 2, ""},
           {"SDN, unknown plug-in", network("OpenShiftSDN", "acme"), 0,
            "unsupported cluster network plugin: acme"}}) {
    World world(kTwo + row.objects);
    Plan plan = world.plan();
    std::string problem;
    for (const Note& note : plan.notes) problem += note.message;
    EXPECT_EQ(problem, row.problem) << row.name;
    ASSERT_TRUE(world.apply_all()) << row.name;
    EXPECT_EQ(world.names(Kind::kNetworkPolicy, "shop").size(), row.policies) << row.name;
    EXPECT_EQ(world.label("shop"), "mesh") << row.name;
  }
}

TEST(Plan, NetNamespacesAreJoinedAndIsolated) {
  const std::string sdn = network("OpenShiftSDN", "redhat/openshift-ovs-multitenant");
  const std::string change = "pod.network.openshift.io/multitenant.change-network";
  World world(kTwo + sdn + net_namespace("mesh", 1) + net_namespace("shop", 2) +
              net_namespace("bank", 3));
  ASSERT_TRUE(world.apply_all());
  auto asked = [&](const char* name) {
    kube::ObjectPtr object = world.find(Kind::kNetNamespace, "", name);
    auto at = object->annotations.find(change);
    return at == object->annotations.end() ? "" : at->second;
  };
  EXPECT_EQ(asked("shop"), "join:mesh");
  EXPECT_EQ(asked("bank"), "");
  world.add(net_namespace("shop", 1));  // the SDN did it
  EXPECT_THAT(world.plan().steps, IsEmpty());
  world.add(roll("mesh", "members: []"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(asked("shop"), "isolate");
  EXPECT_THAT(world.names(Kind::kNetworkPolicy, "shop"), IsEmpty());
}

TEST(Plan, ARejoinBeforeTheNetworkFollowed) {
  const std::string sdn = network("OpenShiftSDN", "redhat/openshift-ovs-multitenant");
  World world(kTwo + sdn + net_namespace("mesh", 1) + net_namespace("shop", 1, "isolate"));
  ASSERT_TRUE(world.apply_all());
  kube::ObjectPtr object = world.find(Kind::kNetNamespace, "", "shop");
  EXPECT_EQ(object->annotations.begin()->second, "join:mesh");
}

TEST(Plan, WithoutTheKindThereAreNoAttachments) {
  World world(kTwo +
              "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: "
              "{name: servicemeshcontrolplanes.maistra.io}\n");
  ASSERT_TRUE(world.apply_all());
  EXPECT_THAT(world.names(Kind::kNetworkAttachmentDefinition, "shop"), IsEmpty());
}

// J.2: Maistra strips the label without looking whose it is.
TEST(Plan, ANamespaceOfAnotherMeshIsNotTouched) {
  World world(control_plane("a", "one") + control_plane("b", "two") + ns("a") + ns("b") +
              ns("shop") + roll("b", "members: [shop]", "2024-01-02T00:00:00Z"));
  ASSERT_TRUE(world.apply_all());
  std::string before = world.everything();
  // An older roll claims it as well: whoever has it keeps it.
  world.add(roll("a", "members: [shop]", "2024-01-01T00:00:00Z"));
  Plan plan = world.plan();
  for (const Step& step : plan.steps) {
    EXPECT_NE(plan.object_of(step).key.ns, "shop");
    EXPECT_NE(plan.object_of(step).key.name, "shop");
  }
  EXPECT_EQ(world.label("shop"), "b");
  // It lets go: the namespace changes hands, and nothing of the first mesh stays.
  world.add(roll("b", "members: []", "2024-01-02T00:00:00Z"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.label("shop"), "a");
  EXPECT_THAT(
      world.names(Kind::kRoleBinding, "shop"),
      ElementsAre("istiod-clusterrole-one-a", "istiod-gateway-controller-one-a", "prometheus-a"));
}

TEST(Plan, AMisnamedMemberEvictsNobody) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  std::string misnamed = member("shop", "elsewhere", "other");
  misnamed.replace(misnamed.find("name: default"), 13, "name: evict");
  world.add(misnamed);
  EXPECT_THAT(world.plan().steps, IsEmpty());
  world.remove(Kind::kServiceMeshMember, "shop", "evict");
  EXPECT_THAT(world.plan().steps, IsEmpty());
}

TEST(Plan, InAPartOfAClusterUnknownMeshesKeepTheirs) {
  const std::string foreign = kTwo + ns("theirs", "maistra.io/member-of: elsewhere");
  PlanOptions options;
  options.partial = true;
  World part(foreign, options);
  ASSERT_TRUE(part.apply_all());
  EXPECT_EQ(part.label("theirs"), "elsewhere");
  World whole(foreign);
  ASSERT_TRUE(whole.apply_all());
  EXPECT_EQ(whole.label("theirs"), "");
}

// J.16: with a ServiceMeshMember of the user's, Maistra leaves everything behind.
TEST(Plan, LeftoversOfADeletedControlPlaneAreUndone) {
  World world(kTwo + member("bank", "mesh", "basic"));
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(world.label("bank"), "mesh");
  world.remove(Kind::kServiceMeshControlPlane, "mesh", "basic");
  ASSERT_TRUE(world.apply_all());
  for (const char* name : {"mesh", "shop", "bank"}) {
    EXPECT_EQ(world.label(name), "") << name;
    EXPECT_THAT(world.names(Kind::kNetworkPolicy, name), IsEmpty()) << name;
    EXPECT_THAT(world.names(Kind::kNetworkAttachmentDefinition, name), IsEmpty()) << name;
  }
  EXPECT_THAT(world.names(Kind::kRoleBinding, "bank"), IsEmpty());
  EXPECT_TRUE(world.snapshot()->objects(Kind::kClusterRole).empty());
}

// J.15: Maistra drops the finalizer even when pruning failed, and never when the version is unknown.
TEST(Plan, TheFinalizerGoesLastAndNeedsNoVersion) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  world.add(
      "apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, "
      "namespace: "
      "mesh, finalizers: [other, maistra.io/istio-operator], deletionTimestamp: "
      "\"2024-05-01T00:00:00Z\"}\nspec: {version: v9.9}\n");
  Plan first = world.plan();
  ASSERT_FALSE(first.steps.empty());
  for (const Step& step : first.steps) {
    EXPECT_NE(first.object_of(step).key.kind, Kind::kServiceMeshControlPlane);
  }
  world.apply(first, first.steps.size());
  Plan second = world.plan();
  ASSERT_EQ(second.steps.size(), 1u) << World::text(second);
  EXPECT_EQ(second.object_of(second.steps[0]).key.kind, Kind::kServiceMeshControlPlane);
  world.apply(second, 1);
  kube::ObjectPtr plane = world.find(Kind::kServiceMeshControlPlane, "mesh", "basic");
  EXPECT_EQ(plane->document.find("metadata")->find("finalizers")->if_list()->size(), 1u);
  EXPECT_THAT(world.plan().steps, IsEmpty());
}

TEST(Plan, AControlPlaneThatIsNotUnderstoodKeepsWhatItHas) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  world.add(control_plane("mesh", "basic", "version: v9.9"));
  Plan plan = world.plan();
  EXPECT_THAT(plan.steps, IsEmpty());
  ASSERT_EQ(plan.notes.size(), 1u);
  EXPECT_EQ(plan.notes[0].reason, "ValidationError");
}

std::string notes_of(const Plan& plan) {
  std::string out;
  for (const Note& note : plan.notes) {
    out += note.tenant.value + " " + note.ns + " " + note.reason + " " + note.holder + "\n";
  }
  return out;
}

// What a mesh names and does not have is said, and a namespace that is asked for is never passed over.
TEST(Plan, WhatIsWantedAndNotHadIsNoted) {
  World world(control_plane("mesh", "basic") + control_plane("other", "o") + ns("mesh") +
              ns("other") + ns("shop") + ns("free") + ns("kube-x") +
              roll("mesh", "members: [shop, ghost, kube-x, other]", "2024-01-01T00:00:00Z") +
              roll("other", "members: [shop]", "2024-01-02T00:00:00Z"));
  EXPECT_EQ(notes_of(world.plan()),
            "mesh/basic ghost NamespaceNotExists \n"
            "mesh/basic kube-x Excluded \n"
            "mesh/basic other ControlPlaneNamespace \n"
            "other/o shop BelongsToAnotherMesh mesh/basic\n");
  auto of = [&](const std::string& name, const std::string& tenant = "") {
    PlanOptions options;
    options.tenant = {tenant};
    return notes_of(plan_namespace(*world.snapshot(), name, options));
  };
  EXPECT_EQ(of("shop"), "other/o shop BelongsToAnotherMesh mesh/basic\n");
  EXPECT_EQ(of("shop", "mesh/basic"), "");
  EXPECT_EQ(of("shop", "other/o"), "other/o shop BelongsToAnotherMesh \n");
  EXPECT_EQ(of("ghost"), "mesh/basic ghost NamespaceNotExists \n");
  EXPECT_EQ(of("free"), " free NotInMesh \n");
  EXPECT_EQ(of("nowhere"), " nowhere NamespaceNotExists \n");
  // Whether there is such a namespace is not for a tenant to know.
  EXPECT_EQ(of("free", "other/o"), "other/o free NotInMesh \n");
  EXPECT_EQ(of("nowhere", "other/o"), "other/o nowhere NotInMesh \n");
}

TEST(Plan, ATerminatingNamespaceIsLeftAlone) {
  World world(control_plane("mesh", "basic") + ns("mesh") + roll("mesh", "members: [shop]") +
              "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, deletionTimestamp: "
              "\"2024-05-01T00:00:00Z\"}\n");
  Plan plan = world.plan();
  for (const PlannedObject& object : plan.objects) {
    EXPECT_NE(object.key.ns, "shop");
    EXPECT_NE(object.key.name, "shop");
  }
}

TEST(Plan, TheRolesOfMeshUsersBelongToWhoMadeThem) {
  World world(
      kTwo +
      "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: mesh-user, "
      "namespace: mesh}\nrules: []\n");
  ASSERT_TRUE(world.apply_all());
  EXPECT_TRUE(
      world.find(Kind::kRole, "mesh", "mesh-user")->document.find("rules")->if_list()->empty());
  // Subjects are the administrator's to add.
  std::string yaml =
      document::write_yaml(world.find(Kind::kRoleBinding, "mesh", "mesh-users")->document);
  world.add(yaml + "subjects: [{kind: User, name: anna, apiGroup: rbac.authorization.k8s.io}]\n");
  EXPECT_THAT(world.plan().steps, IsEmpty());
}

TEST(Plan, CaBundles) {
  auto configuration = [](const std::string& name, const std::string& ns) {
    return "---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\n"
           "metadata: {name: " +
           name +
           "}\nwebhooks:\n- name: x\n  clientConfig: {service: {name: "
           "istiod-basic, namespace: " +
           ns + "}}\n";
  };
  auto secret = [](const std::string& name, const std::string& key, const std::string& value) {
    return "---\napiVersion: v1\nkind: Secret\nmetadata: {name: " + name +
           ", namespace: mesh}\ndata: {" + key + ": " + value + "}\n";
  };
  World world(kTwo + configuration("istiod-basic-mesh", "mesh") +
              configuration("istiod-basic-bank", "bank") +
              secret("istio-ca-secret", "ca-cert.pem", "c2VsZg=="));
  auto bundle = [&](const char* name) {
    kube::ObjectPtr object = world.find(Kind::kMutatingWebhookConfiguration, "", name);
    const document::Value& client =
        *object->document.find("webhooks")->if_list()->at(0).find("clientConfig");
    return std::string(client.string_at("caBundle"));
  };
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(bundle("istiod-basic-mesh"), "c2VsZg==");
  EXPECT_EQ(bundle("istiod-basic-bank"), "") << "no control plane there";
  world.add(secret("cacerts", "ca-cert.pem", "Y2E="));
  ASSERT_TRUE(world.apply_all());
  EXPECT_EQ(bundle("istiod-basic-mesh"), "Y2E=") << "cacerts before the self-signed one";
}

// A webhook that stays behind must not keep its control plane from going.
TEST(Plan, ACaBundleDoesNotHoldADeletedControlPlane) {
  World world(
      "---\napiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, "
      "namespace: mesh, finalizers: [maistra.io/istio-operator], deletionTimestamp: "
      "\"2024-05-01T00:00:00Z\"}\nspec: {version: v2.5}\n---\napiVersion: v1\nkind: Secret\n"
      "metadata: {name: istio-ca-secret, namespace: mesh}\ndata: {ca-cert.pem: QUJD}\n---\n"
      "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: "
      "{name: istiod-basic-mesh}\nwebhooks: [{name: a.b.c, clientConfig: {caBundle: QUJD, service: "
      "{name: istiod, namespace: mesh}}}]\n" +
      ns("mesh"));
  const Plan plan = world.plan();
  ASSERT_EQ(plan.steps.size(), 1u) << World::text(plan);
  EXPECT_EQ(plan.object_of(plan.steps[0]).key.kind, Kind::kServiceMeshControlPlane);
}

TEST(Plan, PodsGetTheLocalityOfTheirNode) {
  auto sidecar_pod = [](const std::string& ns) {
    return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: " + ns +
           ", annotations: {sidecar.istio.io/status: x}}\nspec: {nodeName: n1, containers: [{name: "
           "a, "
           "image: a}]}\n";
  };
  World world(kTwo + sidecar_pod("shop") + sidecar_pod("bank") +
              "---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: "
              "{topology.kubernetes.io/region: eu, topology.kubernetes.io/zone: eu-1}}\n");
  ASSERT_TRUE(world.apply_all());
  Labels labels = world.find(Kind::kPod, "shop", "p")->labels;
  EXPECT_EQ(labels.at("topology.kubernetes.io/region"), "eu");
  EXPECT_EQ(labels.at("topology.kubernetes.io/zone"), "eu-1");
  EXPECT_EQ(labels.at("topology.istio.io/subzone"), "");
  EXPECT_FALSE(world.find(Kind::kPod, "bank", "p")->labels.contains("topology.kubernetes.io/zone"));
}

TEST(Plan, EveryChartIsARelease) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  std::vector<std::string> charts;
  for (const auto& [key, object] : world.snapshot()->objects(Kind::kHelmRelease)) {
    charts.emplace_back(object->document.find("spec")->string_at("chart"));
    EXPECT_EQ(object->labels.at("maistra.io/owner-name"), "basic");
  }
  for (const char* chart : {"istio-discovery", "mesh-config", "prometheus", "tracing", "grafana",
                            "kiali", "istio-ingress", "istio-egress"}) {
    EXPECT_THAT(charts, Contains(chart));
  }
}

TEST(Plan, SwitchedOffAddonsHaveNeitherPolicyNorRelease) {
  World world(kTwo);
  ASSERT_TRUE(world.apply_all());
  world.add(control_plane("mesh", "basic",
                          "version: v2.5, addons: {grafana: {enabled: false}, kiali: {enabled: "
                          "false}}, gateways: {ingress: {enabled: false}}"));
  ASSERT_TRUE(world.apply_all());
  for (const char* name :
       {"istio-grafana-ingress", "istio-kiali-ingress", "istio-ingressgateway"}) {
    EXPECT_THAT(world.names(Kind::kNetworkPolicy, "mesh"), Not(Contains(name)));
  }
  for (const auto& [key, object] : world.snapshot()->objects(Kind::kHelmRelease)) {
    EXPECT_NE(object->document.find("spec")->string_at("chart"), "kiali");
  }
}

TEST(Plan, EveryObjectSaysWhy) {
  World world(kTwo);
  for (const PlannedObject& object : world.plan().objects) {
    ASSERT_FALSE(object.because.empty()) << kube::to_string(object.key);
    for (const BecausePtr& because : object.because) {
      ASSERT_NE(because, nullptr) << kube::to_string(object.key);
      EXPECT_FALSE(because->reason.empty()) << kube::to_string(object.key);
    }
  }
}

TEST(Plan, OneNamespaceAlone) {
  World world(kTwo);
  index::SnapshotPtr now = world.snapshot();
  Plan one = plan_namespace(*now, "shop");
  Plan all = world.plan();
  size_t count = 0;
  for (const PlannedObject& object : all.objects) {
    if (object.key.ns == "shop" || object.key.name == "shop") ++count;
  }
  EXPECT_EQ(one.objects.size(), count);
  EXPECT_THAT(plan_namespace(*now, "bank").objects, IsEmpty());
}

// 5 of the issue: what another tenant has and does, none of it shows.
TEST(Plan, ATenantSeesOnlyItsOwn) {
  World world(control_plane("a", "one") + control_plane("b", "two") + ns("a") + ns("b") +
              ns("shop") + ns("bank") + roll("a", "members: [shop]") +
              roll("b", "members: [shop, bank]"));
  PlanOptions options;
  options.tenant = {"b/two"};
  Plan plan = tenancy::plan(*world.snapshot(), options);
  for (const PlannedObject& object : plan.objects) {
    EXPECT_EQ(object.owner.value, "b/two");
    EXPECT_NE(object.key.ns, "shop");
  }
  for (const Note& note : plan.notes) EXPECT_EQ(note.holder, "");
}

}  // namespace
}  // namespace mesh::tenancy
