// The library's own parsers against others: what both take, both read as the same tree.
//
// They do not take the same texts: libfyaml and yaml-cpp follow YAML 1.2, and each is lax or strict
// in places of its own. So of a text that one of them refuses nothing is asked, and the count says
// that enough texts were compared.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>

#include "libmesh/base/codes.h"
#include "libmesh/document/json.h"
#include "libmesh/document/json_fault.h"
#include "libmesh/document/yaml.h"
#include "tests/document/json_backends.h"
#include "tests/document/random_value.h"
#include "tests/document/reading.h"
#include "tests/document/yaml_backends.h"
#include "tests/support/paths.h"

namespace mesh::document {
namespace {

// Where the first difference of place stands, or empty.
std::string compare_places(const Value& a, const Value& b, const std::string& path) {
  const auto place = [](Position p) {
    return std::to_string(p.line) + ":" + std::to_string(p.column);
  };
  if (a.position != b.position) return path + " " + place(a.position) + " " + place(b.position);
  if (const List* list = a.if_list()) {
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string found =
          compare_places((*list)[i], (*b.if_list())[i], path + "[" + std::to_string(i) + "]");
      if (!found.empty()) return found;
    }
  }
  if (const Map* map = a.if_map()) {
    for (size_t i = 0; i < map->size(); ++i) {
      const Member& member = (*map)[i];
      const Member& other = (*b.if_map())[i];
      if (member.key != other.key) return path + " order of keys";
      const std::string below = path + "." + member.key;
      if (member.position != other.position) {
        return below + " key " + place(member.position) + " " + place(other.position);
      }
      const std::string found = compare_places(member.value, other.value, below);
      if (!found.empty()) return found;
    }
  }
  return "";
}

bool has(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> pieces) {
  return std::any_of(pieces.begin(), pieces.end(), [&](auto piece) { return has(text, piece); });
}

// Characters that YAML 1.1 breaks lines at and 1.2 does not, and the byte order mark.
bool has_odd_unicode(std::string_view text) {
  return has_any(text, {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"});
}

// Where libfyaml 0.7.12 is known to read otherwise. The first is a defect that forbids its use:
// tokens that end in an empty line are given a length beyond their text.
bool libfyaml_differs(std::string_view text, std::string_view theirs) {
  if (has_any(theirs, {"\\u0000", "\xEF\xBF\xBD"})) return true;
  if (has_odd_unicode(text)) return true;
  if (has(text, "\n%")) return true;  // a directive within a document ends it
  if (has_any(text, {"|", ">"}) && !text.ends_with('\n')) return true;  // a line end is added
  return has_any(text, {"! ", "!\n"}) || text.ends_with('!');           // the non-specific tag
}

// Where yaml-cpp 0.7 is known to read otherwise.
bool yaml_cpp_differs(std::string_view text, std::string_view) {
  if (has_odd_unicode(text) || has_any(text, {"\\N", "\\_"})) return true;
  if (has(text, "\r")) return true;                // alone it ends a line in YAML, not here
  if (has(text, ">+")) return true;                // loses a line end
  if (has(text, "!")) return true;                 // the non-specific tag
  if (has_any(text, {"\n&a", "? "})) return true;  // an anchor or '?' ends a plain scalar
  return has(text, "...");
}

struct Backend {
  const char* name;
  YamlParser parser;
  bool (*differs)(std::string_view text, std::string_view theirs);
};
constexpr Backend kBackends[] = {{"libfyaml", parse_with_libfyaml, libfyaml_differs},
                                 {"yaml-cpp", parse_with_yaml_cpp, yaml_cpp_differs}};

std::vector<std::string> yaml_files() {
  std::vector<std::string> texts;
  for (const char* folder : {"examples", "tests/goldens"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(testing::source_path(folder))) {
      const auto extension = entry.path().extension();
      if (extension != ".yaml" && extension != ".yml") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

// The texts of the table of documents: short and nasty.
std::vector<std::string> nasty_texts() {
  const std::string table = testing::read_source_file("tests/document/testdata/documents.jsonl");
  std::vector<std::string> texts;
  for (size_t begin = 0; begin < table.size();) {
    const size_t end = table.find('\n', begin);
    Diagnostics diagnostics;
    const auto row = read_json(std::string_view(table).substr(begin, end - begin), "", diagnostics);
    texts.push_back(*row.value().if_list()->at(0).if_string());
    begin = end + 1;
  }
  return texts;
}

TEST(Differential, RealFilesAreReadAlikeByEveryYamlParser) {
  const auto texts = yaml_files();
  ASSERT_GT(texts.size(), 10u);
  for (const std::string& text : texts) {
    const Read ours = read(text);
    for (const Backend& backend : kBackends) {
      Diagnostics diagnostics;
      const auto documents = read_yaml_with(backend.parser, text, "t.yaml", diagnostics);
      ASSERT_EQ(as_json(documents), ours.json) << backend.name << "\n" << text;
      EXPECT_EQ(diagnostics.size(), ours.diagnostics.size()) << backend.name << "\n" << text;
      if (backend.parser == parse_with_libfyaml) continue;  // it places quoted scalars elsewhere
      for (size_t i = 0; i < documents.size(); ++i) {
        EXPECT_EQ(compare_places(ours.documents[i].root, documents[i].root, ""), "")
            << backend.name << "\n"
            << text;
      }
    }
  }
}

TEST(Differential, NastyTextsAreReadAlikeWhereBothTakeThem) {
  std::vector<std::string> texts = nasty_texts();
  const size_t made_by_hand = texts.size();
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    texts.push_back(random.mutate(texts[random.below(made_by_hand)]));
    texts.push_back(random.mutate(write_yaml(random.value(3))));
  }
  for (const Backend& backend : kBackends) {
    size_t compared = 0;
    for (const std::string& text : texts) {
      const Read ours = read(text);
      Diagnostics diagnostics;
      const auto documents = read_yaml_with(backend.parser, text, "t.yaml", diagnostics);
      if (!ours.diagnostics.empty() || !diagnostics.empty()) continue;
      const std::string theirs = as_json(documents);
      if (backend.differs(text, theirs)) continue;
      ++compared;
      EXPECT_EQ(theirs, ours.json) << backend.name << "\n" << write_json(Value(text));
    }
    EXPECT_GT(compared, texts.size() / 5) << backend.name;
  }
}

TEST(Differential, JsonIsReadAlikeByBothReaders) {
  size_t accepted = 0;
  for (uint64_t seed = 0; seed < 8000; ++seed) {
    Random random(seed);
    std::string text = write_json(random.value(3), random.chance(50) ? 2 : 0);
    if (random.chance(80)) text = random.mutate(std::move(text));
    Diagnostics diagnostics;
    Diagnostics other_diagnostics;
    const auto ours = read_json(text, "t", diagnostics);
    const auto theirs = read_json_with_rapidjson(text, "t", other_diagnostics);
    ASSERT_EQ(ours.ok(), theirs.ok()) << text;
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    if (!ours) {
      const auto fault = find_json_fault(text);
      EXPECT_TRUE(fault.has_value() || diagnostics.back().code != Code::kSyntax) << text;
      continue;
    }
    EXPECT_FALSE(find_json_fault(text).has_value()) << text;
    ++accepted;
    ASSERT_EQ(write_json(*ours), write_json(*theirs)) << text;
    EXPECT_EQ(compare_places(*ours, *theirs, ""), "") << text;
    EXPECT_EQ(places(diagnostics), places(other_diagnostics)) << text;
  }
  EXPECT_GT(accepted, 1500u);
}

}  // namespace
}  // namespace mesh::document
