#include "libmesh/document/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "libmesh/document/json_fault.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/document/numbers.h"
#include "tests/document/reading.h"

namespace mesh::document {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Value json(std::string_view text) {
  Diagnostics diagnostics;
  auto value = read_json(text, "t.json", diagnostics);
  EXPECT_TRUE(value.ok()) << text;
  EXPECT_THAT(places(diagnostics), IsEmpty()) << text;
  return value ? *std::move(value) : Value();
}

std::vector<std::string> faults(std::string_view text, const Limits& limits = {}) {
  Diagnostics diagnostics;
  const auto value = read_json(text, "t.json", diagnostics, limits);
  EXPECT_FALSE(value.ok()) << text;
  return places(diagnostics);
}

TEST(Json, ReadsEveryKindOfValue) {
  const Value value = json(R"( {"a":[null,true,false,"x\u00e9\ud83d\ude00\n",-1,2.5],"b":{}} )");
  EXPECT_EQ(write_json(value), "{\"a\":[null,true,false,\"xé😀\\n\",-1,2.5],\"b\":{}}");
  EXPECT_EQ(json("\xEF\xBB\xBF[]").type(), Type::kList);
}

TEST(Json, ReadsScalarsAlone) {
  EXPECT_EQ(*json(" \"a\\tb\" ").if_string(), "a\tb");
  EXPECT_EQ(*json("-7").if_int(), -7);
  EXPECT_EQ(*json("true\n").if_bool(), true);
  EXPECT_TRUE(json(" null").is_null());
}

TEST(Json, KeepsIntegersOf64Bits) {
  EXPECT_EQ(*json("9223372036854775807").if_int(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(*json("-9223372036854775808").if_int(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(*json("9223372036854775808").if_uint(), uint64_t{1} << 63);
  EXPECT_EQ(*json("18446744073709551615").if_uint(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(*json("[18446744073709551616]").if_list()->at(0).if_double(), 0x1p64);
  EXPECT_EQ(*json("1.0").if_double(), 1.0);
  EXPECT_EQ(*json("1e-999").if_double(), 0.0);
  EXPECT_EQ(*json("0.1").if_double(), 0.1);
  EXPECT_EQ(write_json(json("[-0, 0, 1e-400, -1e-400]")), "[-0,0,0,-0]");
}

TEST(Json, EveryKeyAndValueHasItsPlace) {
  const Value root = json("{\n  \"a\": [1, \"é\", {\"b\" : null}],\n\"c\":{}}");
  const Map& map = *root.if_map();
  EXPECT_EQ(root.position, (Position{1, 1}));
  EXPECT_EQ(map[0].position, (Position{2, 3}));
  EXPECT_EQ(map[0].value.position, (Position{2, 8}));
  const List& list = *map[0].value.if_list();
  EXPECT_EQ(list[1].position, (Position{2, 12}));
  EXPECT_EQ(list[2].position, (Position{2, 17}));
  EXPECT_EQ(list[2].if_map()->at(0).position, (Position{2, 18}));
  EXPECT_EQ(list[2].if_map()->at(0).value.position, (Position{2, 24}));
  EXPECT_EQ(map[1].value.position, (Position{3, 5}));
}

TEST(Json, SaysWhereItIsNoJson) {
  struct Row {
    const char* text;
    const char* place;
  };
  for (const Row& row : {
           Row{"", "1:1 syntax"},
           Row{"{\"a\":1,}", "1:8 syntax"},
           Row{"{\"a\" 1}", "1:6 syntax"},
           Row{"{a:1}", "1:2 syntax"},
           Row{"{\"a\":\n  tru}", "2:3 syntax"},
           Row{"[1 2]", "1:4 syntax"},
           Row{"[1,2", "1:5 syntax"},
           Row{"[1,]", "1:4 syntax"},
           Row{"[}", "1:2 syntax"},
           Row{"[1]]", "1:4 syntax"},
           Row{"{} {}", "1:4 syntax"},
           Row{"\"a\" b", "1:5 syntax"},
           Row{"1 2", "1:3 syntax"},
           Row{"[\"a\nb\"]", "1:4 syntax"},
           Row{"[\"\\x\"]", "1:3 syntax"},
           Row{"[\"\\ud800\"]", "1:3 syntax"},
           Row{"[\"\\udc00\"]", "1:3 syntax"},
           Row{"[\"\\u12\"]", "1:3 syntax"},
           Row{"[01]", "1:2 syntax"},
           Row{"[+1]", "1:2 syntax"},
           Row{"[.5]", "1:2 syntax"},
           Row{"[1.]", "1:2 syntax"},
           Row{"[1e]", "1:2 syntax"},
           Row{"[NaN]", "1:2 syntax"},
           Row{"[-]", "1:2 syntax"},
           Row{"['a']", "1:2 syntax"},
           Row{"[1] // c", "1:5 syntax"},
           Row{"[\"\xC3\x28\"]", "1:3 syntax"},
           Row{"[\"\xED\xA0\x80\"]", "1:3 syntax"},
           Row{"[\"\x01\"]", "1:3 syntax"},
           Row{"[1e400]", "1:2 out-of-range"},
           Row{"1e400", "1:1 out-of-range"},
       }) {
    EXPECT_THAT(faults(row.text), ElementsAre(row.place)) << row.text;
  }
}

TEST(Json, TheErrorSaysWhatTheDiagnosticSays) {
  Diagnostics diagnostics;
  const auto value = read_json("[1,\n tru]", "t.json", diagnostics);
  ASSERT_FALSE(value.ok());
  EXPECT_EQ(value.error().code, ErrorCode::kParse);
  EXPECT_EQ(value.error().message, "2:2: expected a value, not tru");
}

TEST(Json, OfDuplicateKeysTheLastCounts) {
  Diagnostics diagnostics;
  const auto value = read_json("{\"a\":1,\"b\":{\"c\":1,\"c\":2},\"a\":3}", "t.json", diagnostics);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(write_json(*value), "{\"b\":{\"c\":2},\"a\":3}");
  EXPECT_THAT(places(diagnostics), ElementsAre("1:19 duplicate-key", "1:26 duplicate-key"));
  EXPECT_EQ(diagnostics[0].field, "b");
}

TEST(Json, LimitsHold) {
  const auto nested = [](size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  json(nested(256));
  EXPECT_THAT(faults(nested(257)), ElementsAre("1:257 limit"));
  EXPECT_THAT(faults(std::string(1'000'000, '[')), ElementsAre("1:257 limit"));
  EXPECT_THAT(faults("[1,2]", Limits{.bytes = 4}), ElementsAre("1:1 limit"));
  EXPECT_THAT(faults("[1,2]", Limits{.nodes = 2}), ElementsAre("1:4 limit"));
}

TEST(Json, FindsNoFaultInJson) {
  EXPECT_FALSE(find_json_fault(" [1, {\"a\": [true]}, \"\\ud83d\\ude00\\\\\", -0.5e+3 ]\n"));
  EXPECT_TRUE(find_json_fault("[1] x"));
}

TEST(JsonWriter, WritesStrings) {
  const auto quoted = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  EXPECT_EQ(quoted("a\"\\/\b\f\n\r\t\x01\x1f"), R"("a\"\\/\b\f\n\r\t\u0001\u001f")");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), "\"\\u0000\"");
  EXPECT_EQ(quoted("é日😀<&>\x7f"), "\"é日😀<&>\x7f\"");
  EXPECT_EQ(quoted("a\xFF"
                   "b\xC3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"")
      << "what is not UTF-8";
}

TEST(JsonWriter, WritesNumbersAsGoDoes) {
  const auto number = [](double value) {
    std::string out;
    append_double(out, value);
    return out;
  };
  EXPECT_EQ(number(50), "50");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(-0.0), "-0");
  EXPECT_EQ(number(1e20), "100000000000000000000");
  EXPECT_EQ(number(1e21), "1e+21");
  EXPECT_EQ(number(0.000001), "0.000001");
  EXPECT_EQ(number(1e-7), "1e-7");
  EXPECT_EQ(number(1.5e-10), "1.5e-10");
  EXPECT_EQ(number(5e-324), "5e-324");
  EXPECT_EQ(number(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(number(std::nan("")), "\"NaN\"");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "\"-Infinity\"");
}

TEST(JsonWriter, WritesPieceByPiece) {
  const auto write = [](int indent) {
    JsonWriter json(indent);
    json.begin_object();
    json.key("name").value("shop");
    json.key("members").begin_array().value(1).value(uint64_t{1} << 63).value(true).end_array();
    json.key("none").begin_object().end_object();
    json.key("empty").begin_array().end_array();
    json.key("raw").raw("[1]").key("null").null().key("half").value(0.5);
    json.end_object();
    return json.take();
  };
  EXPECT_EQ(write(0),
            "{\"name\":\"shop\",\"members\":[1,9223372036854775808,true],\"none\":{},\"empty\":[],"
            "\"raw\":[1],\"null\":null,\"half\":0.5}");
  EXPECT_EQ(
      write(2),
      "{\n  \"name\": \"shop\",\n  \"members\": [\n    1,\n    9223372036854775808,\n"
      "    true\n  ],\n  \"none\": {},\n  \"empty\": [],\n  \"raw\": [1],\n  \"null\": null,\n"
      "  \"half\": 0.5\n}");
}

TEST(Value, NumbersAreEqualByWhatTheyMean) {
  EXPECT_EQ(json("[1, 1.0, 18446744073709551615]"), json("[1.0, 1, 18446744073709551615]"));
  EXPECT_FALSE(json("9007199254740993") == json("9007199254740992.0")) << "a double cannot tell";
  EXPECT_FALSE(json("18446744073709551615") == json("18446744073709551616"));
  EXPECT_FALSE(json("1") == json("\"1\""));
  EXPECT_FALSE(json("1") == json("true"));
  EXPECT_FALSE(json("-1") == json("18446744073709551615"));
}

TEST(Value, MembersAreEqualInAnyOrder) {
  EXPECT_EQ(json(R"({"a":1,"b":2,"c":3})"), json(R"({"c":3,"a":1,"b":2})"));
  EXPECT_FALSE(json(R"({"a":1,"b":2})") == json(R"({"b":1,"a":2})"));
  EXPECT_FALSE(json(R"({"a":1})") == json(R"({"a":1,"b":2})"));
  EXPECT_FALSE(json("[1,2]") == json("[2,1]"));
}

TEST(Value, MembersAreFoundSetAndErased) {
  Value value;
  value.set("a", Value(int64_t{1}));
  value.set("b", Value("x"));
  value.set("a", Value(int64_t{2}));
  EXPECT_EQ(write_json(value), R"({"a":2,"b":"x"})");
  EXPECT_EQ(value.string_at("b"), "x");
  EXPECT_EQ(value.string_at("a"), "");
  EXPECT_TRUE(value.erase("a"));
  EXPECT_FALSE(value.erase("a"));
  EXPECT_EQ(value.find("a"), nullptr);
}

}  // namespace
}  // namespace mesh::document
