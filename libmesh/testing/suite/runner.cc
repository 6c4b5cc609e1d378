#include "libmesh/testing/suite/runner.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <set>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/index/store.h"
#include "libmesh/tenancy/check.h"
#include "libmesh/testing/suite/world.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/xds/check/check.h"

namespace mesh::testing {

using document::Value;

Diagnostics Tests::add(std::string_view text, std::string_view file) {
  std::vector<Suite> read = read_suites(text, file);
  Diagnostics out;
  for (const Suite& suite : read) {
    out.insert(out.end(), suite.diagnostics.begin(), suite.diagnostics.end());
  }
  sort_and_dedupe(out);
  suites_[std::string(file)] = std::move(read);
  return out;
}

void Tests::give(std::string_view path, std::string_view file, std::string_view text) {
  given_[std::string(path)][std::string(file)] = text;
}

std::vector<Wanted> Tests::wanted() const {
  std::map<std::string, Wanted> out;
  for (const auto& [file, suites] : suites_) {
    auto want = [&, name = file](const SuitePath& path, bool text) {
      Wanted& wanted = out[path.path];
      wanted.path = path.path;
      wanted.text = text;
      if (wanted.suites.empty() || wanted.suites.back() != name) wanted.suites.push_back(name);
    };
    for (const Suite& suite : suites) {
      for (const SuitePath& path : suite.configuration) want(path, false);
      for (const SuitePath& path : suite.fixture_files) want(path, false);
      for (const auto& [url, path] : suite.texts) want(path, true);
    }
  }
  std::vector<Wanted> list;
  for (auto& [path, wanted] : out) list.push_back(std::move(wanted));
  return list;
}

namespace {

// The configuration of a suite and what it was made of.
struct Scene {
  std::unique_ptr<World> world;
  Diagnostics diagnostics;
  std::set<std::string> fixture_files;
};

std::string scene_key(const Suite& suite) {
  std::string out;
  auto add = [&](const std::string& text) { (out += text) += '\0'; };
  for (const SuitePath& path : suite.configuration) add(path.cluster + "=" + path.path);
  add("");
  for (const SuitePath& path : suite.fixture_files) add(path.cluster + "=" + path.path);
  add("");
  for (const auto& [url, path] : suite.texts) add(url + "=" + path.path);
  add(document::write_json(suite.mesh_config));
  if (!suite.fixture_objects.empty()) {
    add(document::write_json(Value(suite.fixture_objects)));
    add(suite.file);  // diagnostics name it
  }
  return out;
}

// One line for each thing that a failed case shows.
std::string first_line(const std::vector<Mismatch>& mismatches) {
  const Mismatch& first = mismatches.front();
  std::string out = first.path.empty() ? first.message : first.path + " " + first.message;
  if (first.message == "differs") {
    out = first.path + " is " + document::write_json(first.actual) + ", not " +
          document::write_json(first.expected);
  }
  if (mismatches.size() > 1) out += ", and " + std::to_string(mismatches.size() - 1) + " more";
  return out;
}

}  // namespace

// One run: the scenes it made, and what it found.
class Run {
 public:
  Run(const Tests& tests, const RunOptions& options, const re2::RE2* filter)
      : tests_(tests), options_(options), filter_(filter) {}

  Results whole() {
    for (const auto& [file, suites] : tests_.suites_) {
      for (const Suite& suite : suites) run(suite);
    }
    for (auto& [key, scene] : scenes_) {
      out_.diagnostics.insert(out_.diagnostics.end(), scene.diagnostics.begin(),
                              scene.diagnostics.end());
      if (options_.coverage) coverage_.add(scene.world->snapshot(), scene.fixture_files);
    }
    sort_and_dedupe(out_.diagnostics);
    out_.with_coverage = options_.coverage;
    out_.strict = options_.strict;
    if (options_.coverage) out_.coverage = coverage_.report();
    return std::move(out_);
  }

 private:
  void run(const Suite& suite) {
    SuiteResult result{suite.file, suite.name, {}, suite.diagnostics};
    const bool usable = check_paths(suite, result);
    for (const Case& each : suite.cases) {
      if (filter_ != nullptr && !re2::RE2::PartialMatch(suite.name + "/" + each.name, *filter_)) {
        ++out_.filtered;
        continue;
      }
      result.cases.push_back(run(suite, each, usable));
    }
    sort_and_dedupe(result.diagnostics);
    out_.suites.push_back(std::move(result));
  }

  CaseResult run(const Suite& suite, const Case& each, bool usable) {
    CaseResult out;
    out.name = each.name;
    out.kind = each.kind;
    out.field = each.field;
    out.position = each.position;
    if (!each.skip.empty()) {
      out.status = Status::kSkipped;
      out.message = each.skip;
    } else if (!usable) {
      out.status = Status::kError;
      out.message = "the configuration under test is not there";
    } else if (!each.valid) {
      out.status = Status::kError;
      out.message = problem_of(suite, each);
    } else {
      ask(scene_of(suite), each, out);
    }
    return out;
  }

