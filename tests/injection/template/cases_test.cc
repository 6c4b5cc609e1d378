// The language and its functions: templates against what Go makes of them (testdata/language.yaml).
#include <gtest/gtest.h>

#include <string>

#include "libmesh/document/yaml.h"
#include "libmesh/injection/settings.h"
#include "libmesh/injection/template/go_template.h"
#include "tests/support/paths.h"

namespace mesh::injection {
namespace {

document::Value read_table(const std::string& name) {
  const std::string text = testing::read_source_file("tests/injection/template/testdata/" + name);
  Diagnostics diagnostics;
  auto documents = document::read_yaml(text, name, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << to_string(diagnostics.at(0));
  return documents.empty() ? document::Value() : std::move(documents[0].root);
}

// The data of data.yaml, as the Go program that made the table has it.
class Data {
 public:
  Data() : file_(read_table("data.yaml")) {
    settings_.values = *file_.find("values");
    settings_.mesh_config = *file_.find("meshConfig");
    settings_.inbound_traffic_policy_mode = "localhost";
    proxy_ = make_proxy_config(*file_.find("proxyConfig"));
  }

  TemplateInput input() const {
    const TemplateInput input{.settings = settings_,
                              .pod = *file_.find("pod"),
                              .owner = owner_,
                              .proxy_config = *proxy_,
                              .native_sidecars = true,
                              .proxy_image = "hub/proxyv2:1",
                              .proxy_init_image = "hub/init:1",
                              .proxy_uid = 1337,
                              .proxy_gid = 1338,
                              .revision = "canary"};
    return input;
  }

 private:
  const document::Value file_;
  Settings settings_;
  const Owner owner_{"cart", "shop", "apps/v1", "Deployment"};
  ProxyConfigPtr proxy_;
};

// The text, or "error: …".
std::string answer(const Data& data, std::string_view text) {
  const GoParsed parsed = parse_go_template("inject", text);
  if (parsed.tree == nullptr) return "error: " + parsed.error.message;
  const auto made = GoTemplate("case", parsed.tree).text(data.input());
  return made ? *made : "error: " + made.error().message;
}

TEST(GoTemplate, MakesOfEveryTemplateWhatGoMakes) {
  const Data data;
  const document::Value table = read_table("language.yaml");
  ASSERT_NE(table.if_list(), nullptr);
  size_t rows = 0;
  for (const document::Value& row : *table.if_list()) {
    std::string want(row.string_at("want"));
    if (row.find("error") != nullptr) want = "error: " + std::string(row.string_at("error"));
    if (row.find("differs") != nullptr) want = row.string_at("differs");
    EXPECT_EQ(answer(data, row.string_at("template")), want) << row.string_at("template");
    ++rows;
  }
  EXPECT_GE(rows, 270u);
}

}  // namespace
}  // namespace mesh::injection
