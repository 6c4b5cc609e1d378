// ServiceMeshGateways and the switch for mutual TLS: what is made, what is refused, what goes again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libmesh/document/json_writer.h"
#include "libmesh/kube/reader.h"
#include "libmesh/tenancy/beyond/objects.h"
#include "libmesh/tenancy/reach/reach.h"
#include "tests/index/support.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string ours(const std::string& kind, const std::string& ns, const std::string& name,
                 const std::string& spec) {
  return "---\napiVersion: mesh.libmesh.dev/v1alpha1\nkind: " + kind +
         "\nmetadata: {name: " + name + ", namespace: " + ns + "}\nspec: {" + spec + "}\n";
}

std::string base(const std::string& spec = "version: v2.5") {
  return control_plane("cp", "basic", spec) + ns("cp") + ns("shop") + ns("alone") +
         roll("cp", "members: [shop]");
}

index::SnapshotPtr snapshot(const std::string& text) {
  index::Store store;
  Diagnostics diagnostics = store.apply(text, "g.yaml");
  EXPECT_EQ(text_of(diagnostics), "") << text;
  return store.snapshot();
}

std::vector<std::string> keys(const std::vector<PlannedObject>& objects) {
  std::vector<std::string> out;
  for (const PlannedObject& object : objects) {
    out.push_back((object.ownership == Ownership::kAbsent ? "no " : "") + to_string(object.key));
  }
  return out;
}

std::string json_of(const std::vector<PlannedObject>& objects, kube::Kind kind,
                    std::initializer_list<const char*> path) {
  for (const PlannedObject& object : objects) {
    if (object.key.kind != kind) continue;
    document::Value document = object.document();
    const document::Value* at = &document;
    for (const char* key : path) {
      at = at->find(key);
      if (at == nullptr) return std::string("no ") + key;
    }
    return document::JsonWriter().value(*at).take();
  }
  return "none";
}

TEST(Gateways, WhatOneStandsFor) {
  index::SnapshotPtr now = snapshot(
      base() + ours("ServiceMeshGateway", "shop", "edge",
                    "labels: {istio: ingressgateway}, credentials: [shop-cert], routes: "
                    "[{host: shop.example.com}, {host: \"*.shop.example.com\", termination: "
                    "Edge}]"));
  EXPECT_THAT(check_gateways(*now), IsEmpty());
  std::vector<PlannedObject> made = beyond_objects(*now, {}, nullptr);
  EXPECT_THAT(
      keys(made),
      ElementsAre("ServiceAccount shop/edge", "Role shop/edge-sds", "RoleBinding shop/edge-sds",
                  "Deployment shop/edge", "Service shop/edge", "NetworkPolicy shop/edge",
                  "Route shop/edge-shop.example.com", "Route shop/edge-wildcard.shop.example.com"));
  EXPECT_EQ(json_of(made, kube::Kind::kRole, {"rules"}),
            R"([{"apiGroups":[""],"resources":["secrets"],"verbs":["get","watch","list"],)"
            R"("resourceNames":["shop-cert"]}])");
  EXPECT_EQ(json_of(made, kube::Kind::kNetworkPolicy, {"spec", "ingress"}),
            R"([{"ports":[{"port":8080,"protocol":"TCP"},{"port":8443,"protocol":"TCP"},)"
            R"({"port":15021,"protocol":"TCP"}]}])");
  EXPECT_EQ(json_of(made, kube::Kind::kDeployment, {"spec", "template", "metadata"}),
            R"({"annotations":{"inject.istio.io/templates":"gateway"},"labels":{"app":"edge",)"
            R"("istio":"ingressgateway","mesh.libmesh.dev/gateway":"edge",)"
            R"("sidecar.istio.io/inject":"true"}})");
  EXPECT_EQ(
      json_of(made, kube::Kind::kRoute, {"spec"}),
      R"({"port":{"targetPort":"https"},"to":{"kind":"Service","name":"edge"},)"
      R"("wildcardPolicy":"None","host":"shop.example.com","tls":{"termination":"passthrough"}})");
  for (const PlannedObject& object : made) {
    EXPECT_EQ(object.owner.value, "cp/basic");
    ASSERT_EQ(object.because.size(), 1u);
    EXPECT_EQ(to_string(object.because.front()->object), "ServiceMeshGateway shop/edge");
    // Everything that is made is an object that we can read.
    Diagnostics wrong;
    kube::ObjectPtr read = kube::make_object(object.key.kind, object.document(), wrong);
    EXPECT_EQ(text_of(wrong), "");
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(read->key, object.key);
  }
}

