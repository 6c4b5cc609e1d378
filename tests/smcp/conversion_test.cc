// The rules of the conversion that are more than a row of a table, each with one small object.
#include "libmesh/smcp/conversion.h"

#include <gtest/gtest.h>

#include <string>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/smcp/losses.h"
#include "libmesh/smcp/path.h"

namespace mesh::smcp {
namespace {

Value yaml(std::string_view text) {
  Diagnostics diagnostics;
  auto documents = document::read_yaml(text, "", diagnostics);
  return documents.empty() ? Value() : documents.front().root;
}

// The values of a v2 spec, without what is there in every one.
std::string values_of(std::string_view spec) {
  Result<Value> v1 = spec_to_v1(yaml(spec), "team-a");
  if (!v1) return "error: " + v1.error().message;
  Value values = *at(*v1, "istio");
  Faults faults;
  Tree tree(values, faults);
  tree.remove_all(
      yaml(R"(global: {meshExpansion: {enabled: x, useILB: x}, multiCluster: {enabled: x,
      multiClusterOverrides: {expansionEnabled: x, multiClusterEnabled: x}}})"));
  return document::write_json(values);
}

std::string v2_of(std::string_view spec) {
  Result<Value> v2 = spec_to_v2(yaml(spec));
  return v2 ? document::write_json(*v2) : "error: " + v2.error().message;
}

struct Row {
  const char* rule;
  const char* spec;
  const char* expected;
};

class ToValues : public testing::TestWithParam<Row> {};

TEST_P(ToValues, Rule) { EXPECT_EQ(values_of(GetParam().spec), GetParam().expected); }

const Row kToValues[] = {
    {"a section wins over techPreview",
     "{version: v2.5, techPreview: {global: {logAsJson: false, x: 1}}, "
     "general: {logging: {logAsJSON: true}}}",
     R"({"global":{"logAsJson":true,"x":1}})"},
    {"techPreview that stands in the way is an error",
     "{version: v2.5, techPreview: {global: text}}",
     "error: value cannot be set because .global is not a map[string]interface{}"},
    {"an empty version is none", "{}", "error: invalid version: "},
    {"the trust domain of v2.1 is global", "{version: v2.1, security: {trust: {domain: d}}}",
     R"({"global":{"trustDomain":"d"}})"},
    {"the trust domain of v2.2 is the mesh's", "{version: v2.2, security: {trust: {domain: d}}}",
     R"({"meshConfig":{"trustDomain":"d"}})"},
    {"v2.6 converts as v2.5", "{version: v2.6, mode: ClusterWide}",
     R"({"global":{"clusterWide":true}})"},
    {"before v2.4 mode says nothing", "{version: v2.3, mode: ClusterWide}", R"({})"},
    {"v2.3 is cluster-wide by techPreview",
     "{version: v2.3, techPreview: {controlPlaneMode: ClusterScoped}}",
     R"({"global":{"clusterScoped":true}})"},
    {"sampling is in hundredths of a percent", "{version: v2.5, tracing: {sampling: 57}}",
     R"({"pilot":{"traceSampling":0.57}})"},
    {"an empty list of search suffixes is one",
     "{version: v2.5, proxy: {networking: {dns: {searchSuffixes: []}}}}",
     R"({"global":{"podDNSSearchNamespaces":[]}})"},
    {"an Envoy service without a port has 80",
     "{version: v2.5, proxy: {envoyMetricsService: {address: m}}}",
     R"({"global":{"proxy":{"envoyMetricsService":{"host":"m","port":"80"}}}})"},
    {"v1.1 keeps a workload's TTL with citadel",
     "{version: v1.1, security: {certificateAuthority: {type: Istiod, istiod: "
     "{workloadCertTTLDefault: 1h}}}}",
     R"({"pilot":{"ca":{"implementation":"Istiod"}},"security":{"workloadCertTtl":"1h"}})"},
    {"a tracer that is unknown is refused", "{version: v2.5, tracing: {type: Zap}}",
     "error: unknown tracer type: Zap"},
};
INSTANTIATE_TEST_SUITE_P(Rules, ToValues, testing::ValuesIn(kToValues));

class FromValues : public testing::TestWithParam<Row> {};

TEST_P(FromValues, Rule) { EXPECT_EQ(v2_of(GetParam().spec), GetParam().expected); }

const Row kFromValues[] = {
    {"what no section understands is kept", "{version: v2.5, istio: {global: {x: {k: 1}}}}",
     R"({"version":"v2.5","techPreview":{"global":{"x":{"k":1}}}})"},
    {"meshConfig wins over global",
     "{version: v2.5, istio: {global: {proxy: {accessLogFile: a}}, meshConfig: {accessLogFile: "
     "b}}}",
     R"({"version":"v2.5","proxy":{"accessLogging":{"file":{"name":"b"}}}})"},
    {"a value of a wrong type keeps the whole object aside",
     "{version: v2.5, istio: {global: {logAsJson: text, network: net}}}",
     R"({"version":"v2.5","techPreview":{"errored":{"message":"global.logAsJson accessor error: text )"
     R"(is of the type string, expected bool","istio":{"global":{"logAsJson":"text","network":"net"}}}}})"},
    {"a version that is unknown too", "{version: v9, istio: {a: b}}",
     R"({"version":"v9","techPreview":{"errored":{"message":"invalid version: v9","istio":{"a":"b"}}}})"},
    {"a template is a profile", "{version: v1.1, template: small}",
     R"({"profiles":["small"],"version":"v1.1"})"},
    {"v1.1 with Mixer's policy off has no policy",
     "{version: v1.1, istio: {mixer: {policy: {enabled: false}}}}",
     R"({"version":"v1.1","policy":{"type":"None"}})"},
    {"v2 leaves that to its defaults",
     "{version: v2.0, istio: {mixer: {policy: {enabled: false}}}}", R"({"version":"v2.0"})"},
    {"an unknown way to set up the proxy is told, not a crash",
     "{version: v2.5, istio: {global: {proxy: {initType: X}}}}",
     R"({"version":"v2.5","techPreview":{"errored":{"message":"unknown proxy init type: X",)"
     R"("istio":{"global":{"proxy":{"initType":"X"}}}}}})"},
};
INSTANTIATE_TEST_SUITE_P(Rules, FromValues, testing::ValuesIn(kFromValues));

