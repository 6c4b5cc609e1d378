// Which of two objects wins, and that the other's owner is told.
#include "libmesh/traffic/check/conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "libmesh/traffic/check/finding.h"
#include "tests/traffic/check/told.h"

namespace mesh::traffic {
namespace {

using ::testing::HasSubstr;

Diagnostics told(const std::string& text) {
  return told_by(text, [](const Surroundings& around) { return conflicts(around.mesh()); });
}

const std::string kRoutes = "{hosts: [cart], http: [{route: [{destination: {host: cart}}]}]}";

TEST(Conflicts, OfTwoVirtualServicesOfAHostTheOlderWins) {
  const auto found =
      told(object("VirtualService", "a", kRoutes, kLater) + object("VirtualService", "b", kRoutes));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].object, "VirtualService app/a");
  EXPECT_EQ(found[0].field, "spec.hosts[0]");
  EXPECT_THAT(found[0].message, HasSubstr("VirtualService app/b"));
  EXPECT_THAT(found[0].message, HasSubstr("older"));
  EXPECT_NE(found[0].line, 0U);
}

TEST(Conflicts, VirtualServicesOfDifferentHostsGatewaysOrProtocolsGoTogether) {
  EXPECT_TRUE(told(object("VirtualService", "a", kRoutes) +
                   object("VirtualService", "b",
                          "{hosts: [other], http: [{route: [{destination: {host: cart}}]}]}"))
                  .empty());
  EXPECT_TRUE(
      told(
          object("VirtualService", "a", kRoutes) +
          object("VirtualService", "b",
                 "{hosts: [cart], gateways: [gw], http: [{route: [{destination: {host: cart}}]}]}"))
          .empty())
      << "gateways add their routes up";
  EXPECT_TRUE(told(object("VirtualService", "a", kRoutes) +
                   object("VirtualService", "b",
                          "{hosts: [cart], tcp: [{route: [{destination: {host: cart}}]}]}"))
                  .empty());
}

TEST(Conflicts, APrivateVirtualServiceIsNearerThanAPublicOne) {
  const auto found = told(
      object("VirtualService", "a", kRoutes) +
      object("VirtualService", "b",
             "{hosts: [cart], exportTo: [\".\"], http: [{route: [{destination: {host: cart}}]}]}"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].object, "VirtualService app/a");
  EXPECT_THAT(found[0].message, HasSubstr("nearer"));
}

TEST(Conflicts, OneSidecarOfANamespaceCounts) {
  const auto found = told(object("Sidecar", "first", "{egress: [{hosts: [\"./*\"]}]}") +
                          object("Sidecar", "second", "{egress: [{hosts: [\"*/*\"]}]}"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].object, "Sidecar app/second");
  EXPECT_THAT(found[0].message, HasSubstr("first by name"));
}

TEST(Conflicts, TwoThatSelectOnePodAreToldOnce) {
  std::string pods;
  for (const char* name : {"p", "q"}) {
    pods += std::string("---\napiVersion: v1\nkind: Pod\nmetadata: {name: ") + name +
            ", namespace: app, labels: {app: web, tier: front}}\nspec: {containers: [{name: c}]}\n";
  }
  const auto found =
      told(pods +
           object("PeerAuthentication", "a",
                  "{selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}}") +
           object("PeerAuthentication", "b",
                  "{selector: {matchLabels: {tier: front}}, mtls: {mode: DISABLE}}"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].object, "PeerAuthentication app/b");
  EXPECT_EQ(found[0].field, "spec.selector");
}

TEST(Finding, ThePlaceIsTheNearestThatIsThere) {
  document::Value root{document::Map{}};
  document::Value list{document::List{document::Value("a"), document::Value("b")}};
  list.if_list()->at(1).position.line = 7;
  list.position.line = 5;
  root.set("spec", document::Value(document::Map{})).set("hosts", list);
  EXPECT_EQ(nearest(root, "spec.hosts[1]").position.line, 7U);
  EXPECT_EQ(nearest(root, "spec.hosts[9].x").position.line, 5U);
  EXPECT_EQ(nearest(root, "spec.hosts[x").position.line, 5U);
  EXPECT_EQ(nearest(root, "").position.line, 0U);
}

TEST(Finding, KeysMayHaveDotsAndStandInBrackets) {
  document::Value root{document::Map{}};
  document::Value& labels = root.set("labels", document::Value(document::Map{}));
  labels.set("a", document::Value("x")).position.line = 1;
  labels.set("a.b/c", document::Value("x")).position.line = 2;
  labels.set("a.b", document::Value("x")).position.line = 3;
  EXPECT_EQ(nearest(root, "labels.a").position.line, 1U);
  EXPECT_EQ(nearest(root, "labels.a.b/c").position.line, 2U);
  EXPECT_EQ(nearest(root, "labels[a.b/c]").position.line, 2U);
  EXPECT_EQ(nearest(root, "labels.a.b.regex").position.line, 3U);
  EXPECT_EQ(nearest(root, "labels[b]").position.line, 0U);
}

}  // namespace
}  // namespace mesh::traffic