TEST(Gateways, WhoMayCome) {
  auto rule = [](const std::string& spec) {
    index::SnapshotPtr now = snapshot(base() + ours("ServiceMeshGateway", "shop", "edge", spec));
    std::string text =
        json_of(beyond_objects(*now, {}, nullptr), kube::Kind::kNetworkPolicy, {"spec", "ingress"});
    return std::make_pair(text.find("policy-group") != std::string::npos,
                          text.find("maistra.io/member-of") != std::string::npos);
  };
  EXPECT_EQ(rule(""), std::make_pair(false, false));
  EXPECT_EQ(rule("access: {from: Router}"), std::make_pair(true, true));
  EXPECT_EQ(rule("access: {from: Mesh}"), std::make_pair(false, true));
  EXPECT_EQ(rule("direction: Egress"), std::make_pair(false, true));
  EXPECT_EQ(rule("direction: Egress, access: {from: Anywhere}"), std::make_pair(false, false));
}

TEST(Gateways, NoPoliciesWhereTheMeshMakesNone) {
  auto count = [](const std::string& text) {
    std::vector<PlannedObject> made = beyond_objects(*snapshot(text), {}, nullptr);
    return std::count_if(made.begin(), made.end(), [](const PlannedObject& object) {
      return object.key.kind == kube::Kind::kNetworkPolicy;
    });
  };
  std::string gateway = ours("ServiceMeshGateway", "shop", "edge", "");
  EXPECT_EQ(count(base() + gateway), 1);
  EXPECT_EQ(count(base("version: v2.5, security: {manageNetworkPolicy: false}") + gateway), 0);
  EXPECT_EQ(count(base() + gateway +
                  ours("MemberOptions", "shop", "default", "manageNetworkPolicy: false")),
            0);
}

TEST(Gateways, EveryMistakeIsTold) {
  index::SnapshotPtr now = snapshot(
      base() + ours("ServiceMeshGateway", "alone", "lost", "") +
      ours("ServiceMeshGateway", "shop", "1st", "") +
      ours("ServiceMeshGateway", "shop", "out", "direction: Egress, routes: [{host: a.b}]") +
      ours("ServiceMeshGateway", "shop", "edge",
           "replicas: -1, labels: {sidecar.istio.io/inject: \"false\"}, service: {ports: [{port: "
           "80}, {name: a, port: 70000}, {name: a, port: 80, targetPort: http, protocol: UDP}]}, "
           "routes: [{host: A_B, port: a}, {host: x.y}, {host: z.y, port: a}, {host: z.y, port: "
           "a}]") +
      ours("ServiceMeshGateway", "shop", "taken", "") + service("shop", "taken", "10.0.0.1") +
      ours("ServiceMeshGateway", "shop", "x1", "routes: [{host: one.com}]") +
      ours("ServiceMeshGateway", "shop", "x2", "routes: [{host: one.com}]"));
  std::vector<std::string> got;
  for (const Diagnostic& d : check_gateways(*now)) {
    got.push_back(std::string(code_text(d.code)) + " " + d.object.substr(d.object.find(' ') + 1) +
                  " " + d.field);
    EXPECT_GT(d.line, 0u) << to_string(d);
  }
  EXPECT_THAT(got,
              UnorderedElementsAre("no-control-plane alone/lost metadata.namespace",
                                   "gateway-invalid shop/1st metadata.name",
                                   "gateway-invalid shop/out spec.routes",
                                   "gateway-invalid shop/edge spec.replicas",
                                   "gateway-invalid shop/edge spec.labels[sidecar.istio.io/inject]",
                                   "gateway-invalid shop/edge spec.service.ports[0].name",
                                   "gateway-invalid shop/edge spec.service.ports[1].port",
                                   "gateway-invalid shop/edge spec.service.ports[2].name",
                                   "gateway-invalid shop/edge spec.service.ports[2].port",
                                   "gateway-invalid shop/edge spec.service.ports[2].targetPort",
                                   "gateway-invalid shop/edge spec.service.ports[2].protocol",
                                   "gateway-invalid shop/edge spec.routes[0].host",
                                   "gateway-invalid shop/edge spec.routes[1].port",
                                   "gateway-invalid shop/edge spec.routes[3].host",
                                   "gateway-invalid shop/taken metadata.name",
                                   "gateway-conflict shop/x2 spec.routes[0].host"));
  for (const PlannedObject& object : beyond_objects(*now, {}, nullptr)) {
    EXPECT_TRUE(object.key.name.starts_with("x")) << to_string(object.key);
  }
}

