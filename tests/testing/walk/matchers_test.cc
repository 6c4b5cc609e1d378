// Envoy's matchers, each rule a row.
#include "libmesh/testing/walk/matchers.h"

#include "libmesh/testing/walk/path.h"
#include "libmesh/testing/walk/route_match.h"
#include "tests/testing/walk/message.h"

namespace mesh::testing {
namespace {

Exchange exchange_with(std::vector<Header> headers) {
  static const Connection connection;
  Exchange out;
  out.connection = &connection;
  out.headers = std::move(headers);
  return out;
}

struct HeaderRow {
  const char* rule;
  const char* matcher;
  std::vector<Header> headers;
  bool matches;
};

TEST(Matchers, Headers) {
  const HeaderRow rows[] = {
      {"exactly", R"({"name":"a","stringMatch":{"exact":"x"}})", {{"a", "x"}}, true},
      {"case counts", R"({"name":"a","stringMatch":{"exact":"x"}})", {{"a", "X"}}, false},
      {"unless it is ignored",
       R"({"name":"a","stringMatch":{"exact":"x","ignoreCase":true}})",
       {{"a", "X"}},
       true},
      {"several values are one text",
       R"({"name":"a","stringMatch":{"exact":"x,y"}})",
       {{"a", "x"}, {"a", "y"}},
       true},
      {"a regular expression is for the whole text",
       R"({"name":"a","stringMatch":{"safeRegex":{"regex":"x"}}})",
       {{"a", "xy"}},
       false},
      {"an expression that RE2 does not take matches nothing",
       R"({"name":"a","stringMatch":{"safeRegex":{"regex":"("}}})",
       {{"a", "("}},
       false},
      {"without a matcher it only has to be there", R"({"name":"a"})", {{"a", ""}}, true},
      {"absent", R"({"name":"a","presentMatch":false})", {}, true},
      {"inverted, what is absent does not match either",
       R"({"name":"a","stringMatch":{"exact":"x"},"invertMatch":true})",
       {},
       false},
      {"unless it counts as empty",
       R"({"name":"a","stringMatch":{"exact":"x"},"invertMatch":true,"treatMissingHeaderAsEmpty":true})",
       {},
       true},
      {"numbers in a range",
       R"({"name":"a","rangeMatch":{"start":1,"end":5}})",
       {{"a", "4"}},
       true},
      {"without its end", R"({"name":"a","rangeMatch":{"start":1,"end":5}})", {{"a", "5"}}, false},
      {"no numbers", R"({"name":"a","rangeMatch":{"start":1,"end":5}})", {{"a", "4x"}}, false},
  };
  for (const HeaderRow& row : rows) {
    const Held held = message("envoy.config.route.v3.HeaderMatcher", row.matcher);
    EXPECT_EQ(HeaderMatcher(held.view()).matches(exchange_with(row.headers)), row.matches)
        << row.rule;
  }
}

struct PathRow {
  const char* rule;
  const char* match;
  const char* path;
  bool matches;
};

TEST(Matchers, Routes) {
  const PathRow rows[] = {
      {"a prefix", R"({"prefix":"/a"})", "/ab?x", true},
      {"a path without its query", R"({"path":"/a"})", "/a?x=1", true},
      {"a path and no more", R"({"path":"/a"})", "/a/", false},
      {"case counts", R"({"prefix":"/a"})", "/A", false},
      {"unless it is said not to", R"({"prefix":"/aB","caseSensitive":false})", "/Ab/c", true},
      {"an expression is for the whole path", R"({"safeRegex":{"regex":"/a[0-9]"}})", "/a1b",
       false},
      {"without its query", R"({"safeRegex":{"regex":"/a[0-9]"}})", "/a1?b", true},
      {"a prefix of whole segments", R"({"pathSeparatedPrefix":"/a"})", "/a/b", true},
      {"and not of parts", R"({"pathSeparatedPrefix":"/a"})", "/ab", false},
      {"a parameter",
       R"({"prefix":"/","queryParameters":[{"name":"q","stringMatch":{"exact":"1"}}]})", "/?p&q=1",
       true},
      {"the first of its values",
       R"({"prefix":"/","queryParameters":[{"name":"q","stringMatch":{"exact":"1"}}]})",
       "/?q=2&q=1", false},
      {"a parameter that is there",
       R"({"prefix":"/","queryParameters":[{"name":"q","presentMatch":true}]})", "/?q", true},
      {"CONNECT has no path", R"({"connectMatcher":{}})", "/", false},
      {"a share of nothing", R"({"prefix":"/","runtimeFraction":{"defaultValue":{"numerator":0}}})",
       "/", false},
  };
  for (const PathRow& row : rows) {
    const Held held = message("envoy.config.route.v3.RouteMatch", row.match);
    EXPECT_EQ(
        RouteMatch(held.view()).matches(exchange_with({{":path", row.path}, {":method", "GET"}})),
        row.matches)
        << row.rule;
  }
}

TEST(Matchers, TemplatesOfPaths) {
  EXPECT_TRUE(template_matches("/a/*/c", "/a/b/c"));
  EXPECT_FALSE(template_matches("/a/*/c", "/a//c"));
  EXPECT_FALSE(template_matches("/a/*", "/a/b/c"));
  EXPECT_TRUE(template_matches("/a/**", "/a/b/c"));
  EXPECT_TRUE(template_matches("/**/c", "/a/b/c"));
  EXPECT_FALSE(template_matches("/**/c", "/a/b/d"));
}

TEST(Paths, AreNormalizedAsChromiumDoes) {
  const std::pair<const char*, const char*> rows[] = {{"/a/./b/../c", "/a/c"},
                                                      {"/..", "/"},
                                                      {"/a/..", "/"},
                                                      {"/a/b/.", "/a/b/"},
                                                      {"/%41%2f", "/A%2f"},
                                                      {"/a\\b", "/a/b"},
                                                      {"/%2e%2e/x", "/x"},
                                                      {"//a", "//a"},
                                                      {"/a?b=/../c", "/a?b=/../c"},
                                                      {"/\"", "/%22"},
                                                      {"/%zz", "/%zz"},
                                                      {"/a/b/..;p=1/c", "/a/c"},
                                                      {"/a/.;p", "/a/"},
                                                      {"/a/%2e%2e;p", "/a/..;p"},
                                                      {"/a/...;p/b;q/../c", "/a/...;p/c"}};
  for (const auto& [given, wanted] : rows) EXPECT_EQ(normalized_path(given), wanted) << given;
  EXPECT_EQ(normalized_path("a"), std::nullopt);
  EXPECT_EQ(with_merged_slashes("//a///b?c//d"), "/a/b?c//d");
  EXPECT_EQ(with_unescaped_slashes("/a%2Fb%5cc"), "/a/b\\c");
}

TEST(Matchers, ValuesOfMetadata) {
  const Held held = message("envoy.type.matcher.v3.MetadataMatcher",
                            R"({"filter":"f","path":[{"key":"payload"},{"key":"aud"}],
          "value":{"orMatch":{"valueMatchers":[{"listMatch":{"oneOf":{"stringMatch":{"exact":"a"}}}},
                                               {"stringMatch":{"exact":"a"}}]}}})");
  const MetadataMatcher matcher{held.view()};
  const auto with = [](document::Value audience) {
    document::Value payload, filter, all;
    payload.set("aud", std::move(audience));
    filter.set("payload", std::move(payload));
    all.set("f", std::move(filter));
    return all;
  };
  EXPECT_TRUE(matcher.matches(with(document::Value("a"))));
  EXPECT_TRUE(matcher.matches(
      with(document::Value(document::List{document::Value("b"), document::Value("a")}))));
  EXPECT_FALSE(matcher.matches(with(document::Value("b"))));
  EXPECT_FALSE(matcher.matches(document::Value(document::Map{})));
}

}  // namespace
}  // namespace mesh::testing
