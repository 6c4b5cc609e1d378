// examples/two-teams: the worked example of docs/two-teams.md holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "libmesh/document/read.h"
#include "libmesh/tenancy/admission/admission.h"
#include "libmesh/tenancy/check.h"
#include "libmesh/tenancy/plan/plan.h"
#include "libmesh/tenancy/reach/reach.h"
#include "tests/index/support.h"

namespace mesh::tenancy {
namespace {

using namespace mesh::testing;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

index::SnapshotPtr example() {
  index::Store store;
  apply_folder(store, "examples/two-teams");
  return store.snapshot();
}

std::set<std::string> planned_keys(const Plan& plan) {
  std::set<std::string> out;
  for (const PlannedObject& object : plan.objects) out.insert(to_string(object.key));
  return out;
}

std::string asked(const Network& network, const std::string& from, const std::string& to) {
  auto decision = reach(network, from, to);
  return decision ? std::string(answer_name(decision->answer)) : decision.error().message;
}

TEST(TwoTeams, NothingIsWrong) {
  index::SnapshotPtr now = example();
  EXPECT_EQ(text_of(now->diagnostics()), "");
  EXPECT_EQ(text_of(check(*now)), "");
  ASSERT_EQ(now->tenants().list.size(), 2u);
  EXPECT_EQ(now->tenants().list[0].namespaces,
            (std::vector<std::string>{"blue-agents", "blue-api", "blue-mesh"}));
  EXPECT_EQ(now->tenants().list[1].namespaces,
            (std::vector<std::string>{"red-mesh", "red-pay", "red-shop"}));
}

TEST(TwoTeams, Plan) {
  std::set<std::string> keys = planned_keys(plan(*example()));
  for (const char* key :
       {"Namespace red-shop", "NetworkPolicy red-shop/istio-mesh-red",
        "NetworkPolicy red-shop/istio-expose-route-red", "NetworkPolicy red-pay/istio-mesh-red",
        "NetworkPolicy blue-api/istio-mesh-blue", "NetworkPolicy blue-api/api-gateway",
        "Deployment blue-api/api-gateway", "Route blue-api/api-gateway-api.example.com",
        "PeerAuthentication red-mesh/default", "DestinationRule red-mesh/default"}) {
    EXPECT_THAT(keys, Contains(key));
  }
  for (const std::string& key : keys) {
    EXPECT_FALSE(key.starts_with("ClusterRoleBinding")) << key;
    EXPECT_EQ(key.find("batch"), std::string::npos) << key;
  }
  // What options say: nothing of the router in red-pay, no policies in blue-agents.
  EXPECT_THAT(keys, Not(Contains("NetworkPolicy red-pay/istio-expose-route-red")));
  EXPECT_THAT(keys, Not(Contains("NetworkPolicy blue-agents/istio-mesh-blue")));
}

TEST(TwoTeams, Reach) {
  index::SnapshotPtr now = example();
  Network before(now);
  Network after(now, plan(*now).objects);
  EXPECT_EQ(asked(before, "batch/report", "red-pay/ledger:8080"), "yes");
  EXPECT_EQ(asked(after, "batch/report", "red-pay/ledger:8080"), "no");
  EXPECT_EQ(asked(after, "red-shop/web", "red-pay/ledger:8080"), "yes");
  EXPECT_EQ(asked(after, "blue-api/api", "red-shop/web:http"), "no");
  EXPECT_EQ(asked(after, "red-shop/web", "blue-api/api:9000"), "no");
  EXPECT_EQ(asked(after, "router", "red-shop/web:http"), "yes");
  EXPECT_EQ(asked(after, "router", "red-shop/web:metrics"), "no");
  EXPECT_EQ(asked(after, "router", "red-pay/ledger:http"), "no");
  auto hole = reach(after, "batch/report", "blue-api/api:8080");
  ASSERT_TRUE(hole.ok());
  EXPECT_EQ(hole->answer, ReachAnswer::kYes);
  ASSERT_EQ(hole->holes.size(), 1u);
  EXPECT_EQ(hole->holes.front().kind, HoleKind::kForeignPolicy);
  EXPECT_EQ(to_string(hole->holes.front().object), "NetworkPolicy blue-api/debug");
}

// The administrator of Red takes a namespace of Blue's into the roll: refused, and Red does not learn
// whose it is.
TEST(TwoTeams, Admission) {
  std::ifstream in(source_path("examples/two-teams/reviews/red-takes-blue.review"));
  std::ostringstream text;
  text << in.rdbuf();
  Diagnostics wrong;
  auto documents = document::read_any(text.str(), "review", wrong);
  ASSERT_EQ(documents.size(), 1u);
  index::SnapshotPtr now = example();
  auto said = review(*now, documents.front().root, {}, {});
  ASSERT_TRUE(said.ok()) << said.error().message;
  Answers answers;
  for (int round = 0; round < 5 && said->outcome == Outcome::kNeedsAnswers; ++round) {
    // Rosa may do everything in her own namespaces, and nothing in the cluster as a whole.
    for (const Question& question : said->questions) {
      bool hers = question.ns.starts_with("red-");
      answers[question] = {hers ? Answer::Kind::kYes : Answer::Kind::kNo, ""};
    }
    said = review(*now, documents.front().root, answers, {});
    ASSERT_TRUE(said.ok()) << said.error().message;
  }
  EXPECT_EQ(said->outcome, Outcome::kDenied);
  const document::Value* response = said->review.find("response");
  ASSERT_NE(response, nullptr);
  const document::Value* status = response->find("status");
  ASSERT_NE(status, nullptr);
  std::string message(status->string_at("message"));
  EXPECT_NE(message, "");
  EXPECT_EQ(message.find("blue-mesh"), std::string::npos) << message;
}

}  // namespace
}  // namespace mesh::tenancy