TEST(Gateways, WhatNobodyWantsGoes) {
  std::string made =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: old, namespace: shop, labels: "
      "{mesh.libmesh.dev/made-for: ServiceMeshGateway.old, mesh.libmesh.dev/mesh: cp}}\n"
      "spec: {ports: [{port: 80}]}\n";
  EXPECT_THAT(keys(beyond_objects(*snapshot(base() + made), {}, nullptr)),
              ElementsAre("no Service shop/old"));
  std::string shop = "shop";
  EXPECT_THAT(keys(beyond_objects(*snapshot(base() + made), {}, &shop)),
              ElementsAre("no Service shop/old"));
  // A mesh that is not in the input may be elsewhere, if the input is a part only.
  PlanOptions partial;
  partial.partial = true;
  index::SnapshotPtr no_mesh = snapshot(ns("shop") + made);
  EXPECT_THAT(keys(beyond_objects(*no_mesh, partial, nullptr)), IsEmpty());
  EXPECT_THAT(keys(beyond_objects(*no_mesh, {}, nullptr)), ElementsAre("no Service shop/old"));
}

TEST(Gateways, NodePortsStay) {
  std::string there =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: edge, namespace: shop, labels: "
      "{mesh.libmesh.dev/made-for: ServiceMeshGateway.edge}}\n"
      "spec: {type: NodePort, ports: [{name: http2, port: 80, nodePort: 31080}]}\n";
  index::SnapshotPtr now = snapshot(
      base() + there + ours("ServiceMeshGateway", "shop", "edge", "service: {type: NodePort}"));
  EXPECT_NE(json_of(beyond_objects(*now, {}, nullptr), kube::Kind::kService, {"spec", "ports"})
                .find("\"nodePort\":31080"),
            std::string::npos);
}

TEST(MutualTls, OneSwitch) {
  struct Row {
    const char* name;
    const char* mesh;
    const char* member;
    std::vector<std::string> made;
    const char* server;
    const char* client;
  };
  const Row rows[] = {
      {"nothing said", "", "", {}, "none", "none"},
      {"the whole mesh",
       "mutualTLS: Strict",
       "",
       {"PeerAuthentication cp/default", "DestinationRule cp/default"},
       "\"STRICT\"",
       "\"ISTIO_MUTUAL\""},
      {"the preset",
       "preset: SecureByDefault",
       "",
       {"PeerAuthentication cp/default", "DestinationRule cp/default"},
       "\"STRICT\"",
       "\"ISTIO_MUTUAL\""},
      {"one namespace",
       "",
       "mutualTLS: Disabled",
       {"PeerAuthentication shop/default", "DestinationRule shop/default"},
       "\"DISABLE\"",
       "\"DISABLE\""},
      {"both ways need no DestinationRule",
       "mutualTLS: Permissive",
       "",
       {"PeerAuthentication cp/default"},
       "\"PERMISSIVE\"",
       "none"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    std::vector<PlannedObject> made =
        beyond_objects(*snapshot(base() + ours("MeshOptions", "cp", "default", row.mesh) +
                                 ours("MemberOptions", "shop", "default", row.member)),
                       {}, nullptr);
    EXPECT_EQ(keys(made), row.made);
    EXPECT_EQ(json_of(made, kube::Kind::kPeerAuthentication, {"spec", "mtls", "mode"}), row.server);
    EXPECT_EQ(json_of(made, kube::Kind::kDestinationRule, {"spec", "trafficPolicy", "tls", "mode"}),
              row.client);
  }
}

TEST(MutualTls, WhatWasThereIsOnlySwitched) {
  std::string theirs =
      "---\napiVersion: security.istio.io/v1beta1\nkind: PeerAuthentication\nmetadata: {name: "
      "default, namespace: cp}\nspec: {mtls: {mode: PERMISSIVE}}\n";
  std::string on = ours("MeshOptions", "cp", "default", "mutualTLS: Strict");
  std::vector<PlannedObject> made = beyond_objects(*snapshot(base() + theirs + on), {}, nullptr);
  EXPECT_EQ(json_of(made, kube::Kind::kPeerAuthentication, {"metadata", "labels"}), "no labels");
  EXPECT_THAT(keys(beyond_objects(*snapshot(base() + theirs), {}, nullptr)), IsEmpty());
}

}  // namespace
}  // namespace mesh::tenancy
