// Who is given secrets: the caller that the frontend knows, and nobody else.
#include "libmesh/xds/sds/caller.h"

#include <gtest/gtest.h>

namespace mesh::xds {
namespace {

class Callers : public ::testing::Test {
 protected:
  Callers() {
    mesh_.trust_domain = "td";
    mesh_.config.edit().trust_domain_aliases = {"old-td"};
    proxy_.id = "web-0.app";
    proxy_.ns = "app";
    proxy_.service_account = "web";
  }
  std::string refused(const char* id) {
    auto parsed = identity::parse_spiffe_id(id);
    if (!parsed) return parsed.error().message;
    auto caller = caller_of(mesh_, proxy_, {*parsed, false, std::nullopt});
    return caller ? "" : caller.error().message;
  }

  index::Mesh mesh_;
  model::Proxy proxy_;
};

TEST_F(Callers, AreTheProxyTheySpeakFor) {
  EXPECT_EQ(refused("spiffe://td/ns/app/sa/web"), "");
  EXPECT_EQ(refused("spiffe://old-td/ns/app/sa/web"), "");
  EXPECT_EQ(refused("spiffe://td/ns/other/sa/web"),
            "identity spiffe://td/ns/other/sa/web is not of proxy web-0.app: its namespace is app");
  EXPECT_NE(refused("spiffe://td/ns/app/sa/other"), "");
  EXPECT_NE(refused("spiffe://foreign/ns/app/sa/web"), "");
}

TEST_F(Callers, HaveADotForTheAtOfTheirTrustDomain) {
  mesh_.trust_domain = "td@corp";
  EXPECT_EQ(refused("spiffe://td.corp/ns/app/sa/web"), "");
  EXPECT_NE(refused("spiffe://td/ns/app/sa/web"), "");
}

TEST_F(Callers, HaveIdentitiesOfFiveParts) {
  for (const char* id :
       {"", "spiffe://", "spiffe://td", "spiffe://td/ns/app/sa", "spiffe://td/ns/app/sa/",
        "spiffe://td/ns/app/sa/web/more", "spiffe://td/sa/web/ns/app", "spiffe:///ns/app/sa/web",
        "https://td/ns/app/sa/web"}) {
    EXPECT_FALSE(identity::parse_spiffe_id(id).ok()) << id;
  }
}

TEST_F(Callers, AreNobodyUnlessSomebodyVouchesForThem) {
  auto nobody = caller_of(mesh_, proxy_, {});
  ASSERT_TRUE(nobody.ok());
  EXPECT_FALSE(nobody->has_value());
  auto believed = caller_of(mesh_, proxy_, {std::nullopt, true, std::nullopt});
  ASSERT_TRUE(believed.ok() && believed->has_value());
  EXPECT_EQ((**believed).id, (identity::SpiffeId{"td", "app", "web"}));
}

}  // namespace
}  // namespace mesh::xds
