// Which certificate of a Secret or ConfigMap which proxy is given, and what it then says.
#include "libmesh/xds/sds/credentials.h"

#include <gtest/gtest.h>

#include <string>

#include "libmesh/index/store.h"
#include "libmesh/schema/descriptors.h"

namespace mesh::xds {
namespace {

// "chain", "key", "roots", "revoked", "staple" in base64.
constexpr const char* kInput = R"(
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: a, namespace: mesh-a}
spec: {version: v2.5}
---
apiVersion: maistra.io/v1
kind: ServiceMeshMemberRoll
metadata: {name: default, namespace: mesh-a}
spec: {members: [web]}
---
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: b, namespace: mesh-b}
spec: {version: v2.5}
---
apiVersion: v1
kind: Namespace
metadata: {name: web}
---
apiVersion: v1
kind: Secret
metadata: {name: site, namespace: web}
type: kubernetes.io/tls
data: {tls.crt: Y2hhaW4=, tls.key: a2V5, ca.crt: cm9vdHM=, ca.crl: cmV2b2tlZA==, tls.ocsp-staple: c3RhcGxl}
---
apiVersion: v1
kind: Secret
metadata: {name: generic, namespace: web}
data: {cert: Y2hhaW4=, key: a2V5}
stringData: {cacert: other roots}
---
apiVersion: v1
kind: Secret
metadata: {name: generic-cacert, namespace: web}
stringData: {cacert: own roots}
---
apiVersion: v1
kind: Secret
metadata: {name: half, namespace: web}
data: {tls.crt: Y2hhaW4=}
---
apiVersion: v1
kind: Secret
metadata: {name: central, namespace: mesh-a}
data: {tls.crt: Y2hhaW4=, tls.key: a2V5}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: public, namespace: mesh-a}
data: {ca.crt: public roots}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: public, namespace: mesh-b}
data: {ca.crt: roots of b}
---
apiVersion: v1
kind: Pod
metadata: {name: gate, namespace: web, labels: {istio: ingressgateway}}
spec: {containers: [{name: istio-proxy, image: proxy, args: [proxy, router]}]}
status: {phase: Running, podIP: 10.0.0.5}
---
apiVersion: v1
kind: Pod
metadata: {name: gate.v2, namespace: web, labels: {istio: ingressgateway}}
spec: {serviceAccountName: gate, containers: [{name: istio-proxy, image: proxy, args: [proxy, router]}]}
status: {phase: Running, podIP: 10.0.0.7}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: web}
spec: {containers: [{name: app, image: app}, {name: istio-proxy, image: proxy, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.0.0.6}
)";

class Credentials : public ::testing::Test {
 protected:
  Credentials() { store_.apply(kInput, ""); }

  // The secret as JSON, with the bytes in base64; empty when there is none.
  std::string given(model::ProxyType type, const char* pod, std::string_view name,
                    bool believed = false, const char* cluster = "Kubernetes") {
    model::Proxy proxy;
    proxy.id = std::string(pod) + ".web";
    proxy.type = type;
    proxy.ns = "web";
    proxy.tenant = {"mesh-a/a"};
    proxy.cluster_id = cluster;
    const Caller caller{{"cluster.local", "web", "default"}, std::nullopt, believed};
    ResourcePtr found = credential_secret(*store_.snapshot(), {proxy, caller}, name);
    if (found == nullptr) return "";
    EXPECT_EQ(found->name, name);
    auto json = schema::to_json("envoy.extensions.transport_sockets.tls.v3.Secret", found->value());
    return json ? *json : json.error().message;
  }
  std::string gateway(std::string_view name) {
    return given(model::ProxyType::kGateway, "gate", name);
  }
  std::string sidecar(std::string_view name) {
    return given(model::ProxyType::kSidecar, "cart", name);
  }

  index::Store store_;
};

bool has(const std::string& text, const char* part) { return text.find(part) != text.npos; }

TEST_F(Credentials, AGatewayHasTheCertificateAndKeyOfItsOwnNamespace) {
  std::string secret = gateway("kubernetes://site");
  EXPECT_TRUE(has(secret, "Y2hhaW4=")) << secret;
  EXPECT_TRUE(has(secret, "a2V5"));
  EXPECT_TRUE(has(secret, "c3RhcGxl"));
  EXPECT_FALSE(has(secret, "trustedCa"));
  EXPECT_TRUE(has(gateway("kubernetes://web/site"), "a2V5"));
  EXPECT_TRUE(has(gateway("kubernetes://generic"), "a2V5"));
}

TEST_F(Credentials, AuthoritiesComeFromAnObjectOfTheirOwnOrFromBesideTheCertificate) {
  std::string beside = gateway("kubernetes://site-cacert");
  EXPECT_TRUE(has(beside, "cm9vdHM=")) << beside;
  EXPECT_TRUE(has(beside, "cmV2b2tlZA=="));
  EXPECT_FALSE(has(beside, "a2V5"));
  EXPECT_TRUE(has(gateway("kubernetes://generic-cacert"), "b3duIHJvb3Rz"));
}

// The own cluster's, unless it has none or not all of it (AggregateController).
TEST_F(Credentials, AProxyOfARemoteClusterHasThoseOfItsOwnClusterFirst) {
  store_.apply(R"(
apiVersion: v1
kind: Secret
metadata: {name: site, namespace: web}
data: {tls.crt: ZWFzdA==, tls.key: a2V5}
---
apiVersion: v1
kind: Secret
metadata: {name: generic, namespace: web}
data: {cert: ZWFzdA==}
)",
               "", "east");
  const auto in_east = [&](const char* name) {
    return given(model::ProxyType::kGateway, "gate", name, true, "east");
  };
  EXPECT_TRUE(has(in_east("kubernetes://site"), "ZWFzdA=="));
  EXPECT_TRUE(has(in_east("kubernetes://generic"), "Y2hhaW4=")) << "half of it is none";
  EXPECT_TRUE(has(in_east("kubernetes://site-cacert"), "cm9vdHM="));
  EXPECT_TRUE(has(gateway("kubernetes://site"), "Y2hhaW4="));
}

