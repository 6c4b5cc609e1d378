// Properties: what is written is read back the same, as JSON and as YAML.
#include <gtest/gtest.h>

#include <string>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "tests/document/random_value.h"
#include "tests/document/reading.h"

namespace mesh::document {
namespace {

constexpr uint64_t kSeeds = 2000;

std::string all(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += to_string(diagnostic) + "\n";
  return text;
}

TEST(Property, JsonIsReadBackAsItWasWritten) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Value value = Random(seed).value();
    for (int indent : {0, 2}) {
      const std::string text = write_json(value, indent);
      Diagnostics diagnostics;
      const auto again = read_json(text, "t", diagnostics);
      ASSERT_TRUE(again.ok()) << "seed " << seed << "\n" << text << "\n" << all(diagnostics);
      ASSERT_EQ(*again, value) << "seed " << seed << "\n" << text << "\n" << write_json(*again);
      ASSERT_EQ(write_json(*again, indent), text) << "seed " << seed;
    }
  }
}

TEST(Property, YamlIsReadBackAsItWasWritten) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Value value = Random(seed).value();
    const std::string text = write_yaml(value);
    const Read again = read(text);
    ASSERT_TRUE(again.diagnostics.empty()) << "seed " << seed << "\n"
                                           << text << "\n"
                                           << all(again.diagnostics);
    if (value.is_null()) continue;  // a document of nothing is skipped
    ASSERT_EQ(again.documents.size(), 1u) << "seed " << seed << "\n" << text;
    ASSERT_EQ(again.documents[0].root, value) << "seed " << seed << "\n"
                                              << text << "\n"
                                              << write_json(value) << "\n"
                                              << again.json;
  }
}

// What YAML wants escaped or takes for line ends and JSON does not, and keys longer than YAML's
// 1,024 characters.
bool is_json_only(const std::string& json) {
  for (const char* unprintable :
       {"\x7f", "\xC2\x80", "\xC2\x85", "\xE2\x80\xA8", "\xEF\xBB\xBF", "\xEF\xBF\xBE"}) {
    if (json.find(unprintable) != std::string::npos) return true;
  }
  return json.find(std::string(900, 'x')) != std::string::npos;
}

TEST(Property, JsonIsYaml) {
  uint64_t tried = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Value value = Random(seed).value();
    if (value.is_null() || is_json_only(write_json(value))) continue;
    ++tried;
    const Read again = read(write_json(value, 2));
    ASSERT_EQ(again.documents.size(), 1u) << "seed " << seed << "\n"
                                          << write_json(value, 2) << all(again.diagnostics);
    ASSERT_EQ(again.documents[0].root, value) << "seed " << seed << "\n" << write_json(value, 2);
  }
  EXPECT_GT(tried, kSeeds / 4);
}

}  // namespace
}  // namespace mesh::document
