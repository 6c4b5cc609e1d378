// The configuration of a proxy: layers, and the text of PROXY_CONFIG.
#include "libmesh/injection/proxy_config.h"

#include <gtest/gtest.h>

#include "tests/injection/forms/support.h"

namespace mesh::injection {
namespace {

using testing::read;

std::string text_of(const char* default_config) {
  return ProxyConfigs(read(default_config), "", {}).mesh_default()->text;
}

TEST(ProxyConfigText, LeavesOutWhatIsIstiosDefault) {
  const struct {
    const char* yaml;
    const char* text;
  } rows[] = {
      {"{}", "{}"},
      {"{drainDuration: 45s, statusPort: 15020, serviceCluster: istio-proxy}", "{}"},
      {"discoveryAddress: istiod.istio-system.svc:15012", "{}"},
      {"discoveryAddress: 'istiod.other.svc:15012'",
       R"({"discoveryAddress":"istiod.other.svc:15012"})"},
      {"drainDuration: 23s", R"({"drainDuration":"23s"})"},
      {"terminationDrainDuration: 1500ms", R"({"terminationDrainDuration":"1.500s"})"},
      {"concurrency: 0", R"({"concurrency":0})"},
      {"tracing: {}", R"({"tracing":{}})"},
      {"{interception_mode: TPROXY, holdApplicationUntilProxyStarts: false}",
       R"({"interceptionMode":"TPROXY","holdApplicationUntilProxyStarts":false})"},
      {"interceptionMode: 1", R"({"interceptionMode":"TPROXY"})"},
      {"proxyMetadata: {B: '2', A: '<1>'}", R"({"proxyMetadata":{"A":"\u003c1\u003e","B":"2"}})"},
      {"{tracing: {zipkin: {address: 'z:1'}, sampling: 1.5}, image: {imageType: debug}}",
       R"({"tracing":{"zipkin":{"address":"z:1"},"sampling":1.5},"image":{"imageType":"debug"}})"},
      {"{image: {imageType: debug}, concurrency: 2}",
       R"({"concurrency":2,"image":{"imageType":"debug"}})"},
      {"tracingServiceName: CANONICAL_NAME_ONLY",
       R"({"tracingServiceName":"CANONICAL_NAME_ONLY"})"},
      {"unknown: 1", "{}"},
  };
  for (const auto& row : rows) EXPECT_EQ(text_of(row.yaml), row.text) << row.yaml;
}

TEST(ProxyConfigs, LaterLayersLieOverEarlierOnes) {
  const std::vector<ProxyConfigObject> objects = {
      {"root", read("{concurrency: 1, environmentVariables: {A: root, B: root}}")},
      {"shop", read("{concurrency: 2, environmentVariables: {B: shop}}")},
      {"shop", read("{concurrency: 9}")},  // a second one for the namespace does not count
      {"shop", read("{selector: {matchLabels: {app: cart}}, environmentVariables: {C: cart}, "
                    "image: {imageType: debug}}")},
  };
  const ProxyConfigs configs(read("{concurrency: 7, proxyMetadata: {M: mesh}}"), "root", objects);
  const document::Value cart = read("{app: cart, version: v1}");
  const std::string annotation = "{concurrency: 3, proxyMetadata: {C: pod, D: pod}}";
  EXPECT_EQ(configs.mesh_default()->text, R"({"concurrency":7,"proxyMetadata":{"M":"mesh"}})");
  EXPECT_EQ(configs.of_pod("other", nullptr, nullptr)->text,
            R"({"concurrency":1,"proxyMetadata":{"A":"root","B":"root","M":"mesh"}})");
  EXPECT_EQ(configs.of_pod("shop", nullptr, nullptr)->text,
            R"({"concurrency":2,"proxyMetadata":{"A":"root","B":"shop","M":"mesh"}})");
  EXPECT_EQ(
      configs.of_pod("shop", &cart, nullptr)->text,
      R"({"concurrency":2,"proxyMetadata":{"A":"root","B":"shop","C":"cart","M":"mesh"},"image":{"imageType":"debug"}})");
  // The selected object is over the annotation, field by field of the metadata.
  EXPECT_EQ(
      configs.of_pod("shop", &cart, &annotation)->text,
      R"({"concurrency":3,"proxyMetadata":{"A":"root","B":"shop","C":"cart","D":"pod","M":"mesh"},"image":{"imageType":"debug"}})");
}

TEST(ProxyConfigs, ADefaultInAnAnnotationSaysNothingToTheWebhook) {
  const ProxyConfigs configs(read("interceptionMode: TPROXY"), "", {});
  const std::string annotation = "interceptionMode: REDIRECT";
  EXPECT_EQ(configs.of_pod("ns", nullptr, &annotation)->interception_mode, "TPROXY");
  const auto merged = merge_proxy_config(*configs.mesh_default(), annotation);
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ((*merged)->interception_mode, "REDIRECT");
}

TEST(ProxyConfigs, MergingFailsInIstiosWords) {
  const ProxyConfigs configs(read("{}"), "", {});
  const auto merged = merge_proxy_config(*configs.mesh_default(), "drainDuration: soon");
  ASSERT_FALSE(merged.ok());
  EXPECT_EQ(merged.error().message,
            "could not parse proxy config: bad Duration: time: invalid duration \"soon\"");
}

TEST(ProxyConfigs, FiveHeadersFallBackOnTheLayerBefore) {
  const ProxyConfigs configs(
      read("proxyHeaders: {server: {disabled: true}, preserveHttp1HeaderCase: true}"), "", {});
  const auto merged =
      merge_proxy_config(*configs.mesh_default(), "proxyHeaders: {requestId: {disabled: true}}");
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ((*merged)->text,
            R"({"proxyHeaders":{"requestId":{"disabled":true},"server":{"disabled":true}}})");
}

}  // namespace
}  // namespace mesh::injection
