// Small rules of telemetry; whole answers are compared with Istio's by tests/peers.
#include <gtest/gtest.h>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/telemetry/tracing_providers.h"
#include "libmesh/xds/telemetry/url_path.h"
#include "tests/xds/fixtures.h"

namespace mesh::xds::testing {
namespace {

TEST(UrlPath, JoinsAsGoDoes) {
  struct Row {
    const char* path;
    const char* joined;
  };
  const Row rows[] = {
      {"", "host.a"},
      {"/v1/traces", "host.a/v1/traces"},
      {"v1/traces/", "host.a/v1/traces/"},
      {"//a//./b/../c", "host.a/a/c"},
      {"../../..", ""},
      {"/", "host.a/"},
      {"a b", "host.a/a%20b"},
      {"a?b=c#d", "host.a/a%3Fb=c%23d"},
      {"a%2Fb(c)", "host.a/a%2Fb(c)"},
      {"a%2Fb c", "host.a/a/b%20c"},
      {"x:y", "host.a/x:y"},
      {"../x:y", "./x:y"},
  };
  for (const Row& row : rows) EXPECT_EQ(join_url_path("host.a", row.path), row.joined) << row.path;
  for (const char* bad : {"%", "%4", "a%zz"}) EXPECT_FALSE(join_url_path("host.a", bad)) << bad;
}

TEST(OtelServiceName, FirstThatIsThere) {
  model::Proxy proxy;
  EXPECT_EQ(otel_service_name(proxy), "unknown_service");
  proxy.metadata = document::Value{document::Map{}};
  proxy.metadata.set("APP_CONTAINERS", document::Value("one,two"));
  EXPECT_EQ(otel_service_name(proxy), "unknown_service");
  proxy.metadata.set("APP_CONTAINERS", document::Value("one"));
  EXPECT_EQ(otel_service_name(proxy), "one");
  proxy.id = "web-0.app";
  EXPECT_EQ(otel_service_name(proxy), "web-0");
  proxy.metadata.set("WORKLOAD_NAME", document::Value("web"));
  EXPECT_EQ(otel_service_name(proxy), "web");
  proxy.labels["app.kubernetes.io/name"] = "named";
  EXPECT_EQ(otel_service_name(proxy), "named");
  proxy.labels["app.kubernetes.io/instance"] = "instance";
  EXPECT_EQ(otel_service_name(proxy), "instance");
  document::Value annotations{document::Map{}};
  annotations.set("resource.opentelemetry.io/service.name", document::Value("annotated"));
  proxy.metadata.set("ANNOTATIONS", annotations);
  EXPECT_EQ(otel_service_name(proxy), "annotated");
}

class Views : public ::testing::Test {
 protected:
  void apply(const std::string& spec, const std::string& config = "") {
    const std::string text = kNamespace + web_service("http") +
                             "---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: "
                             "{name: some, namespace: app}\nspec: " +
                             spec + "\n---\n" + config;
    for (const Diagnostic& d : store_.apply(text, "")) ADD_FAILURE() << to_string(d);
    generator_.update(store_.snapshot());
  }
  const ViewResources* view_of(const std::string& labels, const std::string& metadata = "{}") {
    auto proxy = index::read_proxy(
        *store_.snapshot(),
        "{id: x.app, namespace: app, labels: " + labels + ", metadata: " + metadata + "}",
        "proxy.yaml");
    EXPECT_TRUE(proxy.ok());
    configs_.push_back(generator_.config(*proxy));
    return &configs_.back()->shared();
  }

  index::Store store_;
  Generator generator_;
  std::vector<ProxyConfigPtr> configs_;  // keep what is compared
};

TEST_F(Views, AreOnesOwnWhereATelemetrySelects) {
  apply("{selector: {matchLabels: {app: web}}, accessLogging: [{providers: [{name: envoy}]}]}");
  EXPECT_EQ(view_of("{app: web}"), view_of("{app: web, version: v2}"));
  EXPECT_NE(view_of("{app: web}"), view_of("{app: other}"));
}

TEST_F(Views, FollowTheNamesThatTracesShow) {
  apply("{tracing: [{providers: [{name: otel}]}]}",
        "extensionProviders: [{name: otel, opentelemetry: {service: web.app.svc.cluster.local, "
        "port: 80, serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS}}]\n");
  EXPECT_EQ(view_of("{}", "{WORKLOAD_NAME: a}"), view_of("{}", "{WORKLOAD_NAME: a}"));
  EXPECT_NE(view_of("{}", "{WORKLOAD_NAME: a}"), view_of("{}", "{WORKLOAD_NAME: b}"));
  EXPECT_NE(view_of("{service.istio.io/canonical-name: a}"), view_of("{}"));
}

TEST_F(Views, DoNotFollowThemWhereNothingIsTraced) {
  apply("{metrics: [{providers: [{name: prometheus}]}]}",
        "enableTracing: false\nextensionProviders: [{name: otel, opentelemetry: {service: "
        "web.app.svc.cluster.local, "
        "port: 80, serviceAttributeEnrichment: OTEL_SEMANTIC_CONVENTIONS}}]\n");
  EXPECT_EQ(view_of("{}", "{WORKLOAD_NAME: a}"), view_of("{}", "{WORKLOAD_NAME: b}"));
  EXPECT_EQ(view_of("{service.istio.io/canonical-name: a}"),
            view_of("{service.istio.io/canonical-name: b}"));
}

}  // namespace
}  // namespace mesh::xds::testing