TEST(Conversion, AnErroredObjectComesBackUnharmed) {
  const Value v1 = yaml("{version: v2.5, istio: {global: 5}, threeScale: {enabled: true}}");
  const Result<Value> v2 = spec_to_v2(v1);
  ASSERT_TRUE(v2);
  const Result<Value> back = spec_to_v1(*v2, "");
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, v1);
}

TEST(Conversion, MultiClusterForcesAndUndoes) {
  const Value spec =
      yaml(R"({version: v2.5, cluster: {name: c, network: net, multiCluster: {enabled: true}},
      gateways: {egress: {enabled: false}}, proxy: {networking: {dns: {searchSuffixes: [global, x]}}}})");
  const Result<Value> v1 = spec_to_v1(spec, "team-a");
  ASSERT_TRUE(v1);
  EXPECT_EQ(*at(*v1, "istio.gateways.istio-egressgateway.enabled"), Value(true));
  EXPECT_EQ(document::write_json(*at(*v1, "istio.global.podDNSSearchNamespaces")),
            R"(["global","{{ valueOrDefault .DeploymentMeta.Namespace \"team-a\" }}.global","x"])");
  const Result<Value> back = spec_to_v2(*v1);
  ASSERT_TRUE(back);
  EXPECT_EQ(*at(*back, "gateways.egress.enabled"), Value(false));
  EXPECT_EQ(document::write_json(*at(*back, "proxy.networking.dns.searchSuffixes")),
            R"(["global","x"])");
}

// Upstream dereferences nil in each of them.
TEST(Conversion, WhatMadeTheOriginalPanicConverts) {
  for (const char* spec : {"{version: v2.5, cluster: {meshExpansion: {enabled: true}}}",
                           "{version: v2.5, gateways: {openshiftRoute: {}}}",
                           "{version: v2.5, runtime: {components: {pilot: null}}, security: "
                           "{identity: {type: ThirdParty, thirdParty: {issuer: i}}}}"}) {
    EXPECT_TRUE(spec_to_v1(yaml(spec), "")) << spec;
  }
  EXPECT_TRUE(spec_to_v2(yaml("{version: v1.1, threeScale: {enabled: true}}")));
}

Value object(std::string_view spec) {
  Value smcp =
      yaml("{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, metadata: {name: a}}");
  smcp.set("spec", yaml(spec));
  return smcp;
}

TEST(Losses, AreNotedOnlyWhenThereAreSome) {
  const Result<Value> v1 = to_v1(object("{version: v2.5, cluster: {name: c}}"));
  ASSERT_TRUE(v1);
  EXPECT_EQ(at(*v1, "metadata.annotations"), nullptr);
}

TEST(Losses, ComeBack) {
  const Value smcp =
      object("{version: v2.5, security: {certificateAuthority: {istiod: {type: SelfSigned}}}}");
  const Result<Value> v1 = to_v1(smcp);
  ASSERT_TRUE(v1);
  EXPECT_NE(at(*v1, "metadata.annotations"), nullptr);
  const Result<Value> v2 = to_v2(*v1);
  ASSERT_TRUE(v2);
  EXPECT_EQ(*v2, smcp);
}

