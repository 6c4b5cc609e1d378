// JSON patches: what is made, what is applied, and that one is the other's inverse.
#include "libmesh/document/json_patch.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "libmesh/document/json.h"

namespace mesh::document {
namespace {

Value read(std::string_view text) {
  Diagnostics diagnostics;
  auto value = read_json(text, "", diagnostics);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *std::move(value) : Value();
}

std::string patch_text(std::string_view from, std::string_view to) {
  std::string out;
  append_json_patch(out, read(from), read(to));
  return out;
}

struct Made {
  const char* from;
  const char* to;
  const char* patch;
};

TEST(JsonPatch, IsAsShortAsItCanBe) {
  const Made cases[] = {
      {R"({"a":1})", R"({"a":1.0})", ""},
      {R"({"a":1})", R"({"a":2})", R"([{"op":"replace","path":"/a","value":2}])"},
      {R"({"a":1,"b":2})", R"({"b":2})", R"([{"op":"remove","path":"/a"}])"},
      {R"({})", R"({"a/b~c":null})", R"([{"op":"add","path":"/a~1b~0c","value":null}])"},
      {R"([1,2,3])", R"([0,1,2,3])", R"([{"op":"add","path":"/0","value":0}])"},
      {R"([1,2,3])", R"([1,3])", R"([{"op":"remove","path":"/1"}])"},
      {R"([])", R"([1,2])",
       R"([{"op":"add","path":"/0","value":1},{"op":"add","path":"/1","value":2}])"},
      {R"([{"name":"app"}])", R"([{"name":"init"},{"name":"app","x":1},{"name":"last"}])",
       R"([{"op":"add","path":"/0","value":{"name":"init"}},)"
       R"({"op":"add","path":"/1/x","value":1},{"op":"add","path":"/2","value":{"name":"last"}}])"},
      {R"([{"name":"a"},{"name":"b","x":1},{"name":"c"}])", R"([{"name":"b","x":2}])",
       R"([{"op":"remove","path":"/2"},{"op":"remove","path":"/0"},)"
       R"({"op":"replace","path":"/0/x","value":2}])"},
      {R"({"a":[1]})", R"({"a":{"0":1}})", R"([{"op":"replace","path":"/a","value":{"0":1}}])"},
      {"1", "2", R"([{"op":"replace","path":"","value":2}])"},
  };
  for (const Made& c : cases) EXPECT_EQ(patch_text(c.from, c.to), c.patch) << c.from << c.to;
}

TEST(JsonPatch, AppliesAllOperations) {
  Value document = read(R"({"a":{"b":[1,2]},"c~/d":3})");
  const Value patch = read(R"([
    {"op":"test","path":"/a/b","value":[1,2.0]},
    {"op":"add","path":"/a/b/-","value":3},
    {"op":"add","path":"/a/b/0","value":0},
    {"op":"remove","path":"/a/b/1"},
    {"op":"replace","path":"/c~0~1d","value":4},
    {"op":"copy","from":"/a/b","path":"/e"},
    {"op":"move","from":"/a","path":"/e/0"}])");
  const auto done = apply_json_patch(*patch.if_list(), document);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(write_json(document), R"({"c~/d":4,"e":[{"b":[0,2,3]},0,2,3]})");
}

TEST(JsonPatch, SaysWhatCannotBeApplied) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"op":"remove","path":"/x"})", R"(operation 0: "/x" is not there)"},
      {R"({"op":"add","path":"/l/9","value":1})", R"(operation 0: "/l/9" is no place in the list)"},
      {R"({"op":"add","path":"/l/01","value":1})",
       R"(operation 0: "/l/01" is no place in the list)"},
      {R"({"op":"add","path":"/x/y","value":1})", R"(operation 0: "/x/y" stands in nothing)"},
      {R"({"op":"add","path":"a","value":1})", R"(operation 0: "a" is no JSON pointer)"},
      {R"({"op":"add","path":"/~2","value":1})", R"(operation 0: "/~2" is no JSON pointer)"},
      {R"({"op":"add","path":"/x"})", R"(operation 0: "/x" has no value)"},
      {R"({"op":"test","path":"/l","value":2})", R"(operation 0: "/l" has another value)"},
      {R"({"op":"move","from":"/l","path":"/l/0"})",
       R"(operation 0: "/l" cannot be moved into itself)"},
      {R"({"op":"put","path":"/l","value":2})", R"(operation 0: "put" is no operation)"},
      {R"({"op":"add","value":2})", R"(operation 0: "path" is missing)"},
  };
  for (const auto& [operation, message] : cases) {
    Value document = read(R"({"l":[1]})");
    const auto done = apply_json_patch({read(operation)}, document);
    ASSERT_FALSE(done.ok()) << operation;
    EXPECT_EQ(done.error().message, message);
    EXPECT_EQ(write_json(document), R"({"l":[1]})");
  }
}

// Small keys and values, so that trees made apart have much in common.
class Trees {
 public:
  explicit Trees(uint32_t seed) : random_(seed) {}

  Value tree(int depth) {
    switch (depth <= 0 ? below(3) : below(6)) {
      case 0:
        return Value(static_cast<int64_t>(below(3)));
      case 1:
        return Value(below(2) == 0 ? "a" : "b");
      case 2:
        return Value();
      case 3:
        return named_list(depth);
      case 4: {
        List list;
        for (size_t i = below(25); i > 0; --i) list.push_back(tree(depth - 2));
        return Value(std::move(list));
      }
      default: {
        Value map{Map{}};
        for (size_t i = below(25); i > 0; --i) map.set(key(), tree(depth - 1));
        return map;
      }
    }
  }

 private:
  Value named_list(int depth) {
    List list;
    for (size_t i = below(25); i > 0; --i) {
      Value element{Map{}};
      element.set("name", Value(key()));
      element.set("x", tree(depth - 2));
      list.push_back(std::move(element));
    }
    return Value(std::move(list));
  }
  std::string key() { return "k/" + std::to_string(below(40)); }
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  std::mt19937 random_;
};

TEST(JsonPatch, AppliedToTheFirstTreeGivesTheSecond) {
  Trees trees(11);
  size_t differences = 0;
  for (int i = 0; i < 400; ++i) {
    const Value from = trees.tree(3);
    const Value to = trees.tree(3);
    const List patch = make_json_patch(from, to);
    differences += patch.size();
    Value applied = from;
    const auto done = apply_json_patch(patch, applied);
    ASSERT_TRUE(done.ok()) << done.error().message << "\n" << write_json(from) << write_json(to);
    ASSERT_EQ(write_json(applied) == write_json(to) || applied == to, true)
        << write_json(from) << "\n"
        << write_json(to);
    std::string text;
    if (append_json_patch(text, from, to)) {
      EXPECT_EQ(read(text), Value(patch));
    } else {
      EXPECT_TRUE(patch.empty() && text.empty());
    }
  }
  EXPECT_GT(differences, 1000u);
}

TEST(JsonPatch, IsNotQuadratic) {
  List from;
  List to;
  for (int i = 0; i < 20000; ++i) {
    Value variable{Map{}};
    variable.set("name", Value("V" + std::to_string(i)));
    if (i % 3 != 0) from.push_back(variable);
    if (i % 2 != 0) to.push_back(variable);
  }
  Value applied{from};
  const List patch = make_json_patch(applied, Value(to));
  EXPECT_EQ(patch.size(), 9999u);  // those that are in one list only
}

}  // namespace
}  // namespace mesh::document
