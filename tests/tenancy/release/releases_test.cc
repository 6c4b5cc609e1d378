// What the values of a control plane take from its cluster, and the objects that its charts become.
#include "libmesh/tenancy/release/releases.h"

#include <gtest/gtest.h>

#include <string>

#include "libmesh/index/store.h"
#include "libmesh/smcp/path.h"

namespace mesh::tenancy {
namespace {

using document::Value;
using smcp::at;
using smcp::text_at;

constexpr const char* kMesh = R"(
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: basic, namespace: mesh, uid: u1}
spec:
  version: v2.5
  gateways: {additionalIngress: {api: {enabled: true, namespace: shop}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: mesh}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {openshift.io/sa.scc.uid-range: 1000/10000}}
---
apiVersion: maistra.io/v1
kind: ServiceMeshMemberRoll
metadata: {name: default, namespace: mesh}
spec: {members: [shop, later]}
)";

constexpr const char* kTemplates = R"(
---
apiVersion: v1
kind: ConfigMap
metadata: {name: smcp-templates, namespace: NS}
data:
  default: |
    apiVersion: maistra.io/v2
    kind: ServiceMeshControlPlane
    spec: {profiles: [base], general: {validationMessages: true}}
  broken: "{"
)";

std::string templates_in(const std::string& ns) {
  std::string text = kTemplates;
  return text.replace(text.find("NS"), 2, ns);
}

std::string jaeger(const std::string& owner_uid) {
  return "\n---\napiVersion: jaegertracing.io/v1\nkind: Jaeger\nmetadata: {name: jaeger, "
         "namespace: "
         "mesh, ownerReferences: [{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, name: "
         "basic, uid: " +
         owner_uid + ", controller: true}]}\nspec: {strategy: production}\n";
}

class Cluster {
 public:
  explicit Cluster(const std::string& yaml) {
    store_.apply(yaml, "");
    now_ = store_.snapshot();
  }
  const index::Snapshot& now() const { return *now_; }
  const index::Tenant& tenant() const { return now_->tenants().list.front(); }
  Result<smcp::Rendering> render(const ReleaseOptions& options = {}) const {
    return render_releases(*now_, tenant(), options);
  }

 private:
  index::Store store_;
  index::SnapshotPtr now_;
};

const Value& istio(const Result<smcp::Rendering>& rendering) {
  return *rendering->effective.values.find("istio");
}

const smcp::Release& release(const Result<smcp::Rendering>& rendering, std::string_view name) {
  for (const smcp::Release& each : rendering->releases) {
    if (each.name == name) return each;
  }
  ADD_FAILURE() << "there is no release " << name;
  return rendering->releases.front();
}

TEST(Releases, MembersAndUserIdsComeFromTheCluster) {
  const Cluster cluster(kMesh);
  const auto out = cluster.render();
  ASSERT_TRUE(out.ok()) << out.error().message;
  const Value* members = at(istio(out), "prometheus.scrapingNamespaces");
  ASSERT_NE(members, nullptr);
  EXPECT_EQ(*members, Value(document::List{Value("shop")})) << "one that is not there is not named";
  const std::string user = "gateways.istio-ingressgateway.runAsUser";
  EXPECT_EQ(at(release(out, "basic-gateway-api").values, user), nullptr);
  EXPECT_EQ(text_at(release(out, "basic-gateway-istio-ingressgateway").values, user), "1337");
}

TEST(Releases, AJaegerIsTheMeshsWhenItControlsIt) {
  const auto installs = [](const std::string& uid) {
    const Cluster cluster(kMesh + jaeger(uid));
    const auto out = cluster.render();
    EXPECT_EQ(text_at(istio(out), "tracing.jaeger.template"),
              uid == "u1" ? "all-in-one" : "production-elasticsearch");
    return *smcp::bool_at(istio(out), "tracing.jaeger.install");
  };
  EXPECT_TRUE(installs("u1"));
  EXPECT_FALSE(installs("u2"));
}

TEST(Releases, ProfilesOfTheOperatorsConfigMap) {
  ReleaseOptions options;
  options.operator_namespace = "operators";
  const Cluster cluster(kMesh + templates_in("operators"));
  const auto out = cluster.render(options);
  ASSERT_TRUE(out.ok()) << out.error().message;
  EXPECT_EQ(out->effective.profiles, (std::vector<std::string>{"default", "base"}));
  EXPECT_TRUE(*smcp::bool_at(istio(out), "galley.enableAnalysis"));
  EXPECT_EQ(profile_source(cluster.now(), options).own.size(), 2u);
}

TEST(Releases, ATenantsConfigMapOfThatNameDoesNothing) {
  const Cluster with(kMesh + templates_in("shop"));
  const Cluster without(kMesh);
  EXPECT_EQ(istio(with.render()), istio(without.render()));
}

TEST(Releases, BecomeObjectsInOrder) {
  const Cluster cluster(kMesh);
  std::string problem;
  const auto objects = planned_releases(cluster.now(), cluster.tenant(), {}, problem);
  EXPECT_EQ(problem, "");
  ASSERT_EQ(objects.size(), 10u);
  int64_t group = 0;
  for (const PlannedObject& object : objects) {
    EXPECT_EQ(object.key.kind, kube::Kind::kHelmRelease);
    EXPECT_EQ(object.key.ns, "mesh");
    EXPECT_EQ(object.phase, Phase::kReleases) << object.key.name;
    ASSERT_EQ(object.because.size(), 1u);
    EXPECT_EQ(object.because.front()->object, cluster.tenant().control_plane->key);
    const Value document = object.document();
    EXPECT_EQ(text_at(document, "apiVersion"), "mesh.libmesh.dev/v1alpha1");
    EXPECT_EQ(text_at(document, "spec.releaseName"), object.key.name);
    EXPECT_GE(smcp::int_at(document, "spec.group"), group);
    group = smcp::int_at(document, "spec.group");
    EXPECT_EQ(text_at(document, "spec.values.revision"), "basic") << object.key.name;
  }
  EXPECT_EQ(objects.front().key.name, "basic-istio-discovery");
}

TEST(Releases, WhyThereAreNone) {
  Cluster cluster(
      "{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, metadata: {name: basic, "
      "namespace: mesh}, spec: {profiles: [nope]}}");
  std::string problem;
  EXPECT_TRUE(planned_releases(cluster.now(), cluster.tenant(), {}, problem).empty());
  EXPECT_NE(problem.find("\"nope\""), std::string::npos) << problem;
}

}  // namespace
}  // namespace mesh::tenancy
