// Layers of MeshConfig: what is replaced, and what Istio merges.
#include "libmesh/model/mesh_config.h"

#include <gtest/gtest.h>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/schema/istio.h"
#include "libmesh/schema/reader.h"

namespace mesh::model {
namespace {

document::Value merged(std::initializer_list<const char*> layers) {
  document::Value out = default_mesh_config();
  for (const char* layer : layers) {
    Diagnostics diagnostics;
    for (const auto& document : document::read_yaml(layer, "", diagnostics)) {
      apply_mesh_config(out, document.root);
    }
    EXPECT_TRUE(diagnostics.empty());
  }
  return out;
}

std::string at(const document::Value& value, std::string_view path) {
  const document::Value* here = &value;
  while (here != nullptr && !path.empty()) {
    size_t dot = path.find('.');
    here = here->find(path.substr(0, dot));
    path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  }
  return here == nullptr ? "-" : document::write_json(*here);
}

TEST(MeshConfig, DefaultsAreAllFieldsOfTheMessage) {
  meshconfig::MeshConfig config;
  Diagnostics diagnostics;
  schema::ReadContext context{diagnostics, "", "", "", {Severity::kError, true}};
  EXPECT_TRUE(schema::read(default_mesh_config(), context, config));
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(config.connect_timeout->seconds, 10);
  EXPECT_EQ(config.root_namespace, "istio-system");
  EXPECT_TRUE(config.enable_auto_mtls.value());
  EXPECT_EQ(config.extension_providers.size(), 3u);
}

TEST(MeshConfig, Merging) {
  struct Row {
    const char* rule;
    std::initializer_list<const char*> layers;
    const char* path;
    const char* want;
  };
  const Row rows[] = {
      {"a field overrides", {"connectTimeout: 1s"}, "connectTimeout", "\"1s\""},
      {"the later layer wins",
       {"connectTimeout: 1s", "connectTimeout: 2s"},
       "connectTimeout",
       "\"2s\""},
      {"null says nothing", {"connectTimeout: null"}, "connectTimeout", "\"10s\""},
      {"both spellings are one field",
       {"access_log_file: a", "accessLogFile: b"},
       "accessLogFile",
       "\"b\""},
      {"a message overrides as a whole",
       {"localityLbSetting: {failover: [{from: a, to: b}]}"},
       "localityLbSetting.enabled",
       "-"},
      {"a list overrides as a whole",
       {"defaultServiceExportTo: [a]", "defaultServiceExportTo: [b]"},
       "defaultServiceExportTo",
       "[\"b\"]"},
      {"defaultConfig is merged",
       {"defaultConfig: {concurrency: 3}"},
       "defaultConfig.statusPort",
       "15020"},
      {"its proxyMetadata as well",
       {"defaultConfig: {proxyMetadata: {A: x}}", "defaultConfig: {proxyMetadata: {B_C: z}}"},
       "defaultConfig.proxyMetadata",
       "{\"A\":\"x\",\"B_C\":\"z\"}"},
      {"and its proxyHeaders",
       {"defaultConfig: {proxyHeaders: {server: {disabled: true}}}",
        "defaultConfig: {proxyHeaders: {requestId: {disabled: true}}}"},
       "defaultConfig.proxyHeaders.server",
       "{\"disabled\":true}"},
      {"of two alternatives the later",
       {"defaultConfig: {tracingServiceName: APP_LABEL_ONLY}"},
       "defaultConfig.serviceCluster",
       "-"},
      {"defaultProviders are merged",
       {"defaultProviders: {metrics: [a]}", "defaultProviders: {tracing: [b]}"},
       "defaultProviders.metrics",
       "[\"a\"]"},
      {"trust domain aliases are united",
       {"trustDomainAliases: [b, a]", "trustDomainAliases: [c, a]"},
       "trustDomainAliases",
       "[\"a\",\"b\",\"c\"]"},
  };
  for (const Row& row : rows) EXPECT_EQ(at(merged(row.layers), row.path), row.want) << row.rule;
}

TEST(MeshConfig, ExtensionProvidersGoByName) {
  document::Value value =
      merged({"extensionProviders: [{name: envoy, envoyFileAccessLog: {path: /x}}, "
              "{name: mine, prometheus: {}}]"});
  const document::List& list = *value.find("extensionProviders")->if_list();
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(at(list[2], "envoyFileAccessLog.path"), "\"/x\"");
  EXPECT_EQ(list[3].string_at("name"), "mine");
}

}  // namespace
}  // namespace mesh::model
