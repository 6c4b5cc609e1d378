// Large lists of variables are left unread where nothing minds them: the answer is the same.
#include <gtest/gtest.h>

#include <string>

#include "libmesh/document/json.h"
#include "libmesh/injection/doors/review.h"
#include "libmesh/injection/settings.h"
#include "tests/support/paths.h"

namespace mesh::injection {
namespace {

std::string review_of(const std::string& container, const std::string& env,
                      const std::string& annotations = "{}") {
  return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",)"
         R"("kind":{"group":"","version":"v1","kind":"Pod"},"operation":"CREATE",)"
         R"("namespace":"default","object":{"metadata":{"name":"p","annotations":)" +
         annotations + R"(},"spec":{"containers":[{"name":"app","image":"a"},{"name":")" +
         container + R"(","image":"auto","env":)" + env + "}]}}}}";
}

std::string variables(size_t count) {
  std::string out = "[";
  for (size_t i = 0; i < count; ++i) {
    out += (i == 0 ? "" : ",") + (R"({"name":"V)" + std::to_string(i) + R"(","value":"x"})");
  }
  return out + "]";
}

ReviewAnswer answer(const std::string& body, const std::string& config = "") {
  Diagnostics diagnostics;
  auto settings = read_settings({"", "", config}, {}, {"", "default", nullptr}, {}, diagnostics);
  EXPECT_TRUE(settings) << settings.error().message;
  return review(body, OneControlPlane(*settings));
}

TEST(UnreadEnv, ManyVariablesOfAnApplicationChangeNothing) {
  const ReviewAnswer few = answer(review_of("other", variables(1)));
  const ReviewAnswer many = answer(review_of("other", variables(2000)));
  ASSERT_EQ(few.outcome, ReviewOutcome::kInjected) << few.message;
  EXPECT_EQ(many.body, few.body);
}

TEST(UnreadEnv, TheProxysOwnAreReadHoweverMany) {
  const ReviewAnswer few = answer(review_of("istio-proxy", variables(1)));
  const ReviewAnswer many = answer(review_of("istio-proxy", variables(2000)));
  ASSERT_EQ(many.outcome, ReviewOutcome::kInjected) << many.message;
  EXPECT_GT(many.body.size(), few.body.size() + 20'000);  // they are the proxy's, in the patch
}

TEST(UnreadEnv, AFormThatGivesVariablesToApplicationsReadsThem) {
  const std::string grpc = R"({"inject.istio.io/templates":"grpc-agent"})";
  const ReviewAnswer many = answer(review_of("other", variables(2000), grpc));
  ASSERT_EQ(many.outcome, ReviewOutcome::kInjected) << many.message;
  EXPECT_NE(many.body, answer(review_of("other", variables(1), grpc)).body);
}

TEST(UnreadEnv, AnyOtherTemplateReadsThem) {
  const std::string config =
      "policy: enabled\ntemplates:\n  sidecar: |\n    metadata:\n      annotations:\n"
      "        count: \"{{ len (index .Spec.Containers 1).Env }}\"\n";
  const ReviewAnswer many = answer(review_of("other", variables(2000)), config);
  ASSERT_EQ(many.outcome, ReviewOutcome::kInjected) << many.message;
  EXPECT_NE(many.body, answer(review_of("other", variables(1999)), config).body);
}

TEST(UnreadEnv, WhatIsNoListIsReadAsItIs) {
  const std::string text = '"' + std::string(5000, 'x') + '"';
  EXPECT_EQ(answer(review_of("other", text)).outcome, ReviewOutcome::kInjected);
  EXPECT_EQ(answer(review_of("other", "[" + text)).outcome, ReviewOutcome::kMalformed);
}

TEST(UnreadEnv, OnlyLargeListsOfThatKeyAndDepthArePassedOver) {
  Diagnostics none;
  document::PassOver large{.key = "env", .depth = 2, .bytes = 10};
  const auto read = document::read_json(
      R"({"env":[1,2,3,4,5,6],"a":{"env":[1,2,3,4,5,6],"b":[{"env":[1,2,3,4,5,6]}]},)"
      R"("c":{"env":[1,2]},"d":[1,2,3,4,5,6]})",
      "", none, {}, large);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(large.happened);
  EXPECT_EQ(document::write_json(*read),
            R"({"env":[1,2,3,4,5,6],"a":{"env":true,"b":[{"env":[1,2,3,4,5,6]}]},)"
            R"("c":{"env":[1,2]},"d":[1,2,3,4,5,6]})");
}

}  // namespace
}  // namespace mesh::injection
