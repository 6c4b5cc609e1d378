#include "libmesh/testing/suite/suite.h"

#include <algorithm>
#include <array>
#include <set>

#include "libmesh/document/read.h"
#include "libmesh/index/store.h"
#include "libmesh/testing/suite/answer.h"
#include "libmesh/testing/suite/fields.h"
#include "libmesh/testing/suite/match.h"
#include "libmesh/testing/suite/vocabulary.h"

namespace mesh::testing {

using document::List;
using document::Value;

namespace {

constexpr std::array<std::string_view, kCaseKindCount> kKinds = {
    "inject", "members", "plan", "reach", "route", "authz", "mtls", "xds"};

std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string index_of(std::string_view list, size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

// ---- types -------------------------------------------------------------------------------------

struct TypeRule {
  std::string_view wanted;
  bool (*holds)(const Value&);
};

TypeRule rule_of(ValueType type) {
  switch (type) {
    case ValueType::kText:
      return {"string", [](const Value& v) { return v.is_string(); }};
    case ValueType::kNumber:
      return {"whole number from 0 to 65535", [](const Value& v) {
                const int64_t* number = v.if_int();
                return number != nullptr && *number >= 0 && *number <= 65535;
              }};
    case ValueType::kFlag:
      return {"boolean", [](const Value& v) { return v.if_bool() != nullptr; }};
    case ValueType::kMap:
      return {"mapping", [](const Value& v) { return v.is_map(); }};
    case ValueType::kList:
      return {"list", [](const Value& v) { return v.is_list(); }};
    case ValueType::kAny:
      return {"value", [](const Value&) { return true; }};
  }
  return {"value", [](const Value&) { return true; }};
}

// ---- one suite ---------------------------------------------------------------------------------

class SuiteReader {
 public:
  SuiteReader(std::string_view file, Suite& out)
      : out_(out), context_{std::string(file), "", out.diagnostics} {
    out_.file = file;
  }

  void read(const Value& root, std::string_view fallback_name) {
    out_.name = root.string_at("name");
    if (out_.name.empty()) out_.name = fallback_name;
    context_.object = "suite " + out_.name;
    Fields fields(root, "", context_);
    fields.text("name");
    fields.text("description");
    if (const Value* config = fields.any("meshConfig")) read_mesh_config(*config);
    read_configuration(fields);
    if (const Value* fixtures = fields.map("fixtures")) read_fixtures(*fixtures);
    read_texts(fields);
    fields.require("cases");
    if (const List* cases = fields.list("cases")) {
      for (size_t i = 0; i < cases->size(); ++i) read_case((*cases)[i], i);
      if (cases->empty()) {
        context_.add(Code::kMissingField, root.find("cases")->position, "cases", "is empty",
                     "a suite without cases tests nothing");
      }
    }
    fields.end();
    check_names();
  }

 private:
  void read_mesh_config(const Value& config) {
    if (config.is_map()) {
      out_.mesh_config = config;
    } else {
      context_.add(Code::kWrongType, config.position, "meshConfig",
                   "is a " + std::string(type_name(config.type())) + ", must be a mapping");
    }
  }

  SuitePath path_at(const Value& value, std::string field) {
    if (value.is_string()) {
      return {resolve_path(out_.file, *value.if_string()), value.position, std::move(field), {}};
    }
    context_.add(Code::kWrongType, value.position, field,
                 "is a " + std::string(type_name(value.type())) + ", must be a path");
    return {};
  }

  void read_paths(const List* list, std::string_view key, std::vector<SuitePath>& out) {
    if (list == nullptr) return;
    for (size_t i = 0; i < list->size(); ++i) {
      const Value& value = (*list)[i];
      SuitePath path = path_at(value, index_of(key, i));
      if (path.field.empty()) continue;
      const std::string_view text = *value.if_string();
      const size_t at = text.find('=');
      if (at != std::string_view::npos && index::is_cluster_id(text.substr(0, at))) {
        path.cluster = text.substr(0, at);
        path.path = resolve_path(out_.file, text.substr(at + 1));
      }
      out.push_back(std::move(path));
    }
  }

  void read_configuration(Fields& fields) {
    if (fields.has("configuration")) {
      read_paths(fields.list("configuration"), "configuration", out_.configuration);
    } else {
      fields.any("configuration");
      out_.configuration.push_back({resolve_path(out_.file, "."), {}, "configuration", {}});
    }
  }

  void read_fixtures(const Value& value) {
    Fields fixtures(value, "fixtures", context_);
    read_paths(fixtures.list("files"), "fixtures.files", out_.fixture_files);
    if (const List* objects = fixtures.list("objects")) out_.fixture_objects = *objects;
    fixtures.end();
  }

  void read_texts(Fields& fields) {
    const Value* texts = fields.map("texts");
    if (texts == nullptr) return;
    for (const document::Member& member : *texts->if_map()) {
      SuitePath path = path_at(member.value, "texts[" + member.key + "]");
      if (!path.field.empty()) out_.texts.emplace_back(member.key, std::move(path));
    }
  }

  void read_case(const Value& value, size_t index) {
    const size_t found_before = out_.diagnostics.size();
    Case made;
    made.field = index_of("cases", index);
    made.position = value.position;
    Fields fields(value, made.field, context_);
    made.name = fields.text("name");
    if (made.name.empty()) made.name = made.field;
    made.skip = fields.text("skip");
    std::vector<CaseKind> kinds;
    for (int i = 0; i < kCaseKindCount; ++i) {
      if (const Value* question = fields.any(kKinds[static_cast<size_t>(i)])) {
        kinds.push_back(static_cast<CaseKind>(i));
        made.question = *question;
      }
    }
    if (fields.require("expect")) {
      if (const Value* expect = fields.map("expect")) made.expect = *expect;
    } else {
      fields.map("expect");
    }
    fields.end();
    if (kinds.size() == 1) {
      made.kind = kinds.front();
      read_question(made);
      read_expectation(made);
    } else if (value.is_map()) {
      wrong_kinds(made, kinds.size());
    }
    made.valid = out_.diagnostics.size() == found_before;
    out_.cases.push_back(std::move(made));
  }

  void wrong_kinds(const Case& made, size_t count) {
    std::string all;
    for (const std::string_view kind : kKinds) all.append(all.empty() ? "" : ", ").append(kind);
    context_.add(count == 0 ? Code::kMissingField : Code::kOneofConflict, made.position, made.field,
                 count == 0 ? "asks nothing" : "asks " + std::to_string(count) + " questions",
                 "a case has one of " + all);
  }

  void read_question(const Case& made) {
    const size_t found_before = out_.diagnostics.size();
    const std::string path = made.field + "." + std::string(kind_name(made.kind));
    const Vocabulary& words = vocabulary(made.kind);
    Fields fields(made.question, path, context_);
    for (const QuestionKey& key : words.question) {
      if (key.required) fields.require(key.name);
      const Value* value = fields.any(key.name);
      const TypeRule rule = rule_of(key.type);
      if (value == nullptr || rule.holds(*value)) continue;
      context_.add(Code::kWrongType, value->position, fields.path_of(key.name),
                   "is a " + std::string(type_name(value->type())) + ", must be a " +
                       std::string(rule.wanted));
    }
    fields.end();
    if (!words.one_of.empty() && made.question.is_map()) check_one_of(made, path, words);
    if (out_.diagnostics.size() == found_before && made.question.is_map()) check_values(made, path);
  }

  // Values that no mesh makes good: "protocol: …" is said at the protocol.
  void check_values(const Case& made, const std::string& path) {
    Result<void> good;
    if (made.kind == CaseKind::kXds) good = check_query(made.question);
    if (made.kind == CaseKind::kRoute || made.kind == CaseKind::kAuthz ||
        made.kind == CaseKind::kMtls) {
      good = check_request(made.question);
    }
    if (good) return;
    const std::string_view message = good.error().message;
    const size_t colon = message.find(": ");
    const std::string_view field = message.substr(0, colon);
    const Value* at = &made.question;
    if (const Value* found = at->find(field.substr(0, field.find_first_of(".[")))) at = found;
    if (at == &made.question || colon == std::string_view::npos) {
      context_.add(Code::kBadFormat, at->position, path, std::string(message));
    } else {
      context_.add(Code::kBadFormat, at->position, path + "." + std::string(field),
                   std::string(message.substr(colon + 2)));
    }
  }

  void check_one_of(const Case& made, const std::string& path, const Vocabulary& words) {
    std::string names;
    size_t given = 0;
    for (const std::string_view key : words.one_of) {
      names.append(names.empty() ? "" : " or ").append(key);
      if (made.question.find(key) != nullptr) ++given;
    }
    if (given == 1) return;
    context_.add(given == 0 ? Code::kMissingField : Code::kOneofConflict, made.question.position,
                 path, given == 0 ? "names neither " + names : "names both " + names,
                 "give one of them");
  }

  void read_expectation(const Case& made) {
    const document::Map* map = made.expect.if_map();
    if (map == nullptr) return;
    if (map->empty()) {
      context_.add(Code::kMissingField, made.expect.position, made.field + ".expect",
                   "expects nothing", "a case that cannot fail tests nothing");
    }
    check_members(made, *map, vocabulary(made.kind).answer, made.field + ".expect");
    check_expectation(made.expect, made.field + ".expect", context_);
  }

  // What is expected of a member that no answer has would hold or fail whatever the answer is.
  void check_members(const Case& made, const document::Map& map, const Shape& shape,
                     const std::string& path) {
    for (const document::Member& member : map) {
      const std::string here = path + "." + member.key;
      if (const Shape* found = shape.find(member.key)) {
        check_shape(made, member.value, *found, here);
      } else {
        context_.add(Code::kUnknownField, member.position, here,
                     "is nothing that " + std::string(kind_name(made.kind)) + " answers",
                     nearest_of(member.key, shape.names));
      }
    }
  }

  void check_shape(const Case& made, const Value& expected, const Shape& shape,
                   const std::string& path) {
    if (shape.open) return;
    if (const List* list = expected.if_list()) {
      for (size_t i = 0; i < list->size(); ++i) {
        check_shape(made, (*list)[i], shape, path + "[" + std::to_string(i) + "]");
      }
    }
    const document::Map* map = expected.if_map();
    if (map == nullptr || map->empty()) return;
    const std::string& first = map->front().key;
    if (!first.starts_with('$')) {
      check_members(made, *map, shape, path);
    } else if (first != "$length") {  // operators themselves: check_expectation
      check_shape(made, map->front().value, shape, path + "." + first);
    }
  }

  // Reports name cases by suite and name.
  void check_names() {
    std::set<std::string_view> seen;
    for (Case& each : out_.cases) {
      if (seen.insert(each.name).second) continue;
      context_.add(Code::kDuplicateKey, each.position, each.field + ".name",
                   "is \"" + each.name + "\", as that of a case before it",
                   "reports and --filter know cases by their names");
      each.valid = false;
    }
  }

  Suite& out_;
  FieldContext context_;
};

}  // namespace

std::string_view kind_name(CaseKind kind) { return kKinds[static_cast<size_t>(kind)]; }

bool is_suite_file(std::string_view path) {
  for (const std::string_view end : {"_mesh_test.yaml", "_mesh_test.yml", "_mesh_test.json"}) {
    if (path.ends_with(end)) return true;
  }
  return false;
}

std::string resolve_path(std::string_view suite_file, std::string_view path) {
  std::string all(path);
  const size_t slash = suite_file.rfind('/');
  if (!path.starts_with('/') && slash != std::string_view::npos) {
    all = std::string(suite_file.substr(0, slash + 1)) + all;
  }
  std::vector<std::string_view> parts;
  const std::string_view text = all;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('/', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (part != ".." || !text.starts_with('/')) {
      parts.push_back(part);
    }
  }
  std::string out = text.starts_with('/') ? "/" : "";
  for (const std::string_view part : parts) {
    if (!out.empty() && out.back() != '/') out.push_back('/');
    out.append(part);
  }
  return out.empty() ? "." : out;
}

std::vector<Suite> read_suites(std::string_view text, std::string_view file) {
  Diagnostics problems;
  const std::vector<document::Document> documents = document::read_any(text, file, problems);
  std::vector<Suite> out;
  const std::string name(base_name(file));
  for (const document::Document& each : documents) {
    if (each.root.is_null()) continue;
    Suite& suite = out.emplace_back();
    const size_t number = out.size();
    SuiteReader(file, suite)
        .read(each.root, number == 1 ? name : name + " " + std::to_string(number));
  }
  if (out.empty()) {
    Suite& suite = out.emplace_back();
    suite.file = file;
    suite.name = name;
    if (problems.empty()) {
      FieldContext{std::string(file), "suite " + name, suite.diagnostics}.add(
          Code::kMissingField, {}, "cases", "is not set");
    }
  }
  out.front().diagnostics.insert(out.front().diagnostics.end(), problems.begin(), problems.end());
  return out;
}

}  // namespace mesh::testing
