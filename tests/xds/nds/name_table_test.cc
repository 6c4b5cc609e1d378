// The name table through a session: asked for by no name, sent again when it changed. That its content is Istio's
// is what tests/peers compares (golden dns-capture).
#include "libmesh/xds/nds/name_table.h"

#include <gtest/gtest.h>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/xds/generator.h"
#include "tests/xds/fixtures.h"

namespace mesh::xds::testing {
namespace {

std::string entry(const std::string& host, const std::string& address) {
  return "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: " + host +
         ", namespace: app}\nspec: {hosts: [" + host + "], addresses: [\"" + address +
         "\"], ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC}\n";
}

class NameTable : public ::testing::Test {
 protected:
  void apply(const std::string& text) {
    store_.apply(kNamespace + text, "");
    generator_.update(store_.snapshot());
  }
  std::string table() {
    auto proxy = index::read_proxy(*store_.snapshot(), kSidecar, "proxy.yaml");
    std::string out;
    generator_.config(*proxy)->for_each(Type::kNameTable, [&](const ResourcePtr& r) {
      EXPECT_EQ(r->name, "");
      auto json = schema::to_json("istio.networking.nds.v1.NameTable", r->value());
      out += json ? *json : json.error().message;
    });
    return out;
  }

  index::Store store_;
  Generator generator_;
};

TEST_F(NameTable, NamesServicesShortlyAndEntriesNot) {
  apply(web_service("http") + entry("a.example", "240.1.1.1"));
  const std::string text = table();
  EXPECT_NE(text.find(R"("shortname":"web")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("a.example":{"ips":["240.1.1.1"],"registry":"External"})"),
            std::string::npos)
      << text;
}

TEST_F(NameTable, LeavesRangesOut) {
  apply(entry("a.example", "240.1.0.0/16"));
  EXPECT_EQ(table().find("a.example"), std::string::npos);
}

TEST_F(NameTable, FollowsAChange) {
  apply(web_service("http"));
  const std::string before = table();
  apply(entry("late.example", "240.1.1.9"));
  EXPECT_EQ(before.find("late.example"), std::string::npos);
  EXPECT_NE(table().find("late.example"), std::string::npos);
}

}  // namespace
}  // namespace mesh::xds::testing
