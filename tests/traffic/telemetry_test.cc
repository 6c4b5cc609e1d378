// How Telemetry objects are merged; whole answers are compared with Istio's by tests/peers.
#include "libmesh/traffic/telemetry/telemetry.h"

#include <gtest/gtest.h>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/traffic/extension_providers.h"
#include "libmesh/traffic/telemetry/check.h"
#include "libmesh/traffic/traffic.h"

namespace mesh::traffic {
namespace {

constexpr const char* kMesh = R"(
extensionProviders:
- {name: prometheus, prometheus: {}}
- {name: second, prometheus: {}}
- {name: file, envoyFileAccessLog: {path: /a}}
- {name: zipkin, zipkin: {service: z.a.svc.cluster.local, port: 9411}}
- {name: datadog, datadog: {service: z.a.svc.cluster.local, port: 1}}
)";

std::string object(const std::string& ns, const std::string& name, const std::string& spec) {
  return "---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: " + name +
         ", namespace: " + ns + "}\nspec: " + spec + "\n";
}

class TelemetryTest : public ::testing::Test {
 protected:
  MergedTelemetryPtr merged(const std::string& objects, const std::string& defaults = "") {
    index::Store store;
    const std::string input = std::string(kMesh) + defaults + objects +
                              "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";
    for (const Diagnostic& d : store.apply(input, "input")) ADD_FAILURE() << to_string(d);
    snapshot_ = store.snapshot();
    auto proxy = index::read_proxy(*snapshot_, "namespace: a\nlabels: {app: web}\n", "proxy");
    EXPECT_TRUE(proxy.ok()) << proxy.error().message;
    traffic_ = Traffic::make(snapshot_->mesh(proxy->tenant));
    return traffic_->view(*proxy).telemetry;
  }
  const std::string& provider(uint32_t place) const {
    return traffic_->mesh().config->extension_providers[place].name;
  }
  index::SnapshotPtr snapshot_;
  TrafficPtr traffic_;
};

TEST_F(TelemetryTest, WithoutObjectsTheDefaultProvidersCount) {
  auto found = merged("",
                      "defaultProviders: {metrics: [SECOND], accessLogging: [file], tracing: "
                      "[zipkin]}\n");
  ASSERT_EQ(found->client.metrics.size(), 1U);
  EXPECT_EQ(provider(found->client.metrics[0].provider), "second");
  ASSERT_EQ(found->server.access_logs.size(), 1U);
  ASSERT_TRUE(found->server.tracing);
  EXPECT_EQ(provider(*found->server.tracing->provider), "zipkin");
  EXPECT_EQ(found->from, "");
}

TEST_F(TelemetryTest, TheOldestWithoutSelectorCountsOfEachNamespaceThenThoseThatSelect) {
  auto found =
      merged(object("istio-system", "b", "{}") + object("istio-system", "a", "{}") +
             object("a", "z", "{selector: {matchLabels: {app: web}}}") + object("a", "m", "{}") +
             object("a", "o", "{}") + object("a", "p", "{selector: {matchLabels: {app: other}}}") +
             object("istio-system", "c", "{selector: {matchLabels: {app: web}}}") +
             object("a", "t",
                    "{targetRefs: [{kind: Gateway, group: "
                    "gateway.networking.k8s.io, name: web}]}"));
  EXPECT_EQ(found->from, "istio-system/a,a/m,a/z,");
}

TEST_F(TelemetryTest, OverridesOfAMetricAreMergedTagByTag) {
  auto found = merged(
      object("istio-system", "a",
             "{metrics: [{providers: [{name: prometheus}], overrides: [{match: {metric: "
             "REQUEST_COUNT}, tagOverrides: {x: {value: '1'}, w: {value: '2'}}}]}]}") +
      object("a", "b",
             "{metrics: [{overrides: [{match: {metric: REQUEST_COUNT, mode: CLIENT}, disabled: "
             "true, tagOverrides: {x: {operation: REMOVE}}}]}]}"));
  const MetricOverride& client = found->client.metrics.at(0).overrides.at("REQUEST_COUNT");
  EXPECT_TRUE(client.disabled);
  EXPECT_EQ(client.tags.at("x"), std::nullopt);
  EXPECT_EQ(client.tags.at("w"), "2");
  const MetricOverride& server = found->server.metrics.at(0).overrides.at("REQUEST_COUNT");
  EXPECT_FALSE(server.disabled);
  EXPECT_EQ(server.tags.at("x"), "1");
}

TEST_F(TelemetryTest, AllMetricsOffIsNoProviderUntilSomethingIsSaidAgain) {
  const std::string off = object("istio-system", "a",
                                 "{metrics: [{providers: [{name: prometheus}], overrides: "
                                 "[{disabled: true}]}]}");
  EXPECT_TRUE(merged(off)->client.metrics.empty());
  auto found = merged(off + object("a", "b",
                                   "{metrics: [{overrides: [{match: {customMetric: mine, mode: "
                                   "SERVER}}]}]}"));
  EXPECT_TRUE(found->client.metrics.empty());
  ASSERT_EQ(found->server.metrics.size(), 1U);
  EXPECT_EQ(found->server.metrics[0].overrides.count("mine"), 1U);
}

TEST_F(TelemetryTest, AnAllMetricsMatchIsEveryMetricOfIstio) {
  auto found = merged(object("a", "a",
                             "{metrics: [{providers: [{name: prometheus}], overrides: [{match: "
                             "{metric: ALL_METRICS}, tagOverrides: {x: {value: '1'}}}]}]}"));
  EXPECT_EQ(found->client.metrics.at(0).overrides.size(), 10U);
}

TEST_F(TelemetryTest, AFilterGoesWithTheProvidersThatAreNamedBesideIt) {
  auto found = merged(object("a", "a",
                             "{accessLogging: [{providers: [{name: file}], filter: {expression: "
                             "x}}]}"));
  ASSERT_EQ(found->client.access_logs.size(), 1U);
  ASSERT_NE(found->client.access_logs[0].filter, nullptr);
  found = merged(object("a", "a", "{accessLogging: [{filter: {expression: x}}]}"),
                 "defaultProviders: {accessLogging: [file]}\n");
  ASSERT_EQ(found->client.access_logs.size(), 1U);
  EXPECT_EQ(found->client.access_logs[0].filter, nullptr);
}

TEST_F(TelemetryTest, OneEndIsTurnedOff) {
  auto found =
      merged(object("a", "a", "{accessLogging: [{match: {mode: SERVER}, disabled: true}]}"),
             "defaultProviders: {accessLogging: [file]}\n");
  ASSERT_EQ(found->server.access_logs.size(), 1U);
  EXPECT_TRUE(found->server.access_logs[0].disabled);
  EXPECT_TRUE(found->client.access_logs.empty());
}

TEST_F(TelemetryTest, TracingIsMergedFieldByField) {
  auto found = merged(
      object("istio-system", "a",
             "{tracing: [{providers: [{name: zipkin}], randomSamplingPercentage: 5, customTags: "
             "{a: {literal: {value: b}}}}]}") +
      object("a", "b",
             "{tracing: [{match: {mode: CLIENT}, providers: [{name: datadog}], enableIstioTags: "
             "false, disableContextPropagation: true}, {match: {mode: SERVER}, "
             "disableSpanReporting: true}]}"));
  const TracingSettings& client = *found->client.tracing;
  EXPECT_EQ(provider(*client.provider), "datadog");
  EXPECT_EQ(client.sampling, 5);
  EXPECT_FALSE(client.istio_tags);
  EXPECT_TRUE(client.no_context_propagation);
  ASSERT_NE(client.custom_tags, nullptr);
  const TracingSettings& server = *found->server.tracing;
  EXPECT_EQ(provider(*server.provider), "zipkin");
  EXPECT_TRUE(server.disabled);
  EXPECT_TRUE(server.istio_tags);
}

TEST_F(TelemetryTest, AnUnknownProviderTracesNothing) {
  auto found = merged(object("a", "a", "{tracing: [{providers: [{name: nowhere}]}]}"),
                      "defaultProviders: {tracing: [zipkin]}\n");
  EXPECT_FALSE(found->client.tracing->provider);
  EXPECT_TRUE(found->client.tracing->disabled);
}

TEST_F(TelemetryTest, AProvidersServiceIsFoundByHostOrNamespaceAndHost) {
  merged(
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: z, namespace: a}\nspec: {clusterIP: "
      "10.0.0.1, ports: [{name: http, port: 80}]}\n");
  const index::Mesh& mesh = traffic_->mesh();
  const std::string host = "z.a.svc.cluster.local";
  for (const std::string& name : {host, "a/" + host}) {
    auto found = provider_cluster(mesh, name, 9411);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->cluster, "outbound|9411||" + host);
    EXPECT_EQ(found->host, host);
  }
  for (const std::string& name :
       {std::string(), "b/" + host, "/" + host, "a/b/" + host, host + "/"}) {
    EXPECT_FALSE(provider_cluster(mesh, name, 9411)) << name;
  }
}

TEST_F(TelemetryTest, WhatHasNoEffectIsSaidWithItsRemedy) {
  merged(object("a", "a",
                "{tracing: [{providers: [{name: nowhere}]}, {providers: [{name: zipkin}]}], "
                "metrics: [{providers: [{name: file}]}], accessLogging: [{filter: {expression: "
                "x}}]}") +
         object("a", "b", "{metrics: [{providers: [{name: Prometheus}]}]}"));
  std::string said;
  for (const Diagnostic& d : check_telemetry(traffic_->mesh())) {
    EXPECT_FALSE(d.mend.empty()) << to_string(d);
    said += std::string(code_text(d.code)) + " " + d.object + " " + d.field + "\n";
  }
  EXPECT_EQ(said,
            "provider-unknown Telemetry a/a spec.tracing[0].providers[0].name\n"
            "provider-unusable Telemetry a/a spec.tracing[1].providers[0].name\n"
            "provider-unusable Telemetry a/a spec.metrics[0].providers[0].name\n"
            "telemetry-ignored Telemetry a/a spec.accessLogging[0].filter\n");
}

}  // namespace
}  // namespace mesh::traffic