// Go's reader drops them without a word.
TEST(Losses, FieldsThatNoTypeKnowsComeBack) {
  for (const char* spec :
       {"{version: v2.5, later: {a: 1}}", "{version: v2.5, proxy: {later: 5}}",
        "{version: v2.5, proxy: {logging: {level: warn, colour: red}}}",
        "{version: v2.5, gateways: {additionalIngress: {g: {enabled: true, later: [1]}}}}",
        "{version: v2.5, meshConfig: {extensionProviders: [{name: p, later: x, prometheus: "
        "{}}]}}"}) {
    const Value smcp = object(spec);
    const Result<Value> v1 = to_v1(smcp);
    ASSERT_TRUE(v1) << spec;
    const Result<Value> v2 = to_v2(*v1);
    ASSERT_TRUE(v2) << spec;
    const Value lost = find_losses(*at(smcp, "spec"), *at(*v2, "spec"));
    EXPECT_TRUE(lost.is_null()) << spec << "\n" << document::write_json(*v2);
  }
}

TEST(Losses, UnknownFieldsAndNullMappingsOfV1ComeBack) {
  for (const char* spec : {"{version: v1.1, later: {a: 1}, istio: {a: b}}",
                           "{version: v2.5, istio: {global: {multiCluster: null}}}",
                           "{version: v2.5, istio: {global: null}}"}) {
    Value v1 = object(spec);
    v1.set("apiVersion", Value("maistra.io/v1"));
    const Result<Value> v2 = to_v2(v1);
    ASSERT_TRUE(v2) << spec;
    const Result<Value> back = to_v1(*v2);
    ASSERT_TRUE(back) << spec << ": " << back.error().message;
    for (const document::Member& member : *at(v1, "spec")->if_map()) {
      const Value* now = at(*back, "spec")->find(member.key);
      ASSERT_NE(now, nullptr) << spec;
      if (member.key != "istio") {
        EXPECT_EQ(*now, member.value) << spec;
      }
    }
    const Value* global = at(*back, "spec.istio")->find("global");
    if (at(v1, "spec.istio.a") == nullptr) {
      ASSERT_NE(global, nullptr);
      EXPECT_TRUE(global->is_null() || global->find("multiCluster")->is_null()) << spec;
    }
  }
}

TEST(Losses, StayAwayWhereTheirSurroundingsChanged) {
  const Value before = yaml("{a: {b: {lost: 1, c: 2}}, d: 3.5, e: {x: 1}}");
  const Value after = yaml("{a: {b: {c: 2}}, d: 3, e: {}}");
  const Value losses = find_losses(before, after);
  Value edited = yaml("{a: {}, d: 4, e: {x: 7}}");
  give_back(edited, losses);
  EXPECT_EQ(edited, yaml("{a: {}, d: 4, e: {x: 7}}"));
  Value untouched = after;
  give_back(untouched, losses);
  EXPECT_EQ(untouched, before);
}

TEST(Losses, ABrokenNoteIsNone) {
  Value v1 = object("{version: v2.5}");
  put(v1, "metadata.annotations", Value(Map{}))
      .set(kLossesAnnotation, Value("{\"version\":\"v2\",\"lost\":[{\"path\":[\"spec\",5]},7]}"));
  const Result<Value> v2 = to_v2(v1);
  ASSERT_TRUE(v2);
  EXPECT_EQ(at(*v2, "metadata.annotations"), nullptr);
}

TEST(Status, KeepsWhatBothHaveAndTakesApartTheVersion) {
  Value smcp = object("{version: v2.5}");
  smcp.set("status", yaml(R"({observedGeneration: 3, operatorVersion: 2.5.1, chartVersion: 2.5.1-3,
      readiness: {components: {ready: [a]}}, appliedValues: {istio: {global: {network: net}}}})"));
  const Result<Value> v1 = to_v1(smcp);
  ASSERT_TRUE(v1);
  EXPECT_EQ(text_at(*v1, "status.lastAppliedConfiguration.istio.global.network"), "net");
  EXPECT_EQ(*at(*v1, "status")->find("reconciledVersion"), Value("2.5.1-3"));
  const Result<Value> v2 = to_v2(*v1);
  ASSERT_TRUE(v2);
  EXPECT_EQ(text_at(*v2, "status.operatorVersion"), "2.5.1");
  EXPECT_EQ(text_at(*v2, "status.chartVersion"), "2.5.1-3");
  EXPECT_EQ(text_at(*v2, "status.appliedSpec.cluster.network"), "net");
  EXPECT_NE(at(*v2, "status.readiness.components.ready"), nullptr);
}

}  // namespace
}  // namespace mesh::smcp