TEST_F(Credentials, ASidecarHasAuthoritiesButNoKey) {
  EXPECT_EQ(sidecar("kubernetes://site"), "");
  EXPECT_TRUE(has(sidecar("kubernetes://site-cacert"), "cm9vdHM="));
}

TEST_F(Credentials, WhatANodeSaysItIsCountsOnlyWhereItsWordIsTaken) {
  EXPECT_EQ(given(model::ProxyType::kGateway, "cart", "kubernetes://site"), "");
  EXPECT_EQ(given(model::ProxyType::kGateway, "nobody", "kubernetes://site"), "");
  EXPECT_TRUE(has(given(model::ProxyType::kGateway, "cart", "kubernetes://site", true), "a2V5"));
}

TEST_F(Credentials, AGatewaysPodIsNoCoverForAnotherAccount) {
  EXPECT_EQ(given(model::ProxyType::kGateway, "gate.v2", "kubernetes://site"), "");
  EXPECT_EQ(given(model::ProxyType::kSidecar, "gate.v2", "kubernetes://site"), "");
}

TEST_F(Credentials, NobodyHasASecretOfAnotherNamespace) {
  EXPECT_EQ(gateway("kubernetes://mesh-a/central"), "");
  EXPECT_EQ(gateway("kubernetes://mesh-b/site"), "");
}

TEST_F(Credentials, AConfigMapIsForTheWholeTenantAndForNoOther) {
  EXPECT_TRUE(has(sidecar("configmap://mesh-a/public"), "cHVibGljIHJvb3Rz"));
  EXPECT_EQ(gateway("configmap://mesh-b/public"), "");
}

TEST_F(Credentials, WhatIsIncompleteAbsentOrNoCredentialIsNotGiven) {
  for (const char* name : {"kubernetes://half", "kubernetes://nobody", "kubernetes://half-cacert",
                           "kubernetes://", "kubernetes:///", "configmap://public", "default",
                           "invalid://", "", "-cacert", "kubernetes://-cacert"}) {
    EXPECT_EQ(gateway(name), "") << name;
  }
}

}  // namespace
}  // namespace mesh::xds