  void ask(Scene& scene, const Case& each, CaseResult& out) {
    auto found = answer(*scene.world, each);
    if (!found) {
      out.status = Status::kError;
      out.message = found.error().message;
      return;
    }
    if (options_.coverage) coverage_.touch(found->because);
    out.mismatches = match(each.expect, found->value);
    out.status = out.mismatches.empty() ? Status::kPassed : Status::kFailed;
    if (out.status == Status::kFailed && !scene.world->details()) {
      scene.world->set_details(true);  // the whole chain, for what is shown
      if (auto again = answer(*scene.world, each)) found = std::move(again);
      scene.world->set_details(false);
    }
    out.because = std::move(found->because);
    if (out.status == Status::kPassed) return;
    out.message = first_line(out.mismatches);
    found->value.erase("because");
    out.answer = std::move(found->value);
  }

  static std::string problem_of(const Suite& suite, const Case& each) {
    for (const Diagnostic& found : suite.diagnostics) {
      const bool inside =
          found.field.starts_with(each.field) &&
          (found.field.size() == each.field.size() || found.field[each.field.size()] == '.');
      if (inside)
        return found.field + ": " + found.message +
               (found.mend.empty() ? "" : " (" + found.mend + ")");
    }
    return "the case cannot be read";
  }

  // Whether everything the suite asks for was given; says what was not.
  bool check_paths(const Suite& suite, SuiteResult& result) {
    bool good = true;
    FieldContext context{suite.file, "suite " + suite.name, result.diagnostics};
    auto check = [&](const SuitePath& path) {
      if (tests_.given_.contains(path.path)) return;
      good = false;
      context.add(Code::kFileMissing, path.position, path.field,
                  "\"" + path.path + "\" is not there, or holds no file of objects",
                  "paths start at the suite's own folder");
    };
    for (const SuitePath& path : suite.configuration) check(path);
    for (const SuitePath& path : suite.fixture_files) check(path);
    for (const auto& [url, path] : suite.texts) check(path);
    return good;
  }

  Scene& scene_of(const Suite& suite) {
    Scene& scene = scenes_[scene_key(suite)];
    if (scene.world == nullptr) make(suite, scene);
    return scene;
  }

  void make(const Suite& suite, Scene& scene) {
    index::StoreOptions options;
    if (!suite.mesh_config.is_null()) options.mesh_config = document::write_yaml(suite.mesh_config);
    index::Store store(std::move(options));
    for (const SuitePath& path : suite.configuration) apply(path, store, nullptr);
    for (const SuitePath& path : suite.fixture_files) apply(path, store, &scene);
    const std::string inline_file = suite.file + " fixtures";
    std::string objects;
    FixtureLines lines;
    for (const Value& object : suite.fixture_objects) {
      lines[1 + static_cast<size_t>(std::count(objects.begin(), objects.end(), '\n'))] = &object;
      objects += "---\n" + document::write_yaml(object);
    }
    if (!objects.empty()) {
      scene.fixture_files.insert(inline_file);
      store.apply(objects, inline_file);
    }
    for (const auto& [url, path] : suite.texts) {
      const auto& files = tests_.given_.at(path.path);
      if (!files.empty()) store.give_text(url, files.begin()->second);
    }
    const index::SnapshotPtr snapshot = store.snapshot();
    scene.diagnostics = tenancy::all_diagnostics(*snapshot);
    const Diagnostics more = xds::check(snapshot);
    scene.diagnostics.insert(scene.diagnostics.end(), more.begin(), more.end());
    for (Diagnostic& each : scene.diagnostics) place_in_suite(suite, inline_file, lines, each);
    scene.world = std::make_unique<World>(snapshot, options_.coverage);
  }

  // The objects of a suite, by the lines that they begin at in what the store was given.
  using FixtureLines = std::map<size_t, const Value*>;

  // What is wrong with objects and settings that stand in the suite is told where they stand.
  static void place_in_suite(const Suite& suite, const std::string& inline_file,
                             const FixtureLines& lines, Diagnostic& out) {
    constexpr std::string_view kMeshConfig = "mesh config";
    const Value* root = nullptr;
    std::string_view field = out.field;
    if (out.file == inline_file) {
      const auto after = lines.upper_bound(out.line);
      if (after != lines.begin()) root = std::prev(after)->second;
    } else if (out.file.empty() && !suite.mesh_config.is_null() && field.starts_with(kMeshConfig)) {
      root = &suite.mesh_config;
      field.remove_prefix(std::min(field.size(), kMeshConfig.size() + 2));  // ": "
    }
    if (root == nullptr) return;
    const document::Position place = traffic::nearest(*root, field).position;
    out.file = suite.file;
    out.line = place.line != 0 ? place.line : root->position.line;
    out.column = place.line != 0 ? place.column : root->position.column;
  }

  void apply(const SuitePath& path, index::Store& store, Scene* fixtures) {
    for (const auto& [file, text] : tests_.given_.at(path.path)) {
      if (is_suite_file(file)) continue;
      if (fixtures != nullptr) fixtures->fixture_files.insert(file);
      store.apply(text, file, path.cluster);
    }
  }

  const Tests& tests_;
  const RunOptions& options_;
  const re2::RE2* const filter_;
  std::map<std::string, Scene> scenes_;
  Coverage coverage_;
  Results out_;
};

Result<Results> Tests::run(const RunOptions& options) const {
  if (options.filter.empty()) return Run(*this, options, nullptr).whole();
  re2::RE2::Options quiet;
  quiet.set_log_errors(false);
  const re2::RE2 filter(options.filter, quiet);
  if (!filter.ok()) {
    return Error{ErrorCode::kInvalidArgument,
                 "filter: \"" + options.filter + "\": " + filter.error()};
  }
  return Run(*this, options, &filter).whole();
}

}  // namespace mesh::testing
