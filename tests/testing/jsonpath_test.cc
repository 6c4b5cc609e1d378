// JsonPath against the examples of RFC 9535, table by table, and what its grammar and types refuse.
#include "libmesh/testing/jsonpath/jsonpath.h"

#include <gtest/gtest.h>

#include "libmesh/document/json.h"

namespace mesh::testing {
namespace {

document::Value json(std::string_view text) {
  Diagnostics problems;
  auto read = document::read_json(text, "", problems);
  EXPECT_TRUE(read) << text;
  return read ? *std::move(read) : document::Value();
}

// The values that a query finds, as JSON; "error" for one that is none.
std::string found(std::string_view document, std::string_view query) {
  const auto path = JsonPath::parse(query);
  if (!path) return "error";
  const document::Value root = json(document);
  const auto nodes = path->select(root);
  if (!nodes) return "given up";
  document::List values;
  for (const auto& node : *nodes) values.push_back(*node.value);
  return document::write_json(document::Value(std::move(values)));
}

std::vector<std::string> paths(std::string_view document, std::string_view query) {
  const document::Value root = json(document);
  std::vector<std::string> out;
  const auto path = JsonPath::parse(query);
  const auto nodes = path->select(root);
  for (const auto& node : *nodes) out.push_back(node.path);
  return out;
}

// Figure 1.
constexpr std::string_view kStore = R"({"store": {"book": [
  {"category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95},
  {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99},
  {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99},
  {"category": "fiction", "author": "J. R. R. Tolkien", "title": "The Lord of the Rings",
   "isbn": "0-395-19395-8", "price": 22.99}],
  "bicycle": {"color": "red", "price": 399}}})";

struct Row {
  std::string_view document;
  std::string_view query;
  std::string_view values;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(found(row.document, row.query), document::write_json(json(row.values))) << row.query;
  }
}

TEST(JsonPath, Table2ExampleQueries) {
  check({
      {kStore, "$.store.book[*].author",
       R"(["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"])"},
      {kStore, "$..author",
       R"(["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"])"},
      {kStore, "$.store..price", "[8.95,12.99,8.99,22.99,399]"},
      {kStore, "$..book[2].author", R"(["Herman Melville"])"},
      {kStore, "$..book[2].publisher", "[]"},
      {kStore, "$..book[-1].title", R"(["The Lord of the Rings"])"},
      {kStore, "$..book[0,1].title", R"(["Sayings of the Century","Sword of Honour"])"},
      {kStore, "$..book[:2].title", R"(["Sayings of the Century","Sword of Honour"])"},
      {kStore, "$..book[?@.isbn].title", R"(["Moby Dick","The Lord of the Rings"])"},
      {kStore, "$..book[?@.price<10].title", R"(["Sayings of the Century","Moby Dick"])"},
  });
  EXPECT_EQ(paths(kStore, "$..*").size(), 27U);
}

