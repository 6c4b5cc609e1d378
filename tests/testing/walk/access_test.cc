// Who is let in, as RBAC and jwt_authn filters decide it, also where part of a rule is not walked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libmesh/testing/walk/jwt.h"
#include "libmesh/testing/walk/policy_name.h"
#include "libmesh/testing/walk/rbac.h"
#include "tests/testing/walk/message.h"

namespace mesh::testing {
namespace {

struct RbacRow {
  const char* rule;
  const char* action;
  const char* permission;
  bool allowed;
  bool certain;
};

constexpr const char* kNotKnown = R"({"matcher":{"name":"m"}})";

TEST(Rbac, WhatIsNotKnownStaysSo) {
  const RbacRow rows[] = {
      {"a rule that holds", "DENY", R"({"any":true})", false, true},
      {"one that does not", "DENY", R"({"destinationPort":1})", true, true},
      {"not known in DENY", "DENY", kNotKnown, true, false},
      {"nor is its negation", "DENY", R"({"notRule":{"matcher":{"name":"m"}}})", true, false},
      {"not known in ALLOW", "ALLOW", kNotKnown, false, false},
      {"nor its negation", "ALLOW", R"({"notRule":{"matcher":{"name":"m"}}})", false, false},
      {"with what does not hold, it is not asked", "DENY",
       R"({"andRules":{"rules":[{"matcher":{"name":"m"}},{"destinationPort":1}]}})", true, true},
      {"beside what holds neither", "ALLOW",
       R"({"orRules":{"rules":[{"matcher":{"name":"m"}},{"any":true}]}})", true, true},
      {"with what holds it is", "DENY",
       R"({"andRules":{"rules":[{"matcher":{"name":"m"}},{"any":true}]}})", true, false},
      {"to log denies nothing", "LOG", kNotKnown, true, true},
  };
  for (const RbacRow& row : rows) {
    const std::string json = std::string(R"({"rules":{"action":")") + row.action +
                             R"(","policies":{"p":{"permissions":[)" + row.permission +
                             R"(],"principals":[{"any":true}]}}}})";
    const Held held = message("envoy.extensions.filters.http.rbac.v3.RBAC", json);
    const Rbac rbac(held.view(), "envoy.filters.http.rbac");
    const Connection connection;
    Exchange exchange;
    exchange.connection = &connection;
    const RbacRules::Answer answer = rbac.decide(exchange);
    EXPECT_EQ(answer.allowed, row.allowed) << row.rule;
    EXPECT_EQ(answer.unknown.empty(), row.certain) << row.rule;
  }
}

TEST(Rbac, AnotherPolicyMayDecideWithoutIt) {
  const Held held = message("envoy.extensions.filters.http.rbac.v3.RBAC", R"({"rules":{
    "action":"ALLOW","policies":{
      "a":{"permissions":[{"matcher":{"name":"m"}}],"principals":[{"any":true}]},
      "b":{"permissions":[{"any":true}],"principals":[{"any":true}]}}}})");
  const Rbac rbac(held.view(), "envoy.filters.http.rbac");
  Exchange exchange;
  const RbacRules::Answer answer = rbac.decide(exchange);
  EXPECT_TRUE(answer.allowed);
  EXPECT_TRUE(answer.unknown.empty());
  EXPECT_THAT(rbac.policies(), ::testing::ElementsAre("a", "b"));
}

TEST(PolicyNames, AreTakenApart) {
  const std::tuple<const char*, const char*, int64_t> rows[] = {
      {"ns[shop]-policy[deny-all]-rule[0]", "shop/deny-all", 0},
      {"istio-ext-authz-my-provider-ns[shop]-policy[ask]-rule[12]", "shop/ask", 12},
      {"istio-ext-authz-ns[x]-policy[y]-rule[3]-ns[shop]-policy[ask]-rule[1]", "shop/ask", 1},
      {"ns[shop]-policy[deny-all]", "", -1},
      {"]-policy[]-rule[0]", "", -1},
      {"columns[shop]-policy[a]-rule[0]", "", -1},
      {"ns[shop]-policy[a]-rule[x]", "", -1},
      {"", "", -1}};
  for (const auto& [name, policy, rule] : rows) {
    const PolicyRule found = policy_rule(name);
    EXPECT_EQ(found.policy, policy) << name;
    EXPECT_EQ(found.rule, rule) << name;
  }
}

// Issuer a's tokens stand in x-a, b's in x-b, c's in x-b too.
std::string jwt(std::string_view requirement) {
  return R"({"providers":{
      "pa":{"issuer":"a","audiences":["one"],"fromHeaders":[{"name":"x-a"}]},
      "pb":{"issuer":"b","fromHeaders":[{"name":"x-b"}]},
      "pc":{"issuer":"c","fromHeaders":[{"name":"x-b"}]}},
    "rules":[{"match":{"prefix":"/"},"requires":)" +
         std::string(requirement) + "}]}";
}

Token token(const char* issuer, const char* header, bool valid = true) {
  Token out;
  out.claims.set("iss", document::Value(issuer));
  out.claims.set("aud", document::Value("one"));
  out.header = header;
  out.valid = valid;
  return out;
}

struct JwtRow {
  const char* rule;
  const char* requirement;
  std::vector<Token> tokens;
  const char* fault;  // empty: allowed
};

TEST(Jwt, AsEnvoyVerifies) {
  constexpr const char* kB = R"({"providerName":"pb"})";
  constexpr const char* kAnyOfAB =
      R"({"requiresAny":{"requirements":[{"providerName":"pa"},{"providerName":"pb"},{"allowMissing":{}}]}})";
  constexpr const char* kAnyOfA =
      R"({"requiresAny":{"requirements":[{"providerName":"pa"},{"allowMissing":{}}]}})";
  constexpr const char* kOther = "Jwt issuer is not configured";
  const std::vector<JwtRow> rows = {
      {"no token", kB, {}, "Jwt is missing"},
      {"a good one", kB, {token("b", "x-b")}, ""},
      {"elsewhere it is not seen", kB, {token("b", "x-a")}, "Jwt is missing"},
      {"all have to be good",
       kB,
       {token("b", "x-b"), token("b", "x-b", false)},
       "Jwt verification fails"},
      {"an issuer's token in another's place", kAnyOfAB, {token("a", "x-b")}, kOther},
      {"each in its own", kAnyOfAB, {token("a", "x-a"), token("b", "x-b")}, ""},
      {"none at all", kAnyOfAB, {}, ""},
      {"whose issuer the list does not name, in a place of its providers",
       kAnyOfAB,
       {token("c", "x-b")},
       kOther},
      {"a place that the list's providers do not look at", kAnyOfA, {token("b", "x-b", false)}, ""},
      {"of all providers when it stands alone", R"({"allowMissing":{}})", {token("c", "x-b")}, ""},
      {"bad of all providers",
       R"({"allowMissing":{}})",
       {token("b", "x-b", false)},
       "Jwt verification fails"},
      {"audiences of the requirement in place of the provider's",
       R"({"providerAndAudiences":{"providerName":"pa","audiences":["two"]}})",
       {token("a", "x-a")},
       "Audiences in Jwt are not allowed"},
      {"bad ones may pass", R"({"allowMissingOrFailed":{}})", {token("b", "x-b", false)}, ""},
  };
  for (const JwtRow& row : rows) {
    const Held held = message("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
                              jwt(row.requirement));
    const JwtAuthn filter(held.view());
    Exchange exchange;
    exchange.set(":path", "/");
    exchange.set(":method", "GET");
    const JwtAuthn::Answer answer = filter.decide(exchange, row.tokens);
    EXPECT_EQ(answer.why, row.fault) << row.rule;
    EXPECT_EQ(answer.allowed, *row.fault == '\0') << row.rule;
  }
}

TEST(Jwt, ATokenInTheUsualHeaderCountsForNothingWhereCookiesAreSaid) {
  const Held held = message("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
                            R"({"providers": {"p": {"issuer": "a", "fromCookies": ["session"]}},
      "rules": [{"match": {"prefix": "/"}, "requires": {"providerName": "p"}}]})");
  const JwtAuthn filter(held.view());
  Exchange exchange;
  exchange.set(":path", "/");
  exchange.set(":method", "GET");
  EXPECT_FALSE(filter.decide(exchange, {token("a", "authorization")}).allowed);
}

TEST(Jwt, TokensAreTakenByTheirPlacesBackwards) {
  const Held held = message("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
                            R"({"providers": {"p": {
        "issuer": "a", "payloadInMetadata": "payload", "fromHeaders": [{"name": "X-B"}, {"name": "x-a"}], "fromParams": ["t"],
        "forward": true}},
      "rules": [{"match": {"prefix": "/"}, "requires": {"providerName": "p"}}]})");
  const JwtAuthn filter(held.view());
  Token in_a = token("a", "x-a");
  Token in_b = token("a", "");  // where the provider looks first
  Token in_parameter = token("a", "");
  in_parameter.query_parameter = "t";
  for (auto [each, name] : {std::pair(&in_a, "x-a"), {&in_b, "x-b"}, {&in_parameter, "t"}}) {
    each->claims.set("place", document::Value(name));
  }
  Exchange exchange;
  exchange.set(":path", "/");
  EXPECT_TRUE(filter.decide(exchange, {in_a, in_b, in_parameter}).allowed);
  const document::Value* left = exchange.metadata.find("envoy.filters.http.jwt_authn");
  ASSERT_NE(left, nullptr);
  EXPECT_EQ(left->find("payload")->string_at("place"), "x-a");
  in_b.valid = false;
  in_a.claims.set("nbf", document::Value(int64_t{5000}));
  EXPECT_EQ(filter.decide(exchange, {in_a, in_b, in_parameter}, 1).why, "Jwt verification fails");
  in_parameter.claims.set("iss", document::Value("other"));
  EXPECT_EQ(filter.decide(exchange, {in_a, in_b, in_parameter}, 1).why,
            "Jwt issuer is not configured");
}

TEST(Jwt, ExpAndNbfCountWhenTheTimeIsSaid) {
  const Held held =
      message("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
              jwt(R"({"providerAndAudiences":{"providerName":"pa","audiences":["two"]}})"));
  const JwtAuthn filter(held.view());
  Token given = token("a", "x-a", false);
  given.claims.set("nbf", document::Value(int64_t{1000}));
  given.claims.set("exp", document::Value(int64_t{2000}));
  const auto why = [&](std::optional<int64_t> time) {
    Exchange exchange;
    exchange.set(":path", "/");
    return filter.decide(exchange, {given}, time).why;
  };
  EXPECT_EQ(why(939), "Jwt not yet valid");
  EXPECT_EQ(why(940), "Audiences in Jwt are not allowed");
  EXPECT_EQ(why(2060), "Audiences in Jwt are not allowed");
  EXPECT_EQ(why(2061), "Jwt is expired");
  EXPECT_EQ(why({}), "Audiences in Jwt are not allowed");
}

}  // namespace
}  // namespace mesh::testing
