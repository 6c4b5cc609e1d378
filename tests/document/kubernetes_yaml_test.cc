// Every text of testdata/*.jsonl is read as sigs.k8s.io/yaml, the API server's and kubectl's
// reader, reads it. The tables are its own answers (tests/peers/kubernetes-yaml makes them).
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "tests/support/paths.h"

namespace mesh::document {
namespace {

List read_table(const std::string& name) {
  const std::string text = testing::read_source_file("tests/document/testdata/" + name);
  List rows;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    Diagnostics diagnostics;
    auto row = read_json(std::string_view(text).substr(begin, end - begin), name, diagnostics);
    EXPECT_TRUE(row.ok()) << text.substr(begin, end - begin);
    if (row) rows.push_back(*std::move(row));
    begin = end + 1;
  }
  return rows;
}

bool refused(const Value& answer) { return answer.find("error") != nullptr; }

// What we take although the table refuses it: libyaml has moved on since go-yaml v2 was ported from
// it, and each of these is valid YAML 1.2 or JSON.
const std::set<std::string> kTaken = {
    R"("\/")",                    // JSON's escape of a slash
    "{\"a\": \"\\u0041\\/\"}\n",  // the same
    "%YAML 1.2\n---\na: yes\n",   // another version than 1.1
    "...\n",                      // an end without a document
    "...\na: 1\n",                // the same
};

std::string all(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += to_string(diagnostic) + "\n";
  return text;
}

// What is above INT64_MAX in JSON text is a double to the API server.
bool same_number(const Value& value, const Value& expected) {
  const double* number = value.if_double();
  const uint64_t* text = expected.if_uint();
  return number != nullptr && text != nullptr && *number == static_cast<double>(*text);
}

TEST(KubernetesYaml, ScalarsHaveTheValueTheApiServerGivesThem) {
  const List rows = read_table("scalars.jsonl");
  ASSERT_GT(rows.size(), 700u);
  for (const Value& row : rows) {
    const std::string& text = *row.if_list()->at(0).if_string();
    const Value& expected = row.if_list()->at(1);
    Diagnostics diagnostics;
    const auto documents = read_yaml("v: " + text + "\n", "t", diagnostics);
    if (refused(expected)) {
      if (kTaken.count(text) != 0) continue;
      EXPECT_FALSE(diagnostics.empty()) << text;
      EXPECT_TRUE(documents.empty()) << text;
      continue;
    }
    EXPECT_TRUE(diagnostics.empty()) << text << "\n" << all(diagnostics);
    ASSERT_EQ(documents.size(), 1u) << text;
    const Value* value = documents[0].root.find("v");
    ASSERT_NE(value, nullptr) << text;
    if (same_number(*value, expected)) continue;
    EXPECT_EQ(*value, expected) << text << " is " << write_json(*value);
  }
}

TEST(KubernetesYaml, KeysHaveTheTextTheApiServerGivesThem) {
  for (const Value& row : read_table("scalars.jsonl")) {
    const std::string& text = *row.if_list()->at(0).if_string();
    const Value& expected = row.if_list()->at(2);
    Diagnostics diagnostics;
    const auto documents = read_yaml(text + ": v\n", "t", diagnostics);
    if (refused(expected)) {
      // Several documents or keys are refused by the table only because they are not one key.
      continue;
    }
    ASSERT_EQ(documents.size(), 1u) << text << "\n" << all(diagnostics);
    ASSERT_TRUE(documents[0].root.is_map()) << text;
    EXPECT_EQ(documents[0].root.if_map()->at(0).key, *expected.if_string()) << text;
  }
}

TEST(KubernetesYaml, DocumentsHaveTheValueTheApiServerGivesThem) {
  const List rows = read_table("documents.jsonl");
  ASSERT_GT(rows.size(), 200u);
  for (const Value& row : rows) {
    const std::string& text = *row.if_list()->at(0).if_string();
    const Value& answer = row.if_list()->at(1);
    Diagnostics diagnostics;
    const auto documents = read_yaml(text, "t", diagnostics);
    if (refused(answer)) {
      if (kTaken.count(text) != 0) continue;
      EXPECT_FALSE(diagnostics.empty()) << "taken: " << text << "\n"
                                        << (documents.empty() ? "" : write_json(documents[0].root));
      continue;
    }
    const Value& expected = *answer.find("json");
    const Value first = documents.empty() ? Value() : documents[0].root;
    EXPECT_EQ(first, expected) << text << "\nis " << write_json(first) << "\nnot "
                               << write_json(expected) << "\n"
                               << all(diagnostics);
  }
}

}  // namespace
}  // namespace mesh::document