TEST(JsonPath, Tables5To10Selectors) {
  constexpr std::string_view kNames = R"({"o": {"j j": {"k.k": 3}}, "'": {"@": 2}})";
  constexpr std::string_view kWild = R"({"o": {"j": 1, "k": 2}, "a": [5, 3]})";
  constexpr std::string_view kLetters = R"(["a","b","c","d","e","f","g"])";
  check({
      {kNames, "$.o['j j']", R"([{"k.k": 3}])"},
      {kNames, "$.o['j j']['k.k']", "[3]"},
      {kNames, R"($.o["j j"]["k.k"])", "[3]"},
      {kNames, R"($["'"]["@"])", "[2]"},
      {kWild, "$[*]", R"([{"j": 1, "k": 2}, [5, 3]])"},
      {kWild, "$.o[*]", "[1, 2]"},
      {kWild, "$.o[*, *]", "[1, 2, 1, 2]"},
      {kWild, "$.a[*]", "[5, 3]"},
      {R"(["a","b"])", "$[1]", R"(["b"])"},
      {R"(["a","b"])", "$[-2]", R"(["a"])"},
      {R"(["a","b"])", "$[2]", "[]"},
      {kLetters, "$[1:3]", R"(["b","c"])"},
      {kLetters, "$[5:]", R"(["f","g"])"},
      {kLetters, "$[1:5:2]", R"(["b","d"])"},
      {kLetters, "$[5:1:-2]", R"(["f","d"])"},
      {kLetters, "$[::-1]", R"(["g","f","e","d","c","b","a"])"},
      {kLetters, "$[::0]", "[]"},
      {kLetters, "$[-9:9:9007199254740991]", R"(["a"])"},
      {"[]", "$[::-1]", "[]"},
  });
}

TEST(JsonPath, Table11Comparisons) {
  constexpr std::string_view kDocument = R"({"obj": {"x": "y"}, "arr": [2, 3]})";
  const std::vector<std::pair<std::string_view, bool>> rows = {
      {"$.absent1 == $.absent2", true},
      {"$.absent1 <= $.absent2", true},
      {"$.absent == 'g'", false},
      {"$.absent1 != $.absent2", false},
      {"$.absent != 'g'", true},
      {"1 <= 2", true},
      {"1 > 2", false},
      {"13 == '13'", false},
      {"'a' <= 'b'", true},
      {"'a' > 'b'", false},
      {"$.obj == $.arr", false},
      {"$.obj != $.arr", true},
      {"$.obj == $.obj", true},
      {"$.obj != $.obj", false},
      {"$.arr == $.arr", true},
      {"$.arr != $.arr", false},
      {"$.obj == 17", false},
      {"$.obj != 17", true},
      {"$.obj <= $.arr", false},
      {"$.obj < $.arr", false},
      {"$.obj <= $.obj", true},
      {"$.arr <= $.arr", true},
      {"1 <= $.arr", false},
      {"1 >= $.arr", false},
      {"1 > $.arr", false},
      {"1 < $.arr", false},
      {"true <= true", true},
      {"true > true", false},
      {"1 == 1.0", true},
      {"-0 == 0", true},
      {"1e2 == 100", true},
  };
  for (const auto& [comparison, holds] : rows) {
    const std::string query = "$[?" + std::string(comparison) + "]";
    EXPECT_EQ(found(kDocument, query) != "[]", holds) << comparison;
  }
}

TEST(JsonPath, Table12Filters) {
  constexpr std::string_view kDocument = R"({
    "a": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
    "o": {"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}}, "e": "f"})";
  check({
      {kDocument, "$.a[?@.b == 'kilo']", R"([{"b": "kilo"}])"},
      {kDocument, "$.a[?(@.b == 'kilo')]", R"([{"b": "kilo"}])"},
      {kDocument, "$.a[?@>3.5]", "[5, 4, 6]"},
      {kDocument, "$.a[?@.b]", R"([{"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}])"},
      {kDocument, "$[?@.*]",
       R"([[3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
           {"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}}])"},
      {kDocument, "$[?@[?@.b]]",
       R"([[3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}]])"},
      {kDocument, "$.o[?@<3, ?@<3]", "[1, 2, 1, 2]"},
      {kDocument, R"($.a[?@<2 || @.b == "k"])", R"([1, {"b": "k"}])"},
      {kDocument, R"($.a[?match(@.b, "[jk]")])", R"([{"b": "j"}, {"b": "k"}])"},
      {kDocument, R"($.a[?search(@.b, "[jk]")])", R"([{"b": "j"}, {"b": "k"}, {"b": "kilo"}])"},
      {kDocument, "$.o[?@>1 && @<4]", "[2, 3]"},
      {kDocument, "$.o[?@.u || @.x]", R"([{"u": 6}])"},
      {kDocument, "$.a[?@.b == $.x]", "[3, 5, 1, 2, 4, 6]"},
      {kDocument, "$.a[?@ == @]",
       R"([3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}])"},
      {kDocument, "$.o[?!@.u && !(@ > 2)]", "[1, 2]"},
  });
}

TEST(JsonPath, Functions) {
  check({
      {R"(["äöü", "ab", [1, 2, 3], {"a": 1}, 7])", "$[?length(@) == 3]", R"(["äöü", [1, 2, 3]])"},
      {R"([[1, 2], [1]])", "$[?count(@.*) == 1]", "[[1]]"},
      {R"([{"c": "red"}, {"c": "blue"}])", "$[?value(@..c) == 'red']", R"([{"c": "red"}])"},
      {R"(["ab", "a\nb", "a.b"])", "$[?match(@, 'a.b')]", R"(["a.b"])"},
      {R"(["x"])", "$[?match(@, '[')]", "[]"},
  });
}

TEST(JsonPath, Tables13To17SegmentsNullsPaths) {
  constexpr std::string_view kDocument =
      R"({"o": {"j": 1, "k": 2}, "a": [5, 3, [{"j": 4}, {"k": 6}]]})";
  check({
      {kDocument, "$..j", "[1, 4]"},
      {kDocument, "$..[0]", R"([5, {"j": 4}])"},
      {kDocument, "$.o..[*, *]", "[1, 2, 1, 2]"},
      {kDocument, "$.a..[0, 1]", R"([5, 3, {"j": 4}, {"k": 6}])"},
      {R"({"a": null, "b": [null], "c": [{}], "null": 1})", "$.a", "[null]"},
      {R"({"a": null, "b": [null], "c": [{}], "null": 1})", "$.a[0]", "[]"},
      {R"({"a": null, "b": [null], "c": [{}], "null": 1})", "$.b[?@]", "[null]"},
      {R"({"a": null, "b": [null], "c": [{}], "null": 1})", "$.b[?@==null]", "[null]"},
      {R"({"a": null, "b": [null], "c": [{}], "null": 1})", "$.c[?@.d==null]", "[]"},
      {R"({"a": null, "b": [null], "c": [{}], "null": 1})", "$.null", "[1]"},
  });
  EXPECT_EQ(paths(R"({"a": [{"b": 1}]})", "$.a[-1]['b']"),
            std::vector<std::string>{"$['a'][0]['b']"});
  EXPECT_EQ(paths(R"({"\u000b": 1})", R"($["\u000B"])"),
            std::vector<std::string>{R"($['\u000b'])"});
  EXPECT_EQ(paths(R"({"'": 1})", R"($["'"])"), std::vector<std::string>{R"($['\''])"});
}

TEST(JsonPath, RefusesWhatTheGrammarAndTheTypesRefuse) {
  for (const std::string_view query : {"",
                                       "a",
                                       " $",
                                       "$ ",
                                       "$.",
                                       "$..",
                                       "$.[0]",
                                       "$[",
                                       "$[]",
                                       "$[01]",
                                       "$[-0]",
                                       "$['a",
                                       "$[\"\\'\"]",
                                       "$[9007199254740992]",
                                       "$. a",
                                       "$.1",
                                       "$[?@.a =~ 'x']",
                                       "$[?1]",
                                       "$[?'a']",
                                       "$[?true]",
                                       "$[?length(@) ]",
                                       "$[?count(1) > 0]",
                                       "$[?@[*] == 1]",
                                       "$[?@.a == (1)]",
                                       "$[?match(@.a, 'x') == true]",
                                       "$[?unknown(@)]",
                                       "$[?length(@, @) == 1]",
                                       "$['\\ud800']",
                                       "$[?!1]",
                                       "$[?@.a == 1 == 2]",
                                       "$[?@.a &&]",
                                       "$[1 2]",
                                       "$.a.b]"}) {
    const auto parsed = JsonPath::parse(query);
    ASSERT_FALSE(parsed) << query;
    EXPECT_NE(parsed.error().message.find("offset"), std::string::npos) << query;
  }
  EXPECT_FALSE(JsonPath::parse("$[?" + std::string(10'000, '(')));
  EXPECT_FALSE(JsonPath::parse("$.\xFF"));
}

TEST(JsonPath, GivesUpWhatGrowsWithoutBounds) {
  std::string query = "$";
  for (int i = 0; i < 8; ++i) query += "..[*]";
  std::string list = "[";
  for (int i = 0; i < 60; ++i) list += "[";
  for (int i = 0; i < 61; ++i) list += "]";
  EXPECT_EQ(found(list, query), "given up");
}

// Nothing is found, but every node is looked at once for each: without a bound this does not end.
TEST(JsonPath, GivesUpWhatOnlyLooks) {
  std::string list = "[";
  for (int i = 0; i < 2'000; ++i) list += "[1],";
  list += "1]";
  EXPECT_EQ(found(list, "$..[?$..[?$..[?$..nosuch]]]"), "given up");
  EXPECT_EQ(found(list, "$[?$[?$[?$[?@.a == 1]]]]"), "given up");
  EXPECT_EQ(found(list, "$..nosuch"), "[]");
  EXPECT_EQ(found(list, "$..[?$ == $]"), "given up");
}

TEST(JsonPath, SeveralDocumentsShareOneBudget) {
  const auto path = JsonPath::parse("$[*]");
  ASSERT_TRUE(path);
  const document::Value root(document::List(10, document::Value(int64_t{1})));
  size_t budget = 30;
  EXPECT_TRUE(path->select(root, budget));
  EXPECT_FALSE(path->select(root, budget));
  EXPECT_EQ(budget, 0U);
}

}  // namespace
}  // namespace mesh::testing
